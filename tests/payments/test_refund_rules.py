"""What asking for unused money back writes down, and what it refuses, to the field and the cent."""

import pytest
from django.db import transaction

from marketplace.accounts.models import Role
from marketplace.audit.models import AuditEntry
from marketplace.errors import InsufficientFunds, InvalidInput, NotAllowed
from marketplace.models import OutboxMessage
from payments import audit, jobs
from payments.actions.advance_refund import take_refund
from payments.actions.call_back_refunds import WHY
from payments.actions.leave_open import leave_open
from payments.actions.record_dispute import Booking, DisputeState, record_dispute
from payments.actions.request_refund import request_refund
from payments.models import Deposit, Refund, Transfer
from payments.queries import (
    balance_of,
    held_back_refunds,
    refundable_deposits,
    sendable_refunds,
)
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(clock):
    """Three dollars came in first, then five."""
    lab = world.a_lab(cents=300)
    world.deposit(lab, 500)
    return lab


def ask(lab, clock, cents, by=None):
    given = {"by": by or lab.by, "user": lab.user, "amount_cents": cents, "currency": "USD"}
    return request_refund(**given, at=clock.now)


def dispute(deposit, clock, how, *bookings, reference="dp_1"):
    said = DisputeState(
        reference=reference, deposit=deposit.name, amount_cents=500, reason="fraudulent",
        status=how, method="", bookings=bookings,
    )  # fmt: skip
    record_dispute(gateway="play", said=said, at=clock.now)


def balances(lab):
    holder = lab.requester.public_id
    return balance_of("requester", holder, "USD"), balance_of("in_refund", holder, "USD")


def test_it_is_an_intent_for_each_deposit_the_newest_first_and_an_entry(lab, clock):
    older, newer = Deposit.objects.order_by("pk")
    older.save()  # its row is behind the newer one's now
    made = ask(lab, clock, 600)
    rows = list(Refund.objects.order_by("pk").values())
    assert [refund.pk for refund in made] == [row["id"] for row in rows]
    assert rows == [
        {
            "id": refund.pk,
            "public_id": refund.public_id,
            "deposit_id": deposit.pk,
            "made_by_id": lab.user.pk,
            "amount_cents": cents,
            "status": "held",
            "key_number": 1,
            "attempts": 0,
            "lease_until": None,
            "first_attempt_at": None,
            "due_at": clock.now,
            "gateway_reference": "",
            "failure": "",
            "created_at": clock.now,
            "finished_at": None,
        }
        for refund, deposit, cents in zip(made, (newer, older), (500, 100), strict=True)
    ]
    entry = AuditEntry.objects.get(action="request_refund")
    assert (entry.actor, entry.at, entry.reason) == (lab.by.trail, clock.now, "")
    assert (entry.subject_kind, entry.subject_id) == ("requester", lab.requester.public_id)
    assert entry.data == {
        "amount_cents": 600, "currency": "USD", "refunds": [str(each.public_id) for each in made],
    }  # fmt: skip
    holds = Transfer.objects.filter(reason="refund").order_by("pk")
    assert [(t.key, t.amount_cents, t.reference, t.at) for t in holds] == [
        (f"refund:{each.public_id}", each.amount_cents, str(each.public_id), clock.now)
        for each in made
    ]
    assert {(t.debit.kind, t.credit.kind, t.currency) for t in holds} == {
        ("requester", "in_refund", "USD")
    }
    assert balances(lab) == (200, 600)


def test_anything_from_a_cent_to_all_that_the_deposits_have_left_can_go_back(lab, clock):
    for cents in (0, 801):
        with pytest.raises(InvalidInput, match=r"\$0.01 to \$8.00: that is the most") as caught:
            ask(lab, clock, cents)
        assert caught.value.details == {"field": "amount"}
    (one,) = ask(lab, clock, 1)
    rest = ask(lab, clock, 799)
    assert one.amount_cents == 1
    assert [each.amount_cents for each in rest] == [499, 300]
    assert balances(lab) == (0, 800)


@pytest.mark.parametrize(
    ("how", "is_refundable"),
    [("needs_response", False), ("lost", False), ("won", True), ("warning_closed", True)],
)
def test_a_deposit_goes_back_again_once_its_dispute_has_left_the_money_here(
    lab, clock, how, is_refundable
):
    older, newer = Deposit.objects.order_by("pk")
    dispute(newer, clock, how)
    left = refundable_deposits(lab.requester, "USD").values_list("pk", "left_cents")
    assert dict(left) == {older.pk: 300} | ({newer.pk: 500} if is_refundable else {})


