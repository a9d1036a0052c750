"""A person: account, roles, work, money, reports and trail on one page; suspend and reinstate."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.actions.reinstate_user import reinstate_user
from marketplace.accounts.actions.suspend_user import suspend_user
from marketplace.accounts.models import User
from marketplace.accounts.queries import memberships_of
from marketplace.admincells import amount, link, moment
from marketplace.adminsite import Act, Panel, StaffAdmin
from marketplace.audit.admin import trail_about, trail_by
from marketplace.audit.trail import actor_of
from payments.models import AccountKind
from payments.queries import earnings_of, payee_of, payouts_of
from tasks.admin.panels import (
    SHOWN,
    assignments_panel,
    currencies,
    money_panel,
    reports_panel,
)
from tasks.admin.qualified import MASTERS_ACTS, blocks_panel, qualifications_panel
from tasks.models import Assignment
from tasks.states import AssignmentStatus
from workers.models import Worker


class RoleFilter(admin.SimpleListFilter):
    """Which side a person is on."""

    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("worker", _("Worker")),
            ("requester", _("Member of a requester")),
            ("staff", _("Staff")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "worker":
                return queryset.filter(worker__isnull=False)
            case "requester":
                return queryset.filter(memberships__isnull=False).distinct()
            case "staff":
                return queryset.filter(is_staff=True)
        return queryset


class StandingFilter(admin.SimpleListFilter):
    """Suspended or not."""

    title = _("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("suspended", _("Suspended")), ("good", _("In good standing"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() is None:
            return queryset
        return queryset.filter(suspended_at__isnull=self.value() != "suspended")


@admin.register(User)
class UserAdmin(StaffAdmin):
    """People."""

    list_display = ("email", "name", "roles", "standing", "joined")
    list_filter = (RoleFilter, StandingFilter)
    list_select_related = ("worker",)
    search_help_text = _("An e-mail address or its beginning, a worker id, or a person's number")
    exact = ("worker__public_id", "pk")
    named_by = ""
    acts = {
        "suspend": Act(
            label=_("Suspend"),
            explains=_(
                "They can sign in and read your reason, and do nothing else. What they have "
                "earned stays theirs, and none of it is paid out while it lasts: payouts that were "
                "not sent yet wait, and schedules make none. Work they have submitted is still "
                "reviewed, and its reward kept for them."
            ),
            carry_out=lambda staff, user, reason, at: suspend_user(
                staff=staff, user=user, reason=reason, at=at
            ),
            is_possible=lambda user: user.suspended_at is None,
            is_grave=True,
        ),
        "reinstate": Act(
            label=_("Reinstate"),
            explains=_(
                "They can do everything again, and payouts that waited are sent. Where the bank "
                "account was changed by a thief, pause the batch first. The trail keeps both "
                "reasons."
            ),
            carry_out=lambda staff, user, reason, at: reinstate_user(
                staff=staff, user=user, reason=reason, at=at
            ),
            is_possible=lambda user: user.suspended_at is not None,
        ),
        **MASTERS_ACTS,
    }

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """By the beginning of an address too: its index is one that can be read so."""
        term = search_term.strip()
        exactly, _may_repeat = super().get_search_results(request, queryset, term)
        if not term:
            return exactly, False
        by_address = Q(email__startswith=term.lower())
        return queryset.filter(Q(pk__in=exactly.values("pk")) | by_address), False

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        """In a few words; which requesters is on the person's page."""
        parts = [
            "staff" if user.is_staff else "",
            f"worker {user.worker.public_id}" if hasattr(user, "worker") else "",
        ]
        return ", ".join(filter(None, parts)) or "–"

    @admin.display(description=_("standing"))
    def standing(self, user: User) -> Any:
        """Suspended since when, or good."""
        if user.suspended_at is None:
            return _("good")
        return _("suspended %(moment)s") % {"moment": moment(user.suspended_at)}

    @admin.display(description=_("joined (UTC)"), ordering="pk")
    def joined(self, user: User) -> str:
        """To the second."""
        return moment(user.date_joined)

    def panels(self, obj: User) -> list[Panel]:
        """Everything about the person."""
        worker = Worker.objects.filter(user=obj).first()
        return [
            _account(obj),
            _memberships(obj),
            *(_working_side(worker) if worker else ()),
            _programs(obj),
            trail_about("user", obj.pk),
            trail_by(actor_of(obj)),
        ]


