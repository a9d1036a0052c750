"""Input manifests: read line by line, published to the letter, by the way that CSV files go."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace import clock
from marketplace.errors import WrongState
from tasks import batch_file, jobs, manifest
from tasks.actions.publish_batch import publish_batch
from tasks.actions.save_project import update_project
from tasks.models import HIT, Batch, Format
from tests import world


def lines_of(body: bytes) -> list[manifest.Line]:
    return list(manifest.read(io.BufferedReader(io.BytesIO(body))))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"source": "a"', "isn't valid JSON"),
        (b"[1]", "isn't a JSON object"),
        (b"a,b", "isn't a JSON object"),
        (b"{}", "neither"),
        (b'{"source": 5}', "is a text"),
        (b'{"source-ref": " "}', "is a text"),
        (b'{"source": "a", "source": "b"}', "stands twice"),
        (b'{"source": "a", "x": {"y": 1, "y": 1}}', "stands twice"),
        (b'{"source": "a", "x": NaN}', "NaN is no JSON"),
        (b'{"source": "a", "x": 1e999}', "too large"),
        (b'{"source": "a", "x": ' + b"9" * 5000 + b"}", "too many digits"),
        (b'{"source": "a", "x": "\\ud800"}', "surrogate"),
        (b'{"source": "a\\u0000"}', "NUL"),
        (b'{"source": "a", "": 1}', "no name"),
        (b'{"source": "a", "x": ' + b"[" * 5000 + b"]" * 5000 + b"}", "nested too deeply"),
        (b'{"source": "\xff"}', "isn't UTF-8"),
        (b'{"source": "' + b"x" * 110_000 + b'"}', "longer than"),
    ],
)
def test_a_line_that_cannot_be_taken_says_why_and_the_next_is_read(line, said):
    bad, good = lines_of(line + b'\n\n{"source": "fine"}\r\n')
    assert bad.number == 1
    assert said in " ".join(bad.problems)
    assert (good.number, good.inputs, good.problems) == (3, {"source": "fine"}, [])


def test_a_line_is_kept_to_the_letter_and_read_as_cells():
    line = ' {"source-ref":"s3://b/ü.png", "n": 1.50, "labels": ["a", "b"], "none": null}'
    (read,) = lines_of(b"\xef\xbb\xbf" + line.encode())
    assert read.text == line
    assert read.inputs == {
        "source-ref": "s3://b/ü.png",
        "n": "1.5",
        "labels": '["a", "b"]',
        "none": "",
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=60), st.from_regex(rb'\{"source": .{0,20}\}'))))
def test_whatever_the_bytes_are_each_line_is_read_or_refused(parts):
    body = b"\n".join(parts)
    for line in lines_of(body):
        assert line.problems or json.loads(line.text)
    try:
        rows = batch_file.open_rows(io.BytesIO(body), batch_file.format_of(io.BytesIO(body)))
        for row in rows:
            assert row.problems or row.inputs is not None
    except batch_file.Unreadable:
        pass


@pytest.mark.parametrize(
    ("body", "is_manifest"),
    [
        (b'{"source": "a"}', True),
        (b'\xef\xbb\xbf\n {"source": "a"}', True),
        (b'[\n{"source": "a"}]', True),
        (b"text\nrow", False),
        (b"", False),
        (b'"{x}",y', False),
    ],
)
def test_a_file_is_taken_for_what_it_begins_as(body, is_manifest):
    file = io.BytesIO(body)
    assert (batch_file.format_of(file) == Format.MANIFEST) == is_manifest
    assert file.tell() == 0


@pytest.mark.django_db
def test_every_problem_of_a_manifest_is_told_before_anything_is_paid():
    lab = world.a_lab()
    project = world.a_project(lab, layout="${source} ${lang}")
    body = b'{"source": "a", "lang": "en"}\n{"source": "b"}\n{"lang": "de"}\nx\n'
    batch = world.an_upload(lab, project, body)
    assert batch.status == "refused"
    assert [(p["row"], p["column"]) for p in batch.problems] == [(2, "lang"), (3, ""), (4, "")]


@pytest.mark.django_db
def test_the_line_is_the_hits_input_and_comes_out_unchanged():
    lab = world.a_lab()
    lines = [
        '{"source":"one",  "id": 7, "meta": {"b": 1, "a": 2.0}}',
        '{"id": 8, "source": "zwölf"}',
    ]
    project = world.a_project(lab, layout="${source}")
    batch = world.an_upload(lab, project, "\r\n".join(lines).encode())
    assert (batch.format, batch.columns) == ("manifest", ["source", "id", "meta"])
    assert batch.partial_columns == ["meta"]

    publish_batch(by=lab.by, batch=batch, confirmed_cents=40, at=clock.now())
    jobs.publish_batches()
    hits = HIT.objects.filter(batch=batch).order_by("pk")
    assert [hit.source_line for hit in hits] == lines
    assert hits[0].inputs == {"source": "one", "id": "7", "meta": '{"b": 1, "a": 2.0}'}


@pytest.mark.django_db
def test_a_layout_changed_to_use_what_only_some_lines_have_publishes_nothing():
    lab = world.a_lab()
    project = world.a_project(lab, layout="${source}")
    batch = world.an_upload(lab, project, b'{"source": "a", "x": "1"}\n{"source": "b"}')
    update_project(by=lab.by, project=project, values={"layout": "${x}"}, at=clock.now())
    with pytest.raises(WrongState, match="now uses x"):
        publish_batch(by=lab.by, batch=batch, confirmed_cents=40, at=clock.now())
    assert not HIT.objects.exists()


@pytest.mark.django_db
def test_too_many_different_attributes_are_refused(monkeypatch):
    monkeypatch.setattr(batch_file, "MAX_COLUMNS", 3)
    lab = world.a_lab()
    body = "\n".join(json.dumps({"source": "a", f"x{n}": 1}) for n in range(5)).encode()
    batch = world.an_upload(lab, world.a_project(lab, layout="${source}"), body)
    assert batch.status == "refused"
    assert "more than 3 different attributes" in batch.problems[0]["message"]
    assert Batch.objects.get().problem_count == 3
