"""Unused money goes back to where it came from, exactly once."""

import pytest

from marketplace.accounts.models import Role
from marketplace.errors import InsufficientFunds, InvalidInput, NotAllowed
from payments import audit, ledger
from payments import jobs as payment_jobs
from payments.actions.advance_refund import finish_refund
from payments.actions.leave_open import leave_open
from payments.actions.request_refund import request_refund
from payments.gateway import GatewayLater, gateway_named, refunds
from payments.gateway.refunds import send_refund
from payments.models import AccountKind, Deposit, GatewayEvent, Refund, Transfer
from tests import world
from tests.fake_gateway import Killed, held_up
from tests.payments.stripe.comparing import compared
from tests.payments.stripe.paying_in import balance, held_by_stripe, paid_in, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(live, clock):
    lab = world.a_lab(cents=0)
    live.hands.tops_up(50_00)
    paid_in(live, lab, clock, 300)
    paid_in(live, lab, clock, 500)
    return lab


def ask(lab, clock, cents, currency="USD"):
    given = {"by": lab.by, "user": lab.user, "amount_cents": cents, "currency": currency}
    return request_refund(**given, at=clock.now)


def send(refund, clock):
    send_refund(refund_id=refund.pk, at=clock.now)
    refund.refresh_from_db()
    return refund.status


def given_back(live):
    return sorted(refund["amount"] for refund in live.world.of("refund"))


def test_it_goes_back_newest_first_up_to_what_each_deposit_can_give(lab, live, clock):
    first, second = ask(lab, clock, 600)
    assert (first.amount_cents, second.amount_cents) == (500, 100)
    assert (balance(lab), balance(lab, "in_refund")) == (200, 600)
    assert [send(first, clock), send(second, clock)] == ["sent", "sent"]
    assert given_back(live) == [100, 500]
    assert balance(lab, "in_refund") == 0
    (rest,) = ask(lab, clock, 200)
    assert rest.deposit == second.deposit
    clearing = ledger.balance(ledger.account(AccountKind.CLEARING, "", "USD"))
    assert -clearing == held_by_stripe(live) - 50_00 == 200 - 39 - 45
    assert list(audit.differences()) == []


@pytest.mark.parametrize("cents", [0, -5, 801])
def test_no_more_than_the_deposits_can_give(lab, clock, cents):
    with pytest.raises(InvalidInput, match=r"\$8.00"):
        ask(lab, clock, cents)


def test_no_more_than_is_free_and_nothing_half_done(lab, clock):
    world.a_batch(lab, rows=10)
    with pytest.raises(InsufficientFunds, match=r"\$6.00"):
        ask(lab, clock, 700)
    assert not Refund.objects.exists()


def test_it_takes_an_owner(lab, clock):
    manager = world.a_member(lab.requester, world.a_user("m@lab.test"), Role.MANAGER)
    with pytest.raises(NotAllowed):
        request_refund(by=manager, user=None, amount_cents=5, currency="USD", at=clock.now)


def test_a_refund_that_stripe_refuses_returns_to_the_balance(lab, live, clock):
    (refund,) = ask(lab, clock, 500)
    charge = next(c for c in live.world.of("charge") if c["amount"] == 500)
    charge["disputed"] = True
    assert send(refund, clock) == "failed"
    assert balance(lab) == 800
    assert "charged back" in refund.failure
    assert list(audit.differences()) == []


def test_a_refund_that_comes_back_days_later_returns_to_the_balance(lab, live, clock):
    (refund,) = ask(lab, clock, 500)
    assert send(refund, clock) == "sent"
    told(live, clock)
    refund.refresh_from_db()
    assert (refund.status, balance(lab)) == ("sent", 300)
    live.hands.refund_comes_back(refund.gateway_reference)
    for _ in range(2):
        told(live, clock)
    refund.refresh_from_db()
    assert (refund.status, balance(lab)) == ("failed", 800)
    assert "expired or canceled card" in refund.failure
    assert list(audit.differences()) == []
    ask(lab, clock, 800)


TOO_LOW = "The marketplace's balance at Stripe is too low now."


