"""Money, to read: accounts, transfers with both of their sides, deposits, payouts."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from marketplace import clock
from marketplace.admincells import actor, amount, link, link_by_name, moment
from marketplace.adminsite import Act, Panel, Queue, StaffAdmin
from marketplace.audit.admin import trail_about
from marketplace.audit.trail import actor_of
from payments import (
    admin_batches,  # noqa: F401  (registers the payout batches)
    admin_books,  # noqa: F401  (registers the gateways' books)
    admin_invoices,  # noqa: F401  (registers invoices and top-ups)
    admin_money,  # noqa: F401  (serves the money page)
    admin_payees,  # noqa: F401  (registers where workers are paid)
    admin_refunds,  # noqa: F401  (registers refunds and disputes)
    ledger,
    queries,
)
from payments.actions.free_deposit import free_deposit_early
from payments.models import Account, AccountKind, Deposit, Payout, Reason, Transfer
from payments.queries import latest_transfers
from payments.states import OPEN_PAYOUTS, OutStatus

SHOWN = 50
LATE = timedelta(days=1)
LATEST = 10_000

# The admin pages of whose an account is, and of what a transfer was for. Named, not imported:
# payments knows no work.
HOLDERS = {
    AccountKind.REQUESTER: "accounts_requester",
    AccountKind.ON_HOLD: "accounts_requester",
    AccountKind.IN_REFUND: "accounts_requester",
    AccountKind.DISPUTE_LOSS: "accounts_requester",
    AccountKind.WORKER: "workers_worker",
    AccountKind.IN_PAYOUT: "workers_worker",
    AccountKind.ESCROW: "tasks_hit",
    AccountKind.BATCH: "tasks_batch",
}
REFERENCES = {
    Reason.DEPOSIT: "payments_deposit",
    Reason.DEPOSIT_FREED: "payments_deposit",
    Reason.GATEWAY_FEE: "payments_deposit",
    Reason.REFUND: "payments_refund",
    Reason.REFUND_SENT: "payments_refund",
    Reason.REFUND_RETURNED: "payments_refund",
    Reason.DISPUTE: "payments_dispute",
    Reason.DISPUTE_RETURNED: "payments_dispute",
    Reason.LOSS_REPAID: "accounts_requester",
    Reason.PLAY_GRANT: "accounts_requester",
    Reason.BATCH_HOLD: "tasks_batch",
    Reason.BATCH_RELEASE: "tasks_batch",
    Reason.HOLD: "tasks_hit",
    Reason.RELEASE: "tasks_hit",
    Reason.REHOLD: "tasks_hit",
    Reason.REWARD: "tasks_assignment",
    Reason.FEE: "tasks_assignment",
    Reason.BONUS: "tasks_assignment",
    Reason.BONUS_FEE: "tasks_assignment",
    Reason.PAYOUT: "payments_payout",
    Reason.PAYOUT_SENT: "payments_payout",
    Reason.PAYOUT_RETURNED: "payments_payout",
    Reason.OPERATOR: "payments_balancetransaction",
    Reason.GATEWAY_COST: "payments_balancetransaction",
    Reason.RESERVE: "payments_balancetransaction",
    Reason.DIFFERENCE: "payments_incident",
}


def holder_of(account: Account) -> str:
    """Whose the account is, as a link."""
    model = HOLDERS.get(AccountKind(account.kind))
    if model is None or not account.holder:
        return str(_("The marketplace"))
    return link_by_name(model, account.holder.removeprefix("batch:"), account.holder)


def reference_of(transfer: Transfer) -> str:
    """What the transfer was for, as a link."""
    model = REFERENCES[Reason(transfer.reason)]
    if transfer.reference.startswith("balance:"):
        return transfer.reference  # what a gateway held before, or holds beside its lines
    return link_by_name(model, transfer.reference.removeprefix("batch:"), transfer.reference)


def side(account: Account) -> str:
    """An account by what it is and whose."""
    return format_html("{} · {}", link(account, account.kind), holder_of(account))


def transfers_panel(title: Any, transfers: Iterable[Transfer]) -> Panel:
    """A table of transfers, each with both sides."""
    return Panel(
        title=title,
        head=[_("Time (UTC)"), _("Amount"), _("Reason"), _("From"), _("To"), _("For"), _("Row")],
        rows=[
            [
                moment(transfer.at),
                amount(transfer.amount_cents, transfer.currency),
                transfer.get_reason_display(),
                side(transfer.debit),
                side(transfer.credit),
                reference_of(transfer),
                link(transfer, transfer.pk),
            ]
            for transfer in transfers
        ],
        empty=_("No money has moved."),
    )


@admin.register(Transfer)
class TransferAdmin(StaffAdmin):
    """Every movement of money."""

    list_display = ("key", "when", "money", "reason", "reference_link")
    exact = ("key", "reference")
    search_help_text = _("A whole key, or the whole id of what it was for")
    named_by = ""

    @admin.display(description=_("time (UTC)"), ordering="pk")
    def when(self, transfer: Transfer) -> str:
        """To the second."""
        return moment(transfer.at)

    @admin.display(description=_("amount"))
    def money(self, transfer: Transfer) -> str:
        """With its currency."""
        return amount(transfer.amount_cents, transfer.currency)

    @admin.display(description=_("for"))
    def reference_link(self, transfer: Transfer) -> str:
        """What it was for."""
        return reference_of(transfer)

    def title_of(self, obj: Transfer) -> str:
        """The fact behind it: its amount stands below."""
        return obj.key

    def panels(self, obj: Transfer) -> list[Panel]:
        """The row, its two sides, and what else moved for the same thing."""
        same = Transfer.objects.filter(reference=obj.reference).exclude(pk=obj.pk)
        return [
            Panel(
                title=_("Transfer"),
                facts=[
                    (_("Amount"), amount(obj.amount_cents, obj.currency)),
                    (_("Currency"), obj.currency),
                    (_("Reason"), obj.get_reason_display()),
                    (_("For"), reference_of(obj)),
                    (_("Note"), obj.note or "–"),
                    (_("Time (UTC)"), moment(obj.at)),
                    (_("Key"), obj.key),
                ],
            ),
            _side_panel(_("From (debit)"), obj.debit),
            _side_panel(_("To (credit)"), obj.credit),
            transfers_panel(
                _("Other transfers for the same thing"),
                same.select_related("debit", "credit").order_by("-id")[:SHOWN],
            ),
        ]


def _side_panel(title: Any, account: Account) -> Panel:
    return Panel(
        title=title,
        facts=[
            (_("Account"), link(account, account.pk)),
            (_("What it is"), account.get_kind_display()),
            (_("Whose"), holder_of(account)),
            (_("Holds now"), _balance(account)),
        ],
    )


def _balance(account: Account) -> Any:
    """What is kept; the marketplace's own accounts are summed, which is not for a page."""
    if account.balance_cents is None:
        return _("summed by audit_ledger, not kept")
    return amount(account.balance_cents, account.currency)


