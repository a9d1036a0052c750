"""Each step of money on its way out, to the field: payouts and refunds go the same way."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from payments import gateway, ledger
from payments.actions.advance_payout import finish_payout, take_payout
from payments.actions.advance_refund import finish_refund, take_refund
from payments.actions.leave_open import leave_open
from payments.actions.pause_payouts import pause_payouts, resume_payouts
from payments.actions.request_payout import request_payout
from payments.actions.request_refund import request_refund
from payments.models import AccountKind, Deposit, Transfer
from tests import world
from tests.payments.earning import earn

pytestmark = pytest.mark.django_db
MINUTES = timedelta(minutes=1)


@dataclass
class Out:
    """One of the two, and what takes its steps."""

    name: str
    row: Any
    other: Any
    clock: Any
    take_: Any
    finish_: Any
    source: tuple[AccountKind, str]
    on_its_way: AccountKind

    def take(self):
        taken = self.take_(**{f"{self.name}_id": self.row.pk}, at=self.clock.now)
        self.row.refresh_from_db()
        return taken

    def finish(self, **said):
        done = self.finish_(**{self.name: self.row}, at=self.clock.now, **said)
        self.row.refresh_from_db()
        assert done == self.row
        return self.row

    def leave(self, why="No answer.", **more):
        done = leave_open(row=self.row, why=why, at=self.clock.now, **more)
        self.row.refresh_from_db()
        assert done == self.row
        return self.row

    def outcome(self):
        return Transfer.objects.get(key=f"{self.name}-outcome:{self.row.public_id}")

    def holds(self, kind):
        return ledger.balance(ledger.account(kind, self.source[1], "USD"))


def a_payout(clock):
    earn(clock, "AW", 500)
    earn(clock, "AO", 500)
    payout, other = (
        request_payout(worker=worker, currency="USD", at=clock.now) for worker in ("AW", "AO")
    )
    steps = (take_payout, finish_payout)
    source = (AccountKind.WORKER, "AW")
    return Out("payout", payout, other, clock, *steps, source, AccountKind.IN_PAYOUT)


def a_refund(clock):
    lab = world.a_lab(cents=0)
    for cents in (300, 500):
        world.deposit(lab, cents)
    refund, other = request_refund(
        by=lab.by, user=lab.user, amount_cents=800, currency="USD", at=clock.now
    )
    steps = (take_refund, finish_refund)
    source = (AccountKind.REQUESTER, lab.requester.public_id)
    return Out("refund", refund, other, clock, *steps, source, AccountKind.IN_REFUND)


@pytest.fixture(params=[a_payout, a_refund])
def out(request, clock):
    return request.param(clock)


def test_taking_it_is_a_lease_of_two_minutes_and_counts_an_attempt(out):
    began = out.clock.now
    taken = out.take()
    out.row.refresh_from_db()
    assert taken == out.row
    assert (out.row.status, out.row.attempts) == ("sending", 1)
    assert out.row.first_attempt_at == began
    assert out.row.lease_until == began + 2 * MINUTES
    assert out.take() is None
    out.clock.set(began + 2 * MINUTES - timedelta(seconds=1))
    assert out.take() is None, "whoever has the lease may still be at it"
    out.clock.set(began + 2 * MINUTES)
    assert out.take() == out.row
    out.row.refresh_from_db()
    assert (out.row.status, out.row.attempts) == ("sending", 2)
    assert out.row.first_attempt_at == began
    assert out.row.lease_until == began + 4 * MINUTES
    out.other.refresh_from_db()
    assert (out.other.status, out.other.attempts) == ("held", 0)


def test_it_is_not_taken_before_it_is_due_nor_after_its_end(out):
    out.row.due_at = out.clock.now + MINUTES
    out.row.save()
    assert out.take() is None
    out.clock.forward(minutes=1)
    assert out.take() == out.row
    out.finish(reference="ref_1")
    out.clock.forward(hours=1)
    assert out.take() is None


def test_what_was_sent_leaves_what_was_held_and_keeps_the_gateways_name_for_it(out):
    out.take()
    out.clock.forward(seconds=5)
    row = out.finish(reference="ref_1")
    assert (row.status, row.gateway_reference, row.failure) == ("sent", "ref_1", "")
    assert (row.finished_at, row.lease_until) == (out.clock.now, None)
    moved = out.outcome()
    assert (moved.debit.kind, moved.debit.holder) == (out.on_its_way, out.source[1])
    assert (moved.credit.kind, moved.credit.holder) == ("clearing", "")
    assert (moved.amount_cents, moved.currency, moved.at) == (500, "USD", out.clock.now)
    assert moved.reason == f"{out.name}_sent"
    assert (moved.reference, moved.note) == (str(row.public_id), "")
    assert out.holds(out.source[0]) == 0


def test_what_failed_is_back_where_it_came_from_with_the_reason(out):
    out.take()
    row = out.finish(failure="The account is closed.")
    assert (row.status, row.gateway_reference) == ("failed", "")
    assert (row.failure, row.finished_at) == ("The account is closed.", out.clock.now)
    assert row.lease_until is None
    moved = out.outcome()
    assert (moved.credit.kind, moved.credit.holder) == out.source
    assert (moved.reason, moved.note) == (f"{out.name}_returned", "The account is closed.")
    assert out.holds(out.source[0]) == 500
    assert out.take() is None
    assert out.finish(reference="ref_1").status == "failed", "a later word changes nothing"


def test_a_gateway_of_many_words_is_cut_short_and_stops_nothing(out):
    out.take()
    out.leave("?" * 1000)
    assert out.row.failure == "?" * 300
    out.clock.forward(minutes=1)
    out.take()
    out.finish(failure="!" * 1000)
    assert (out.row.failure, out.outcome().note) == ("!" * 300, "!" * 200)


def test_without_an_answer_it_waits_twice_as_long_each_time_up_to_an_hour(out):
    waits = []
    for attempt in range(1, 13):
        out.take()
        row = out.leave()
        assert (row.status, row.failure, row.lease_until) == ("unknown", "No answer.", None)
        assert (row.attempts, row.key_number) == (attempt, 1)
        waits.append((row.due_at - out.clock.now).total_seconds())
        out.clock.set(row.due_at)
    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]
    assert out.holds(out.on_its_way) == (500 if out.name == "payout" else 800)


def test_a_key_that_the_gateway_has_used_up_is_not_used_again(out):
    name = f"{out.name}_{out.row.public_id}"
    assert out.row.idempotency_key == name
    for number in (2, 3):
        out.take()
        assert out.leave(is_key_used_up=True).key_number == number
        assert out.row.idempotency_key == f"{name}_{number}"
        out.clock.forward(hours=1)


def test_where_nothing_was_done_it_is_as_one_that_was_never_sent_but_for_its_waits(out):
    waits = []
    for attempt in (1, 2, 3):
        out.take()
        assert out.row.first_attempt_at == out.clock.now, "the next key is another operation"
        row = out.leave("Too low.", is_key_used_up=True)
        assert (row.status, row.failure, row.lease_until) == ("held", "Too low.", None)
        assert (row.first_attempt_at, row.attempts) == (None, attempt)
        waits.append((row.due_at - out.clock.now).total_seconds())
        out.clock.set(row.due_at)
    assert waits == [10, 20, 40]
    out.take()
    assert out.finish(reference="ref_1").status == "sent"


def test_after_a_lost_answer_nothing_was_done_is_the_word_for_both_attempts(out):
    out.take()
    assert out.leave().status == "unknown"
    out.clock.forward(minutes=1)
    out.take()
    row = out.leave(is_key_used_up=True)
    assert (row.status, row.key_number, row.first_attempt_at) == ("held", 2, None)


def test_an_attempt_that_another_has_followed_leaves_nothing(out):
    """Its late word would free what the other is sending, for a third to send once more."""
    out.take()
    late = type(out.row).objects.get(pk=out.row.pk)
    out.clock.forward(minutes=2)
    out.take()
    before = type(out.row).objects.filter(pk=out.row.pk).values().get()
    leave_open(row=late, why="Too low.", at=out.clock.now, is_key_used_up=True)
    assert type(out.row).objects.filter(pk=out.row.pk).values().get() == before


def test_a_clear_answer_counts_though_it_waits_again_by_now(out):
    out.take()
    out.leave(is_key_used_up=True)
    assert out.finish(reference="ref_1").status == "sent"


def test_only_what_is_being_sent_is_left_open(out):
    assert out.leave().status == "held"
    assert (out.row.failure, out.row.due_at) == ("", out.clock.now)


def test_an_answer_that_comes_while_nobody_waits_for_it_counts(out):
    """An event that tells of what an attempt with a lost answer did."""
    out.take()
    out.leave()
    assert out.finish(reference="ref_1").status == "sent"


def test_nothing_of_a_paused_batch_is_taken(clock):
    out, staff = a_payout(clock), world.a_user("staff@desk.test", is_staff=True)
    given = {"staff": staff, "batch": out.row.batch, "reason": "Looking.", "at": clock.now}
    pause_payouts(**given)
    assert out.take() is None
    resume_payouts(**given)
    assert out.take() == out.row


def test_a_refund_that_the_bank_sends_back_returns_by_the_world_outside(clock):
    out = a_refund(clock)
    out.take()
    out.finish(reference="ref_1")
    clock.forward(days=5)
    row = out.finish(reference="", failure="The card is gone.")
    assert (row.status, row.gateway_reference, row.finished_at) == ("failed", "ref_1", clock.now)
    moved = Transfer.objects.get(key=f"refund-returned:{row.public_id}")
    assert (moved.debit.kind, moved.debit.holder) == ("clearing", "")
    assert (moved.credit.kind, moved.credit.holder) == out.source
    assert (moved.amount_cents, moved.currency) == (500, "USD")
    assert (moved.reason, moved.reference) == ("refund_returned", str(row.public_id))
    assert moved.note == "The card is gone."


def test_the_owner_is_told_of_a_refund_that_failed_and_of_no_other(clock):
    from marketplace.models import OutboxMessage

    out = a_refund(clock)
    out.take()
    out.finish(failure="The card is gone.")
    message = OutboxMessage.objects.get()
    owner = out.row.deposit.requester.memberships.get().user
    assert message.key == f"refund-failed:{out.row.public_id}:{owner.pk}"
    assert message.payload["to"] == owner.email
    assert message.payload["subject"] == "Vision Lab: a refund did not go through"
    assert "It is on your balance again." in message.payload["text"]
    assert "says: The card is gone." in message.payload["text"]
    out.row = out.other
    out.take()
    out.finish(reference="ref_2")
    assert OutboxMessage.objects.count() == 1


def test_an_intent_holds_what_it_will_send(clock):
    payout = a_payout(clock).row
    held = Transfer.objects.get(key=f"payout:{payout.public_id}")
    assert (held.debit.kind, held.debit.holder) == ("worker", "AW")
    assert (held.credit.kind, held.credit.holder) == ("in_payout", "AW")
    assert (held.amount_cents, held.reason, held.reference) == (
        500, "payout", str(payout.public_id),
    )  # fmt: skip
    assert (payout.created_at, payout.due_at, payout.gateway) == (clock.now, clock.now, "play")
    assert (payout.batch.kind, payout.batch.on) == ("request", clock.now.date())
    assert payout.batch.prepared_at == clock.now
    refund = a_refund(clock).row
    held = Transfer.objects.get(key=f"refund:{refund.public_id}")
    assert (held.debit.kind, held.credit.kind) == ("requester", "in_refund")
    assert held.debit.holder == held.credit.holder == refund.deposit.requester.public_id
    assert (held.amount_cents, held.reason, held.reference) == (
        500, "refund", str(refund.public_id),
    )  # fmt: skip
    assert (refund.created_at, refund.due_at) == (clock.now, clock.now)
    assert refund.made_by == refund.deposit.made_by
    assert gateway.gateway_named(Deposit.objects.latest("pk").gateway).name == "play"
