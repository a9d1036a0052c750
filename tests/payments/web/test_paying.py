"""Saving a card, charging it by one press, and automatic top-up, on the money pages."""

import uuid

import pytest
from django.urls import reverse

from marketplace.accounts.models import Role
from payments import jobs
from payments.models import Deposit, MethodSetup, PlayCharge, TopUp
from payments.queries import requester_balance, saved_method_of
from tests import world
from tests.payments.wallets import ASKS, BANK, DECLINES, PAYS, PlayWallet, saved

MONEY = "/money/"
CHARGE, TOP_UP = reverse("money:charge"), reverse("money:top_up")


def text(answer):
    return answer.content.decode()


@pytest.fixture
def card(lab):
    return saved(PlayWallet(), lab)


def charge_form(owner, amount="50"):
    """What the page that asks for confirmation would send."""
    return shown_in(owner.get(CHARGE, {"amount": amount}))


def shown_in(page):
    form = page.context["form"]
    return {name: form[name].value() for name in form.fields}


def test_a_card_is_saved_on_the_gateways_page_and_shown_on_ours(owner, lab):
    assert "Save a card or bank account" in text(owner.get(MONEY))
    page = owner.post(reverse("money:save_method"), follow=True)
    assert "every 2s" in text(page)
    jobs.save_methods()
    setup = MethodSetup.objects.get()
    here = reverse("money:method_setup", args=[setup.public_id])
    setup.refresh_from_db()
    assert setup.page_url in text(owner.get(here))
    assert "One is being saved" in text(owner.get(MONEY))
    there = setup.page_url.removeprefix("http://testserver")
    there = "/" + there.split("/", 3)[3] if there.startswith("http") else there
    assert "4242" in text(owner.get(there))
    assert owner.post(there, {"method": "gold"}).status_code == 200
    assert owner.post(there, {"method": "card"})["Location"] == here
    jobs.save_methods()
    done = owner.get(here, headers={"HX-Request": "true"})
    assert "Visa card ending 4242" in text(done)
    assert "every 2s" not in text(done)
    assert "expires 04/40" in text(owner.get(MONEY))
    assert owner.get(there).status_code == 404, "it was used"


def test_the_pretend_pages_are_gone_where_money_is_real(owner, lab, card, settings):
    setup = MethodSetup.objects.get()
    pk = setup.gateway_reference.removeprefix("play_setup_")
    settings.MANYHANDS_GATEWAY = "stripe"
    assert owner.get(reverse("money:play_setup", args=[pk])).status_code == 404


def test_money_is_added_by_one_press_of_what_was_shown(owner, lab, card):
    form = owner.get(reverse("money:deposit")).context["form"]
    assert next(label for _value, label in form.fields["pay_with"].choices) == card.words
    led = owner.post(reverse("money:deposit"), {"amount": "50", "pay_with": "saved"})
    assert led["Location"].startswith(f"{CHARGE}?amount=50.00&token=")
    page = owner.get(led["Location"])
    assert "Charge $50.00 now" in text(page)
    assert "expires 04/40" in text(page)
    assert Deposit.objects.count() == 1, "looking charges nothing"
    answers = [owner.post(CHARGE, shown_in(page)) for _press in range(2)]
    deposit = Deposit.objects.latest("pk")
    and_back = owner.get(led["Location"])
    assert {a["Location"] for a in (*answers, and_back)} == {
        reverse("money:deposit_state", args=[deposit.public_id])
    }
    jobs.settle_deposits()
    assert requester_balance(lab.requester.public_id, "USD") == 150_00
    assert Deposit.objects.count() == 2


def test_paying_on_a_page_is_still_a_choice(owner, lab, card):
    owner.post(reverse("money:deposit"), {"amount": "5", "pay_with": "page"})
    assert Deposit.objects.latest("pk").method is None


def test_the_tick_box_keeps_what_pays(owner, lab):
    owner.post(reverse("money:deposit"), {"amount": "5", "keep": "on"})
    jobs.settle_deposits()
    assert saved_method_of(lab.requester).words == "Visa card ending 4242"


@pytest.mark.parametrize("amount", ["", "x"])
def test_an_amount_that_is_none_leads_back(owner, card, amount):
    assert owner.get(CHARGE, {"amount": amount})["Location"] == reverse("money:deposit")


def test_an_amount_that_cannot_be_charged_is_refused_in_words(owner, card):
    assert "at least" in text(owner.get(CHARGE, {"amount": "0.10"}))
    refused = owner.post(reverse("money:deposit"), {"amount": "0.10", "pay_with": "saved"})
    assert "at least" in str(refused.context["form"].errors["amount"])
    assert Deposit.objects.count() == 1


def test_a_card_that_was_replaced_since_it_was_shown_is_not_charged(owner, lab, card):
    sent = charge_form(owner)
    saved(PlayWallet(), lab)
    assert "not saved any more" in text(owner.post(CHARGE, sent))
    assert Deposit.objects.count() == 1


def test_a_decline_says_what_to_do(owner, lab):
    saved(PlayWallet(), lab, DECLINES)
    state = owner.post(CHARGE, charge_form(owner))["Location"]
    jobs.settle_deposits()
    assert "Your card was declined." in text(owner.get(state))
    assert "Pay in another way" in text(owner.get(state))


