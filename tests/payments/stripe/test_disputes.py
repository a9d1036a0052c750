"""A payer's bank takes a deposit back: the balance is frozen, and the books stay exact."""

import pytest

from marketplace.errors import DomainError
from payments import audit, ledger
from payments import jobs as payment_jobs
from payments.actions.record_dispute import record_dispute
from payments.actions.request_refund import request_refund
from payments.gateway.stripe_disputes import find_dispute
from payments.ledger import BalanceFrozen
from payments.models import Account, AccountKind, Dispute, Transfer
from payments.queries import refundable_deposits
from tasks.actions.decide import approve_assignments
from tests import world
from tests.payments.stripe.paying_in import balance, held_by_stripe, paid_in, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(live, clock):
    lab = world.a_lab(cents=0)
    paid_in(live, lab, clock, 500)
    return lab


def opened(live, clock, **how):
    pk = live.hands.disputes(live.world.of("charge")[0]["id"], **how)
    told(live, clock)
    return pk


def ended(live, clock, pk, how):
    live.hands.ends_dispute(pk, how)
    told(live, clock)


def is_frozen():
    return Account.objects.get(kind="requester", currency="USD").is_frozen


def summed(kind, lab=None):
    holder = lab.requester.public_id if lab else ""
    return ledger.balance(ledger.account(AccountKind(kind), holder, "USD"))


def exact(live):
    assert list(audit.differences()) == []
    assert -summed("clearing") == held_by_stripe(live)


def test_what_is_left_is_frozen_and_open_work_is_still_paid(lab, live, clock):
    batch = world.a_batch(lab, rows=1, reward_cents=100)
    work = world.submitted(world.a_worker(), batch)
    opened(live, clock)
    assert is_frozen()
    with pytest.raises(BalanceFrozen):
        world.a_batch(lab, rows=1, reward_cents=1)
    with pytest.raises(DomainError):
        request_refund(by=lab.by, user=None, amount_cents=1, currency="USD", at=clock.now)
    approve_assignments(by=lab.by, assignment_ids=[work.public_id], at=clock.now)
    work.refresh_from_db()
    assert work.status == "Approved"
    assert (balance(lab), summed("dispute_loss", lab)) == (0, -200)
    assert summed("stripe_fees") == -45 - 1500
    exact(live)


def test_a_lost_dispute_is_owed_until_money_comes_back(lab, live, clock):
    world.a_batch(lab, rows=1, reward_cents=100, max_assignments=1)
    ended(live, clock, opened(live, clock), "lost")
    assert (is_frozen(), summed("dispute_loss", lab)) == (True, -100)
    clock.forward(days=2)
    from tasks import jobs as task_jobs

    task_jobs.expire_hits()
    assert balance(lab) == 100
    payment_jobs.settle_losses()
    assert (balance(lab), summed("dispute_loss", lab), is_frozen()) == (0, 0, False)
    assert Dispute.objects.get().closed_at is not None
    exact(live)


def test_a_lost_dispute_that_the_balance_covers_ends_the_freeze(lab, live, clock):
    ended(live, clock, opened(live, clock), "lost")
    assert (balance(lab), summed("dispute_loss", lab), is_frozen()) == (0, 0, False)
    exact(live)


@pytest.fixture
def debited(live, clock):
    """A lab that paid from a bank account; the debit has settled."""
    lab = world.a_lab(cents=0)
    paid_in(live, lab, clock, 500, by="us_bank_account")
    return lab


RETURNED = {"reason": "insufficient_funds", "status": "lost"}


def test_a_bank_debit_that_comes_back_is_taken_at_once_and_for_good(debited, live, clock):
    from marketplace.models import OutboxMessage

    opened(live, clock, **RETURNED)
    dispute = Dispute.objects.get()
    assert (dispute.status, dispute.reason) == ("lost", "insufficient_funds")
    assert dispute.closed_at == clock.now
    assert (balance(debited), summed("dispute_loss", debited), is_frozen()) == (0, 0, False)
    letter = OutboxMessage.objects.get().payload
    assert letter["subject"] == "Vision Lab: the dispute about a payment has ended"
    exact(live)


def test_what_a_debit_that_came_back_lacks_is_owed_and_what_is_left_frozen(debited, live, clock):
    world.a_batch(debited, rows=1, reward_cents=100, max_assignments=1)
    opened(live, clock, **RETURNED)
    assert (balance(debited), summed("dispute_loss", debited), is_frozen()) == (0, -100, True)
    paid_in(live, debited, clock, 300)
    payment_jobs.settle_losses()
    assert (balance(debited), summed("dispute_loss", debited), is_frozen()) == (200, 0, False)
    exact(live)