@admin.register(Account)
class AccountAdmin(StaffAdmin):
    """Where money is."""

    list_display = ("__str__", "balance", "holder_link")
    exact = ("holder",)
    search_help_text = _("The whole id of a worker, a requester or a HIT")
    named_by = ""

    @admin.display(description=_("holds"))
    def balance(self, account: Account) -> Any:
        """In its currency."""
        return _balance(account)

    @admin.display(description=_("whose"))
    def holder_link(self, account: Account) -> str:
        """The holder's page."""
        return holder_of(account)

    def panels(self, obj: Account) -> list[Panel]:
        """What it holds, and its latest transfers."""
        facts = [
            (_("What it is"), obj.get_kind_display()),
            (_("Whose"), holder_of(obj)),
            (_("Currency"), obj.currency),
            (_("Holds now"), _balance(obj)),
        ]
        if obj.balance_cents is not None and obj.kind != AccountKind.REQUESTER:
            summed = ledger.summed_balance(obj.pk)
            facts.append((_("Its transfers add up to"), amount(summed, obj.currency)))
        return [
            Panel(title=_("Account"), facts=facts),
            transfers_panel(_("Latest transfers"), latest_transfers(obj.pk, limit=SHOWN)),
        ]


@admin.register(Deposit)
class DepositAdmin(StaffAdmin):
    """Requesters' money on its way in."""

    list_display = ("public_id", "requester", "money", "status", "created")
    list_filter = ("status",)
    list_select_related = ("requester",)
    exact = ("public_id", "requester__public_id", "gateway_reference", "charge_reference")
    search_help_text = _("The whole id of a deposit or of a requester")
    acts = {
        "free": Act(
            label=_("End the hold"),
            explains=_("The requester can spend the money at once."),
            carry_out=lambda staff, deposit, reason, at: free_deposit_early(
                staff=staff, deposit=deposit, reason=reason, at=at
            ),
            is_possible=lambda deposit: deposit.is_on_hold,
        )
    }

    @admin.display(description=_("amount"))
    def money(self, deposit: Deposit) -> str:
        """With its currency."""
        return amount(deposit.amount_cents, deposit.currency)

    @admin.display(description=_("made (UTC)"), ordering="pk")
    def created(self, deposit: Deposit) -> str:
        """To the second."""
        return moment(deposit.created_at)

    def panels(self, obj: Deposit) -> list[Panel]:
        """The intent, and the transfer that came of it."""
        return [
            Panel(
                title=_("Deposit"),
                facts=[
                    (_("Requester"), link(obj.requester)),
                    (_("Made by"), actor(actor_of(obj.made_by)) if obj.made_by else "–"),
                    (_("Amount"), amount(obj.amount_cents, obj.currency)),
                    (_("Status"), obj.get_status_display()),
                    (_("Gateway"), f"{obj.gateway} {obj.gateway_reference}"),
                    (_("Payment"), obj.charge_reference or "–"),
                    (_("The gateway kept"), amount(obj.fee_cents, obj.currency)),
                    (_("Failure"), obj.failure or "–"),
                    (_("Made (UTC)"), moment(obj.created_at)),
                    (_("Failed (UTC)"), moment(obj.failed_at)),
                    (_("Settled (UTC)"), moment(obj.settled_at)),
                    (_("On hold until (UTC)"), moment(obj.held_until)),
                    (_("Free since (UTC)"), moment(obj.freed_at)),
                ],
            ),
            _transfers_for(str(obj.public_id)),
            trail_about("deposit", str(obj.public_id)),
        ]


