"""Workers say where their money goes on Stripe's pages; only what Stripe says of it counts."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from marketplace.audit.models import AuditEntry
from marketplace.errors import InvalidInput, WrongState
from payments import jobs as payment_jobs
from payments import queries
from payments.actions import onboard
from payments.actions.onboard import ask_to_onboard
from payments.actions.record_payee import PayeeState, record_payee
from payments.actions.request_payout import request_payout
from payments.gateway import onboarding
from payments.models import Payee, Payout
from tests.fake_gateway import Killed
from tests.payments.earning import earn
from tests.payments.stripe.test_webhooks import hooks  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
WORKER = "AWORKER"


def ask(clock, worker=WORKER, country="US"):
    given = {"worker": worker, "country": country, "return_path": "/work/account/"}
    return ask_to_onboard(**given, actor="user:1", at=clock.now)


def led(clock, worker=WORKER):
    """A worker who was led to Stripe's form."""
    ask(clock, worker)
    payment_jobs.make_payee_links()
    return Payee.objects.get(holder=worker)


def checked(payee, clock):
    onboarding.check_payee(payee_id=payee.pk, at=clock.now)
    payee.refresh_from_db()
    return payee


def onboarded(live, clock, worker=WORKER, bank="bank-1"):
    payee = led(clock, worker)
    live.hands.onboards(payee.reference, fingerprint=bank)
    return checked(payee, clock)


def hears(payee, clock, said, **changes):
    given = {"reference": payee.reference, "asked_at": clock.now, "at": clock.now, **changes}
    return record_payee(payee_id=payee.pk, said=said, **given)


def test_a_worker_is_led_to_stripe_and_is_ready_when_stripe_says_so(live, clock):
    payee = led(clock)
    assert payee.link_url.startswith("https://connect.stripe.com/setup/")
    assert clock.now < payee.link_expires_at <= clock.now + timedelta(minutes=10)
    account = live.world.things[payee.reference]
    assert account["controller"]["stripe_dashboard"] == {"type": "express"}
    assert (account["country"], account["metadata"]) == ("US", {"worker": WORKER})
    assert not checked(payee, clock).is_ready
    assert "external_account" in payee.asked_for
    live.hands.breaks_off(payee.reference)
    assert checked(payee, clock).asked_for == ["external_account"]
    assert not payee.is_submitted
    live.hands.onboards(payee.reference)
    assert checked(payee, clock).is_ready
    assert (payee.asked_for, payee.bank_hint, payee.link_url) == ([], "6789", "")


def test_earnings_gather_before_and_go_out_after(live, clock):
    earn(clock, WORKER, 500)
    live.hands.tops_up(500)
    payee = led(clock)
    with pytest.raises(WrongState):
        request_payout(worker=WORKER, currency="USD", at=clock.now)
    assert queries.earnings_of(WORKER, "USD").available_cents == 500
    live.hands.onboards(payee.reference)
    checked(payee, clock)
    request_payout(worker=WORKER, currency="USD", at=clock.now)
    assert payment_jobs.send_payouts() == 1
    assert [t["destination"] for t in live.world.of("transfer")] == [payee.reference]


def test_what_stripe_says_arrives_as_an_event(live, clock, hooks):  # noqa: F811
    payee = led(clock)
    live.hands.onboards(payee.reference)
    hooks.deliver()
    payment_jobs.process_gateway_events()
    payee.refresh_from_db()
    assert payee.is_ready
    live.hands.is_asked_for_more(payee.reference, "individual.verification.document")
    hooks.deliver()
    payment_jobs.process_gateway_events()
    payee.refresh_from_db()
    assert (payee.is_ready, payee.asked_for) == (False, ["individual.verification.document"])
    assert payee.disabled_reason


def test_without_an_event_stripe_is_asked_within_minutes(live, clock):
    payee = led(clock)
    live.hands.onboards(payee.reference)
    assert payment_jobs.check_payees() == 0
    clock.forward(minutes=2)
    assert payment_jobs.check_payees() == 1
    payee.refresh_from_db()
    assert payee.is_ready
    clock.forward(days=6)
    assert payment_jobs.check_payees() == 0


def test_a_form_left_halfway_is_asked_about_less_and_less(live, clock):
    led(clock)
    asked = 0
    for _ in range(7 * 24 * 12):
        clock.forward(minutes=5)
        asked += payment_jobs.check_payees()
    assert 10 < asked < 60


def test_a_worker_who_takes_the_access_away_is_not_ready(live, clock, hooks):  # noqa: F811
    payee = onboarded(live, clock)
    live.hands.leaves(payee.reference)
    hooks.deliver()
    payment_jobs.process_gateway_events()
    payee.refresh_from_db()
    assert (payee.is_ready, payee.is_submitted) == (False, False)
    assert payee.disabled_reason == "gone"


