"""Events from Stripe: signed, kept once, and each only a reason to look again."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from stripe import WebhookSignature

from payments import audit, queries
from payments import jobs as payment_jobs
from payments.actions.advance_payout import take_payout
from payments.actions.make_deposit import make_deposit
from payments.actions.receive_gateway_event import (
    Told,
    receive_gateway_events,
    take_gateway_event,
)
from payments.actions.request_payout import request_payout
from payments.gateway.deposits import settle_deposit
from payments.gateway.events import poll_events, process_event
from payments.gateway.stripe_events import KINDS
from payments.models import Deposit, GatewayEvent, GatewayPoll, Transfer
from tests import world
from tests.fake_gateway import Killed
from tests.payments.earning import earn
from tests.stripe_gateway import WEBHOOK_SECRET, a_payee
from tests.stripe_server.events import Endpoint

pytestmark = pytest.mark.django_db
WORKER = "AWORKER"
EVENTS = "payments.gateway.events"


@pytest.fixture
def hooks(live, client):
    """What Stripe sends arrives at the page that is there for it."""

    def post(url, headers, body):
        kind = headers.pop("Content-Type")
        return client.post(url, body, content_type=kind, headers=headers).status_code

    url = reverse("money:stripe_webhook")
    live.webhooks.post = post
    live.webhooks.endpoints += [
        Endpoint(url, WEBHOOK_SECRET),
        Endpoint(url, WEBHOOK_SECRET, is_connect=True),
    ]
    return live.webhooks


@pytest.fixture
def lab(live):
    return world.a_lab(cents=0)


@pytest.fixture
def deposit(lab, clock):
    """A deposit whose page at Stripe is open, and that won't be asked about for an hour."""
    made = make_deposit(by=lab.by, user=lab.user, amount_cents=500, currency="USD", at=clock.now)
    settle_deposit(deposit_id=made.pk, at=clock.now)
    Deposit.objects.update(ask_at=clock.now + timedelta(hours=1))
    made.refresh_from_db()
    return made


def balance(lab):
    return queries.requester_balance(lab.requester.public_id, "USD")


def event(clock, **changes):
    given = {
        "id": "evt_1",
        "object": "event",
        "type": "account.updated",
        "created": int(clock.now.timestamp()),
        "livemode": False,
        "account": "acct_1",
        "data": {"object": {"id": "acct_1"}},
    }
    return json.dumps({**given, **changes}).encode()


def signed(body, clock, secret=WEBHOOK_SECRET, seconds=0):
    at = int(clock.now.timestamp()) + seconds
    return WebhookSignature.generate_signature_header(body.decode(), secret, at)


def send(client, body, signature):
    return client.post(
        reverse("money:stripe_webhook"),
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signature} if signature is not None else {},
    )


def test_a_signed_event_is_kept_and_nothing_of_what_it_says(live, client, clock):
    body = event(clock)
    assert send(client, body, signed(body, clock)).status_code == 200
    kept = GatewayEvent.objects.get()
    assert (kept.event_id, kept.kind) == ("evt_1", "account.updated")
    assert (kept.object_id, kept.account) == ("acct_1", "acct_1")
    assert kept.processed_at is None


@pytest.mark.parametrize(
    "make",
    [
        lambda body, clock: None,
        lambda body, clock: "",
        lambda body, clock: "t=x,v1=y",
        lambda body, clock: "nonsense",
        lambda body, clock: "t=1,v1=ä",
        lambda body, clock: f"t={10**30},v1=00",
        lambda body, clock: signed(body, clock, "whsec_of_somebody_else"),
        lambda body, clock: signed(body + b" ", clock),
        lambda body, clock: signed(body, clock, seconds=-301),
        lambda body, clock: signed(body, clock, seconds=301),
        lambda body, clock: signed(body, clock, seconds=-301) + f",t={clock.now.timestamp():.0f}",
        lambda body, clock: signed(body, clock) + f",t={clock.now.timestamp():.0f}",
    ],
)
def test_what_stripe_did_not_sign_just_now_is_refused(live, client, clock, make):
    body = event(clock)
    assert send(client, body, make(body, clock)).status_code == 400
    assert not GatewayEvent.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"id": "evt_1"}', b"\x00"])