def test_a_banks_question_is_answered_on_its_page(owner, lab):
    saved(PlayWallet(), lab, ASKS)
    state = owner.post(CHARGE, charge_form(owner))["Location"]
    jobs.settle_deposits()
    assert "Confirm the payment" in text(owner.get(state))
    asked = f'<a href="{state}">Deposit of $50.00: confirm this payment</a>'
    assert asked in text(owner.get(MONEY))
    there = reverse("money:play_confirm", args=[PlayCharge.objects.latest("pk").pk])
    assert "$50.00" in text(owner.get(there))
    assert requester_balance(lab.requester.public_id, "USD") == 100_00
    assert owner.post(there)["Location"] == state
    jobs.settle_deposits()
    assert requester_balance(lab.requester.public_id, "USD") == 150_00
    assert owner.post(there).status_code == 404


def test_a_bank_debit_says_that_it_takes_days(owner, lab):
    saved(PlayWallet(), lab, BANK)
    state = owner.post(CHARGE, charge_form(owner))["Location"]
    assert "The payment service is being asked." in text(owner.get(state))
    jobs.settle_deposits()
    assert "It counts when the bank has paid, after some days." in text(owner.get(state))


def test_top_up_says_what_it_will_do_before_it_is_on(owner, lab, card):
    given = {"threshold": "150", "amount": "200", "cap": "500"}
    asked = text(owner.post(TOP_UP, given))
    for words in ("below <b>$150.00</b>", "<b>$200.00</b> are charged to <b>Visa card", "$500.00",
                  "charged at once"):  # fmt: skip
        assert words in asked
    assert not TopUp.objects.exists()
    confirmed = {**given, "method": card.public_id, "is_confirmed": "1"}
    page = owner.post(TOP_UP, confirmed, follow=True)
    assert "The balance is low: $200.00 are being added now." in text(page)
    assert "$200.00 are added when the balance falls below $150.00." in text(page)
    jobs.top_up_balances()
    jobs.settle_deposits()
    assert requester_balance(lab.requester.public_id, "USD") == 300_00
    assert owner.get(TOP_UP).context["form"]["cap"].value() == "500.00"
    owner.post(TOP_UP, {**confirmed, "threshold": "100", "cap": "250"})
    shown = text(owner.get(MONEY))
    assert "leaves no room" in shown
    owner.post(reverse("money:top_up_off"))
    assert "Off. Turned on" in text(owner.get(MONEY))


def test_settings_that_could_not_work_are_refused_where_they_stand(owner, card):
    form = owner.post(TOP_UP, {"threshold": "5", "amount": "20", "cap": "10"}).context["form"]
    assert "would allow none" in str(form.errors["cap"])
    assert "no limit" in text(owner.post(TOP_UP, {"threshold": "5", "amount": "20"}))


def test_another_card_takes_another_look(owner, lab, card):
    given = {"threshold": "5", "amount": "20", "is_confirmed": "1", "method": card.public_id}
    saved(PlayWallet(), lab)
    assert "Look once more" in text(owner.post(TOP_UP, given))
    assert not TopUp.objects.exists()


def test_a_failed_top_up_and_its_end_stand_on_the_money_page(owner, lab, clock):
    card = saved(PlayWallet(), lab, DECLINES)
    given = {"threshold": "150", "amount": "20", "is_confirmed": "1", "method": card.public_id}
    owner.post(TOP_UP, given)
    for turn in range(3):
        jobs.top_up_balances()
        jobs.settle_deposits()
        if turn == 0:
            assert "The next try is at" in text(owner.get(MONEY))
        clock.forward(hours=25)
        owner.force_login(lab.user)
    assert "three times in a row: Your card was declined." in text(owner.get(MONEY))


def test_without_a_card_there_is_nothing_to_charge_or_top_up(owner):
    assert owner.get(CHARGE, {"amount": "5"})["Location"] == reverse("money:deposit")
    page = owner.get(TOP_UP, follow=True)
    assert "Save a card or bank account first" in text(page)


def test_removing_it_is_said_and_done(owner, lab, card):
    page = owner.post(reverse("money:remove_method"), {"method": card.public_id}, follow=True)
    assert "Visa card ending 4242 is removed." in text(page)
    gone = owner.post(reverse("money:remove_method"), {"method": card.public_id})
    assert gone.status_code == 404
    odd = owner.post(reverse("money:remove_method"), {"method": "x"})
    assert odd.status_code == 404


def test_a_setup_that_failed_says_so(owner, lab, card):
    setup = MethodSetup.objects.get()
    MethodSetup.objects.update(status="failed", failure="Your bank said no.")
    page = text(owner.get(reverse("money:method_setup", args=[setup.public_id])))
    assert "Your bank said no." in page
    assert "Try again" in page


def test_the_sandbox_has_no_cards(owner, lab, card):
    lab.user.is_in_sandbox = True
    lab.user.save()
    assert "Saved card" not in text(owner.get(MONEY))
    assert "pay_with" not in owner.get(reverse("money:deposit")).context["form"].fields
    assert owner.get(CHARGE, {"amount": "5"}).status_code == 302
    assert owner.get(TOP_UP).status_code == 302
    assert owner.post(reverse("money:save_method")).status_code == 409


def test_a_manager_sees_the_card_and_pays_on_a_page(client, lab, card):
    manager = world.a_user("m@lab.test")
    world.a_member(lab.requester, manager, Role.MANAGER)
    client.force_login(manager)
    shown = text(client.get(MONEY))
    assert card.words in shown
    assert "Replace" not in shown
    fields = client.get(reverse("money:deposit")).context["form"].fields
    assert list(fields) == ["amount"]
    given = {"amount": "5", "method": card.public_id, "token": uuid.uuid4()}
    assert client.post(CHARGE, given).status_code == 403


def test_kinds_of_wallet_are_those_of_the_page():
    assert set(PlayWallet._names) >= {PAYS, DECLINES, ASKS}
