"""The work page and what becomes of an assignment."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from tasks import jobs
from tasks.actions.decide import approve_assignments, reject_assignments
from tasks.actions.take_down import take_down_group
from tasks.models import HIT, Assignment, HITType
from tests import world

pytestmark = pytest.mark.django_db

DE_ONLY = {
    "QualificationTypeId": "00000000000000000071",
    "Comparator": "EqualTo",
    "LocaleValues": [{"Country": "DE"}],
}


@pytest.fixture
def batch(lab, clock):
    """Three HITs at ten cents, two assignments each, ten minutes allotted."""
    return world.a_batch(lab)


@pytest.fixture
def group(batch):
    """Their group."""
    return HITType.objects.get(pk=batch.hit_type_id)


@pytest.fixture
def assignment(worker, batch):
    """What the worker has accepted."""
    return world.accepted(worker, batch)


def send(assignment_id, **answer):
    """The task's form, sent from its frame: no cookies."""
    return Client().post("/mturk/externalSubmit", {"assignmentId": assignment_id, **answer})


def text_of(response):
    """What a reader reads, with runs of white space as one."""
    body = re.sub(r"<(script|style)\b.*?</\1>", "", response.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_accepting_from_the_group_leads_to_the_work_page(pages, group, worker):
    response = pages.post(f"/work/groups/{group.public_id}/accept/")
    assignment = worker.assignments.get()
    assert response.url == f"/work/task/{assignment.public_id}/"
    page = pages.get(response.url)
    assert group.title in page.content.decode()
    assert 'data-deadline="2026-03-02T09:10:00+00:00"' in page.content.decode()


def test_the_frame_is_sandboxed_and_told_mturk_s_four_parameters_in_order(
    pages, assignment, worker
):
    page = pages.get(f"/work/task/{assignment.public_id}/")
    frame = re.search(r"<iframe[^>]*>", page.content.decode())[0]
    assert 'sandbox="allow-scripts allow-forms allow-popups"' in frame
    assert 'allow=""' in frame
    assert 'referrerpolicy="no-referrer"' in frame
    assert parse_qsl(urlsplit(page.context["frame"].url).query) == [
        ("assignmentId", assignment.public_id),
        ("hitId", assignment.hit.public_id),
        ("turkSubmitTo", "http://testserver"),
        ("workerId", worker.public_id),
    ]


def test_the_frame_needs_no_cookie_sets_none_and_is_sandboxed_by_itself(assignment, pages):
    address = f"/work/frame/{assignment.public_id}/"
    session = pages.session
    session["hat"] = "requester"
    session.save()
    for visitor in (Client(), pages):
        response = visitor.get(address)
        assert response.status_code == 200
        assert not response.cookies
        policy = response["Content-Security-Policy"]
        assert "sandbox allow-scripts allow-forms allow-popups;" in policy
        assert "allow-same-origin" not in policy
        assert "allow-top-navigation" not in policy
        assert "frame-ancestors http://testserver;" in policy
        assert "form-action http://testserver/mturk/externalSubmit" in policy
        assert "X-Frame-Options" not in response
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cache-Control"] == "no-store"
    assert pages.session["hat"] == "requester"


def test_a_domain_for_requesters_pages_serves_the_frame_where_one_is_set(
    pages, assignment, settings
):
    settings.MANYHANDS_USERCONTENT_ORIGIN = "https://usercontent.test"
    settings.MANYHANDS_BASE_URL = "https://manyhands.test"
    settings.ALLOWED_HOSTS = ["testserver", "usercontent.test"]
    page = pages.get(f"/work/task/{assignment.public_id}/")
    assert page.context["frame"].url.startswith("https://usercontent.test/work/frame/")
    frame = Client(headers={"host": "usercontent.test"}).get(f"/work/frame/{assignment.public_id}/")
    assert "frame-ancestors https://manyhands.test;" in frame["Content-Security-Policy"]
    assert 'action="https://manyhands.test/mturk/externalSubmit"' in frame.content.decode()


def test_the_frame_shows_the_task_only_while_it_is_in_work(assignment, clock):
    address = f"/work/frame/{assignment.public_id}/"
    assert "row" in Client().get(address).content.decode()
    send(assignment.public_id, answer="yes")
    gone = Client().get(address)
    assert gone.status_code == 404
    assert "not in work any more" in gone.content.decode()
    assert "sandbox" in gone["Content-Security-Policy"]


def test_an_answer_is_taken_and_the_page_says_what_happens_next(pages, assignment):
    assert "your answer was taken" in send(assignment.public_id, answer="yes").content.decode()
    assignment.refresh_from_db()
    assert assignment.answer == {"answer": "yes"}
    page = text_of(pages.get(f"/work/task/{assignment.public_id}/"))
    assert "Submitted. If nobody reviews it before, it is approved and paid by itself" in page
    assert "in 3 days" in page
    state = pages.get(f"/work/task/{assignment.public_id}/state/").json()
    assert state == {
        "status": "Submitted", "is_in_work": False, "is_submitted": True, "wants_next": False,
    }  # fmt: skip


def test_a_double_submit_is_answered_alike_and_the_first_answer_stands(assignment):
    send(assignment.public_id, answer="first")
    again = send(assignment.public_id, answer="second")
    assert again.status_code == 200
    assert "had been taken already" in again.content.decode()
    assignment.refresh_from_db()
    assert assignment.answer == {"answer": "first"}


def test_a_late_answer_within_the_grace_is_taken_and_after_it_is_not(worker, batch, pages, clock):
    first, second = world.accepted(worker, batch), world.accepted(worker, batch)
    clock.forward(minutes=10, seconds=20)
    assert pages.get(f"/work/task/{first.public_id}/state/").json()["is_in_work"] is True
    assert send(first.public_id, answer="x").status_code == 200
    clock.forward(minutes=1)
    late = send(second.public_id, answer="x")
    assert late.status_code == 409
    assert "ran out at 09:10 UTC" in late.content.decode()
    assert "does not count against you" in late.content.decode()
    assert pages.get(f"/work/task/{second.public_id}/state/").json()["is_in_work"] is False
    assert "The time allotted ran out." in text_of(pages.get(f"/work/task/{second.public_id}/"))


def test_what_was_returned_meanwhile_says_so_in_the_frame_and_on_the_page(pages, assignment):
    response = pages.post(f"/work/task/{assignment.public_id}/return/", follow=True)
    assert "Returned. It does not count against you." in text_of(response)
    refused = send(assignment.public_id, answer="x")
    assert refused.status_code == 409
    assert "You had returned this HIT" in refused.content.decode()
    assert "You returned this HIT." in text_of(pages.get(f"/work/task/{assignment.public_id}/"))


def test_returning_twice_changes_nothing_and_after_submitting_is_refused(
    pages, worker, batch, clock
):
    first, second = world.accepted(worker, batch), world.accepted(worker, batch)
    for _time in range(2):
        assert pages.post(f"/work/task/{first.public_id}/return/").status_code == 302
    send(second.public_id, answer="x")
    refused = pages.post(f"/work/task/{second.public_id}/return/")
    assert refused.status_code == 409
    assert "You have submitted this already" in text_of(refused)


def test_a_returned_hit_goes_to_others_and_never_back(pages, worker, lab, clock):
    batch = world.a_batch(lab, rows=1, max_assignments=1, title="Only one")
    mine = world.accepted(worker, batch)
    pages.post(f"/work/task/{mine.public_id}/return/")
    response = pages.post(f"/work/groups/{batch.hit_type.public_id}/accept/", follow=True)
    assert "There are no more of these HITs for you" in text_of(response)
    assert world.accepted(world.a_worker("otto"), batch).hit == mine.hit


def test_the_last_slot_taken_by_somebody_else_is_said_on_the_group_s_page(pages, lab, clock):
    batch = world.a_batch(lab, rows=1, max_assignments=1, title="Only one")
    hit = HIT.objects.get(batch=batch)
    world.accepted(world.a_worker("otto"), batch)
    response = pages.post(f"/work/hits/{hit.public_id}/accept/", follow=True)
    assert response.redirect_chain == [(f"/work/groups/{batch.hit_type.public_id}/", 302)]
    assert "Somebody else took the last place of this HIT" in text_of(response)


def test_a_hit_done_before_is_not_given_again(pages, worker, batch, clock):
    done = world.submitted(worker, batch)
    response = pages.post(f"/work/hits/{done.hit.public_id}/accept/", follow=True)
    assert "You have had this HIT before" in text_of(response)


def test_who_does_not_qualify_is_told_why(pages, lab, worker, clock):
    batch = world.a_batch(lab, requirements=[DE_ONLY])
    response = pages.post(f"/work/groups/{batch.hit_type.public_id}/accept/", follow=True)
    assert "You don't qualify for this: it asks Location is DE." in text_of(response).replace(
        "&#x27;", "'"
    )
    assert not worker.assignments.exists()


def test_a_full_queue_says_so_and_takes_nothing_more(pages, lab, worker, settings, clock):
    settings.MANYHANDS_QUEUE_LIMIT = 2
    batch = world.a_batch(lab, rows=3)
    for _time in range(2):
        world.accepted(worker, batch)
    response = pages.post(f"/work/groups/{batch.hit_type.public_id}/accept/", follow=True)
    assert "the maximum number of HITs allowed at one time (2)" in text_of(response)
    assert worker.assignments.count() == 2


def test_taken_down_work_can_be_finished_but_not_accepted(pages, worker, batch, group, clock):
    mine = world.accepted(worker, batch)
    staff = world.a_user("staff@manyhands.test", is_staff=True)
    take_down_group(staff=staff, hit_type=group, reason="spam", at=clock.now)
    assert pages.post(f"/work/groups/{group.public_id}/accept/").status_code == 404
    assert pages.get(f"/work/task/{mine.public_id}/").status_code == 200
    response = pages.post(f"/work/task/{mine.public_id}/next/", follow=True)
    assert "This work has been taken down" in text_of(response)
    assert send(mine.public_id, answer="x").status_code == 200


def test_the_next_one_comes_from_the_same_group_until_there_is_none(pages, worker, lab, clock):
    batch = world.a_batch(lab, rows=2)
    world.a_batch(lab, rows=2, title="Another group")
    first = world.submitted(worker, batch)
    response = pages.post(f"/work/task/{first.public_id}/next/")
    second = worker.assignments.exclude(pk=first.pk).get()
    assert second.hit.batch == batch
    assert response.url == f"/work/task/{second.public_id}/"
    send(second.public_id, answer="x")
    response = pages.post(f"/work/task/{second.public_id}/next/", follow=True)
    assert response.redirect_chain == [("/work/", 302)]
    assert "There are no more of these HITs for you" in text_of(response)


def test_the_wish_for_the_next_one_is_kept(pages, worker, assignment):
    pages.post("/work/wants-next/", {"wants_next": "on"})
    worker.refresh_from_db()
    assert worker.wants_next
    assert "checked" in pages.get(f"/work/task/{assignment.public_id}/").content.decode()
    pages.post("/work/wants-next/", {})
    worker.refresh_from_db()
    assert not worker.wants_next


def test_somebody_else_s_assignment_is_not_there(assignment, signed_in):
    other = signed_in(world.a_worker("otto"))
    for address in ("", "state/"):
        assert other.get(f"/work/task/{assignment.public_id}/{address}").status_code == 404
    for address in ("return/", "next/"):
        assert other.post(f"/work/task/{assignment.public_id}/{address}").status_code == 404
    assignment.refresh_from_db()
    assert assignment.status == "Accepted"


def test_how_it_was_decided_is_said_with_the_requester_s_words(pages, worker, lab, clock):
    batch = world.a_batch(lab)
    good, bad = world.submitted(worker, batch), world.submitted(worker, batch)
    decide = {"by": lab.by, "at": clock.now}
    approve_assignments(assignment_ids=[good.public_id], feedback="Fine", **decide)
    reject_assignments(assignment_ids=[bad.public_id], feedback="<b>Empty</b>", **decide)
    page = text_of(pages.get(f"/work/task/{good.public_id}/"))
    assert "Approved. $0.10 is in your earnings." in page
    assert "Fine" in page
    page = pages.get(f"/work/task/{bad.public_id}/").content.decode()
    assert "Nothing was paid for it." in page
    assert "&lt;b&gt;Empty&lt;/b&gt;" in page


def test_what_was_answered_is_shown_as_text(pages, worker, batch, clock):
    mine = world.submitted(worker, batch, {"answer": "<script>x</script>"})
    page = pages.get(f"/work/task/{mine.public_id}/").content.decode()
    assert "&lt;script&gt;x&lt;/script&gt;" in page


def test_pay_per_hour_stands_on_the_work_page_once_it_is_measured(pages, assignment, group):
    address = f"/work/task/{assignment.public_id}/"
    assert "measured" not in text_of(pages.get(address))
    HITType.objects.filter(pk=group.pk).update(
        measured_count=9, median_seconds=36, cents_per_hour=1000
    )
    assert "$10.00/h measured" in text_of(pages.get(address))


def test_the_queue_shows_what_is_in_hand_most_urgent_first(pages, worker, lab, clock):
    slow = world.a_batch(lab, title="Slow", assignment_seconds=7200)
    quick = world.a_batch(lab, title="Quick", assignment_seconds=120)
    for batch in (slow, quick):
        world.accepted(worker, batch)
    done = world.submitted(worker, slow)
    page = text_of(pages.get("/work/queue/"))
    assert "2 of at most 25 HITs in hand" in page
    assert page.index("Quick") < page.index("Slow")
    assert done.public_id not in pages.get("/work/queue/").content.decode()
    clock.forward(minutes=3)
    assert "Quick" not in text_of(pages.get("/work/queue/"))


def test_returning_from_the_queue_leads_back_to_it(pages, assignment):
    response = pages.post(f"/work/task/{assignment.public_id}/return/", {"to": "queue"})
    assert response.url == "/work/queue/"
    assert "Nothing in hand" in text_of(pages.get("/work/queue/"))


def test_abandoned_work_is_free_for_others_and_the_page_says_what_happened(
    pages, worker, lab, clock
):
    batch = world.a_batch(lab, rows=1, max_assignments=1)
    mine = world.accepted(worker, batch)
    clock.forward(minutes=11)
    jobs.abandon_assignments()
    assert Assignment.objects.get(pk=mine.pk).status == "Abandoned"
    assert "The time allotted ran out." in text_of(pages.get(f"/work/task/{mine.public_id}/"))
