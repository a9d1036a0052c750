"""Panels that several of the staff's pages show: assignments, reports, money."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from marketplace.admincells import amount, link, link_by_name, moment
from marketplace.adminsite import Panel
from marketplace.money import SANDBOX_CURRENCY
from payments.models import Account, Reason, Transfer
from payments.queries import account_id_of, latest_transfers
from tasks.models import Assignment, HITReport

SHOWN = 20


def currencies() -> tuple[str, str]:
    """Live money first, then the sandbox's."""
    return settings.MANYHANDS_CURRENCY, SANDBOX_CURRENCY


def side_of(*, is_sandbox: bool) -> Any:
    """Which side something is on."""
    return _("sandbox") if is_sandbox else _("live")


def assignments_panel(title: Any, found: QuerySet[Assignment], *, limit: int = SHOWN) -> Panel:
    """The latest of these assignments, with their times."""
    latest = found.select_related("hit__hit_type", "worker").order_by("-id")[:limit]
    return Panel(
        title=title,
        head=[
            _("Assignment"),
            _("HIT"),
            _("Worker"),
            _("Status"),
            _("Accepted (UTC)"),
            _("Submitted (UTC)"),
            _("Decided (UTC)"),
            _("Seconds"),
            _("Reward"),
        ],
        rows=[
            [
                link(a, a.public_id),
                format_html("{}<br>{}", link(a.hit), a.hit.hit_type.title),
                link(a.worker),
                a.get_status_display(),
                moment(a.accepted_at),
                moment(a.submitted_at),
                moment(a.approved_at or a.rejected_at or a.ended_at),
                a.work_seconds if a.work_seconds is not None else "–",
                amount(a.hit.reward_cents, a.hit.hit_type.currency),
            ]
            for a in latest
        ],
        empty=_("None."),
    )


def reports_panel(title: Any, found: QuerySet[HITReport]) -> Panel:
    """Reports, the open ones first."""
    latest = found.select_related("hit", "worker").order_by("resolved_at", "-id")
    return Panel(
        title=title,
        head=[_("Report"), _("What is wrong"), _("HIT"), _("By"), _("Time (UTC)"), _("Resolved")],
        rows=[
            [
                link(report, report.pk),
                format_html("{}<br>{}", report.get_reason_display(), report.text),
                link(report.hit),
                link(report.worker),
                moment(report.reported_at),
                moment(report.resolved_at) if report.resolved_at else _("open"),
            ]
            for report in [
                *latest.filter(resolved_at=None)[:SHOWN],
                *latest.exclude(resolved_at=None)[:SHOWN],
            ]
        ],
        empty=_("No reports."),
    )


def transfers_panel(title: Any, transfers: Iterable[Transfer]) -> Panel:
    """Transfers, each a link to its own page."""
    return Panel(
        title=title,
        head=[_("Transfer"), _("Time (UTC)"), _("Amount"), _("Reason"), _("From"), _("To")],
        rows=[
            [
                link(t, t.key),
                moment(t.at),
                amount(t.amount_cents, t.currency),
                Reason(t.reason).label,
                link(t.debit, t.debit),
                link(t.credit, t.credit),
            ]
            for t in transfers
        ],
        empty=_("No money has moved."),
    )


def money_panel(kind: Any, holder: str) -> list[Panel]:
    """A holder's balance and latest transfers, for each currency in which there are any."""
    found = []
    for currency in currencies():
        account = account_id_of(kind, holder, currency)
        if account is None:
            continue
        held = Account.objects.values_list("balance_cents", flat=True).get(pk=account)
        title = _("Money in %(currency)s: %(amount)s now") % {
            "currency": currency,
            "amount": amount(held, currency),
        }
        found.append(transfers_panel(title, latest_transfers(account, limit=SHOWN)))
    return found


def decider(name: str) -> str:
    """Who decided, as the trail names them."""
    kind, _colon, key = name.partition(":")
    return link_by_name("accounts_user", key, name) if kind == "user" else name or "–"
