"""HITs that programs made: pages elsewhere, pages of HTML, forms. What workers get to see."""

import html
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from marketplace import clock as now
from marketplace.questionform.errors import MalformedXML, UnfitAnswer
from marketplace.questionform.html import wrap
from marketplace.questionform.xml import EXTERNAL
from tasks.actions.accept import accept_next
from tasks.actions.submit import submit
from tasks.models import Assignment, Question
from tasks.questions import reading
from tasks.questions.storing import question_from_xml
from tests import world
from tests.questionform import samples
from tests.rest.cast import worker_client

SUBMIT = "/mturk/externalSubmit"
FORM = samples.form(
    "<Overview><Title>Colours</Title></Overview>",
    samples.question("why", samples.free('<Length minLength="3"/>'), required=samples.REQUIRED),
    samples.question("pick", samples.selection("red", "blue", other="<OtherSelection/>")),
)


def external(url="https://lab.example/task?survey=7&amp;x=a+b#top", height=640):
    return (
        f'<ExternalQuestion xmlns="{EXTERNAL}"><ExternalURL>{url}</ExternalURL>'
        f"<FrameHeight>{height}</FrameHeight></ExternalQuestion>"
    )


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """Settings change between tests, and what is read depends on them."""
    reading._external.cache_clear()


@pytest.fixture
def take(lab, worker):
    """A function that makes a HIT of a question and has the worker accept it."""

    def taken(question, **changes):
        hit = world.a_hit(lab, question, **changes)
        found = accept_next(worker=worker, group_id=hit.hit_type.public_id, at=now.now())
        return Assignment.objects.select_related("hit__hit_type").get(public_id=found.assignment_id)

    return taken


def iframe(response):
    """The attributes of the task's frame on a page of ours."""
    tag = re.search(r"<iframe[^>]*>", response.content.decode())[0]
    return {name: html.unescape(value) for name, value in re.findall(r'([a-z-]+)="([^"]*)"', tag)}


def post(assignment, **fields):
    data = {"assignmentId": assignment.public_id, **fields}
    return Client(enforce_csrf_checks=True).post(SUBMIT, data, headers={"origin": "null"})


# --- storing -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (external(), Question.Kind.EXTERNAL),
        (wrap("<p>x</p>"), Question.Kind.HTML),
        (FORM, Question.Kind.FORM),
    ],
)
def test_a_question_is_kept_once_and_exactly_as_it_was_sent(db, text, kind):
    text = f"\n <!-- mine -->{text}\n"
    question = question_from_xml(text)
    assert (question.kind, question.content) == (kind, text)
    assert question_from_xml(text).pk == question.pk
    assert question_from_xml(f"{text} ").pk != question.pk


@pytest.mark.parametrize(
    "text",
    ["", "<a/>", samples.key(samples.keyed("a", ("x", 1))), external("http://lab.example/")],
)
def test_what_is_no_question_is_not_kept(db, text):
    with pytest.raises(MalformedXML):
        question_from_xml(text)
    assert not Question.objects.exists()


# --- pages elsewhere -----------------------------------------------------------------------


def test_a_page_elsewhere_is_framed_with_the_four_parameters_in_order(take, pages, worker):
    assignment = take(external())
    response = pages.get(f"/work/task/{assignment.public_id}/")
    frame = iframe(response)
    address = urlsplit(frame["src"])
    assert (address.scheme, address.netloc, address.path) == ("https", "lab.example", "/task")
    assert address.fragment == "top"
    assert address.query.startswith("survey=7&x=a+b&assignmentId=")
    assert parse_qsl(address.query)[2:] == [
        ("assignmentId", assignment.public_id),
        ("hitId", assignment.hit.public_id),
        ("turkSubmitTo", "http://testserver"),
        ("workerId", worker.public_id),
    ]


def test_it_keeps_its_own_origin_tells_nobody_where_it_is_and_has_its_height(take, pages):
    assignment = take(external())
    response = pages.get(f"/work/task/{assignment.public_id}/")
    frame = iframe(response)
    assert frame["sandbox"] == "allow-scripts allow-forms allow-popups allow-same-origin"
    assert frame["referrerpolicy"] == "no-referrer"
    assert frame["allow"] == ""
    assert frame["data-height"] == "640"
    assert '<b class="break">lab.example</b>' in response.content.decode()


