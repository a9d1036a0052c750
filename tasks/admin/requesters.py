"""A requester: members, money, batches, reports; suspend and reinstate."""

from typing import Any

from django.contrib import admin
from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.actions.reinstate_requester import reinstate_requester
from marketplace.accounts.actions.suspend_requester import suspend_requester
from marketplace.accounts.models import Requester
from marketplace.accounts.queries import access_keys_of, members_of
from marketplace.admincells import amount, link, moment
from marketplace.adminsite import Act, Panel, StaffAdmin
from marketplace.audit.admin import trail_about
from payments.models import AccountKind
from payments.queries import requester_balance
from tasks.admin.panels import SHOWN, currencies, money_panel, reports_panel, side_of
from tasks.admin.people import StandingFilter
from tasks.models import Batch, Bonus, HITReport


@admin.register(Requester)
class RequesterAdmin(StaffAdmin):
    """Organisations that post work."""

    list_display = ("name", "public_id", "standing", "created")
    list_filter = (StandingFilter,)
    exact = ("public_id", "name", "memberships__user__email", "pk")
    search_help_text = _("A whole requester id, name, or member's e-mail address")
    acts = {
        "suspend": Act(
            label=_("Suspend"),
            explains=_(
                "Its members can read everything and change nothing, and nobody can accept its "
                "HITs. Work that was submitted is approved by the clock and paid from escrow."
            ),
            carry_out=lambda staff, requester, reason, at: suspend_requester(
                staff=staff, requester=requester, reason=reason, at=at
            ),
            is_possible=lambda requester: requester.suspended_at is None,
            is_grave=True,
        ),
        "reinstate": Act(
            label=_("Reinstate"),
            explains=_("Its members can act again, and its HITs can be accepted."),
            carry_out=lambda staff, requester, reason, at: reinstate_requester(
                staff=staff, requester=requester, reason=reason, at=at
            ),
            is_possible=lambda requester: requester.suspended_at is not None,
        ),
    }

    @admin.display(description=_("standing"))
    def standing(self, requester: Requester) -> Any:
        """Suspended since when, or good."""
        if requester.suspended_at is None:
            return _("good")
        return _("suspended %(moment)s") % {"moment": moment(requester.suspended_at)}

    @admin.display(description=_("since (UTC)"), ordering="pk")
    def created(self, requester: Requester) -> str:
        """To the second."""
        return moment(requester.created_at)

    def panels(self, obj: Requester) -> list[Panel]:
        """Everything about the organisation."""
        reported = HITReport.objects.filter(hit__hit_type__requester=obj)
        return [
            _facts(obj),
            Panel(
                title=_("Members"),
                head=[_("Person"), _("Role"), _("Since (UTC)")],
                rows=[
                    [link(place.user), place.role, moment(place.joined_at)]
                    for place in members_of(obj)
                ],
            ),
            _batches(obj),
            reports_panel(_("Reports of its HITs"), reported),
            *money_panel(AccountKind.REQUESTER, obj.public_id),
            _deposits(obj),
            _keys(obj),
            trail_about("requester", obj.public_id),
        ]


def _facts(requester: Requester) -> Panel:
    facts: list[tuple[Any, Any]] = [
        (_("Requester id"), requester.public_id),
        (_("Standing"), _("suspended") if requester.suspended_at else _("good")),
        (_("Suspended (UTC)"), moment(requester.suspended_at)),
        (_("Reason, as they read it"), requester.suspended_reason or "–"),
        (_("Since (UTC)"), moment(requester.created_at)),
    ]
    for is_sandbox, currency in enumerate(currencies()):
        spent = _spent(requester, is_sandbox=bool(is_sandbox))
        facts += [
            (
                _("%(currency)s balance") % {"currency": currency},
                amount(requester_balance(requester.public_id, currency), currency),
            ),
            (
                _("%(currency)s spent on batches and bonuses") % {"currency": currency},
                amount(spent, currency),
            ),
        ]
    return Panel(title=_("Requester"), facts=facts)


def _spent(requester: Requester, *, is_sandbox: bool) -> int:
    """Rewards and fees by the batches' own counters, and bonuses; single HITs come on top."""
    batches = Batch.objects.filter(requester=requester, is_sandbox=is_sandbox)
    work = batches.aggregate(cents=Sum(F("approved_count") * (F("reward_cents") + F("fee_cents"))))[
        "cents"
    ]
    bonuses = Bonus.objects.filter(
        requester=requester, assignment__hit__hit_type__is_sandbox=is_sandbox
    ).aggregate(cents=Sum(F("amount_cents") + F("fee_cents")))["cents"]
    return (work or 0) + (bonuses or 0)


def _batches(requester: Requester) -> Panel:
    return Panel(
        title=_("Latest batches"),
        head=[
            _("Batch"),
            _("Side"),
            _("Status"),
            _("HITs"),
            _("Open"),
            _("To review"),
            _("Approved"),
            _("Rejected"),
            _("Reward"),
            _("Made (UTC)"),
        ],
        rows=[
            [
                link(batch, batch.name),
                side_of(is_sandbox=batch.is_sandbox),
                batch.get_status_display(),
                batch.hits,
                batch.open_slots,
                batch.submitted_count,
                batch.approved_count,
                batch.rejected_count,
                amount(batch.reward_cents, batch.currency),
                moment(batch.created_at),
            ]
            for batch in requester.batches.order_by("-pk")[:SHOWN]
        ],
        empty=_("No batches."),
    )


def _deposits(requester: Requester) -> Panel:
    return Panel(
        title=_("Deposits"),
        head=[_("Deposit"), _("Amount"), _("Status"), _("Made (UTC)"), _("Settled (UTC)")],
        rows=[
            [
                link(deposit, deposit.public_id),
                amount(deposit.amount_cents, deposit.currency),
                deposit.get_status_display(),
                moment(deposit.created_at),
                moment(deposit.settled_at),
            ]
            for deposit in requester.deposits.order_by("-pk")[:SHOWN]
        ],
        empty=_("No deposits."),
    )


def _keys(requester: Requester) -> Panel:
    return Panel(
        title=_("Access keys in use"),
        head=[_("Key id"), _("Name"), _("Made (UTC)"), _("Last used (UTC)")],
        rows=[
            [key.access_key_id, key.name or "–", moment(key.created_at), moment(key.last_used_at)]
            for key in access_keys_of(requester)
        ],
        empty=_("No keys."),
    )
