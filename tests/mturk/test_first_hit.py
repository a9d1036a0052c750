"""docs/mturk-api.md's first HIT, word for word, against a running server."""

import json
import re
from pathlib import Path

import pytest

from marketplace import clock
from marketplace.accounts.actions.create_access_key import create_access_key
from tasks.actions.accept import accept_hit
from tasks.actions.submit import submit
from tests import world

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "mturk-api.md"


@pytest.mark.django_db(transaction=True)
def test_what_the_page_tells_a_newcomer_to_type_works(live_server, tmp_path, monkeypatch, capsys):
    lab = world.a_lab()
    key, secret = create_access_key(by=lab.by, created_by=lab.user, at=clock.now())
    demo = {
        "base_url": live_server.url,
        "requester": {"access_key_id": key.access_key_id, "secret_access_key": secret},
    }
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "demo.json").write_text(json.dumps(demo))
    monkeypatch.chdir(tmp_path)
    posting, reviewing = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    typed: dict = {}
    exec(posting, typed)
    hit_id = typed["hit"]["HITId"]
    taken = accept_hit(worker=world.a_worker(), hit_id=hit_id, at=clock.now())
    submit(assignment_id=taken.assignment_id, answer={"weather": "fine"}, at=clock.now())
    exec(reviewing, typed)
    told = capsys.readouterr().out
    assert told.startswith("100.00\n")
    assert "<FreeText>fine</FreeText>" in told
    assert typed["mturk"].get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Disposed"