@pytest.mark.parametrize("hours", [1, 30])
@pytest.mark.parametrize("is_told", [True, False])
def test_a_balance_at_stripe_that_is_too_low_is_waited_for(lab, live, clock, hours, is_told):
    """Stripe takes the refund on and begins once it can. Until then nothing has left."""
    live.hands.pays_out(live.world.funds["acct_platform", "usd", "available"])
    (refund,) = ask(lab, clock, 500)
    for _ in range(2):
        assert (send(refund, clock), refund.failure) == ("unknown", TOO_LOW)
        assert (balance(lab), balance(lab, "in_refund")) == (300, 500)
        clock.forward(hours=hours)
    told(live, clock)
    refund.refresh_from_db()
    assert refund.status == "unknown"
    assert compared(clock).differences == 0
    live.hands.tops_up(500)
    clock.forward(hours=1)
    if is_told:
        told(live, clock)
    else:
        send(refund, clock)
    refund.refresh_from_db()
    assert (refund.status, refund.gateway_reference) == ("sent", live.world.of("refund")[0]["id"])
    assert (given_back(live), balance(lab, "in_refund")) == ([500], 0)
    assert compared(clock).differences == 0


def test_a_refund_that_waited_and_came_to_nothing_returns_and_was_never_gone(lab, live, clock):
    live.hands.pays_out(live.world.funds["acct_platform", "usd", "available"])
    (refund,) = ask(lab, clock, 500)
    assert send(refund, clock) == "unknown"
    live.hands.disputes(live.world.of("refund")[0]["charge"])
    told(live, clock)
    refund.refresh_from_db()
    words = "The payer's bank did not take it: charge for pending refund disputed."
    assert (refund.status, refund.failure) == ("failed", words)
    run = compared(clock)
    assert (run.differences, run.in_flight) == (0, 0)
    assert list(audit.differences()) == []


@pytest.mark.parametrize(
    ("reason", "status", "failure"),
    [
        ("charge_pending", "unknown", "The payment itself has not settled at Stripe yet."),
        ("processing", "sent", ""),
    ],
)
def test_a_refund_that_a_bank_works_on_has_left_and_one_that_stripe_waits_with_has_not(
    lab, live, clock, reason, status, failure
):
    (refund,) = ask(lab, clock, 500)
    live.faults.next("lost_after")
    send(refund, clock)
    live.world.of("refund")[0].update(status="pending", pending_reason=reason)
    clock.forward(hours=30)
    assert (send(refund, clock), refund.failure) == (status, failure)


def test_a_refusal_for_the_balance_is_asked_for_again_under_the_next_key(
    lab, live, clock, monkeypatch
):
    """Stripe says of transfers that it does this."""

    def too_low(_order):
        raise GatewayLater(TOO_LOW)

    (refund,) = ask(lab, clock, 500)
    with monkeypatch.context() as patch:
        patch.setattr(gateway_named("stripe"), "send_refund", too_low, raising=False)
        assert (send(refund, clock), refund.failure) == ("held", TOO_LOW)
    assert refund.idempotency_key == f"{refund.name}_2"
    clock.forward(hours=1)
    assert send(refund, clock) == "sent"


@pytest.mark.parametrize("fault", ["limited", "error_after", "lost_before", "lost_after"])
def test_an_unclear_answer_is_asked_for_again_and_given_back_once(lab, live, clock, fault):
    (refund,) = ask(lab, clock, 500)
    live.faults.next(fault)
    assert send(refund, clock) == "unknown"
    clock.forward(hours=30)
    payment_jobs.send_refunds()
    refund.refresh_from_db()
    assert refund.status == "sent"
    assert given_back(live) == [500]


def test_a_lost_answer_that_stripe_tells_of_is_believed_after_looking(lab, live, clock):
    (refund,) = ask(lab, clock, 500)
    live.faults.next("lost_after")
    assert send(refund, clock) == "unknown"
    told(live, clock)
    refund.refresh_from_db()
    assert refund.status == "sent"


@pytest.mark.parametrize("hours", [1, 30])
@pytest.mark.parametrize("point", ["asking", "before", "after", "commit"])
def test_a_process_killed_anywhere_gives_back_once(lab, live, clock, monkeypatch, point, hours):
    def dies(*args, **kwargs):
        raise Killed

    refunds = [] if point == "asking" else ask(lab, clock, 500)
    with monkeypatch.context() as patch:
        if point in ("asking", "commit"):
            patch.setattr(ledger, "post", dies)
        elif point == "before":
            patch.setattr(gateway_named("stripe"), "send_refund", dies, raising=False)
        else:
            patch.setattr("payments.gateway.refunds.finish_refund", dies)
        with pytest.raises(Killed):
            send(refunds[0], clock) if refunds else ask(lab, clock, 500)
    clock.forward(hours=hours)
    if not refunds:
        assert not Refund.objects.exists()
        ask(lab, clock, 500)
    payment_jobs.send_refunds()
    payment_jobs.send_refunds()
    assert Refund.objects.get().status == "sent"
    assert given_back(live) == [500]
    assert balance(lab) == 300
    assert list(audit.differences()) == []