def test_what_is_no_event_is_refused(live, client, clock, body):
    text = body.decode("utf-8", "replace").encode()
    assert send(client, body, signed(text, clock)).status_code == 400


def test_a_former_secret_does_until_it_is_dropped(live, client, clock, settings):
    body = event(clock)
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", WEBHOOK_SECRET]
    assert send(client, body, signed(body, clock)).status_code == 200
    assert send(client, body, signed(body, clock, "whsec_new")).status_code == 200
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new"]
    assert send(client, body, signed(body, clock)).status_code == 400
    settings.STRIPE_WEBHOOK_SECRETS = []
    assert send(client, body, signed(body, clock, "")).status_code == 400


def test_only_what_something_follows_from_is_kept(live, client, clock):
    for body in (event(clock, type="invoice.paid"), event(clock, livemode=True)):
        assert send(client, body, signed(body, clock)).status_code == 200
    assert not GatewayEvent.objects.exists()


def test_reading_takes_a_post(live, client):
    assert client.get(reverse("money:stripe_webhook")).status_code == 405


def test_a_payment_counts_as_soon_as_its_event_is_there(hooks, live, lab, clock, deposit):
    live.hands.pays(deposit.gateway_reference)
    payment_jobs.settle_deposits()
    assert balance(lab) == 0, "not asked by itself yet"
    hooks.deliver()
    payment_jobs.process_gateway_events()
    assert balance(lab) == 500
    assert not GatewayEvent.objects.filter(processed_at=None).exists()


def test_an_event_is_believed_for_nothing_but_its_id(live, lab, client, clock, deposit):
    """It says that the page was paid; Stripe, asked, says that it was not."""
    page = {"id": deposit.gateway_reference, "payment_status": "paid", "status": "complete"}
    body = event(clock, type="checkout.session.completed", data={"object": page})
    send(client, body, signed(body, clock))
    payment_jobs.process_gateway_events()
    deposit.refresh_from_db()
    assert (balance(lab), deposit.status) == (0, "pending")


def test_events_twice_and_again_days_later_change_nothing(hooks, live, lab, clock, deposit):
    live.hands.pays(deposit.gateway_reference)
    for _ in range(3):
        for kept in live.world.of("event"):
            hooks._queue(kept)
        hooks.deliver()
        payment_jobs.process_gateway_events()
        clock.forward(days=1)
    assert balance(lab) == 500
    assert sorted(Transfer.objects.values_list("reason", flat=True)) == ["deposit", "gateway_fee"]
    ids = GatewayEvent.objects.values_list("event_id", flat=True)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("outcome", ["succeeds", "fails"])
def test_events_in_the_wrong_order_end_where_stripe_does(hooks, live, lab, clock, deposit, outcome):
    live.hands.pays(deposit.gateway_reference, by="us_bank_account", outcome=outcome)
    clock.forward(days=4)
    live.world.catch_up()
    hooks.waiting.reverse()
    for delivery in hooks.waiting:
        delivery.due = 0
    hooks.deliver()
    payment_jobs.process_gateway_events()
    assert balance(lab) == (500 if outcome == "succeeds" else 0)


def test_an_event_that_cannot_be_looked_at_is_tried_again(hooks, live, lab, clock):
    earn(clock, WORKER, 500)
    payee = a_payee(live, WORKER)
    live.hands.tops_up(500)
    live.client().transfers.create({"amount": 5, "currency": "usd", "destination": payee.reference})
    hooks.deliver()
    live.faults.next("lost_before", path="/v1/transfers/")
    payment_jobs.process_gateway_events()
    waits = GatewayEvent.objects.get(kind="transfer.created")
    assert waits.processed_at is None
    assert waits.problem
    clock.forward(minutes=2)
    payment_jobs.process_gateway_events()
    waits.refresh_from_db()
    assert waits.processed_at == clock.now


