"""Questions that programs sent, in a real browser: done as a worker does them."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import expect

from marketplace import clock
from marketplace.questionform.html import wrap
from tasks.actions.accept import accept_next
from tasks.questions.addresses import preview_address
from tests import world
from tests.browser.visiting import nothing_sticks_out, picture
from tests.questionform import samples
from tests.tasks.worker.test_kinds_of_question import external

# The size of a page that asks for more than a phone's width, and a picture of the requester's.
HTML = wrap(
    "<!DOCTYPE html><html><head><script src='https://s3.amazonaws.com/mturk-public/"
    "externalHIT_v1.js'></script></head><body><form name='mturk_form' method='post' "
    "id='mturk_form' action='https://www.mturk.com/mturk/externalSubmit'>"
    "<input type='hidden' id='assignmentId' name='assignmentId'><h1>Say it</h1>"
    "<label>Word <input name='word'></label><p><input type='submit' id='submitButton'></p></form>"
    "<script>turkSetAssignmentID();</script></body></html>",
    420,
)
FORM = samples.form(
    "<Overview><Title>Two birds on a wire</Title>"
    "<Text>Look at the birds, then answer.\n\nThere is no wrong answer.</Text>"
    "<List><ListItem>Take your time.</ListItem><ListItem>Guess if you must.</ListItem></List>"
    "<FormattedContent><![CDATA[<table border='1'><tr><th>Bird</th><th>Left</th><th>Right</th>"
    "</tr><tr><td>Colour</td><td><b>red</b></td><td><i>blue</i></td></tr></table>]]>"
    "</FormattedContent></Overview>",
    samples.question(
        "count",
        samples.free('<IsNumeric minValue="0" maxValue="9"/>'),
        required="<DisplayName>How many birds?</DisplayName>" + samples.REQUIRED,
        content="<Text>Count the birds, not their shadows.</Text>",
    ),
    samples.question(
        "colour",
        samples.selection("red", "blue", other="<OtherSelection/>"),
        required="<DisplayName>Which colour do you like?</DisplayName>",
        content="<Text>Of the two.</Text>",
    ),
    samples.question(
        "moods",
        samples.selection(
            "calm", "cross", "sleepy", before="<MaxSelectionCount>2</MaxSelectionCount>"
        ),
        required="<DisplayName>How do they feel?</DisplayName>" + samples.REQUIRED,
        content="<Text>Up to two.</Text>",
    ),
    samples.question(
        "place",
        samples.selection("field", "town", before="<StyleSuggestion>dropdown</StyleSuggestion>"),
        required="<DisplayName>Where are they?</DisplayName>",
    ),
    samples.question(
        "story",
        samples.free(after="<NumberOfLinesSuggestion>5</NumberOfLinesSuggestion>"),
        required="<DisplayName>Tell their story</DisplayName>",
    ),
)


HOSTILE = """<!doctype html><p id=result></p><iframe id=inner></iframe><script>
const say = (words) => { result.textContent += words + ';'; };
const me = new URLSearchParams(location.search);
const ours = me.get('turkSubmitTo');
try { top.location = ours + '/work/earnings/'; } catch (e) {}
const link = document.createElement('a');
link.href = ours + '/work/queue/'; link.target = '_top'; document.body.append(link); link.click();
try { say('dom ' + parent.document.title); } catch (e) {}
try { say('frame ' + frameElement.id); } catch (e) {}
fetch(ours + '/work/earnings/', { credentials: 'include' })
  .then((r) => r.text()).then((t) => say('read ' + t.length)).catch(() => {});