def test_without_the_look_up_it_would_be_given_back_twice(lab, live, clock, monkeypatch):
    """Twin of the one above."""
    paid_in(live, lab, clock, 1000)
    (refund,) = ask(lab, clock, 400)
    live.faults.next("lost_after")
    send(refund, clock)
    monkeypatch.setattr(gateway_named("stripe"), "find_refund", lambda _: None, raising=False)
    clock.forward(hours=30)
    payment_jobs.send_refunds()
    assert given_back(live) == [400, 400]


def test_an_attempt_that_was_held_up_for_a_day_gives_nothing_back(lab, live, clock):
    """As of a payout: Stripe has forgotten the key of the attempt whose answer was lost."""
    (refund,) = ask(lab, clock, 200)
    live.faults.next("lost_after")
    assert send(refund, clock) == "unknown"
    clock.forward(minutes=5)
    with held_up(refunds, "take_refund", clock):
        assert send(refund, clock) == "unknown"
    clock.forward(hours=2)
    assert send(refund, clock) == "sent"
    assert given_back(live) == [200]


def test_a_refusal_after_a_lost_answer_is_looked_up_before_the_money_returns(lab, live, clock):
    """The first attempt gave back: returning the money as well would do it twice."""
    (refund,) = ask(lab, clock, 500)
    live.faults.next("lost_after")
    assert send(refund, clock) == "unknown"
    live.keys.kept.clear()
    clock.forward(hours=1)
    assert send(refund, clock) == "sent"
    assert given_back(live) == [500]
    assert balance(lab) == 300


def test_a_refund_is_found_among_hundreds_of_its_payment(lab, live, clock):
    (refund,) = ask(lab, clock, 300)
    live.faults.next("lost_after")
    assert send(refund, clock) == "unknown"
    payment = refund.deposit.charge_reference
    for _ in range(101):
        live.client().refunds.create({"payment_intent": payment, "amount": 1})
    clock.forward(hours=30)
    assert send(refund, clock) == "sent"
    assert given_back(live) == [1] * 101 + [300]


def test_one_refund_that_breaks_keeps_none_waiting(lab, clock):
    broken, fine = ask(lab, clock, 600)
    Deposit.objects.filter(pk=broken.deposit_id).update(gateway="gone")
    assert payment_jobs.send_refunds() == 2
    statuses = Refund.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["sending", "sent"]


def test_a_second_word_about_a_refund_that_has_ended_changes_nothing(lab, clock):
    (refund,) = ask(lab, clock, 500)
    send(refund, clock)
    before = Transfer.objects.count()
    finish_refund(refund=refund, at=clock.now, reference="re_other")
    leave_open(row=refund, why="No answer.", at=clock.now)
    refund.refresh_from_db()
    assert (refund.status, refund.failure) == ("sent", "")
    assert refund.gateway_reference != "re_other"
    finish_refund(refund=refund, at=clock.now, failure="The bank sent it back.")
    finish_refund(refund=refund, at=clock.now, reference=refund.gateway_reference)
    refund.refresh_from_db()
    assert (refund.status, balance(lab)) == ("failed", 800)
    assert Transfer.objects.count() == before + 1


def test_a_refund_made_in_stripes_dashboard_is_told_of(lab, live, clock):
    (charge, *_) = live.world.of("charge")
    live.client().refunds.create({"charge": charge["id"], "amount": 1})
    told(live, clock)
    assert Transfer.objects.filter(reason="refund").count() == 0
    assert "not asked for here" in GatewayEvent.objects.get(kind="refund.created").problem


def test_play_money_goes_back_too(lab, clock):
    world.deposit(lab, 700, "XTS")
    refunds = ask(lab, clock, 700, "XTS")
    assert [send(refund, clock) for refund in refunds] == ["sent"]
    assert send_refund(refund_id=refunds[0].pk, at=clock.now) is None
    assert list(audit.differences()) == []