@pytest.mark.parametrize("hours", [1, 30])
@pytest.mark.parametrize(
    "point",
    ["receive_gateway_events", "take_gateway_event", "settle_deposit", "finish_gateway_event"],
)
def test_a_process_killed_anywhere_credits_once(
    hooks, live, lab, clock, deposit, monkeypatch, point, hours
):
    def dies(*args, **kwargs):
        raise Killed

    live.hands.pays(deposit.gateway_reference)
    Deposit.objects.update(ask_at=clock.now + timedelta(days=9))
    with monkeypatch.context() as patch:
        place = "payments.web.webhooks" if point == "receive_gateway_events" else EVENTS
        patch.setattr(f"{place}.{point}", dies)
        with pytest.raises(Killed):
            _ = hooks.deliver(), payment_jobs.process_gateway_events()
    clock.forward(hours=hours)
    for _ in range(2):
        hooks.deliver()
        payment_jobs.poll_gateway_events()
        payment_jobs.process_gateway_events()
    assert balance(lab) == 500
    assert not GatewayEvent.objects.filter(processed_at=None).exists()
    assert list(audit.differences()) == []


def test_an_event_is_one_processes_at_a_time_and_never_again(live, client, clock):
    body = event(clock)
    send(client, body, signed(body, clock))
    pk = GatewayEvent.objects.get().pk
    assert take_gateway_event(event_id=pk, at=clock.now)
    assert take_gateway_event(event_id=pk, at=clock.now) is None
    clock.forward(minutes=2)
    assert payment_jobs.process_gateway_events() == 1
    clock.forward(days=1)
    assert payment_jobs.process_gateway_events() == 0


def test_one_event_that_breaks_keeps_none_waiting(hooks, live, lab, clock, deposit, client):
    body = event(clock)
    send(client, body, signed(body, clock))
    GatewayEvent.objects.update(kind="gone")
    live.hands.pays(deposit.gateway_reference)
    hooks.deliver()
    payment_jobs.process_gateway_events()
    assert balance(lab) == 500


def test_a_payout_whose_answer_was_lost_learns_it_from_the_event(hooks, live, clock):
    earn(clock, WORKER, 500)
    a_payee(live, WORKER)
    live.hands.tops_up(500)
    payout = request_payout(worker=WORKER, currency="USD", at=clock.now)
    live.faults.next("error_after")
    payment_jobs.send_payouts()
    hooks.deliver()
    payment_jobs.process_gateway_events()
    payout.refresh_from_db()
    assert payout.status == "sent"
    assert payout.gateway_reference == live.world.of("transfer")[0]["id"]
    assert list(audit.differences()) == []


def test_a_transfer_that_no_payout_waits_for_moves_nothing_and_is_shown(hooks, live, clock):
    earn(clock, WORKER, 500)
    payee = a_payee(live, WORKER)
    live.hands.tops_up(5000)
    payout = request_payout(worker=WORKER, currency="USD", at=clock.now)
    given = {"currency": "usd", "destination": payee.reference}
    group = {"transfer_group": payout.transfer_group}
    library = live.client()
    library.transfers.create({**given, **group, "amount": 500})
    library.transfers.create({**given, **group, "amount": 499})
    library.transfers.create({**given, "amount": 5, "transfer_group": "somebody else's"})
    hooks.deliver()
    payment_jobs.process_gateway_events()
    problems = set(GatewayEvent.objects.values_list("problem", flat=True))
    assert len(problems) == 3
    assert any("held" in words for words in problems)
    assert any("not what the payout asked for" in words for words in problems)
    assert queries.earnings_of(WORKER, "USD").in_payout_cents == 500
    take_payout(payout_id=payout.pk, at=clock.now)


def test_a_second_transfer_for_one_payout_is_shown(hooks, live, clock):
    earn(clock, WORKER, 500)
    payee = a_payee(live, WORKER)
    live.hands.tops_up(5000)
    payout = request_payout(worker=WORKER, currency="USD", at=clock.now)
    payment_jobs.send_payouts()
    live.client().transfers.create(
        {
            "amount": 500,
            "currency": "usd",
            "destination": payee.reference,
            "transfer_group": payout.transfer_group,
        }
    )
    hooks.deliver()
    payment_jobs.process_gateway_events()
    told = GatewayEvent.objects.filter(kind="transfer.created")
    problems = sorted(told.values_list("problem", flat=True))
    assert ["second one" in words for words in problems] == [False, True]