for (let i = 0; i < 20; i += 1) parent.postMessage({ manyhands: 'answered' }, '*');
const look = (what) => {
  try { say(what + ' ' + inner.contentDocument.body.innerText.slice(0, 80)); } catch (e) {}
};
inner.onload = () => look('inner');
setTimeout(() => { inner.src = ours + '/work/earnings/'; }, 200);
setTimeout(() => { inner.src = ours + me.get('other'); }, 700);
setTimeout(() => { inner.src = ours + '/mturk/externalSubmit'; }, 1200);
</script>"""


class Lab(BaseHTTPRequestHandler):
    """A requester's own server: a page whose form goes where turkSubmitTo says."""

    asked: list[str] = []
    referrers: list[str | None] = []

    def do_GET(self):
        self.asked.append(self.path)
        self.referrers.append(self.headers.get("Referer"))
        given = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if self.path.startswith("/hostile"):
            return self.send(HOSTILE)
        if self.path.startswith("/leading"):
            there = f"http://localhost:{self.server.server_port}/landed"
            return self.send(f"<!doctype html><script>location = '{there}'</script>")
        return self.send(
            "<!doctype html><meta charset=utf-8><title>Lab</title><h1>At the lab</h1>"
            f"<form method=post action='{given.get('turkSubmitTo', '')}/mturk/externalSubmit'>"
            f"<input type=hidden name=assignmentId value='{given.get('assignmentId')}'>"
            "<label>Age <input name=age></label><button>Send</button></form>"
            "<p id=storage></p><script>localStorage.setItem('a', 'kept');"
            "let said = window.origin + ' ' + localStorage.getItem('a');"
            "try { said += parent.document.title } catch (e) { said += ' alone' }"
            "storage.textContent = said</script>"
        )

    def send(self, page):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def lab_server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Lab)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def hits(live_app, lab_server):
    """A HIT of each kind, and a worker for each width."""
    with live_app.orm():
        lab = world.a_lab()
        for name in ("width1280", "width390"):
            world.a_worker(name)
        questions = {
            "external": external(f"{lab_server}/task?survey=7", 500),
            "html": HTML,
            "form": FORM,
            "previewed": external(f"{lab_server}/task?survey=8", 0),
        }
        return {
            kind: world.a_hit(lab, question, title=f"Kind {kind}").hit_type.public_id
            for kind, question in questions.items()
        }


@pytest.fixture(params=[1280, 390])
def page(request, live_app, new_page, hits):
    """The browser of a worker who has signed in."""
    from django.test import Client

    from workers.models import Worker

    page = new_page(width=request.param)
    with live_app.orm():
        page.worker = Worker.objects.get(user__email=f"width{request.param}@workers.test")
        client = Client()
        client.force_login(
            page.worker.user, backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_app.base_url}])
    return page


@pytest.fixture
def open_task(live_app, page, hits):
    """A function that has the worker accept a HIT of a kind and opens its page."""

    def opened(kind):
        with live_app.orm():
            taken = accept_next(worker=page.worker, group_id=hits[kind], at=clock.now())
        page.goto(f"/work/task/{taken.assignment_id}/")
        return page, taken.assignment_id

    return opened


def answer_of(live_app, assignment_id):
    from tasks.models import Assignment

    with live_app.orm():
        return Assignment.objects.get(public_id=assignment_id).answer


def test_a_page_elsewhere_is_done_and_submitted(live_app, open_task, lab_server):
    page, assignment = open_task("external")
    task = page.frame_locator("iframe")
    task.get_by_role("heading", name="At the lab").wait_for()
    expect(page.get_by_text("127.0.0.1", exact=True)).to_be_visible()
    expect(task.locator("#storage")).to_have_text(f"{lab_server} kept alone")
    assert page.locator("iframe.task").bounding_box()["height"] == pytest.approx(500, abs=3)
    assert Lab.asked[-1].startswith(f"/task?survey=7&assignmentId={assignment}&hitId=3")
    assert set(Lab.referrers) == {None}
    nothing_sticks_out(page)
    picture(page, "external")
    task.get_by_label("Age").fill("33")
    task.get_by_role("button", name="Send").click()
    page.get_by_text("Submitted").first.wait_for()
    page.wait_for_selector("iframe.task", state="detached")
    assert answer_of(live_app, assignment) == {"age": "33"}


def test_a_page_of_html_is_done_and_submitted(live_app, open_task):
    page, assignment = open_task("html")
    task = page.frame_locator("iframe")
    task.get_by_label("Word").fill("yes")
    assert page.locator("iframe.task").bounding_box()["height"] == pytest.approx(420, abs=3)
    nothing_sticks_out(page)
    picture(page, "html")
    task.locator("#submitButton").click()
    page.wait_for_selector("iframe.task", state="detached")
    assert answer_of(live_app, assignment) == {"word": "yes"}


