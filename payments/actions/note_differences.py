"""What a comparison found is kept as incidents: opened, seen again, gone, opened once more."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.audit import trail
from marketplace.money import show
from payments import reconciliation
from payments.models import Incident
from payments.reconciliation import Difference

Kind = Incident.Kind
COMPARED = (
    Kind.MISSING_HERE,
    Kind.MISSING_THERE,
    Kind.AMOUNT,
    Kind.UNKNOWN,
    Kind.BALANCE,
)
NOTED = 500
"""Incidents of one comparison: beyond that, something is wrong that more rows won't tell."""
NAMED = 10
SENTENCES = 20
LEDGER = "ledger"
"""The part of the audit that is about money by itself."""
WORK = "work"
"""And the one that is about work beside it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something that is wrong now."""

    kind: Incident.Kind
    subject: str
    currency: str = ""
    amount_cents: int = 0
    began_at: datetime
    evidence: dict[str, Any] = field(default_factory=dict)


def note_differences(
    found: Sequence[Difference], *, currencies: Collection[str], at: datetime
) -> tuple[int, int]:
    """Incidents of what is no longer in flight, in the currencies that were compared. Those whose
    difference is not among it are gone. How many differ, and how many are in flight."""
    found = [each for each in found if each.currency in currencies]
    early = reconciliation.in_flight(found, at=at)
    late = [each for each in found if each.fact not in early]
    evidence = reconciliation.evidence_of(late[:NOTED])
    findings = [
        Finding(
            kind=reconciliation.kind_of(each, evidence[each.fact]),
            subject=each.fact,
            currency=each.currency,
            amount_cents=each.cents,
            began_at=each.latest_at,
            evidence={
                "there_cents": each.there_cents,
                "here_cents": each.here_cents,
                "lines": evidence[each.fact].lines,
                "sources": evidence[each.fact].sources,
                "transfers": evidence[each.fact].transfers,
            },
        )
        for each in late[:NOTED]
    ]
    judged = Incident.objects.filter(kind__in=COMPARED, currency__in=currencies)
    judged = judged.exclude(subject__in=[each.fact for each in late[NOTED:]])
    _note(findings, judged=judged, at=at)
    return len(late), len(found) - len(late)


def note_books(sentences: Sequence[str], *, part: str, at: datetime) -> None:
    """The audit of one part of the books: an incident while it finds anything."""
    finding = Finding(
        kind=Kind.BOOKS,
        subject=part,
        began_at=at,
        evidence={"sentences": [*sentences[:SENTENCES]], "number": len(sentences)},
    )
    judged = Incident.objects.filter(kind=Kind.BOOKS, subject=part)
    _note([finding] if sentences else [], judged=judged, at=at)


def note_unread(*, failure: str, at: datetime) -> None:
    """An incident while the gateway's books can't be read for days."""
    finding = Finding(
        kind=Kind.UNREAD,
        subject="stripe",
        currency=settings.MANYHANDS_CURRENCY,
        began_at=at,
        evidence={"sentences": [failure] if failure else []},
    )
    judged = Incident.objects.filter(kind=Kind.UNREAD)
    _note([finding] if reconciliation.is_unread(at=at) else [], judged=judged, at=at)


def _note(findings: Sequence[Finding], *, judged: QuerySet[Incident], at: datetime) -> None:
    """`judged` are the incidents that are gone where no finding is about them."""
    with transaction.atomic():
        Incident.objects.bulk_create(
            [_fresh(finding, at) for finding in findings], ignore_conflicts=True
        )
        subjects = [finding.subject for finding in findings]
        standing = judged.filter(gone_at=None)  # as none is that is closed
        concerned = Q(pk__in=standing.values("pk")) | Q(subject__in=subjects)
        rows = Incident.objects.filter(concerned).order_by("pk")
        locked = {_name(row): row for row in rows.select_for_update(no_key=True)}
        seen = [(locked.pop(_name(finding)), finding) for finding in findings]
        _tell([incident for incident, finding in seen if _see(incident, finding, at)], at)
        standing.filter(pk__in=[row.pk for row in locked.values()]).update(gone_at=at)


def _name(one: Incident | Finding) -> tuple[str, str, str]:
    """What there is one row of."""
    return str(one.kind), one.subject, one.currency


def _fresh(finding: Finding, at: datetime) -> Incident:
    """Gone until it is seen: opening it happens in one place."""
    return Incident(
        kind=finding.kind,
        subject=finding.subject,
        currency=finding.currency,
        began_at=finding.began_at,
        opened_at=at,
        seen_at=at,
        gone_at=at,
        times=0,
    )


def _see(incident: Incident, finding: Finding, at: datetime) -> bool:
    """Bring the row up to date; whether it was opened by that."""
    is_opened = not incident.stands
    if is_opened:
        incident.opened_at = at
        incident.began_at = finding.began_at
        incident.times += 1
        incident.gone_at = incident.closed_at = incident.closed_by = None
        incident.reason = ""
        trail.record(
            action="open_incident",
            actor=trail.SYSTEM,
            subject=("incident", incident.pk),
            at=at,
            kind=finding.kind.value,
            about=finding.subject,
            amount_cents=finding.amount_cents,
            currency=finding.currency,
        )
    incident.seen_at = at
    incident.amount_cents = finding.amount_cents
    incident.evidence = finding.evidence
    incident.save()
    return is_opened


def _tell(opened: Sequence[Incident], at: datetime) -> None:
    """One letter for all that was opened now."""
    if not opened:
        return
    lines = [_line(incident) for incident in opened[:NAMED]]
    if len(opened) > NAMED:
        lines.append(f"… and {len(opened) - NAMED} more.")
    address = settings.MANYHANDS_BASE_URL + reverse("admin:payments_incident_changelist")
    text = (
        "The marketplace's books and the payment service's differ. No new payout is sent until "
        "this is settled; what is on its way arrives.\n\n"
        + "\n".join(lines)
        + f"\n\nWhat to do about each stands here:\n{address}\n"
    )
    key = f"incidents:{opened[0].pk}:{opened[0].times}"
    for number, to in enumerate(_readers()):
        outbox.send(
            kind="email",
            key=f"{key}:{number}",
            payload={"to": to, "subject": "Money incident: payouts wait", "text": text},
            at=at,
        )


def _line(incident: Incident) -> str:
    amount = f", {show(incident.amount_cents, incident.currency)}" if incident.currency else ""
    return f"- {incident.get_kind_display()}: {incident.subject}{amount}"


def _readers() -> list[str]:
    """The operator's address, or else all staff."""
    if settings.MANYHANDS_CONTACT:
        return [settings.MANYHANDS_CONTACT]
    staff = User.objects.filter(is_staff=True, is_active=True, suspended_at=None)
    return list(staff.order_by("pk").values_list("email", flat=True))
