"""What a dispute moves, cent by cent, whatever the gateway says of it and in whatever order."""

import pytest

from marketplace.accounts.models import Role
from marketplace.models import OutboxMessage
from payments import audit, ledger
from payments.actions.record_dispute import Booking, DisputeState, record_dispute
from payments.actions.settle_loss import settle_loss
from payments.actions.tell_requester import tell_requester
from payments.ledger import Move
from payments.models import Account, AccountKind, Deposit, Dispute, Reason, Transfer
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(clock):
    return world.a_lab(cents=500)


def booking(cents, fee=0, reference="txn_1"):
    return Booking(reference=reference, amount_cents=cents, fee_cents=fee)


def said(lab, clock, *bookings, status="needs_response", gateway="play", **changes):
    """What the gateway says; the sentence that comes back."""
    deposit = Deposit.objects.filter(requester=lab.requester).earliest("pk")
    state = {
        "reference": "dp_1", "deposit": f"deposit_{deposit.public_id}", "amount_cents": 500,
        "reason": "fraudulent", "status": status, "method": "", "bookings": bookings,
        **changes,
    }  # fmt: skip
    return record_dispute(gateway=gateway, said=DisputeState(**state), at=clock.now)


def summed(lab, kind):
    holder = "" if kind in ("clearing", "stripe_fees") else lab.requester.public_id
    return ledger.balance(ledger.account(AccountKind(kind), holder, "USD"))


def books(lab):
    """Balance, what is owed, fees that the gateway took, and the world outside."""
    kinds = ("requester", "dispute_loss", "stripe_fees", "clearing")
    return tuple(summed(lab, kind) for kind in kinds)


def is_frozen(lab):
    holder = lab.requester.public_id
    return Account.objects.get(kind="requester", holder=holder, currency="USD").is_frozen


def spend(lab, clock, cents):
    move(lab, clock, "requester", "escrow", cents)


def earn_back(lab, clock, cents):
    move(lab, clock, "escrow", "requester", cents)


def move(lab, clock, source, target, cents):
    holder = lab.requester.public_id
    one = Move(
        key=f"{source}:{holder}:{cents}:{clock.now}", amount_cents=cents, currency="USD",
        debit=ledger.account(AccountKind(source), holder, "USD"),
        credit=ledger.account(AccountKind(target), holder, "USD"),
        reason=Reason.RELEASE, reference="test",
    )  # fmt: skip
    ledger.post([one], at=clock.now)


def test_what_the_bank_takes_comes_from_the_balance_and_the_fee_from_the_operator(lab, clock):
    assert said(lab, clock, booking(-400, fee=1500)) == ""
    assert books(lab) == (100, 0, -1500, -100 + 1500)
    (taken, fee) = Transfer.objects.exclude(reason="deposit").order_by("pk")
    assert (taken.key, taken.reason, taken.amount_cents) == (
        "dispute:txn_1:balance", "dispute", 400,
    )  # fmt: skip
    assert (taken.debit.kind, taken.credit.kind, taken.credit.holder) == (
        "requester", "clearing", "",
    )  # fmt: skip
    assert (fee.key, fee.reason, fee.amount_cents) == ("dispute:txn_1:fee", "gateway_fee", 1500)
    assert (fee.debit.kind, fee.debit.holder, fee.credit.kind) == ("stripe_fees", "", "clearing")
    assert {t.reference for t in (taken, fee)} == {"dp_1"}
    assert {t.at for t in (taken, fee)} == {clock.now}
    assert is_frozen(lab)


def test_what_the_balance_lacks_is_owed(lab, clock):
    spend(lab, clock, 300)
    said(lab, clock, booking(-500))
    assert books(lab) == (0, -300, 0, 0)
    owed = Transfer.objects.get(key="dispute:txn_1:loss")
    assert (owed.debit.kind, owed.debit.holder) == ("dispute_loss", lab.requester.public_id)
    assert (owed.amount_cents, owed.reason) == (300, "dispute")


