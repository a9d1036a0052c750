"""The page on which a worker says where the money goes."""

from datetime import timedelta

import pytest
from django.urls import reverse

from marketplace.audit.models import AuditEntry
from payments import jobs as payment_jobs
from payments.gateway.onboarding import check_payee
from payments.models import Payee
from tasks.web.worker.payout_account import in_plain_words
from tests import world
from tests.stripe_gateway import leads_to
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.django_db
PAGE = "/work/earnings/account/"


@pytest.fixture
def live(clock):
    with StripeServer(now=lambda: clock.now) as there, leads_to(there):
        yield there


def text(pages, **headers):
    return pages.get(PAGE, headers=headers).content.decode()


def ask(pages):
    return pages.post(reverse("work:set_up_payouts"))


def ask_and_sign_in_again(pages):
    """The password is asked for, and then what was asked for is done."""
    again = ask(pages)["Location"]
    given = {"password": world.PASSWORD, "next": reverse("work:set_up_payouts")}
    return pages.post(again, given)


def checked(payee, clock):
    check_payee(payee_id=payee.pk, at=clock.now)


def test_with_play_money_there_is_nothing_to_set_up(pages):
    assert "nothing to set up" in text(pages)
    assert PAGE not in pages.get("/work/earnings/").content.decode()


def test_a_worker_is_led_to_stripe_and_sees_what_it_still_wants(live, pages, worker, clock):
    assert PAGE in pages.get("/work/earnings/").content.decode()
    assert "Set up payouts" in text(pages)
    assert ask_and_sign_in_again(pages)["Location"] == PAGE
    assert "every 2s" in text(pages)
    payment_jobs.make_payee_links()
    payee = Payee.objects.get(holder=worker.public_id)
    fragment = text(pages, **{"HX-Request": "true"})
    assert f'href="{payee.link_url}"' in fragment
    assert "<html" not in fragment
    assert "every 2s" not in fragment
    live.hands.breaks_off(payee.reference)
    check_payee(payee_id=payee.pk, at=payee.created_at + timedelta(minutes=1))
    assert "A bank account or debit card" in text(pages)
    live.hands.onboards(payee.reference)
    check_payee(payee_id=payee.pk, at=payee.created_at + timedelta(minutes=2))
    assert "ends in 6789" in text(pages)
    actor = f"user:{worker.user.pk}"
    assert AuditEntry.objects.filter(action="ask_to_onboard", actor=actor).count() == 1


def test_it_takes_a_fresh_sign_in(live, pages):
    answer = ask(pages)
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert not Payee.objects.exists()


def test_only_the_session_that_signed_in_afresh_is_shown_the_link(
    live, pages, worker, signed_in, clock
):
    elsewhere = signed_in(worker)  # an open browser, or a stolen cookie
    ask_and_sign_in_again(pages)
    payment_jobs.make_payee_links()
    url = Payee.objects.get(holder=worker.public_id).link_url
    assert url
    assert url in text(pages)
    page = text(elsewhere)
    assert url not in page
    assert reverse("work:set_up_payouts") in page
    assert "reauthenticate" in ask(elsewhere)["Location"]


def test_coming_back_from_stripe_proves_nothing(live, pages, worker, clock):
    Payee.objects.create(
        holder=worker.public_id, gateway="stripe", country="US", created_at=clock.now
    )
    answer = pages.get(PAGE + "?back=1").content.decode()
    assert "Welcome back" in answer
    assert "tag-good" not in answer
    assert not Payee.objects.get().is_ready


def test_a_link_that_has_run_out_is_not_shown(live, pages, worker, clock):
    ask_and_sign_in_again(pages)
    payment_jobs.make_payee_links()
    assert "Go to Stripe" in text(pages)
    assert "Go to Stripe" not in pages.get(PAGE + "?back=1").content.decode(), "it is used up"
    clock.forward(minutes=5)
    assert "Go to Stripe" not in text(pages)
    assert "Go on" in text(pages)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"is_duplicate": True}, "another worker’s already"),
        ({"problem": "Stripe <b>says</b> no."}, "Stripe &lt;b&gt;says&lt;/b&gt; no."),
        ({"is_submitted": True, "asked_for": ["individual.dob.day"]}, "Your date of birth"),
        ({"is_ready": True, "is_submitted": True}, "Payouts can go out."),
    ],
)
def test_each_state_says_what_to_do(live, pages, worker, clock, values, words):
    Payee.objects.create(
        holder=worker.public_id, gateway="stripe", country="US", created_at=clock.now, **values
    )
    assert words in text(pages)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("requirements.past_due", "waits for something that it asked you for"),
        ("requirements.pending_verification", "is checking what you told it"),
        ("under_review", "is looking into your account"),
        ("listed", "on a list of people who must not be paid"),
        ("platform_paused", "has paused payouts to you"),
        ("rejected.platform_fraud", "The operator has closed"),
        ("rejected.incomplete_verification", "could not tell who you are"),
        ("rejected.listed", "and sends nothing to it"),
        ("action_required.requested_capabilities", "agree to something more"),
        ("gone", "is gone"),
        ("other", "does not say why"),
        ("", "does not say why"),
    ],
)
def test_why_stripe_sends_nothing_is_said_where_it_asks_for_nothing_too(
    live, pages, worker, clock, reason, words
):
    Payee.objects.create(
        holder=worker.public_id, gateway="stripe", country="US", reference="acct_1",
        is_submitted=reason != "gone", disabled_reason=reason, created_at=clock.now,
    )  # fmt: skip
    page = text(pages)
    assert words in page
    assert "Stripe wants:" not in page
    assert ("Set up payouts" in page) is (reason == "gone")
    Payee.objects.update(is_submitted=True, is_ready=True)
    assert words not in text(pages)


def test_what_is_asked_for_needs_no_reason_and_a_form_not_begun_neither(live, pages, worker, clock):
    payee = Payee.objects.create(
        holder=worker.public_id, gateway="stripe", country="US", reference="acct_1",
        is_submitted=True, asked_for=["individual.dob.day"], created_at=clock.now,
    )  # fmt: skip
    assert "Stripe wants:" in text(pages)
    assert "does not say why" not in text(pages)
    payee.is_submitted, payee.disabled_reason = False, "requirements.past_due"
    payee.save()
    assert "waits for something" not in text(pages)


def test_a_change_shows_until_when_payouts_wait(live, pages, worker, clock):
    Payee.objects.create(
        holder=worker.public_id,
        gateway="stripe",
        country="US",
        is_ready=True,
        changed_at=clock.now,
        created_at=clock.now,
    )
    assert "Payouts wait until" in text(pages)
    clock.forward(hours=48)
    assert "Payouts wait until" not in text(pages)


def test_what_stripe_wants_is_said_in_plain_words_and_once():
    asked = ["individual.first_name", "individual.last_name", "something.new", "other.new"]
    assert in_plain_words(asked) == ["Your name", "Something more, which Stripe’s page tells"]