def test_what_was_not_delivered_is_asked_for_each_hour(hooks, live, lab, clock, deposit):
    hooks.dropped = 1
    live.hands.pays(deposit.gateway_reference)
    assert hooks.deliver() == 0
    assert payment_jobs.poll_gateway_events() == 2, "the payment and the page"
    assert payment_jobs.poll_gateway_events() == 0
    payment_jobs.process_gateway_events()
    assert balance(lab) == 500
    assert set(GatewayEvent.objects.values_list("was_polled", flat=True)) == {True}


def test_after_an_outage_everything_since_the_last_time_is_asked_for(live, clock):
    a_payee(live, WORKER)
    assert payment_jobs.poll_gateway_events() == 0
    destination = live.world.of("account")[0]["id"]
    live.hands.tops_up(50_00)
    given = {"currency": "usd", "destination": destination, "amount": 1}
    for _day in range(10):
        for _ in range(12):
            live.client().transfers.create(given)
        clock.forward(days=1)
    live.faults.next("none", "lost_before", path="/v1/events")
    assert payment_jobs.poll_gateway_events() == 0, "it broke off on the second page"
    assert GatewayPoll.objects.get().asked_at < clock.now - timedelta(days=9)
    assert payment_jobs.poll_gateway_events() == 20
    assert GatewayEvent.objects.count() == 120


def test_each_kind_that_counts_is_asked_for_and_no_question_names_too_many(live, clock):
    for kind in KINDS:
        live.world.emit(kind, {"id": f"about_{kind}", "object": "thing"})
    assert payment_jobs.poll_gateway_events() == len(KINDS)
    assert set(GatewayEvent.objects.values_list("kind", flat=True)) == set(KINDS)


def test_nothing_is_asked_where_there_is_no_stripe(db):
    assert payment_jobs.poll_gateway_events() == 0


def test_a_poll_and_a_delivery_of_one_event_are_one(hooks, live, lab, clock, deposit):
    live.hands.pays(deposit.gateway_reference)
    poll_events(at=clock.now)
    hooks.deliver()
    assert GatewayEvent.objects.count() == 2, "the payment and the page, each once"


def test_late_twice_lost_and_in_disorder_by_seed_still_ends_exact(hooks, live, lab, clock):
    hooks.seed, hooks.late, hooks.twice, hooks.dropped = 5, 0.5, 0.3, 0.4
    given = {"by": lab.by, "user": lab.user, "currency": "USD"}
    for number in range(12):
        made = make_deposit(**given, amount_cents=100 + number, at=clock.now)
        settle_deposit(deposit_id=made.pk, at=clock.now)
        made.refresh_from_db()
        by = "us_bank_account" if number % 2 else "card"
        outcome = "fails" if number % 3 == 1 else "succeeds"
        if (by, outcome) != ("card", "fails"):
            live.hands.pays(made.gateway_reference, by=by, outcome=outcome)
    Deposit.objects.update(ask_at=clock.now + timedelta(days=999))
    for _hour in range(24 * 5):
        hooks.deliver()
        payment_jobs.process_gateway_events()
        clock.forward(hours=1)
        payment_jobs.poll_gateway_events()
    paid = [s for s in live.world.of("checkout.session") if s["payment_status"] == "paid"]
    assert balance(lab) == sum(page["amount_total"] for page in paid) > 0
    assert not Deposit.objects.filter(status="pending").exists()
    assert list(audit.differences()) == []


def unheard_of(clock):
    """An event about a transfer that Stripe doesn't show."""
    told = Told(
        event_id="evt_1", kind="transfer.created", object_id="tr_gone", account="",
        happened_at=clock.now,
    )  # fmt: skip
    receive_gateway_events([told], gateway="stripe", at=clock.now)
    return GatewayEvent.objects.get()


def test_an_event_about_what_stripe_does_not_show_is_done_with_and_says_so(live, clock):
    event = unheard_of(clock)
    payment_jobs.process_gateway_events()
    event.refresh_from_db()
    assert event.processed_at == clock.now
    assert "tr_gone" in event.problem


def test_an_event_that_another_process_looks_at_is_left_to_it(live, clock):
    event = unheard_of(clock)
    assert take_gateway_event(event_id=event.pk, at=clock.now)
    assert process_event(event_id=event.pk, at=clock.now) is None
    assert GatewayEvent.objects.get().processed_at is None