@admin.register(Payout)
class PayoutAdmin(StaffAdmin):
    """Workers' money on its way out."""

    list_display = ("public_id", "worker_link", "money", "status", "attempts", "created")
    list_filter = ("status",)
    exact = ("public_id", "worker")
    search_help_text = _("The whole id of a payout or of a worker")

    @admin.display(description=_("worker"))
    def worker_link(self, payout: Payout) -> str:
        """The worker's page."""
        return link_by_name("workers_worker", payout.worker)

    @admin.display(description=_("amount"))
    def money(self, payout: Payout) -> str:
        """With its currency."""
        return amount(payout.amount_cents, payout.currency)

    @admin.display(description=_("made (UTC)"), ordering="pk")
    def created(self, payout: Payout) -> str:
        """To the second."""
        return moment(payout.created_at)

    def panels(self, obj: Payout) -> list[Panel]:
        """The intent, how far it got, and its transfers."""
        return [
            Panel(
                title=_("Payout"),
                facts=[
                    (_("Worker"), self.worker_link(obj)),
                    (_("Batch"), link(obj.batch) if obj.batch else "–"),
                    (_("Amount"), amount(obj.amount_cents, obj.currency)),
                    (_("Status"), _payout_status(obj)),
                    (_("Destination"), obj.destination),
                    (_("Gateway"), f"{obj.gateway} {obj.gateway_reference}"),
                    (_("Attempts"), obj.attempts),
                    (_("Failure"), obj.failure or "–"),
                    (_("Made (UTC)"), moment(obj.created_at)),
                    (_("First tried (UTC)"), moment(obj.first_attempt_at)),
                    (_("Due (UTC)"), moment(obj.due_at)),
                    (_("Finished (UTC)"), moment(obj.finished_at)),
                ],
            ),
            _transfers_for(str(obj.public_id)),
            trail_about("payout", str(obj.public_id)),
        ]


def _payout_status(payout: Payout) -> Any:
    if payout.status == OutStatus.HELD and queries.suspended_as(payout.worker).exists():
        return _("Waits: the worker is suspended")
    return payout.get_status_display()


def _transfers_for(reference: str) -> Panel:
    found = Transfer.objects.filter(reference=reference).select_related("debit", "credit")
    return transfers_panel(_("Transfers"), found.order_by("-id")[:SHOWN])


def _failed_lately() -> int:
    """Among the latest payouts only: an index leads to them."""
    latest = Payout.objects.order_by("-pk").values("status")[:LATEST]
    return sum(row["status"] == "failed" for row in latest)


def _late() -> int:
    late = Payout.objects.filter(status__in=OPEN_PAYOUTS, created_at__lt=clock.now() - LATE)
    return late.count()


for queue in (
    Queue(
        label=_("payouts failed (of the latest 10,000)"),
        count=_failed_lately,
        view="admin:payments_payout_changelist",
        query="?status__exact=failed",
    ),
    Queue(
        label=_("payouts on their way for over a day"),
        count=_late,
        view="admin:payments_payout_changelist",
        query="?status__exact=unknown",
    ),
):
    admin.site.add_queue(queue)  # type: ignore[attr-defined]