def test_what_comes_back_pays_first_what_is_owed(lab, clock):
    spend(lab, clock, 300)
    said(lab, clock, booking(-500, fee=1500))
    said(lab, clock, booking(500, fee=-1500, reference="txn_2"), status="won")
    assert books(lab) == (200, 0, 0, -500)
    assert not is_frozen(lab)
    reasons = Transfer.objects.filter(key__startswith="dispute:txn_2").values_list("reason")
    assert sorted(reasons) == [("dispute_returned",), ("dispute_returned",), ("gateway_fee",)]


def test_one_that_gives_back_less_than_is_owed_leaves_the_rest_owed(lab, clock):
    spend(lab, clock, 500)
    said(lab, clock, booking(-500))
    said(lab, clock, booking(200, reference="txn_2"), status="lost")
    assert (books(lab)[:2], is_frozen(lab)) == ((0, -300), True)
    earn_back(lab, clock, 100)
    assert settle_loss(requester=lab.requester, currency="USD", at=clock.now) is True
    repaid = Transfer.objects.get(reason="loss_repaid")
    assert repaid.key == f"loss-repaid:{lab.requester.public_id}:USD:1"


def test_each_booking_moves_once_however_often_it_is_told(lab, clock):
    for _ in range(3):
        said(lab, clock, booking(-100, fee=15), booking(-50, reference="txn_2"))
    assert books(lab) == (350, 0, -15, -350 + 15)
    spend(lab, clock, 350)
    said(lab, clock, booking(-100, reference="txn_3"))
    said(lab, clock, booking(-100, reference="txn_3"))
    assert books(lab)[:2] == (0, -100)
    said(lab, clock, booking(0, fee=5, reference="txn_4"))
    said(lab, clock, booking(0, fee=5, reference="txn_4"))
    assert books(lab)[2] == -20
    assert list(audit.differences()) == []


def test_a_single_cent_goes_the_same_ways(lab, clock):
    said(lab, clock, booking(-1, fee=1))
    assert books(lab) == (499, 0, -1, -500 + 2)
    assert Transfer.objects.get(key="dispute:txn_1:balance").amount_cents == 1
    spend(lab, clock, 499)
    said(lab, clock, booking(-1, reference="txn_2"))
    assert books(lab) == (0, -1, -1, -500 + 3)
    said(lab, clock, booking(1, fee=-1, reference="txn_3"))
    assert books(lab) == (0, 0, 0, -500 + 1)
    said(lab, clock, booking(1, reference="txn_4"))
    assert books(lab) == (1, 0, 0, -500)


@pytest.mark.parametrize("status", ["won", "lost", "warning_closed", "prevented"])
def test_a_dispute_is_open_until_a_word_that_ends_it_and_stays_ended(lab, clock, status):
    opened = clock.now
    said(lab, clock)
    dispute = Dispute.objects.get()
    assert (dispute.gateway, dispute.reference, dispute.amount_cents) == ("play", "dp_1", 500)
    assert (dispute.status, dispute.reason) == ("needs_response", "fraudulent")
    assert (dispute.opened_at, dispute.closed_at, is_frozen(lab)) == (opened, None, True)
    assert dispute.deposit == Deposit.objects.get()
    clock.forward(days=1)
    said(lab, clock, status=status)
    dispute.refresh_from_db()
    assert (dispute.status, dispute.closed_at) == (status, clock.now)
    assert (dispute.opened_at, is_frozen(lab)) == (opened, False)
    ended = clock.now
    clock.forward(days=1)
    for later in ("warning_needs_response", "under_review", status):
        said(lab, clock, status=later, reason=f"of {later}")
        dispute.refresh_from_db()
        assert (dispute.status, dispute.closed_at) == (status, ended), "what came late is old"
        assert dispute.reason == (f"of {status}" if later == status else "fraudulent")
        assert not is_frozen(lab)
    for other in ("won", "lost"):  # an end too, by an appeal
        said(lab, clock, status=other)
        dispute.refresh_from_db()
        assert (dispute.status, dispute.closed_at) == (other, ended)


