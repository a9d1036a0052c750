"""Payout batches on the staff's pages: how far each has come, what failed, pause and resume."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from marketplace.admincells import amount, moment
from marketplace.adminsite import Act, Panel, StaffAdmin
from marketplace.audit.admin import trail_about
from payments.actions.pause_payouts import pause_payouts, resume_payouts
from payments.admin_reasons import BY_STATUS, next_step
from payments.models import PayoutBatch, PayoutSettings
from payments.queries import incidents_in_the_way
from payments.states import OPEN_PAYOUTS, OutStatus

REASONS = 20


@admin.register(PayoutBatch)
class PayoutBatchAdmin(StaffAdmin):
    """A day's payouts of one kind."""

    list_display = ("__str__", "state", "progress", "money")
    list_filter = ("kind", "currency")
    ordering = ("-on", "-pk")  # type: ignore[assignment]
    named_by = ""
    acts = {
        "pause": Act(
            label=_("Pause"),
            explains=_(
                "Nothing more of this batch is prepared or sent until it is resumed. Payouts that "
                "are with the gateway already end as they would have. Workers see theirs as "
                "waiting to be sent."
            ),
            carry_out=lambda staff, batch, reason, at: pause_payouts(
                staff=staff, batch=batch, reason=reason, at=at
            ),
            is_possible=lambda batch: batch.paused_at is None and _is_going_on(batch),
            is_grave=True,
        ),
        "resume": Act(
            label=_("Resume"),
            explains=_("The batch goes on where it was. Nothing is sent twice."),
            carry_out=lambda staff, batch, reason, at: resume_payouts(
                staff=staff, batch=batch, reason=reason, at=at
            ),
            is_possible=lambda batch: batch.paused_at is not None,
        ),
    }

    @admin.display(description=_("state"))
    def state(self, batch: PayoutBatch) -> Any:
        """In a word."""
        return state_of(batch)

    @admin.display(description=_("progress"))
    def progress(self, batch: PayoutBatch) -> str:
        """How many of its payouts reached an end."""
        return progress_of(batch)

    @admin.display(description=_("amount"))
    def money(self, batch: PayoutBatch) -> str:
        """Of all its payouts together."""
        return amount(sum(cents for _payouts, cents in _counts(batch).values()), batch.currency)

    def panels(self, obj: PayoutBatch) -> list[Panel]:
        """How far it is, by state; what failed and why."""
        return [
            Panel(
                title=_("Batch"),
                facts=[
                    (_("State"), self.state(obj)),
                    (_("Paused because"), obj.pause_reason or "–"),
                    (_("Prepared"), _prepared(obj)),
                    (_("Reached an end"), self.progress(obj)),
                    (_("Amount"), self.money(obj)),
                ],
            ),
            Panel(
                title=_("By state"),
                head=[_("State"), _("Payouts"), _("Amount")],
                rows=[
                    [
                        _payouts_link(obj, OutStatus(status)),
                        f"{payouts:,}",
                        amount(cents, obj.currency),
                    ]
                    for status, (payouts, cents) in sorted(_counts(obj).items())
                ],
                empty=_("No payout was due."),
            ),
            Panel(
                title=_("What went wrong"),
                head=[_("State"), _("In the gateway’s words"), _("Payouts"), _("What comes next")],
                rows=[
                    [OutStatus(row["status"]).label, row["failure"], f"{row['payouts']:,}",
                     next_step(row["failure"], BY_STATUS[row["status"]])]
                    for row in _troubles(obj)
                ],
                empty=_("Nothing."),
            ),
            trail_about("payout_batch", str(obj.pk)),
        ]  # fmt: skip


def state_of(batch: PayoutBatch) -> Any:
    """What becomes of the batch now, in a word."""
    if batch.paused_at is not None:
        return _("Paused")
    if _is_going_on(batch) and incidents_in_the_way(batch.currency).exists():
        return _("Waits: a money incident is open")
    if batch.prepared_at is None:
        return _("Being prepared")
    return _("Being sent") if _open(batch) else _("Done")


def progress_of(batch: PayoutBatch) -> str:
    """How many of its payouts reached an end, as a bar and in figures."""
    counts = _counts(batch)
    open_ones = sum(counts.get(status, (0, 0))[0] for status in OPEN_PAYOUTS)
    every = sum(payouts for payouts, _cents in counts.values())
    return _bar(every - open_ones, every)


def _counts(batch: PayoutBatch) -> dict[str, tuple[int, int]]:
    """Payouts and cents by state."""
    rows = batch.payouts.values("status").annotate(payouts=Count("pk"), cents=Sum("amount_cents"))
    return {row["status"]: (row["payouts"], row["cents"]) for row in rows}


def _open(batch: PayoutBatch) -> bool:
    return batch.payouts.filter(status__in=OPEN_PAYOUTS).exists()


def _is_going_on(batch: PayoutBatch) -> bool:
    return batch.prepared_at is None or _open(batch)


def _prepared(batch: PayoutBatch) -> str:
    if batch.prepared_at is not None:
        return moment(batch.prepared_at)
    wanted = PayoutSettings.objects.filter(schedule=batch.kind)
    return _bar(wanted.filter(pk__lte=batch.reached).count(), wanted.count())


def _troubles(batch: PayoutBatch) -> Any:
    """The most frequent reasons of what isn't sent."""
    found = batch.payouts.exclude(failure="").exclude(status=OutStatus.SENT)
    rows = found.values("status", "failure").annotate(payouts=Count("pk"))
    return rows.order_by("-payouts", "failure")[:REASONS]


def _payouts_link(batch: PayoutBatch, status: OutStatus) -> str:
    url = reverse("admin:payments_payout_changelist")
    query = f"?batch__id__exact={batch.pk}&status__exact={status}"
    return format_html('<a href="{}">{}</a>', url + query, status.label)


def _bar(done: int, every: int) -> str:
    if not every:
        return "–"
    words = _("%(done)s of %(every)s") % {"done": f"{done:,}", "every": f"{every:,}"}
    return format_html('<progress max="{}" value="{}"></progress> {}', every, done, words)