def take(refund, clock):
    return take_refund(refund_id=refund.pk, at=clock.now)


def test_what_was_never_sent_waits_while_a_dispute_freezes_the_balance(lab, clock):
    (refund,) = ask(lab, clock, 100)
    dispute(Deposit.objects.earliest("pk"), clock, "needs_response")
    assert (take(refund, clock), jobs.send_refunds()) == (None, 0)
    refund.refresh_from_db()
    assert (refund.status, refund.attempts) == ("held", 0)
    assert list(held_back_refunds()) == [refund]
    dispute(Deposit.objects.earliest("pk"), clock, "won")
    assert not held_back_refunds().exists()
    assert jobs.send_refunds() == 1
    refund.refresh_from_db()
    assert (refund.status, refund.attempts) == ("sent", 1)


def test_where_something_is_owed_it_is_paid_from_what_was_to_go_back(lab, clock):
    other = world.a_lab("Other", cents=300)
    (others,) = ask(other, clock, 300)
    theirs = other.requester.deposits.get()
    dispute(theirs, clock, "needs_response", reference="dp_2")
    lost, held = ask(lab, clock, 600)
    take(lost, clock)
    leave_open(row=lost, why="No answer.", at=clock.now)
    taken = Booking(reference="txn_1", amount_cents=-240, fee_cents=0)
    dispute(lab.requester.deposits.earliest("pk"), clock, "lost", taken)
    assert (balances(lab), take(held, clock)) == ((0, 600), None)
    OutboxMessage.objects.all().delete()
    jobs.settle_losses()
    held.refresh_from_db()
    assert (held.status, held.failure, held.finished_at) == ("failed", WHY, clock.now)
    assert balances(lab) == (60, 500), "40 of the 100 were owed"
    assert WHY in OutboxMessage.objects.get().payload["text"]
    others.refresh_from_db()
    assert others.status == "held", "nothing is owed there"
    clock.forward(hours=1)
    jobs.settle_losses()
    assert jobs.send_refunds() == 1
    lost.refresh_from_db()
    assert (lost.status, balances(lab)) == ("sent", (60, 0)), "it may have left before"
    assert list(audit.differences()) == []


def test_what_was_sent_once_is_seen_to_its_end_all_the_same(lab, clock):
    (lost, under_way) = ask(lab, clock, 600)
    for refund in (lost, under_way):
        take(refund, clock)
    leave_open(row=lost, why="No answer.", at=clock.now)
    dispute(Deposit.objects.earliest("pk"), clock, "needs_response")
    clock.forward(hours=1)
    assert not held_back_refunds().exists()
    assert jobs.send_refunds() == 2
    assert set(Refund.objects.values_list("status", "attempts")) == {("sent", 2)}


def test_nobody_elses_refund_waits_nor_one_in_another_currency(lab, clock):
    other = world.a_lab("Other", cents=300)
    world.deposit(lab, 100, "XTS")
    (of_other,) = ask(other, clock, 300)
    (in_play,) = request_refund(
        by=lab.by, user=lab.user, amount_cents=100, currency="XTS", at=clock.now
    )
    (waiting,) = ask(lab, clock, 100)
    dispute(Deposit.objects.earliest("pk"), clock, "needs_response")
    assert list(sendable_refunds(at=clock.now)) == [of_other, in_play]
    assert list(held_back_refunds()) == [waiting]
    assert [take(of_other, clock), take(in_play, clock)] == [of_other, in_play]


def test_what_is_held_for_work_stays_and_the_caller_can_go_on(lab, clock):
    world.a_batch(lab, rows=1, reward_cents=100)
    free, _ = balances(lab)
    before = AuditEntry.objects.count()
    words = rf"has \$0?{free // 100}.{free % 100:02} that is not held for work"
    with pytest.raises(InsufficientFunds, match=words) as caught, transaction.atomic():
        ask(lab, clock, free + 1)
    assert caught.value.details["field"] == "amount"
    assert caught.value.details["missing_cents"] == 1
    assert (AuditEntry.objects.count(), Refund.objects.count()) == (before, 0)
    assert balances(lab) == (free, 0)
    assert ask(lab, clock, free)


def test_it_takes_an_owner(lab, clock):
    manager = world.a_member(lab.requester, world.a_user("m@lab.test"), Role.MANAGER)
    with pytest.raises(NotAllowed):
        ask(lab, clock, 1, by=manager)
    assert not Refund.objects.exists()
