"""The worker's pages of qualifications: find, ask, take the test, give up."""

import pytest
from django.test import Client

from tests import world
from tests.questionforms import KEY, OPEN_TEST, TEST
from workers.actions.block_worker import block_worker
from workers.actions.decide_request import reject_request
from workers.actions.grant_qualification import grant_qualification, revoke_qualification
from workers.models import Qualification, QualificationRequest

pytestmark = pytest.mark.django_db

HOME = "/worker/qualifications/"


@pytest.fixture
def lab(clock):
    return world.a_lab()


@pytest.fixture
def worker(clock):
    return world.a_worker()


@pytest.fixture
def browser(worker):
    client = Client()
    client.force_login(worker.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def text(response):
    assert response.status_code == 200, response
    return response.content.decode()


def page_of(kind):
    return f"{HOME}{kind.public_id}/"


def test_the_tabs_sort_what_is_held_to_be_had_and_asked_for(browser, worker, lab, clock):
    held, free, asked = (world.a_qualification(lab, name) for name in ("Held", "Free", "Asked"))
    grant_qualification(by=lab.by, kind=held, worker=worker, value=77, at=clock.now)
    browser.post(f"{page_of(asked)}request/")
    mine = text(browser.get(HOME))
    assert "Held" in mine
    assert "77" in mine
    assert "Free" not in mine
    available = text(browser.get(f"{HOME}?tab=available"))
    assert "Free" in available
    assert page_of(held) not in available
    assert page_of(asked) in text(browser.get(f"{HOME}?tab=pending"))
    assert "Nothing fits" in text(browser.get(f"{HOME}?tab=available&q=zebra"))
    assert "Free" in text(browser.get(f"{HOME}?tab=available&q=fREE"))


@pytest.mark.parametrize(
    "query", ["?tab=%00", "?tab=available&q=%00a", "?after=99999999999999999999"]
)
def test_odd_addresses_are_answered(browser, query):
    text(browser.get(HOME + query))


def test_what_cannot_be_asked_for_is_not_on_offer(browser, worker, lab, clock):
    world.a_qualification(lab, "Asleep", status="Inactive")
    world.a_qualification(lab, "Sandboxed", is_sandbox=True)
    other = world.a_lab("Other Lab")
    world.a_qualification(other, "Blocked one")
    block_worker(by=other.by, worker=worker, is_sandbox=False, reason="Spam.", at=clock.now)
    suspended = world.a_lab("Third Lab")
    world.a_qualification(suspended, "Suspended one")
    suspended.requester.suspended_at = clock.now
    suspended.requester.save()
    available = text(browser.get(f"{HOME}?tab=available"))
    for name in ("Asleep", "Sandboxed", "Blocked one", "Suspended one", "Masters"):
        assert name not in available


def test_a_type_that_is_closed_to_the_worker_is_not_there(browser, worker, lab, clock):
    asleep = world.a_qualification(lab, status="Inactive")
    assert browser.get(page_of(asleep)).status_code == 404
    grant_qualification(by=lab.by, kind=asleep, worker=worker, at=clock.now)
    assert "It can't be asked for." in text(browser.get(page_of(asleep))).replace("&#x27;", "'")


def test_a_test_is_taken_and_its_result_said(browser, worker, lab):
    kind = world.a_qualification(lab, test=TEST, answer_key=KEY, test_seconds=600)
    assert "Take the test" in text(browser.get(page_of(kind)))
    test_page = browser.post(f"{page_of(kind)}request/").url
    assert "What colour is the sky" in text(browser.get(test_page))
    assert "Go on with the test" in text(browser.get(page_of(kind)))
    done = browser.post(test_page, {"q.sky": "blue"}, follow=True)
    assert "is yours, with the value 100" in text(done)
    assert Qualification.objects.get().value == 100
    assert browser.get(test_page).url == page_of(kind)


@pytest.mark.parametrize("wait", [0, 3600, None])
def test_nobody_is_invited_to_a_test_they_have_the_highest_value_of(browser, lab, wait):
    kind = world.a_qualification(
        lab, test=TEST, answer_key=KEY, test_seconds=600, retry_delay_seconds=wait
    )
    browser.post(browser.post(f"{page_of(kind)}request/").url, {"q.sky": "blue"})
    shown = text(browser.get(page_of(kind)))
    assert "You have the highest value that this test gives." in shown
    assert "try again" not in shown
    assert "Take the test again" not in shown


def test_a_lower_value_says_when_the_test_can_be_taken_again(browser, lab, clock):
    kind = world.a_qualification(
        lab, test=TEST, answer_key=KEY, test_seconds=600, retry_delay_seconds=3600
    )
    browser.post(browser.post(f"{page_of(kind)}request/").url, {"q.sky": "green"})
    assert "You can try again from" in text(browser.get(page_of(kind)))
    clock.forward(hours=2)
    assert "Take the test again" in text(browser.get(page_of(kind)))


@pytest.mark.parametrize(("approved", "rejected", "rate"), [(95, 4, 100), (80, 20, 80)])
def test_an_approval_rate_of_few_answers_says_why_it_is_100(
    browser, worker, approved, rejected, rate
):
    worker.approved_count, worker.rejected_count = approved, rejected
    worker.save()
    shown = text(browser.get(HOME))
    assert f'<span class="num">{rate}</span>' in shown
    why = "It stays at 100 until 100 of your answers have been approved or rejected"
    assert (why in shown) == (rate == 100)
    assert ("so far 99 have" in shown) == (rate == 100)


def test_a_tests_pictures_may_be_shown_and_its_scripts_may_not(browser, lab):
    kind = world.a_qualification(lab, test=TEST, test_seconds=600)
    policy = browser.get(browser.post(f"{page_of(kind)}request/").url)["Content-Security-Policy"]
    assert "img-src 'self' data: https:;" in f"{policy};"
    assert "media-src https:;" in f"{policy};"
    assert "script-src 'self';" in f"{policy};"
    assert "https:" not in browser.get(page_of(kind))["Content-Security-Policy"]


def test_what_is_wrong_is_said_and_what_was_filled_in_stays(browser, lab):
    two = OPEN_TEST.replace(
        "</QuestionForm>",
        OPEN_TEST[OPEN_TEST.index("<Question>"):].replace(">why<", ">how<"),
    )  # fmt: skip
    kind = world.a_qualification(lab, test=two, test_seconds=600)
    test_page = browser.post(f"{page_of(kind)}request/").url
    response = browser.post(test_page, {"q.why": "Scattering.", "q.how": ""})
    assert response.status_code == 422
    assert "Scattering." in response.content.decode()
    assert QualificationRequest.objects.get().status == "Started"


def test_a_test_whose_time_is_over_leads_back_with_a_word(browser, lab, clock):
    kind = world.a_qualification(lab, test=TEST, answer_key=KEY, test_seconds=600)
    test_page = browser.post(f"{page_of(kind)}request/").url
    clock.forward(minutes=11)
    response = browser.post(test_page, {"q.sky": "blue"}, follow=True)
    assert "This test is over" in text(response)
    assert "once only" in text(response)
    assert not Qualification.objects.exists()


def test_a_refused_request_says_why(browser, worker, lab, clock):
    kind = world.a_qualification(lab)
    browser.post(f"{page_of(kind)}request/")
    request = QualificationRequest.objects.get()
    reject_request(by=lab.by, request=request, reason="Not yet.", at=clock.now)
    assert "Not yet." in text(browser.get(page_of(kind)))
    again = browser.post(f"{page_of(kind)}request/", follow=True)
    assert "once only" in text(again)


def test_what_was_taken_back_says_why(browser, worker, lab, clock):
    kind = world.a_qualification(lab)
    grant_qualification(by=lab.by, kind=kind, worker=worker, at=clock.now)
    revoke_qualification(by=lab.by, kind=kind, worker=worker, reason="Guessed.", at=clock.now)
    assert "Guessed." in text(browser.get(page_of(kind)))


def test_giving_up_is_asked_for_twice_and_done(browser, worker, lab, clock):
    kind = world.a_qualification(lab)
    grant_qualification(by=lab.by, kind=kind, worker=worker, at=clock.now)
    assert f"{page_of(kind)}give-up/" in text(browser.get(page_of(kind)))
    browser.post(f"{page_of(kind)}give-up/")
    assert Qualification.objects.get().status == "Revoked"


def test_somebody_elses_test_is_not_there(browser, lab, clock):
    kind = world.a_qualification(lab, test=TEST, test_seconds=600)
    other = Client()
    user = world.a_worker("otto").user
    other.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    test_page = other.post(f"{page_of(kind)}request/").url
    assert browser.get(test_page).status_code == 404
    assert browser.post(test_page, {"q.sky": "blue"}).status_code == 404


def test_work_that_asks_for_a_qualification_leads_to_it(browser, lab):
    kind = world.a_qualification(lab, "Careful reader")
    asks = {"QualificationTypeId": kind.public_id, "Comparator": "Exists"}
    batch = world.a_batch(lab, requirements=[asks])
    for address in ("/work/", f"/work/groups/{batch.hit_type.public_id}/"):
        page = text(browser.get(address))
        assert "Careful reader has been granted" in page
        assert page_of(kind) in page


def test_a_worker_says_whether_to_see_adult_content(browser, worker):
    for said, kept in (({"is_adult": "on"}, True), ({}, False)):
        browser.post("/worker/profile/adult/", said)
        worker.refresh_from_db()
        assert worker.is_adult is kept
