"""A reconciliation's row: asked for, begun, ended. payments.gateway.reconciling does what lies
between."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from marketplace.accounts.actions.moderation import require_staff
from marketplace.accounts.models import User
from marketplace.audit import trail
from payments import reconciliation
from payments.actions.note_differences import note_differences, note_unread
from payments.actions.receive_gateway_event import Told, receive_gateway_events
from payments.models import BalanceTransaction, Deposit, Reconciliation
from payments.queries import incidents_in_the_way
from payments.reconciliation import EVERY, EVERY_WHILE_OPEN, Difference

EVENTS = {
    "deposit": "checkout.session.completed",
    "refund": "refund.updated",
    "payout": "transfer.created",
    "dispute": "charge.dispute.updated",
}
"""What the gateway would have told of a line: an event that got lost is made up for by one."""


def ask_for_reconciliation(*, staff: User, at: datetime) -> Reconciliation:
    """Staff want one now: it begins within a minute. One that waits already is the same."""
    require_staff(staff)
    with transaction.atomic():
        Reconciliation.objects.bulk_create(
            [Reconciliation(asked_at=at, asked_by=staff)], ignore_conflicts=True
        )
        waiting = Reconciliation.objects.filter(began_at=None).first()
        asked = waiting or Reconciliation.objects.latest("pk")  # it began this moment
        trail.record(
            action="ask_for_reconciliation",
            actor=trail.actor_of(staff),
            subject=("reconciliation", asked.pk),
            at=at,
        )
    return asked


def is_reconciliation_due(*, at: datetime) -> bool:
    """Somebody asked, one died, or it is time: once a day, each hour while something is open."""
    runs = Reconciliation.objects.order_by("-ended_at", "-pk")  # those without an end are first
    last = runs.first()
    if last is None or last.ended_at is None:
        return True
    is_quiet = not (last.failure or last.in_flight or incidents_in_the_way().exists())
    return at - last.ended_at >= (EVERY if is_quiet else EVERY_WHILE_OPEN)


def begin_reconciliation(*, at: datetime) -> Reconciliation:
    """The one that was asked for, or a new one. One that was begun and has no end died."""
    with transaction.atomic():
        rows = Reconciliation.objects.select_for_update(no_key=True)
        rows.filter(began_at__isnull=False, ended_at=None).update(
            ended_at=at, failure="The process ended before it did; the next one went on."
        )
        asked = rows.filter(began_at=None).first() or Reconciliation(asked_at=at)
        asked.began_at = at
        asked.save()
    return asked


def finish_reconciliation(
    *,
    run: Reconciliation,
    lines: int,
    currencies: Collection[str],
    failure: str,
    at: datetime,
) -> Reconciliation:
    """Compare the books that were read, in these currencies; note what differs, and look once
    more at what the ledger lacks."""
    with transaction.atomic():
        run = Reconciliation.objects.select_for_update(no_key=True).get(pk=run.pk)
        found = reconciliation.differences()
        look_again(found, at=at)
        run.differences, run.in_flight = note_differences(found, currencies=currencies, at=at)
        note_unread(failure=failure, at=at)
        run.lines, run.failure, run.ended_at = lines, failure[:300], at
        run.save()
    return run


def look_again(found: Collection[Difference], *, at: datetime) -> int:
    """Put what the ledger lacks into the inbox, as the event would have that told of it; once per
    line. How many were new. Of a refund it may lack only that it came back."""
    facts = [
        each.fact for each in found if each.here_cents is None or each.fact.startswith("refund:")
    ]
    lines = BalanceTransaction.objects.filter(gateway="stripe", fact__in=facts, about__in=EVENTS)
    return receive_gateway_events(
        [
            Told(
                event_id=f"books:{line.reference}",
                kind=kind,
                object_id=name,
                account="",
                happened_at=line.created_at,
            )
            for line in lines
            for kind, name in [_event_of(line)]
            if name  # else its own row asks for it still
        ],
        gateway="stripe",
        at=at,
        was_polled=True,
    )


def _event_of(line: BalanceTransaction) -> tuple[str, str]:
    """Its kind, and what it would name: of a payment, the page or the charge by which it came."""
    if line.about != "deposit":
        return EVENTS[line.about], line.source
    deposit = Deposit.objects.filter(public_id=line.fact.removeprefix("deposit:")).first()
    name = deposit.gateway_reference if deposit else line.source
    is_charge = deposit is not None and deposit.method_id is not None and not deposit.needs_payer
    return "payment_intent.succeeded" if is_charge else EVENTS["deposit"], name
