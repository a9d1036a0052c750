"""A difference is an incident: one row, told once, in the way of payouts until it is settled."""

import pytest
from django.test import override_settings

from marketplace.audit.models import AuditEntry
from marketplace.errors import InvalidInput, NotAllowed, WrongState
from marketplace.models import OutboxMessage
from payments import jobs
from payments.actions import note_differences
from payments.actions.request_payout import request_payout
from payments.actions.set_payout_schedule import set_payout_schedule
from payments.actions.settle_incident import bear_difference, close_incident
from payments.admin_reasons import incident_step
from payments.gateway import payouts
from payments.models import (
    BalanceTransaction,
    BooksReading,
    Deposit,
    Incident,
)
from tests.payments.earning import earn
from tests.payments.stripe.comparing import (
    WORKER,
    by_hand,
    compared,
    equal,
    sent,
    summed,
    the_incident,
)
from tests.stripe_server.balance import booked

pytestmark = pytest.mark.django_db


def test_an_incident_is_one_row_however_often_it_is_found(live, paid, clock, staff):
    by_hand(live, 3_00)
    for _ in range(3):
        compared(clock)
    incident = Incident.objects.get()
    assert (incident.times, incident.seen_at) == (1, clock.now)
    assert incident.seen_at > incident.opened_at
    assert OutboxMessage.objects.filter(key__startswith="incidents:").count() == 1
    (letter,) = OutboxMessage.objects.filter(key__startswith="incidents:")
    assert letter.payload["to"] == staff.email
    assert "-$3.00" in letter.payload["text"]


def test_the_operators_address_is_told_once_of_many(live, paid, clock, staff):
    for _ in range(12):
        by_hand(live, 1)
    with override_settings(MANYHANDS_CONTACT="money@ours.test"):
        compared(clock)
    (letter,) = OutboxMessage.objects.filter(key__startswith="incidents:")
    assert letter.payload["to"] == "money@ours.test"
    assert "and 2 more" in letter.payload["text"]


def test_more_than_can_be_looked_at_are_not_all_kept(live, paid, clock, staff, monkeypatch):
    monkeypatch.setattr(note_differences, "NOTED", 2)
    for _ in range(3):
        by_hand(live, 1)
        clock.forward(minutes=1)
    assert compared(clock).differences == 3
    assert Incident.objects.count() == 2
    compared(clock)
    assert not Incident.objects.exclude(gone_at=None).exists()


def test_a_debit_that_came_back_without_a_dispute_is_an_incident_that_says_what_to_do(
    live, paid, clock, staff
):
    (charge,) = live.world.of("charge")
    booked(live.world, "payment_failure_refund", charge, cents=-charge["amount"])
    compared(clock)
    incident = the_incident()
    deposit = Deposit.objects.get()
    assert (incident.kind, incident.subject) == ("amount", f"deposit:{deposit.public_id}")
    assert incident.amount_cents == -deposit.amount_cents
    assert "(payment_failure_refund)" in incident_step(incident)
    bear_difference(staff=staff, incident=incident, reason="It pays outside.", at=clock.now)
    assert compared(clock).differences == 0
    assert equal(live)


def test_payouts_wait_for_an_incident_and_go_on_after_it(live, paid, clock, staff):
    by_hand(live, 3_00)
    compared(clock)
    payout = request_payout(worker=WORKER, currency="USD", at=clock.now)
    assert jobs.send_payouts() == 0
    assert payouts.send_payout(payout_id=payout.pk, at=clock.now) is None
    bear_difference(staff=staff, incident=the_incident(), reason="My own transfer", at=clock.now)
    assert jobs.send_payouts() == 1
    assert compared(clock).differences == 0
    assert equal(live)
    assert summed("operator") == -3_00


def test_a_schedule_starts_no_batch_while_an_incident_is_open(live, paid, clock, staff):
    set_payout_schedule(worker=WORKER, schedule="daily", minimum_cents=100)
    by_hand(live, 3_00)
    compared(clock)
    assert jobs.make_scheduled_payouts() == 0
    bear_difference(staff=staff, incident=the_incident(), reason="My own", at=clock.now)
    assert jobs.make_scheduled_payouts() == 1