def _account(user: User) -> Panel:
    factors = Authenticator.objects.filter(user=user).values_list("type", flat=True)
    return Panel(
        title=_("Account"),
        facts=[
            (_("Standing"), _("suspended") if user.suspended_at else _("good")),
            (_("Suspended (UTC)"), moment(user.suspended_at)),
            (_("Reason, as they read it"), user.suspended_reason or "–"),
            (_("Name"), user.name or "–"),
            (_("E-mail"), user.email),
            (_("E-mail verified"), _verified(user)),
            (_("Joined (UTC)"), moment(user.date_joined)),
            (_("Last signed in (UTC)"), moment(user.last_login)),
            (_("Second factors"), ", ".join(sorted(factors)) or _("none")),
            (_("Staff"), _("yes") if user.is_staff else _("no")),
            (_("Superuser"), _("yes") if user.is_superuser else _("no")),
        ],
        head=[_("Address"), _("Verified"), _("Primary")],
        rows=[
            [address.email, _("yes") if address.verified else _("no"), address.primary]
            for address in EmailAddress.objects.filter(user=user)
        ],
    )


def _verified(user: User) -> Any:
    is_verified = EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()
    return _("yes") if is_verified else _("no")


def _memberships(user: User) -> Panel:
    return Panel(
        title=_("Member of"),
        head=[_("Requester"), _("Role"), _("Since (UTC)"), _("Standing")],
        rows=[
            [
                link(place.requester),
                place.role,
                moment(place.joined_at),
                _("suspended") if place.requester.suspended_at else _("good"),
            ]
            for place in memberships_of(user)
        ],
        empty=_("No requester."),
    )


def _working_side(worker: Worker) -> list[Panel]:
    mine = Assignment.objects.filter(worker=worker)
    return [
        _worker(worker),
        qualifications_panel(worker),
        blocks_panel(worker),
        assignments_panel(_("In work now"), mine.filter(status=AssignmentStatus.ACCEPTED)),
        assignments_panel(_("Latest assignments"), mine),
        *money_panel(AccountKind.WORKER, worker.public_id),
        _payouts(worker),
        reports_panel(_("Reports they made"), worker.reports.all()),
        trail_about("worker", worker.public_id),
    ]


def _worker(worker: Worker) -> Panel:
    facts: list[tuple[Any, Any]] = [
        (_("Worker id"), worker.public_id),
        (_("Country"), worker.country),
        (_("Subdivision"), worker.subdivision or "–"),
        (_("Joined as a worker (UTC)"), moment(worker.joined_at)),
        (_("Approved"), worker.approved_count),
        (_("Rejected"), worker.rejected_count),
    ]
    for currency in currencies():
        money = earnings_of(worker.public_id, currency)
        facts += [
            (
                _("%(currency)s available") % {"currency": currency},
                amount(money.available_cents, currency),
            ),
            (
                _("%(currency)s on its way") % {"currency": currency},
                amount(money.in_payout_cents, currency),
            ),
            (
                _("%(currency)s paid out") % {"currency": currency},
                amount(money.paid_cents, currency),
            ),
        ]
    if payee := payee_of(worker.public_id, settings.MANYHANDS_GATEWAY):
        facts.append((_("Paid to"), link(payee)))
    return Panel(title=_("As a worker"), facts=facts)


def _payouts(worker: Worker) -> Panel:
    found = [p for currency in currencies() for p in payouts_of(worker.public_id, currency)[:SHOWN]]
    return Panel(
        title=_("Payouts"),
        head=[_("Payout"), _("Amount"), _("Status"), _("Made (UTC)"), _("Finished (UTC)")],
        rows=[
            [
                link(payout, payout.public_id),
                amount(payout.amount_cents, payout.currency),
                payout.get_status_display(),
                moment(payout.created_at),
                moment(payout.finished_at),
            ]
            for payout in found
        ],
        empty=_("No payouts."),
    )


def _programs(user: User) -> Panel:
    tokens = user.api_tokens.select_related("requester").order_by("-pk")[:SHOWN]
    return Panel(
        title=_("API tokens"),
        head=[_("Begins with"), _("Name"), _("Acts for"), _("Made (UTC)"), _("Revoked (UTC)")],
        rows=[
            [
                token.prefix,
                token.name or "–",
                link(token.requester) if token.requester else _("themselves, as a worker"),
                moment(token.created_at),
                moment(token.revoked_at),
            ]
            for token in tokens
        ],
        empty=_("No tokens."),
    )
