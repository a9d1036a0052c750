"""A saved bank account whose bank takes a debit back: Stripe debits it no more, and nor do we."""

import uuid

import pytest
from django.urls import reverse

from marketplace.audit.models import AuditEntry
from marketplace.models import OutboxMessage
from payments import audit, jobs
from payments.actions import record_dispute
from payments.actions.set_top_up import set_top_up
from payments.models import Deposit, SavedMethod, TopUp
from payments.queries import retired_method_of, saved_method_of
from tests import world
from tests.payments.stripe.paying_in import paid_in, told
from tests.payments.wallets import BANK, PAYS, StripeWallet, press, saved, settle

pytestmark = pytest.mark.django_db
LOST = {"reason": "debit_not_authorized", "status": "lost"}
GONE = "STRIPE TEST BANK, account ending 6789 can’t be charged any more"


@pytest.fixture
def bank(live, lab):
    return saved(StripeWallet(live), lab, BANK)


def charged(lab, clock, cents=500):
    """By the saved method, and settled."""
    deposit = press(lab, cents, token=uuid.uuid4())
    settle(deposit)
    clock.forward(days=5)
    assert settle(deposit) == "settled"
    return deposit


def topped_up(lab, clock):
    method = str(saved_method_of(lab.requester).public_id)
    given = {"threshold_cents": 100, "amount_cents": 500, "cap_cents": None, "method": method}
    return set_top_up(by=lab.by, **given, at=clock.now)


def disputed(live, clock, deposit, **how):
    pk = next(c["id"] for c in live.world.of("charge") if c["payment_intent"] == charge_of(deposit))
    dispute = live.hands.disputes(pk, **(how or LOST))
    told(live, clock)
    return dispute


def charge_of(deposit):
    return Deposit.objects.get(pk=deposit.pk).charge_reference


def money_page(client, lab):
    client.force_login(lab.user)
    return client.get(reverse("money:balance")).content.decode()


def test_it_is_not_offered_any_more_and_the_owner_is_told(live, lab, bank, clock, client):
    deposit = charged(lab, clock)
    topped_up(lab, clock)
    assert "can’t be charged" not in money_page(client, lab)
    disputed(live, clock, deposit)
    bank.refresh_from_db()
    assert bank.removed_at == bank.disputed_at == clock.now
    assert saved_method_of(lab.requester) is None
    assert not TopUp.objects.get().is_on
    kept = AuditEntry.objects.get(action="retire_method")
    whose = ("system", "requester", lab.requester.public_id)
    assert (kept.actor, kept.subject_kind, kept.subject_id) == whose
    assert kept.at == clock.now
    assert kept.data == {"method": bank.words, "deposit": str(deposit.public_id)}
    why = AuditEntry.objects.get(action="turn_off_top_up")
    assert (why.actor, why.reason) == ("system", "The bank took a payment back.")
    (letter,) = OutboxMessage.objects.all()
    assert letter.payload["subject"] == "Vision Lab: the dispute about a payment has ended"
    assert (
        "STRIPE TEST BANK, account ending 6789 can't be charged any more, and automatic top-up is "
        "off. To go on, save it again on the money page, or another card or bank account."
    ) in letter.payload["text"]
    page = money_page(client, lab)
    assert f"{GONE}, since its bank took a payment back" in page
    assert "Save a card or bank account" in page
    assert list(audit.differences()) == []
    jobs.forget_methods()
    assert live.world.things[bank.reference]["customer"] is None


def test_saved_again_it_is_charged_again(live, lab, bank, clock, client):
    disputed(live, clock, charged(lab, clock))
    assert retired_method_of(lab.requester) == bank
    again = saved(StripeWallet(live), lab, BANK)
    assert again.reference != bank.reference
    assert retired_method_of(lab.requester) is None
    assert GONE not in money_page(client, lab)
    charged(lab, clock)


def test_without_this_the_next_charge_would_be_refused(live, lab, bank, clock, monkeypatch):
    """Twin of the ones above: what Stripe says of a mandate that a dispute ended."""
    monkeypatch.setattr(record_dispute, "retire_method", lambda **_: None)
    disputed(live, clock, charged(lab, clock))
    deposit = press(lab, 500, token=uuid.uuid4())
    assert settle(deposit) == "failed"
    assert "mandate is invalid" in deposit.failure


def test_one_that_was_saved_as_it_paid_on_the_page_goes_as_well(live, lab, clock):
    deposit = paid_in(live, lab, clock, 500, by="us_bank_account", saves_method=True)
    assert saved_method_of(lab.requester)
    disputed(live, clock, deposit)
    assert saved_method_of(lab.requester) is None


def test_a_card_stays_whatever_its_bank_says(live, lab, clock):
    card = saved(StripeWallet(live), lab, PAYS)
    deposit = charged(lab, clock)
    topped_up(lab, clock)
    disputed(live, clock, deposit)
    assert (saved_method_of(lab.requester), TopUp.objects.get().is_on) == (card, True)
    assert "top-up" not in OutboxMessage.objects.get().payload["text"]


def test_what_was_saved_in_its_place_stays(live, lab, bank, clock):
    deposit = charged(lab, clock)
    other = saved(StripeWallet(live), lab, BANK)
    topped_up(lab, clock)
    replaced_at = SavedMethod.objects.get(pk=bank.pk).removed_at
    disputed(live, clock, deposit)
    assert (saved_method_of(lab.requester), TopUp.objects.get().is_on) == (other, True)
    bank.refresh_from_db()
    assert (bank.removed_at, bank.disputed_at) == (replaced_at, None)


def test_an_inquiry_ends_nothing_unless_it_is_lost(live, lab, bank, clock):
    deposit = charged(lab, clock)
    asks = disputed(live, clock, deposit, status="warning_needs_response")
    assert saved_method_of(lab.requester) == bank
    live.hands.ends_dispute(asks, "won")
    told(live, clock)
    assert saved_method_of(lab.requester) == bank


def test_a_dispute_that_can_be_answered_ends_it_from_the_first(live, lab, bank, clock):
    disputed(live, clock, charged(lab, clock), reason="fraudulent", status="needs_response")
    assert saved_method_of(lab.requester) is None


def test_another_requesters_and_another_gateways_stay(live, lab, bank, clock):
    deposit = charged(lab, clock)
    other = world.a_lab("Other Lab", cents=0)
    theirs = saved(StripeWallet(live), other, BANK)
    bank.payer.gateway = "elsewhere"
    bank.payer.save()
    SavedMethod.objects.filter(pk=theirs.pk).update(reference=bank.reference)
    disputed(live, clock, deposit)
    assert not SavedMethod.objects.exclude(disputed_at=None).exists()
