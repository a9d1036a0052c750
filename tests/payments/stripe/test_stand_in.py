"""The stand-in keeps Stripe's rules: else what is proven against it is proven of nothing."""

import threading

import pytest
import stripe

from tests.stripe_server.events import Endpoint, Webhooks
from tests.stripe_server.faults import Faults

EXPRESS = {
    "controller": {
        "fees": {"payer": "application"},
        "losses": {"payments": "application"},
        "stripe_dashboard": {"type": "express"},
    },
    "capabilities": {"transfers": {"requested": True}},
}
ITEM = {"price_data": {"currency": "usd", "unit_amount": 1000, "product_data": {"name": "Work"}}}


@pytest.fixture
def payee(library, there):
    account = library.accounts.create(EXPRESS)
    there.hands.onboards(account.id)
    return account.id


def key(name):
    return {"idempotency_key": name}


def transfer(library, payee, cents=500, name="k", **more):
    given = {"amount": cents, "currency": "usd", "destination": payee, **more}
    return library.transfers.create(given, key(name))


def checkout(library, **more):
    given = {
        "mode": "payment",
        "success_url": "https://x.test/",
        "line_items": [ITEM | {"quantity": 1}],
    }
    return library.checkout.sessions.create({**given, **more}).id


def funds(library):
    balance = library.balance.retrieve()
    return balance.available[0].amount, balance.pending[0].amount


GOOD = {"amount": 5, "currency": "usd", "destination": "x"}


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"amont": 5}, "parameter_unknown", "amont"),
        ({"currency": None}, "parameter_missing", "currency"),
        ({"amount": None}, "parameter_missing", "amount"),
        ({"amount": "5.5"}, "parameter_invalid_integer", "amount"),
        ({"amount": 0}, "parameter_invalid_integer", "amount"),
        ({"currency": ""}, "parameter_invalid_empty", "currency"),
        ({"metadata": "a"}, "parameter_invalid_object", "metadata"),
        ({"source_type": "gold"}, "parameter_invalid_enum", "source_type"),
        ({"destination": {"a": 1}}, "parameter_invalid_string", "destination"),
    ],
)
def test_parameters_are_those_of_the_installed_library(library, changes, code, param):
    given = {n: v for n, v in {**GOOD, **changes}.items() if v is not None}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        library.transfers.create(given)
    assert (refused.value.code, refused.value.param) == (code, param)


def test_parameters_within_parameters_are_checked_too(library):
    item = {"price_data": {**ITEM["price_data"], "colour": "red"}, "quantity": 1}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        checkout(library, line_items=[item])
    assert refused.value.param == "line_items[0][price_data][colour]"
    item = {"price_data": {"unit_amount": 5}, "quantity": 1}
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param") as refused:
        checkout(library, line_items=[item])
    assert refused.value.param == "line_items[0][price_data][currency]"


def test_a_key_is_one_operation_and_its_answer_is_told_again(library, there, payee):
    there.hands.tops_up(1000)
    first, again = (transfer(library, payee) for _ in range(2))
    assert first.id == again.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert funds(library) == (500, 0)
    other = transfer(library, payee, name="another")
    assert other.id != first.id


def test_a_key_with_other_parameters_or_another_path_is_refused(library, there, payee):
    there.hands.tops_up(1000)
    transfer(library, payee)
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        transfer(library, payee, cents=501)
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        library.customers.create({}, key("k"))


@pytest.mark.parametrize(("hours", "paid"), [(23.9, 1), (24, 2)])
def test_a_key_is_forgotten_after_a_day(library, clock, there, payee, hours, paid):
    there.hands.tops_up(1000)
    transfer(library, payee)
    clock.forward(hours=hours)
    transfer(library, payee)
    assert len(library.transfers.list().data) == paid


def test_a_refusal_is_kept_under_its_key_once_the_operation_began(library, there, payee):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        transfer(library, payee)
    assert refused.value.code == "balance_insufficient"
    there.hands.tops_up(1000)
    with pytest.raises(stripe.InvalidRequestError) as again:
        transfer(library, payee)
    assert again.value.code == "balance_insufficient"
    assert transfer(library, payee, name="fresh").amount == 500


