"""Requesters' pages can reach nothing: hostile layouts in a real browser; none gets out."""

import re

import pytest

from tests import world

# Each writes what it managed to do into #result, where the test can read it.
HOSTILE = {
    "moves the page around it": """
        try { top.location = '/work/earnings/'; } catch (e) {}
        try { parent.location.href = 'data:text/html,moved'; } catch (e) {}
        const a = document.createElement('a'); a.href = '/work/queue/'; a.target = '_top';
        document.body.append(a); a.click();""",
    "reads cookies and storage": """
        const got = [];
        try { got.push('cookie:' + document.cookie); } catch (e) {}
        try { got.push('local:' + localStorage.length); } catch (e) {}
        try { got.push('session:' + sessionStorage.length); } catch (e) {}
        try { indexedDB.open('x').onsuccess = () => result('idb'); } catch (e) {}
        result(got.join(' '));""",
    "reads and clicks in the page around it": """
        try { result('dom:' + parent.document.title); } catch (e) {}
        try {
          parent.document.querySelector('[data-key=r]').click(); result('clicked');
        } catch (e) {}
        try { result('frame:' + window.frameElement.id); } catch (e) {}""",
    "fetches our pages as the worker": """
        fetch('/work/earnings/', { credentials: 'include' })
          .then((r) => r.text()).then((t) => result('read:' + t.length)).catch(() => {});
        fetch('/work/task/' + turkGetParam('assignmentId') + '/return/',
              { method: 'POST', credentials: 'include', mode: 'no-cors' }).catch(() => {});""",
    "posts a form elsewhere than to externalSubmit": """
        const f = document.createElement('form');
        f.method = 'post'; f.action = '/work/task/' + turkGetParam('assignmentId') + '/return/';
        document.body.append(f);
        HTMLFormElement.prototype.submit.call(f);
        const g = document.createElement('form'); g.method = 'post'; g.action = '/admin/';
        document.body.append(g);
        HTMLFormElement.prototype.submit.call(g);""",
    "lies to the page around it": """
        for (let i = 0; i < 50; i += 1) {
          parent.postMessage({ manyhands: 'answered' }, '*');
          parent.postMessage(
            { manyhands: 'answered', status: 'Submitted', is_submitted: true }, '*');
          parent.postMessage({ manyhands: 'height', height: 1e9 }, '*');
          parent.postMessage({ manyhands: 'height', height: '1px;x' }, '*');
          parent.postMessage(null, '*'); parent.postMessage('answered', '*');
        }""",
    "opens a popup and goes on from there": """
        const w = open('/work/earnings/');
        setTimeout(() => {
          try { result('popup:' + w.document.title); } catch (e) {}
          try { w.opener.top.location = '/work/queue/'; } catch (e) {}
        }, 1500);""",
    "moves itself onto one of our pages": """
        setTimeout(() => { location.href = '/work/earnings/'; }, 300);""",
}

LAYOUT = """<p>${text}</p><p id="result"></p><input name="answer" value="x">
<script>function result(words) {
  if (words) document.getElementById('result').textContent += words + ';';
}
%s</script>"""


@pytest.fixture(scope="module")
def hostile(live_app):
    """One group for each attack, and the worker whom they are out for."""
    with live_app.orm():
        lab = world.a_lab()
        worker = world.a_worker("victim")
        return {
            name: world.accepted(
                worker, world.a_batch(lab, rows=1, title=name, layout=LAYOUT % script)
            ).public_id
            for name, script in HOSTILE.items()
        }


@pytest.fixture
def victim(live_app, hostile, new_page):
    """A browser in which the worker has signed in."""
    page = new_page()
    # What the browser refuses, it says on the console.
    page.expected_errors = re.compile(".")
    with live_app.orm():
        from django.test import Client

        from marketplace.accounts.models import User

        client = Client()
        client.force_login(
            User.objects.get(email="victim@workers.test"),
            backend="allauth.account.auth_backends.AuthenticationBackend",
        )
        session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_app.base_url}])
    return page


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_hostile_layout_never(live_app, hostile, victim, attack):
    address = f"{live_app.base_url}/work/task/{hostile[attack]}/"
    victim.goto(address)
    victim.wait_for_timeout(3000)

    assert victim.url == address, "the page around the frame was moved"
    assert victim.get_by_role("button", name="Return").is_visible()
    assert not victim.get_by_role("dialog").count(), "something was clicked for the worker"
    frame = victim.frames[1]
    inside = frame.locator("#result")
    got = inside.inner_text() if inside.count() else ""
    assert got == "", f"it got hold of {got}"
    assert frame.evaluate("window.origin") == "null"
    assert victim.locator("iframe.task").bounding_box()["height"] <= 12_000 + 2
    for other in victim.context.pages[1:]:
        assert "ready to pay out" not in other.content(), "a popup shows the worker's own page"
    with live_app.orm():
        from tasks.models import Assignment

        assert Assignment.objects.get(public_id=hostile[attack]).status == "Accepted"


def test_the_frame_opened_by_its_address_is_as_powerless(live_app, hostile, victim):
    attack = "reads cookies and storage"
    victim.goto(f"{live_app.base_url}/work/frame/{hostile[attack]}/")
    victim.wait_for_timeout(500)
    assert victim.evaluate("window.origin") == "null"
    assert victim.locator("#result").inner_text() == ""


def test_our_own_pages_can_not_be_framed_by_anybody(live_app, victim):
    victim.goto(f"{live_app.base_url}/work/")
    answer = victim.request.get(f"{live_app.base_url}/work/")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