def test_only_this_page_may_show_only_this_host(take, pages):
    assignment = take(external("https://LAB.example:8443/"))
    policy = pages.get(f"/work/task/{assignment.public_id}/")["Content-Security-Policy"]
    assert "frame-src 'self' https://lab.example:8443;" in f"{policy};"
    other = take(wrap("<p>x</p>"), title="HTML")
    for address in (f"/work/task/{other.public_id}/", "/work/"):
        assert "lab.example" not in pages.get(address)["Content-Security-Policy"]


def test_a_preview_tells_neither_the_worker_nor_where_to_submit(lab, pages):
    hit = world.a_hit(lab, external("https://lab.example/"))
    for address in (f"/work/hits/{hit.public_id}/", f"/work/groups/{hit.hit_type.public_id}/"):
        response = pages.get(address)
        assert iframe(response)["src"] == (
            f"https://lab.example/?assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId={hit.public_id}"
        )
        assert "https://lab.example" in response["Content-Security-Policy"]


def test_programs_are_given_the_same_address_and_told_what_does_not_fit(take, worker):
    hands = worker_client(worker)
    assignment = take(external())
    mine = hands.get(f"/api/v1/my/assignments/{assignment.public_id}").json()
    assert mine["task_url"].startswith("https://lab.example/task?survey=7&x=a+b&assignmentId=")
    assert mine["question_kind"] == "external"
    other = take(FORM, title="Form")
    refused = hands.post(
        f"/api/v1/my/assignments/{other.public_id}/submit", {"answer": {"why": "x"}}
    )
    assert refused.status_code == 400
    assert refused.json()["code"] == "unfit_answer"
    assert refused.json()["errors"] == {"why": "Write at least 3 characters; this is 1."}


def test_a_page_that_may_not_be_shown_any_more_costs_no_worker_the_page_around_it(
    take, pages, settings
):
    assignment = take(external())
    settings.ALLOWED_HOSTS = ["testserver", "lab.example"]
    reading._external.cache_clear()
    response = pages.get(f"/work/task/{assignment.public_id}/")
    frame = iframe(response)
    assert frame["src"].startswith(f"http://testserver/work/frame/{assignment.public_id}/?")
    assert "allow-same-origin" not in frame["sandbox"]
    said = Client().get(frame["src"])
    assert said.status_code == 404
    assert "can&#x27;t be shown" in html.escape(html.unescape(said.content.decode()))


def test_an_answer_from_elsewhere_is_taken_as_any_other(take):
    assignment = take(external())
    assert post(assignment, gender="f", age="33").status_code == 200
    assignment.refresh_from_db()
    assert assignment.answer == {"gender": "f", "age": "33"}


# --- pages of HTML -------------------------------------------------------------------------


def test_a_page_of_html_is_shown_as_it_is_with_our_script_and_no_variables(take, pages):
    assignment = take(
        wrap(
            "<!DOCTYPE html><html><head><script src='https://s3.amazonaws.com/mturk-public/"
            "externalHIT_v1.js'></script></head><body><form name='mturk_form' method='post' "
            "action='https://www.mturk.com/mturk/externalSubmit'><input name='a' "
            "value='${kept}'></form></body></html>",
            500,
        )
    )
    response = pages.get(f"/work/task/{assignment.public_id}/")
    frame = iframe(response)
    assert frame["data-height"] == "500"
    assert "allow-same-origin" not in frame["sandbox"]
    shown = Client().get(frame["src"])
    content = shown.content.decode()
    assert "value='${kept}'" in content
    assert "action='http://testserver/mturk/externalSubmit'" in content
    assert "http://testserver/static/externalHIT_v1" in content
    assert "amazonaws" not in content
    assert "sandbox allow-scripts" in shown["Content-Security-Policy"]


def test_a_frame_without_a_height_is_fitted(take, pages):
    assignment = take(wrap("<p>x</p>", 0))
    assert "data-height" not in iframe(pages.get(f"/work/task/{assignment.public_id}/"))