def test_another_bank_account_delays_payouts_by_48_hours(live, clock):
    live.hands.tops_up(1000)
    earn(clock, WORKER, 500)
    payee = onboarded(live, clock)
    assert payee.held_until() is None, "the first one is no change"
    waiting = request_payout(worker=WORKER, currency="USD", at=clock.now)
    clock.forward(minutes=1)
    live.hands.onboards(payee.reference, fingerprint="bank-2")
    checked(payee, clock)
    assert payee.held_until() == clock.now + timedelta(hours=48)
    assert payment_jobs.send_payouts() == 0, "the one that waits is held back too"
    waiting.refresh_from_db()
    assert waiting.due_at == payee.held_until()
    assert AuditEntry.objects.filter(action="payout_destination_changed").count() == 1
    clock.forward(hours=48)
    assert payment_jobs.send_payouts() == 1


def test_a_bank_account_that_is_gone_for_a_while_and_then_another_is_a_change(live, clock):
    payee = onboarded(live, clock)
    for fingerprint, is_change in (("", False), ("bank-1", False), ("", False), ("bank-2", True)):
        said = PayeeState(is_submitted=True, is_ready=True, fingerprint=fingerprint)
        hears(payee, clock, said)
        payee.refresh_from_db()
        assert (payee.changed_at is not None) is is_change


def test_two_workers_with_one_bank_account_are_paid_as_one(live, clock):
    first = onboarded(live, clock)
    second = onboarded(live, clock, "AOTHER")
    assert (first.is_duplicate, second.is_duplicate) == (False, True)
    earn(clock, "AOTHER", 500)
    with pytest.raises(WrongState, match="another worker's"):
        request_payout(worker="AOTHER", currency="USD", at=clock.now)
    live.hands.onboards(second.reference, fingerprint="bank-2")
    assert not checked(second, clock).is_duplicate
    with pytest.raises(IntegrityError), transaction.atomic():
        Payee.objects.filter(pk=second.pk).update(fingerprint="bank-1")


def test_another_rule_of_the_database_is_not_taken_for_a_shared_bank_account(live, clock):
    payee = onboarded(live, clock)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_payee ADD CONSTRAINT x CHECK (bank_hint <> '')")
    said = PayeeState(is_submitted=True, is_ready=True, fingerprint="bank-2")
    with pytest.raises(IntegrityError), transaction.atomic():
        hears(payee, clock, said)
    payee.refresh_from_db()
    assert not payee.is_duplicate


def test_an_answer_that_is_older_than_the_last_one_changes_nothing(live, clock):
    payee = onboarded(live, clock)
    before = clock.now - timedelta(seconds=1)
    hears(payee, clock, PayeeState(), asked_at=before)
    payee.refresh_from_db()
    assert payee.is_ready


def test_one_who_is_ready_is_led_to_the_dashboard(live, clock):
    onboarded(live, clock)
    assert led(clock).link_url.startswith("https://connect.stripe.com/express/")


def test_asking_again_opens_no_second_account_and_makes_a_fresh_link(live, clock):
    first, second = led(clock), led(clock)
    assert first.reference == second.reference
    assert first.link_url != second.link_url
    assert len(live.world.of("account")) == 1


@pytest.mark.parametrize("hours", [1, 30])
@pytest.mark.parametrize("point", ["before", "opened", "named", "linked"])
def test_a_process_killed_anywhere_ends_with_one_account_in_use(
    live, clock, monkeypatch, point, hours
):
    def dies(*args, **kwargs):
        raise Killed

    payee = ask(clock)
    place = {"before": "_opened", "opened": "name_payee", "named": "_form", "linked": "keep_link"}
    with monkeypatch.context() as patch:
        patch.setattr(onboarding, place[point], dies)
        with pytest.raises(Killed):
            payment_jobs.make_payee_links()
    clock.forward(hours=hours)
    payment_jobs.make_payee_links()
    payee.refresh_from_db()
    assert payee.link_url
    live.hands.onboards(payee.reference)
    assert checked(payee, clock).is_ready
    is_lost = (point, hours) == ("opened", 30)  # one more, empty, that nobody was led to
    assert len(live.world.of("account")) == 1 + is_lost


@pytest.mark.parametrize("fault", ["limited", "lost_before", "lost_after"])
def test_an_unclear_answer_is_asked_for_again(live, clock, fault):
    ask(clock)
    live.faults.next(fault)
    payment_jobs.make_payee_links()
    assert not Payee.objects.get().link_url
    payment_jobs.make_payee_links()
    assert Payee.objects.get().link_url
    assert len(live.world.of("account")) == 1


def test_a_refusal_is_told_to_the_worker(live, clock):
    payee = led(clock)
    live.hands.leaves(payee.reference)
    Payee.objects.update(is_ready=True)
    ask(clock)
    payment_jobs.make_payee_links()
    payee.refresh_from_db()
    assert "does not have access" in payee.problem
    assert payee.link_asked_at is None