def test_what_fails_while_it_is_checked_leaves_its_key_free(library, there, payee):
    there.hands.tops_up(1000)
    with pytest.raises(stripe.InvalidRequestError):
        library.transfers.create({"amount": 5, "currency": "usd"}, key("k"))
    assert transfer(library, payee).amount == 500


@pytest.mark.parametrize(("fault", "paid"), [("error_before", 0), ("error_after", 1)])
def test_a_500_is_kept_under_its_key_whatever_it_did(library, there, payee, fault, paid):
    there.hands.tops_up(1000)
    there.faults.next(fault)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            transfer(library, payee)
    assert len(library.transfers.list().data) == paid


@pytest.mark.parametrize(("fault", "paid"), [("lost_before", 0), ("lost_after", 1)])
def test_a_lost_answer_can_be_asked_for_again(library, there, payee, fault, paid):
    there.hands.tops_up(1000)
    there.faults.next(fault)
    with pytest.raises(stripe.APIConnectionError):
        transfer(library, payee)
    assert len(library.transfers.list().data) == paid
    assert transfer(library, payee).amount == 500
    assert len(library.transfers.list().data) == 1


def test_limits_come_before_the_key_is_looked_at(library, there, payee):
    there.hands.tops_up(1000)
    there.faults.next("limited", "conflict")
    for _ in range(2):
        with pytest.raises(stripe.RateLimitError) as refused:
            transfer(library, payee)
        assert refused.value.headers["Retry-After"] == "1"
    assert transfer(library, payee).amount == 500


def test_the_same_key_twice_at_once_is_a_conflict(library, there, payee):
    there.hands.tops_up(1000)
    there.faults.next("slow")
    began = threading.Event()
    first = threading.Thread(target=lambda: (began.set(), transfer(library, payee)))
    first.start()
    began.wait()
    while "k" not in there.keys.kept:
        pass
    with pytest.raises(stripe.APIError) as refused:
        transfer(library, payee)
    first.join()
    assert refused.value.http_status == 409
    assert transfer(library, payee).amount == 500


def test_a_seed_does_the_same_again_whatever_the_order():
    def lived(calls):
        faults = Faults(seed=7, share=0.5)
        return {call: faults.of("POST", "/v1/transfers", call) for call in calls}

    calls = [f"key{number}" for number in range(40)]
    assert lived(calls) == lived(reversed(calls))
    assert len(set(lived(calls).values())) > 4
    assert lived(calls) != {
        c: Faults(seed=8, share=0.5).of("POST", "/v1/transfers", c) for c in calls
    }


def test_a_wrong_key_and_an_unknown_path_are_refused(there, library):
    stranger = stripe.StripeClient("sk_test_other", base_addresses={"api": there.url})
    with pytest.raises(stripe.AuthenticationError):
        stranger.v1.balance.retrieve()
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        library.products.list()


def test_an_account_gets_transfers_only_when_stripe_is_satisfied(library, there):
    there.hands.tops_up(1000)
    account = library.accounts.create(EXPRESS).id
    assert library.accounts.retrieve(account).requirements.disabled_reason
    for step in (there.hands.breaks_off, there.hands.is_asked_for_more, there.hands.is_refused):
        step(account)
        with pytest.raises(stripe.InvalidRequestError) as refused:
            transfer(library, account, name=step.__name__)
        assert refused.value.code == "insufficient_capabilities_for_transfer"
    there.hands.onboards(account)
    assert library.accounts.retrieve(account).payouts_enabled
    transfer(library, account)
    there.hands.leaves(account)
    with pytest.raises(stripe.PermissionError):
        library.accounts.retrieve(account)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        transfer(library, account, name="gone")
    assert refused.value.code == "resource_missing"


def test_links_lead_to_stripe_for_a_few_minutes(library, clock, payee):
    urls = {"refresh_url": "https://x.test/a", "return_url": "https://x.test/b"}
    link = library.account_links.create({"account": payee, "type": "account_onboarding", **urls})
    assert link.url.startswith("https://connect.stripe.com/")
    assert 0 < link.expires_at - clock.now.timestamp() <= 600
    assert library.accounts.login_links.create(payee).url
    with pytest.raises(stripe.InvalidRequestError, match="refresh_url"):
        library.account_links.create({"account": payee, "type": "account_onboarding"})