# --- forms ---------------------------------------------------------------------------------


def test_a_form_is_shown_as_fields_that_submit_to_us(take, pages):
    assignment = take(FORM)
    frame = iframe(pages.get(f"/work/task/{assignment.public_id}/"))
    shown = Client().get(frame["src"])
    content = shown.content.decode()
    assert "<h2>Colours</h2>" in content
    assert 'action="http://testserver/mturk/externalSubmit"' in content
    assert f'name="assignmentId" value="{assignment.public_id}"' in content
    assert 'name="q.why"' in content
    assert 'name="q.pick"' in content
    assert "sandbox allow-scripts" in shown["Content-Security-Policy"]


def test_what_its_fields_send_is_kept_by_question(take):
    assignment = take(FORM)
    response = post(
        assignment,
        **{"manyhands-questionform": "1", "q.why": "because", "q.pick": ["red"], "stray": "x"},
    )
    assert response.status_code == 200
    assignment.refresh_from_db()
    assert assignment.answer == {"why": "because", "pick": ["red"]}


def test_an_answer_that_does_not_fit_comes_back_filled_in_and_nothing_is_taken(take):
    assignment = take(FORM)
    response = post(
        assignment, **{"manyhands-questionform": "1", "q.why": "no", "q.pick": ["red", "blue"]}
    )
    content = response.content.decode()
    assert response.status_code == 422
    assert "at least 3 characters" in content
    assert "at most 1 answer" in content
    assert 'value="no"' in content
    assert content.count("checked") == 2
    assert f'name="assignmentId" value="{assignment.public_id}"' in content
    assert "sandbox allow-scripts" in response["Content-Security-Policy"]
    assert "X-Frame-Options" not in response
    assignment.refresh_from_db()
    assert assignment.status == "Accepted"
    fields = {"manyhands-questionform": "1", "q.why": "now", "q.pick": "red"}
    assert post(assignment, **fields).status_code == 200
    assert "had been taken already" in post(assignment, **fields).content.decode()


def test_no_other_way_to_submit_goes_round_a_forms_constraints(take, worker):
    assignment = take(FORM)
    with pytest.raises(UnfitAnswer) as refused:
        submit(assignment_id=assignment.public_id, answer={"why": "x"}, at=now.now())
    assert refused.value.details["errors"].keys() == {"why"}
    assert post(assignment, why="x").status_code == 400
    assignment.refresh_from_db()
    assert assignment.status == "Accepted"
    done = submit(
        assignment_id=assignment.public_id,
        answer={"why": "because", "pick": "red", "stray": "x"},
        worker=worker,
        at=now.now(),
    )
    assert not done.is_repeat
    assignment.refresh_from_db()
    assert assignment.answer == {"why": "because", "pick": ["red"]}


def test_a_field_of_a_layout_may_have_the_markers_name(worker, lab):
    assignment = world.accepted(worker, world.a_batch(lab))
    assert post(assignment, **{"manyhands-questionform": "1", "q.why": "x"}).status_code == 200
    assignment.refresh_from_db()
    assert assignment.answer == {"manyhands-questionform": "1", "q.why": "x"}


def test_a_preview_of_a_form_can_not_be_submitted(lab, pages):
    hit = world.a_hit(lab, FORM)
    content = Client().get(iframe(pages.get(f"/work/hits/{hit.public_id}/"))["src"]).content
    assert b"disabled" in content
    assert b'value="ASSIGNMENT_ID_NOT_AVAILABLE"' in content


@pytest.mark.parametrize("question", [external(), wrap("<p>x</p>"), FORM])
def test_every_page_about_the_work_shows_it_without_a_batch(take, pages, question, lab, signed_in):
    assignment = take(question)
    answer = {"why": "because", "pick": ["red"], "pick/other": ""}
    for address in ("/work/", "/work/queue/", f"/work/hits/{assignment.hit.public_id}/"):
        assert pages.get(address).status_code == 200
    submit(assignment_id=assignment.public_id, answer=answer, at=now.now())
    ended = pages.get(f"/work/task/{assignment.public_id}/")
    assert "because" in ended.content.decode()
    assert pages.get("/work/dashboard/").status_code == 200