def test_an_inquiry_takes_and_freezes_nothing_until_it_becomes_a_dispute(lab, live, clock):
    pk = opened(live, clock, status="warning_needs_response")
    assert (balance(lab), is_frozen(), summed("stripe_fees")) == (500, False, -45)
    world.a_batch(lab, rows=1, reward_cents=100, max_assignments=1)
    exact(live)
    live.hands.escalates(pk)
    told(live, clock)
    assert (balance(lab), summed("dispute_loss", lab), is_frozen()) == (0, -100, True)
    assert summed("stripe_fees") == -45 - 1500
    exact(live)


def test_an_inquiry_that_comes_to_nothing_leaves_everything_as_it_was(lab, live, clock):
    ended(live, clock, opened(live, clock, status="warning_needs_response"), "warning_closed")
    assert Dispute.objects.get().closed_at == clock.now
    assert (balance(lab), summed("dispute_loss", lab), is_frozen()) == (500, 0, False)
    exact(live)


def test_an_inquiry_ends_no_hold(live, clock, settings):
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_HOURS = 72
    lab = world.a_lab(cents=0)
    paid_in(live, lab, clock, 500)
    pk = opened(live, clock, status="warning_needs_response")
    ended(live, clock, pk, "warning_closed")
    assert (balance(lab), balance(lab, "on_hold")) == (0, 500)
    exact(live)


def test_a_won_dispute_gives_everything_back(lab, live, clock):
    world.a_batch(lab, rows=1, reward_cents=100, max_assignments=1)
    pk = opened(live, clock)
    assert (balance(lab), summed("dispute_loss", lab)) == (0, -100)
    ended(live, clock, pk, "won")
    assert (balance(lab), summed("dispute_loss", lab), is_frozen()) == (400, 0, False)
    exact(live)


def test_events_in_any_number_and_order_move_it_once(lab, live, clock):
    pk = opened(live, clock)
    before = Transfer.objects.count()
    for _ in range(3):
        record_dispute(gateway="stripe", said=find_dispute(pk), at=clock.now)
    assert Transfer.objects.count() == before
    live.hands.ends_dispute(pk, "won")
    late = find_dispute(pk)
    told(live, clock)
    record_dispute(gateway="stripe", said=late, at=clock.now)
    assert (balance(lab), is_frozen()) == (500, False)
    exact(live)


def test_a_dispute_takes_what_is_on_hold_as_well(live, clock, settings):
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_HOURS = 72
    lab = world.a_lab(cents=0)
    paid_in(live, lab, clock, 500)
    assert (balance(lab), balance(lab, "on_hold")) == (0, 500)
    opened(live, clock)
    assert (balance(lab), balance(lab, "on_hold"), summed("dispute_loss", lab)) == (0, 0, 0)
    clock.forward(days=4)
    payment_jobs.free_deposits()
    exact(live)


def test_a_small_debit_that_comes_back_and_an_old_dispute_told_again_end_no_hold(
    live, clock, settings
):
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_HOURS = 24 * 14
    lab = world.a_lab(cents=0)
    paid_in(live, lab, clock, 500_00)
    paid_in(live, lab, clock, 1_00, by="us_bank_account")
    pk = opened(live, clock, **RETURNED)
    assert (balance(lab), balance(lab, "on_hold")) == (0, 500_00)
    record_dispute(gateway="stripe", said=find_dispute(pk), at=clock.now)
    assert (balance(lab), balance(lab, "on_hold"), is_frozen()) == (0, 500_00, False)
    exact(live)


def test_an_answer_that_comes_late_reopens_no_lost_dispute(lab, live, clock):
    paid_in(live, lab, clock, 500)
    pk = opened(live, clock)
    early = find_dispute(pk)
    ended(live, clock, pk, "lost")
    record_dispute(gateway="stripe", said=early, at=clock.now)
    assert Dispute.objects.get().status == "lost"
    assert refundable_deposits(lab.requester, "USD").count() == 1, "not the one that was lost"
    exact(live)


def test_the_owner_is_told_when_it_opens_and_when_it_ends(lab, live, clock):
    from marketplace.models import OutboxMessage

    ended(live, clock, opened(live, clock), "lost")
    subjects = [m.payload["subject"] for m in OutboxMessage.objects.order_by("pk")]
    assert subjects == [
        "Vision Lab: a payment is disputed, and your balance is frozen",
        "Vision Lab: the dispute about a payment has ended",
    ]


def test_a_dispute_about_no_deposit_of_ours_is_told_of(lab, live, clock):
    charge = live.world.of("charge")[0]
    live.world.things[charge["payment_intent"]]["metadata"] = {}
    assert opened(live, clock)
    assert not is_frozen()
    from payments.models import GatewayEvent

    event = GatewayEvent.objects.get(kind="charge.dispute.created")
    assert "no deposit here" in event.problem