def test_an_answer_that_was_overtaken_thaws_nothing_and_is_told_to_nobody(lab, clock):
    said(lab, clock)
    OutboxMessage.objects.all().delete()
    said(lab, clock, status="warning_under_review")
    assert (Dispute.objects.get().status, is_frozen(lab)) == ("needs_response", True)
    assert not OutboxMessage.objects.exists()
    said(lab, clock, status="under_review")
    assert (Dispute.objects.get().status, is_frozen(lab)) == ("under_review", True)
    assert not OutboxMessage.objects.exists()


def test_a_gateway_of_many_words_is_cut_short_and_stops_nothing(lab, clock):
    said(lab, clock, status="s" * 100, reason="r" * 100)
    dispute = Dispute.objects.get()
    assert (dispute.status, dispute.reason) == ("s" * 40, "r" * 60)


@pytest.mark.parametrize("name", ["", "deposit_x", "deposit_5b7d1a36-4c0d-4a8e-9a53-6d1f0d3f2b11"])
def test_a_dispute_about_something_else_is_said_and_moves_nothing(lab, clock, name):
    words = said(lab, clock, booking(-100), deposit=name)
    assert words == "dispute dp_1 is about a payment that is no deposit here"
    assert (books(lab)[0], Dispute.objects.count()) == (500, 0)


def test_another_gateways_dispute_is_another(lab, clock):
    said(lab, clock)
    Deposit.objects.update(gateway="stripe")
    assert "no deposit here" in said(lab, clock)
    said(lab, clock, gateway="stripe", status="won")
    assert dict(Dispute.objects.values_list("gateway", "status")) == {
        "play": "needs_response", "stripe": "won",
    }  # fmt: skip


def test_the_owner_and_managers_get_a_letter_as_it_opens_and_one_as_it_ends(lab, clock):
    manager = world.a_user("manager@lab.test")
    world.a_member(lab.requester, manager, Role.MANAGER)
    world.a_member(lab.requester, world.a_user("viewer@lab.test"), Role.VIEWER)
    letters = []
    for status in ("needs_response", "warning_closed"):
        said(lab, clock, status=status, amount_cents=400)
        letters += OutboxMessage.objects.order_by("pk")
        OutboxMessage.objects.all().delete()  # as happens two weeks after they were sent
        said(lab, clock, status=status, amount_cents=400)
        assert not OutboxMessage.objects.exists()
    people = (lab.user, manager)
    assert [letter.key for letter in letters] == [
        f"dispute:dp_1:{end}:{person.pk}" for end in ("open", "closed") for person in people
    ]
    assert [letter.payload["to"] for letter in letters[:2]] == [p.email for p in people]
    opened, ended = letters[0].payload, letters[2].payload
    assert opened["subject"] == "Vision Lab: a payment is disputed, and your balance is frozen"
    assert "your deposit of $5.00 takes back $4.00." in opened["text"]
    assert opened["text"].endswith("/money/\n")
    assert ended["subject"] == "Vision Lab: the dispute about a payment has ended"
    assert ended["text"].startswith("It was about $4.00 and ended with: warning closed.\n\n")


def test_of_an_inquiry_the_owner_hears_as_it_comes_and_as_it_becomes_a_dispute(lab, clock):
    told = []
    for status in ("warning_needs_response", "warning_under_review", "under_review", "lost"):
        said(lab, clock, status=status, amount_cents=400)
        told.append([(m.key, m.payload) for m in OutboxMessage.objects.order_by("pk")])
        OutboxMessage.objects.all().delete()
        assert is_frozen(lab) is (status == "under_review")
    ((asked, inquiry),), nothing, ((opened, _),), ((ended, lost),) = told
    assert nothing == []
    assert [asked, opened, ended] == [
        f"dispute:dp_1:{stage}:{lab.user.pk}" for stage in ("asked", "open", "closed")
    ]
    assert inquiry["subject"] == "Vision Lab: the bank behind a payment asks about it"
    assert inquiry["text"].startswith(
        "The bank behind your deposit of $5.00 asks about $4.00 of it, and has taken nothing. Your "
        "balance can be used as before. If you did not ask your bank for this, tell it so, and "
        "write to the operator.\n\n"
    )
    assert lost["text"].startswith(
        "It was about $4.00 and ended with: lost. The bank behind your deposit of $5.00 keeps it: "
        "it was taken from your balance. What the balance lacked is owed, and is paid first by "
        "what comes back to it or is deposited.\n\n"
    )