def test_a_card_pays_at_once_and_is_available_two_days_later(library, clock, there):
    session = checkout(library)
    there.hands.pays(session)
    paid = library.checkout.sessions.retrieve(session, {"expand": ["payment_intent"]})
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    assert (paid.amount_total, paid.payment_intent.status) == (1000, "succeeded")
    assert funds(library) == (0, 941)
    clock.forward(days=2)
    assert funds(library) == (941, 0)


@pytest.mark.parametrize(
    ("outcome", "payment", "event"),
    [("succeeds", "paid", "async_payment_succeeded"), ("fails", "unpaid", "async_payment_failed")],
)
def test_a_bank_debit_settles_or_fails_days_later(library, clock, there, outcome, payment, event):
    session = checkout(library)
    there.hands.pays(session, by="us_bank_account", outcome=outcome)
    assert library.checkout.sessions.retrieve(session).status == "complete"
    assert library.checkout.sessions.retrieve(session).payment_status == "unpaid"
    clock.forward(days=4)
    found = library.checkout.sessions.retrieve(session, {"expand": ["payment_intent"]})
    assert found.payment_status == payment
    assert bool(found.payment_intent.last_payment_error) is (outcome == "fails")
    told = [kind for kind in events(library) if kind.startswith("checkout.session.async")]
    assert told == [f"checkout.session.{event}"]


def events(library, **asked):
    return [event.type for event in library.events.list({"limit": 100, **asked})]


def test_a_declined_card_leaves_the_page_open_and_a_day_closes_it(library, clock, there):
    session = checkout(library)
    there.hands.pays(session, outcome="fails")
    assert library.checkout.sessions.retrieve(session).status == "open"
    assert funds(library) == (0, 0)
    clock.forward(hours=24)
    assert library.checkout.sessions.retrieve(session).status == "expired"
    assert events(library)[0] == "checkout.session.expired"


def test_a_saved_method_is_charged_without_its_owner(library, there):
    customer = library.customers.create({"email": "a@x.test"}).id
    saving = {"mode": "setup", "customer": customer, "currency": "usd"}

    def saved(**outcome):
        page = library.checkout.sessions.create({**saving, "success_url": "https://x.test/"})
        return there.hands.saves_a_method(page.id, **outcome)

    method = saved()
    assert [m.id for m in library.payment_methods.list({"customer": customer})] == [method]
    given = {"amount": 2000, "currency": "usd", "customer": customer, "payment_method": method}
    intent = library.payment_intents.create({**given, "confirm": True, "off_session": True})
    assert intent.status == "succeeded"
    bad = saved(outcome="fails")
    with pytest.raises(stripe.CardError, match="declined"):
        library.payment_intents.create({**given, "payment_method": bad, "confirm": True})


def test_refunds_and_disputes_take_money_back(library, clock, there):
    there.hands.tops_up(5000)
    session = checkout(library)
    there.hands.pays(session)
    clock.forward(days=3)
    intent = library.checkout.sessions.retrieve(session).payment_intent
    part = library.refunds.create({"payment_intent": intent, "amount": 400})
    assert funds(library) == (5000 + 941 - 400, 0)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        library.refunds.create({"payment_intent": intent, "amount": 601})
    there.hands.refund_comes_back(part.id)
    assert funds(library) == (5000 + 941, 0)
    charge = library.payment_intents.retrieve(intent).latest_charge
    dispute = there.hands.disputes(charge)
    assert funds(library) == (5000 + 941 - 1000 - 1500, 0)
    there.hands.ends_dispute(dispute, "won")
    assert funds(library) == (5000 + 941 - 1500, 0)
    net = sum(txn.net for txn in library.balance_transactions.list({"limit": 100}))
    assert net == sum(funds(library))


def test_a_dispute_can_be_lost_from_the_first_or_only_a_question(library, clock, there):
    there.hands.tops_up(5000)
    session = checkout(library)
    there.hands.pays(session)
    clock.forward(days=3)
    charge = library.payment_intents.retrieve(
        library.checkout.sessions.retrieve(session).payment_intent
    ).latest_charge
    asked = there.hands.disputes(charge, status="warning_needs_response")
    assert funds(library) == (5941, 0)
    there.hands.escalates(asked)
    lost = there.hands.disputes(charge, reason="insufficient_funds", status="lost")
    assert funds(library) == (5941 - 2 * 2500, 0)
    events = [e for e in library.events.list({"limit": 100}) if "dispute" in e.type]
    kinds = {
        pk: [e.type.rpartition(".")[2] for e in events[::-1] if e.data.object["id"] == pk]
        for pk in (asked, lost)
    }
    assert kinds == {
        asked: ["created", "updated", "funds_withdrawn"],
        lost: ["created", "funds_withdrawn", "closed"],
    }