def test_a_form_is_mended_and_submitted(live_app, open_task):
    page, assignment = open_task("form")
    task = page.frame_locator("iframe")
    task.get_by_role("heading", name="Two birds on a wire").wait_for()
    nothing_sticks_out(page)
    picture(page, "form")
    task.get_by_label("How many birds?").fill("twelve")
    task.get_by_label("Something else, written below").check()
    task.get_by_label("In your own words").fill("mauve")
    for mood in ("calm", "cross", "sleepy"):
        task.get_by_label(mood).check()
    task.get_by_label("Where are they?").select_option("town")
    task.get_by_label("Tell their story").fill("Once\nupon a time")
    page.expected_errors = re.compile("422")
    task.get_by_role("button", name="Submit").click()
    alert = task.get_by_role("alert")
    alert.get_by_text("2 answers need another look").wait_for()
    expect(alert).to_contain_text("Write a number")
    expect(alert).to_contain_text("at most 2")
    expect(task.get_by_label("Tell their story")).to_have_value("Once\nupon a time")
    expect(task.get_by_label("In your own words")).to_have_value("mauve")
    expect(task.get_by_label("Something else, written below")).to_be_checked()
    page.wait_for_timeout(700)
    assert 0 < alert.bounding_box()["y"] < 400, "what is wrong is in sight"
    nothing_sticks_out(page)
    picture(page, "form-wrong")
    alert.get_by_role("link", name="How many birds?").click()
    task.get_by_label("How many birds?").fill("2")
    task.get_by_label("cross").uncheck()
    task.get_by_role("button", name="Submit").click()
    page.wait_for_selector("iframe.task", state="detached")
    assert answer_of(live_app, assignment) == {
        "count": "2",
        "colour": [],
        "colour/other": "mauve",
        "moods": ["calm", "sleepy"],
        "place": ["town"],
        "story": "Once\nupon a time",
    }
    nothing_sticks_out(page)
    picture(page, "form-ended")


def test_a_previewed_page_elsewhere_knows_nobody(page, hits):
    page.goto(f"/work/groups/{hits['previewed']}/")
    page.frame_locator("iframe").get_by_role("heading", name="At the lab").wait_for()
    asked = parse_qs(urlsplit(Lab.asked[-1]).query)
    assert asked["assignmentId"] == ["ASSIGNMENT_ID_NOT_AVAILABLE"]
    assert asked.keys() == {"survey", "assignmentId", "hitId"}
    picture(page, "external-preview")


def test_a_hostile_page_elsewhere_gets_no_further_than_its_frame(live_app, page, lab_server):
    page.expected_errors = re.compile(".")
    with live_app.orm():
        lab = world.a_lab(f"Hostile {page.viewport_size['width']}")
        other = preview_address(world.a_hit(lab, HTML, title="HTML"), here="")
        address = f"{lab_server}/hostile?other={quote(other)}"
        hit = world.a_hit(lab, external(address), title="Hostile")
        taken = accept_next(worker=page.worker, group_id=hit.hit_type.public_id, at=clock.now())
    page.goto(f"/work/task/{taken.assignment_id}/")
    page.wait_for_timeout(3000)
    assert page.url.endswith(f"/work/task/{taken.assignment_id}/"), "the page was moved"
    got = page.frames[1].locator("#result").inner_text()
    assert "ready to pay out" not in got
    assert not re.search("dom|frame|read", got), f"it got hold of {got}"
    expect(page.get_by_role("button", name="Return")).to_be_visible()
    assert answer_of(live_app, taken.assignment_id) is None


def test_a_page_elsewhere_that_leads_to_another_host_stays_out(live_app, page, lab_server):
    page.expected_errors = re.compile(".")
    with live_app.orm():
        lab = world.a_lab(f"Leading {page.viewport_size['width']}")
        hit = world.a_hit(lab, external(f"{lab_server}/leading"), title="Leading")
        taken = accept_next(worker=page.worker, group_id=hit.hit_type.public_id, at=clock.now())
    page.goto(f"/work/task/{taken.assignment_id}/")
    page.wait_for_timeout(1500)
    assert "localhost" not in " ".join(frame.url for frame in page.frames)
    assert not any(path.startswith("/landed") for path in Lab.asked)