def test_what_was_sent_once_is_seen_to_its_end(live, paid, clock):
    payout = request_payout(worker=WORKER, currency="USD", at=clock.now)
    live.faults.next("lost_after", path="/v1/transfers")
    jobs.send_payouts()
    by_hand(live, 3_00)
    compared(clock)
    assert jobs.send_payouts() == 1
    payout.refresh_from_db()
    assert payout.status == "sent"


def test_play_money_is_not_held_back_by_live_money_and_the_ledger_holds_back_all(live, paid, clock):
    by_hand(live, 3_00)
    compared(clock)
    earn(clock, WORKER, 500, currency="XTS")
    request_payout(worker=WORKER, currency="XTS", at=clock.now)
    assert jobs.send_payouts() == 1
    earn(clock, WORKER, 600, currency="XTS")
    request_payout(worker=WORKER, currency="XTS", at=clock.now)
    note_differences.note_books(["one cent is missing"], part="work", at=clock.now)
    assert jobs.send_payouts() == 0
    note_differences.note_books([], part="work", at=clock.now)
    assert jobs.send_payouts() == 1


def test_an_incident_whose_difference_stands_can_not_be_closed(live, paid, clock, staff):
    by_hand(live, 3_00)
    compared(clock)
    incident, known = the_incident(), {"incident": the_incident(), "at": clock.now}
    with pytest.raises(WrongState):
        close_incident(staff=staff, reason="Looks fine", **known)
    with pytest.raises(InvalidInput):
        bear_difference(staff=staff, reason=" ", **known)
    with pytest.raises(NotAllowed):
        bear_difference(staff=paid.user, reason="Mine", **known)
    bear_difference(staff=staff, reason="My own transfer", **known)
    with pytest.raises(WrongState):
        bear_difference(staff=staff, reason="Again", **known)
    entry = AuditEntry.objects.get(action="bear_difference")
    assert (entry.reason, entry.subject_id) == ("My own transfer", str(incident.pk))
    assert entry.data["amount"] == "-$3.00"


def test_one_that_is_gone_holds_nothing_back_is_closed_by_hand_and_opens_again(
    live, paid, clock, staff
):
    payout = sent(clock)
    second = by_hand(live, 5_00, metadata={"payout": payout.transfer_group})
    compared(clock)
    line = BalanceTransaction.objects.get(source=second.id)
    BalanceTransaction.objects.filter(pk=line.pk).update(fact="line:nothing", net_cents=0)
    reading = BooksReading.objects.filter(gateway="stripe")
    assert reading.exists()
    compared(clock)
    incident = Incident.objects.get(subject__startswith="payout:")
    assert incident.gone_at == clock.now
    with pytest.raises(WrongState):
        bear_difference(staff=staff, incident=incident, reason="Mine", at=clock.now)
    close_incident(staff=staff, incident=incident, reason="A slip", at=clock.now)
    BalanceTransaction.objects.filter(pk=line.pk).update(fact=line.fact, net_cents=line.net_cents)
    compared(clock)
    incident.refresh_from_db()
    assert (incident.stands, incident.times, incident.reason) == (True, 2, "")
    assert AuditEntry.objects.filter(action="open_incident").count() >= 2


def test_the_ledgers_own_audit_opens_one_that_nobody_can_bear(live, paid, clock, staff):
    note_differences.note_books(["account 1 keeps 5 cents"], part="ledger", at=clock.now)
    incident = the_incident()
    assert incident.kind == "books"
    with pytest.raises(WrongState):
        bear_difference(staff=staff, incident=incident, reason="Mine", at=clock.now)
    assert jobs.make_scheduled_payouts() == 0  # audits anew, and finds it gone
    incident.refresh_from_db()
    assert incident.gone_at == clock.now