def test_one_that_breaks_keeps_none_waiting(live, clock, monkeypatch):
    ask(clock)
    ask(clock, "AOTHER")
    monkeypatch.setattr(onboard, "FIRST_CHECK", timedelta())
    live.faults.next("lost_before")
    payment_jobs.make_payee_links()
    assert [bool(p.link_url) for p in Payee.objects.order_by("pk")] == [False, True]
    Payee.objects.update(check_at=clock.now)
    payment_jobs.make_payee_links()
    live.faults.next("lost_before")
    payment_jobs.check_payees()
    assert [p.checked_at is not None for p in Payee.objects.order_by("pk")].count(True) == 1


def test_there_is_nothing_to_set_up_with_play_money(db, clock):
    with pytest.raises(WrongState, match="play money"):
        ask(clock)


def test_stripe_must_know_the_country(live, clock):
    with pytest.raises(InvalidInput):
        ask(clock, country="")
    assert not Payout.objects.exists()


def test_a_country_that_stripe_refused_is_mended(live, clock):
    ask(clock, country="XX")
    live.faults.next("limited")
    payment_jobs.make_payee_links()
    ask(clock, country="DE")
    payment_jobs.make_payee_links()
    payee = Payee.objects.get()
    assert live.world.things[payee.reference]["country"] == payee.country == "DE"
    keys = [key for _, path, key in live.calls if path == "/v1/accounts"]
    assert keys == [f"payee_{payee.public_id}_XX", f"payee_{payee.public_id}_DE"]


def test_an_account_is_in_the_country_it_was_opened_in(live, clock, monkeypatch):
    """The worker names another while it is being opened."""
    ask(clock, country="US")
    opened = onboarding._opened

    def opens_and_meanwhile(payee):
        ask(clock, country="DE")
        return opened(payee)

    monkeypatch.setattr(onboarding, "_opened", opens_and_meanwhile)
    payment_jobs.make_payee_links()
    payee = Payee.objects.get()
    assert live.world.things[payee.reference]["country"] == payee.country == "US"


@pytest.mark.parametrize("is_known", [True, False])
def test_an_account_that_is_gone_has_another_in_its_place(live, clock, is_known):
    first = onboarded(live, clock).reference
    live.hands.leaves(first)
    payee = Payee.objects.get()
    if is_known:
        checked(payee, clock)
    else:
        led(clock)
        payee.refresh_from_db()
        assert (payee.reference, payee.disabled_reason) == (first, "gone")
        assert payee.problem
    clock.forward(minutes=1)
    second = led(clock)
    assert second.reference not in ("", first)
    assert second.link_url.startswith("https://connect.stripe.com/setup/")
    assert second.problem == ""
    live.hands.onboards(second.reference, fingerprint="bank-2")
    clock.forward(seconds=30)
    assert led(clock).reference == second.reference, "that one was gone says nothing of this one"
    assert checked(second, clock).is_ready
    assert second.changed_at == clock.now, "another bank account than before is a change"


@pytest.mark.parametrize("leads", [ask, led])
def test_a_late_answer_about_the_account_before_says_nothing_of_the_one_in_its_place(
    live, clock, leads
):
    payee = onboarded(live, clock)
    first = payee.reference
    live.hands.leaves(first)
    checked(payee, clock)
    clock.forward(minutes=1)
    leads(clock)
    rows = Payee.objects.values()
    before = rows.get()
    kept = hears(payee, clock, PayeeState(disabled_reason="listed"), reference=first)
    assert (kept.reference, rows.get()) == (before["reference"], before)
    payment_jobs.make_payee_links()
    payee.refresh_from_db()
    assert payee.reference not in ("", first)
    assert payee.disabled_reason == ""


def test_a_refusal_without_an_account_asks_about_none(live, clock, monkeypatch):
    from payments.gateway import GatewayError

    def refuses(payee):
        raise GatewayError("Not in this country.")

    monkeypatch.setattr(onboarding, "_opened", refuses)
    payee = led(clock)
    assert (payee.problem, payee.link_asked_at) == ("Not in this country.", None)
    assert (payee.checked_at, payee.disabled_reason) == (None, "")


@pytest.mark.parametrize(
    ("pending", "state", "reason"),
    [
        (["individual.id_number"], "pending", "requirements.pending_verification"),
        (["individual.id_number"], "active", ""),
        ([], "pending", ""),
    ],
)
def test_what_stripe_is_looking_at_is_a_reason_to_wait(live, clock, pending, state, reason):
    payee = onboarded(live, clock)
    account = live.world.things[payee.reference]
    account["capabilities"]["transfers"] = state
    account["requirements"]["pending_verification"] = pending
    assert checked(payee, clock).disabled_reason == reason
    assert payee.is_ready is (state == "active")
