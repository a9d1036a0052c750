"""Projects whose layout is Liquid: saved, converted, previewed, published, shown to programs."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from marketplace import clock
from marketplace.errors import InvalidInput
from mturk.shown import hit_shape
from tasks import jobs
from tasks.actions import upload_batch
from tasks.actions.publish_batch import publish_batch
from tasks.models import HIT, Batch, Project, Question
from tests import world

pytestmark = pytest.mark.django_db
LAYOUT = (
    "<p>{{ task.input.text }}</p>{% for label in task.input.labels %}<b>{{ label }}</b>{% endfor %}"
)
CSV = b'text,labels\nx<y,"[""cat"",""dog""]"\n'


def liquid_project(lab, layout=LAYOUT, **changes):
    return world.a_project(lab, layout=layout, language="liquid", **changes)


def form_of(owner, page, **changes):
    """What the form of a new project sends as it stands, with changes."""
    form = owner.get(page("new_project") + "?empty").context["form"]
    sent = {"country": [], "visibility": "Accept", "reward_cents": "0.10", "name": "P"}
    sent |= {"title": "T", "description": "D", "max_assignments": "1"}
    for name in ("assignment_seconds", "lifetime_seconds", "auto_approve_seconds"):
        sent |= {f"{name}_0": "1", f"{name}_1": "86400"}
    assert "language" in form.fields
    return sent | changes


def test_a_layout_in_liquid_is_saved_and_its_mistakes_are_told_by_the_field(owner, page):
    sent = form_of(owner, page, language="liquid", layout="a\n{{ task.input.text | nope }}")
    answer = owner.post(page("new_project"), sent)
    assert "Line 2: There is no filter called “nope”." in answer.context["form"].errors["layout"]

    answer = owner.post(page("new_project"), sent | {"layout": LAYOUT})
    assert answer.status_code == 302
    project = Project.objects.get()
    assert (project.language, project.layout) == ("liquid", LAYOUT)
    assert owner.get(page("project", project.public_id)).context["variables"] == ["text", "labels"]
    edited = owner.get(page("edit_project", project.public_id))
    assert edited.context["form"]["language"].value() == "liquid"


def test_the_form_shows_the_layout_in_the_other_language_and_saves_nothing(owner, page):
    sent = {"convert": "liquid", "language": "layout", "layout": "<p>${text}</p>"}
    answer = owner.post(page("new_project"), sent)
    form = answer.context["form"]
    assert (form["language"].value(), form["layout"].value()) == (
        "liquid",
        "<p>{{ task.input.text | skip_autoescape }}</p>",
    )
    assert not form.errors
    assert b"converted, and not saved yet" in answer.content
    assert not Project.objects.exists()

    back = owner.post(
        page("new_project"), {"convert": "layout", "language": "liquid", "layout": LAYOUT}
    )
    assert back.context["form"]["layout"].value() == LAYOUT
    assert "Line 1: {% for %}" in back.context["form"].errors["layout"][0]


def test_the_preview_shows_it_or_says_what_is_wrong(owner, page):
    sent = {"language": "liquid", "layout": LAYOUT, "sample:text": "<i>"}
    shown = owner.post(page("draft_frame"), sent).content.decode()
    assert "<p>&lt;i&gt;</p>" in shown
    shown = owner.post(page("draft_frame"), sent | {"layout": "{% if %}"}).content.decode()
    assert "Line 1: {% if %} has no {% endif %}" in shown


def test_a_file_without_its_columns_or_with_a_row_that_fails_is_refused(lab):
    batch = world.an_upload(lab, liquid_project(lab), b"text\nx\n")
    assert [p["column"] for p in batch.problems] == ["labels"]

    project = liquid_project(lab, "{{ 10 | divided_by: n }}")
    batch = world.an_upload(lab, project, b"n\n5\n0\n2\n")
    assert [(p["row"], p["message"]) for p in batch.problems] == [
        (3, "In the layout: Line 1: divided_by: can't divide by 0.")
    ]


def test_a_layout_too_slow_for_all_its_rows_is_refused_before_all_are_read(lab, monkeypatch):
    monkeypatch.setattr(upload_batch, "CHECK_SECONDS", 0)
    monkeypatch.setattr(upload_batch, "ROW_SECONDS", 0)
    batch = world.an_upload(lab, liquid_project(lab, "{{ text }}"), ["a", "b", "c"])
    assert (batch.status, batch.row_count) == ("refused", 1)
    assert "too slow" in batch.problems[0]["message"]


def test_it_is_published_previewed_worked_on_and_shown_to_programs(owner, page, lab, worker):
    project = liquid_project(lab)
    file = SimpleUploadedFile("rows.csv", CSV)
    owner.post(page("upload", project.public_id), {"file": file, "name": ""})
    jobs.publish_batches()
    batch = Batch.objects.get()
    shown = "<p>x&lt;y</p><b>cat</b><b>dog</b>"
    assert shown in owner.get(page("row_frame", batch.pk, 1)).content.decode()

    publish_batch(by=lab.by, batch=batch, confirmed_cents=20, at=clock.now())
    jobs.publish_batches()
    hit = HIT.objects.select_related("hit_type", "question", "batch__project").get()
    assert hit.question.kind == Question.Kind.LIQUID
    assert shown in hit_shape(hit, at=clock.now())["Question"]

    assignment = world.accepted(worker, Batch.objects.get())
    framed = Client().get(f"/work/frame/{assignment.public_id}/")
    assert shown in framed.content.decode()


def test_a_page_that_cannot_be_filled_in_any_more_says_so_to_the_worker_and_to_programs(
    lab, worker
):
    layout = "{% assign n = text | size %}{{ 10 | divided_by: n }}"
    project = liquid_project(lab, layout)
    batch = world.a_batch(lab, rows=1, project=project)
    assignment = world.accepted(worker, batch)
    HIT.objects.update(inputs={"text": ""})
    framed = Client().get(f"/work/frame/{assignment.public_id}/").content.decode()
    assert "Return it" in framed
    assert "data-broken" in framed
    hit = HIT.objects.select_related("hit_type", "question", "batch__project").get()
    assert "divide by 0" in hit_shape(hit, at=clock.now())["Question"]


def test_a_language_that_there_is_not_is_refused(lab):
    with pytest.raises(InvalidInput, match="language is one of"):
        world.a_project(lab, language="jinja")