def test_one_that_has_ended_before_we_hear_of_it_is_told_once(lab, clock):
    said(lab, clock, booking(-100), status="lost")
    assert OutboxMessage.objects.get().payload["subject"].endswith("a payment has ended")
    OutboxMessage.objects.all().delete()
    said(lab, clock, booking(-100), status="lost")
    assert not OutboxMessage.objects.exists()


def test_a_letter_is_written_once_for_its_fact(lab, clock):
    for text in ("One.", "Two."):
        given = {"subject": "money", "text": text, "key": "fact:1", "at": clock.now}
        tell_requester(requester=lab.requester, **given)
    letter = OutboxMessage.objects.get()
    assert (letter.kind, letter.key) == ("email", f"fact:1:{lab.user.pk}")
    assert letter.payload["text"].startswith("One.\n\nhttp")


def test_what_is_owed_is_taken_as_it_comes_and_each_part_once(lab, clock):
    settle = {"requester": lab.requester, "currency": "USD"}
    other = world.a_lab("Other", cents=500)
    for each, reference in ((other, "dp_2"), (lab, "dp_1")):
        spend(each, clock, 500)
        taken = booking(-300, reference=f"txn_{reference}")
        said(each, clock, taken, status="lost", reference=reference)
    earn_back(other, clock, 50)
    settle_loss(requester=other.requester, currency="USD", at=clock.now)
    assert books(lab)[:2] == (0, -300)
    for number, cents in enumerate((100, 150, 100), 1):
        clock.forward(minutes=1)
        earn_back(lab, clock, cents)
        assert settle_loss(**settle, at=clock.now) is (number < 3)
        assert settle_loss(**settle, at=clock.now) is (number < 3)
        assert is_frozen(lab) is (number < 3)
    assert books(lab)[:2] == (50, 0)
    holder = lab.requester.public_id
    repaid = Transfer.objects.filter(reason="loss_repaid", reference=holder).order_by("pk")
    assert [(t.key, t.amount_cents) for t in repaid] == [
        (f"loss-repaid:{holder}:USD:1", 100),
        (f"loss-repaid:{holder}:USD:2", 150),
        (f"loss-repaid:{holder}:USD:3", 50),
    ]
    assert {(t.debit.kind, t.credit.kind, t.reference) for t in repaid} == {
        ("requester", "dispute_loss", holder)
    }
    assert {t.debit.holder for t in repaid} == {t.credit.holder for t in repaid} == {holder}


def test_a_balance_is_frozen_while_any_dispute_of_it_is_open(lab, clock):
    said(lab, clock)
    said(lab, clock, reference="dp_2")
    said(lab, clock, status="won")
    assert is_frozen(lab)
    said(lab, clock, reference="dp_2", status="won")
    assert not is_frozen(lab)


def test_nobody_elses_balance_is_frozen(lab, clock):
    other = world.a_lab("Other", cents=100)
    world.deposit(lab, 100, "XTS")
    said(lab, clock)
    frozen = Account.objects.filter(is_frozen=True).values_list("holder", "currency", "kind")
    assert list(frozen) == [(lab.requester.public_id, "USD", "requester")]
    assert settle_loss(requester=other.requester, currency="USD", at=clock.now) is False
    assert settle_loss(requester=lab.requester, currency="XTS", at=clock.now) is False
    assert settle_loss(requester=lab.requester, currency="USD", at=clock.now) is True