def test_a_transfer_can_be_found_by_its_group_and_taken_back(library, there, payee):
    there.hands.tops_up(1000)
    made = transfer(library, payee, transfer_group="payout_1")
    transfer(library, payee, cents=1, name="other", transfer_group="payout_2")
    assert [t.id for t in library.transfers.list({"transfer_group": "payout_1"})] == [made.id]
    library.transfers.reversals.create(made.id, {"amount": 200})
    assert library.transfers.retrieve(made.id).amount_reversed == 200
    assert funds(library) == (699, 0)


def test_a_payees_payout_may_come_back_days_later(library, clock, there, payee):
    there.hands.tops_up(1000)
    transfer(library, payee)
    mine = {"stripe_account": payee}
    payout = library.payouts.create({"amount": 500, "currency": "usd"}, mine)
    clock.forward(days=2)
    assert library.payouts.retrieve(payout.id, options=mine).status == "paid"
    there.hands.payout_comes_back(payout.id)
    assert library.balance.retrieve(options=mine).available[0].amount == 500
    kinds = [event.type for event in library.events.list(options=mine)]
    assert kinds[:2] == ["payout.failed", "payout.paid"]


def test_lists_go_on_behind_the_last_one_shown(library, there):
    made = [library.customers.create({}) and there.hands.tops_up(1) for _ in range(25)]
    first = library.events.list({"limit": 20})
    assert (len(first.data), first.has_more) == (20, True)
    rest = library.events.list({"starting_after": first.data[-1].id})
    assert (len(rest.data), rest.has_more) == (5, False)
    assert len(list(library.events.list({"limit": 10}).auto_paging_iter())) == len(made)


def delivered(there, clock, **chances):
    got = []

    def post(url, headers, body):
        event = stripe.Webhook.construct_event(body, headers["Stripe-Signature"], "whsec_a", 10**10)
        got.append(event.id)
        return 200

    hooks = Webhooks(there.world, post, [Endpoint("https://x.test/", "whsec_a")], **chances)
    start = len(there.world.of("event"))
    for cents in range(1, 41):
        there.hands.tops_up(cents)
    hooks.deliver()
    clock.forward(hours=2)
    hooks.deliver()
    there.world.on_event.remove(hooks._queue)
    sent = [event["id"] for event in there.world.of("event")[::-1][start:]]
    return sent, got


def test_events_arrive_signed_and_in_order_unless_told_otherwise(there, clock):
    sent, got = delivered(there, clock)
    assert got == sent


def test_events_come_late_twice_or_never_by_seed(there, clock):
    sent, got = delivered(there, clock, seed=1, late=0.5, twice=0.3, dropped=0.2)
    assert set(got) < set(sent)
    assert len(got) > len(set(got)), "some came twice"
    assert got != sorted(got, key=sent.index), "some came late"


def test_an_event_that_is_not_taken_is_sent_again_for_three_days(there, clock):
    tries = []
    hooks = Webhooks(there.world, lambda *_: tries.append(1) or 500, [Endpoint("u", "whsec_a")])
    there.hands.tops_up(1)
    for _hour in range(100):
        hooks.deliver()
        clock.forward(hours=1)
    assert 4 < len(tries) < 30
    assert hooks.waiting == []


def test_events_are_kept_for_thirty_days(library, clock, there):
    there.hands.tops_up(1)
    clock.forward(days=30)
    assert len(events(library)) == 1
    clock.forward(seconds=1)
    assert events(library) == []


def test_one_question_names_up_to_twenty_kinds_of_events(library):
    kinds = ["transfer.created"] * 21
    assert library.events.list({"types": kinds[1:]}).data == []
    with pytest.raises(stripe.InvalidRequestError, match="up to 20 event types"):
        library.events.list({"types": kinds})
