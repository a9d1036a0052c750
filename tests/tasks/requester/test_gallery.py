"""The gallery: every template is whole, and a project is started from one."""

import csv
import io
import re
from pathlib import Path

import pytest

from tasks.actions.upload_sample import upload_sample
from tasks.models import Batch, Project
from tasks.questions.gallery import FOLDER, GROUPS, MEDIA, template_named, templates
from tasks.questions.liquid_convert import to_liquid, to_variables
from tasks.questions.templates import Template
from tasks.states import BatchStatus
from tasks.terms import MAX_LAYOUT_BYTES
from tests import world
from tests.tasks.requester.test_projects import FORM

HERE = "https://work.example.org"
STATIC = Path(__file__).parents[3] / "tasks" / "static" / "gallery"
each = pytest.mark.parametrize("template", templates().values(), ids=lambda one: one.slug)


def test_every_kind_of_work_that_was_promised_has_its_template():
    assert set(templates()) == {
        *("survey", "survey-link", "data-collection"),
        *("sentiment", "text-classification", "text-labels", "entity-spans", "translation"),
        *("moderation", "search-relevance"),
        *("image-transcription", "image-classification", "boxes", "polygons", "keypoints"),
        *("segmentation", "audio-transcription", "video-labels"),
        *("pairwise", "ranking", "rubric", "fact-check"),
    }
    assert {one.group for one in templates().values()} == set(GROUPS)
    folders = {folder.name for folder in FOLDER.iterdir() if not folder.name.startswith("_")}
    assert folders == set(templates())


@each
def test_its_variables_are_its_columns_are_its_files(template):
    rows = template.rows(here=HERE)

    assert list(rows[0]) == list(template.columns)
    assert set(template.template.variables) == set(template.columns)
    assert len(rows) >= 2
    assert all(row.keys() == rows[0].keys() and all(row.values()) for row in rows)


@each
def test_its_layout_survives_both_ways_of_the_converter(template):
    assert len(template.layout.encode()) < MAX_LAYOUT_BYTES

    there = to_variables(template.layout)
    assert there.problems == []
    assert set(Template(source=there.text).variables) == set(template.columns)

    back = to_liquid(there.text)
    assert back.problems == []
    assert set(Template(source=back.text, language="liquid").variables) == set(template.columns)


@each
def test_its_pictures_and_recordings_are_there_on_any_installation(template):
    named = re.findall(rf"{MEDIA}([\w.-]+)", template.sample)
    sample = template.sample_csv(here=HERE)

    assert MEDIA not in sample
    assert all((STATIC / name).is_file() for name in named)
    assert sample.count(f"{HERE}/static/gallery/") == len(named)


def test_all_media_together_are_small():
    assert sum(file.stat().st_size for file in STATIC.iterdir()) < 600_000


@each
def test_its_sample_becomes_a_batch_without_problems(lab, template):
    project = world.a_project(lab, is_sandbox=True, **template.values())
    batch = upload_sample(
        by=lab.by, user=lab.user, project=project, here=HERE, at=project.created_at
    )
    world.task_jobs.publish_batches()
    batch.refresh_from_db()

    assert (batch.status, batch.problems) == (BatchStatus.CHECKED, [])
    assert batch.row_count == len(template.rows(here=HERE))


@each
def test_a_value_cannot_break_its_page(template):
    hostile = "\"'></div><b id=x>&amp;{{ 7 }}"
    page = template.template.fill(dict.fromkeys(template.columns, hostile))

    assert "<b id=x>" not in page


@each
def test_its_example_has_the_names_that_its_layout_asks_for(template):
    """Crowd elements answer below their name; HTML fields by their name alone."""
    named = set(re.findall(r'\bname="([\w-]+)"', template.layout)) - {"color-scheme"}

    assert {name.split(".")[0] for name in template.example} == named


def test_the_gallery_is_the_first_step_wherever_a_project_is_made(owner, page):
    for place in ("start", "projects", "choose_project"):
        assert page("gallery") in owner.get(page(place)).content.decode()

    shown = owner.get(page("gallery")).content.decode()
    assert all(page("gallery_template", slug) in shown for slug in templates())
    assert page("new_project") + '"' in shown  # start empty


def test_the_gallery_is_searched_by_every_word(owner, page):
    def found(words):
        groups = owner.get(page("gallery"), {"q": words}).context["groups"]
        return [one.slug for _name, some in groups for one in some]

    assert found("RLHF ranking") == ["ranking"]
    assert found("audio transcription") == ["audio-transcription"]
    assert found("no such thing") == []


def test_a_template_fills_in_the_form_and_is_remembered(owner, page):
    form = owner.get(page("new_project") + "?template=boxes").context["form"]
    boxes = template_named("boxes")
    shown = {name: form[name].value() for name in ("title", "layout", "language", "template")}
    assert shown == {
        "title": boxes.project["title"],
        "layout": boxes.layout,
        "language": "liquid",
        "template": "boxes",
    }

    owner.post(page("new_project"), FORM | shown)

    made = Project.objects.get()
    assert (made.template, made.layout, made.language) == ("boxes", boxes.layout, "liquid")


def test_an_unknown_template_is_the_empty_form(owner, page):
    form = owner.get(page("new_project") + "?template=gone").context["form"]
    assert form["template"].value() is None
    assert owner.get(page("gallery_template", "gone")).status_code == 404
    assert owner.get(page("gallery_csv", "gone")).status_code == 404
    assert owner.get(page("gallery_frame", "gone", 1)).status_code == 404
    assert owner.get(page("gallery_frame", "boxes", 99)).status_code == 404


def test_the_form_shows_the_layout_with_the_templates_rows_then_with_the_last_batchs(
    owner, page, lab
):
    def rows_at(address):
        return owner.get(address).context["rows"]

    sentiment = template_named("sentiment")
    assert rows_at(page("new_project") + "?template=sentiment") == sentiment.rows(here=HERE)
    assert rows_at(page("new_project")) == []

    project = world.a_project(lab, **sentiment.values())
    edit = page("edit_project", project.public_id)
    assert rows_at(edit) == sentiment.rows(here=HERE)
    world.an_upload(lab, project, ["one", "two"])
    assert rows_at(edit) == [{"text": "one"}, {"text": "two"}]


def test_a_projects_page_shows_its_layout_with_a_row_that_loads(owner, page, lab):
    def shown(project):
        return owner.get(page("project_frame", project.public_id)).content.decode()

    def advice(project):
        return owner.get(page("project", project.public_id)).content.decode()

    project = world.a_project(lab, **template_named("boxes").values())
    assert "http://testserver/static/gallery/street.png" in shown(project)
    assert "mend it before you publish" in advice(project)

    own = world.a_project(lab, layout='<img src="${text}"><input name="a">')
    assert "[text]" in shown(own)
    assert "no row to fill it in with yet" in advice(own)
    world.an_upload(lab, own, ["of-the-file.png"])
    assert "of-the-file.png" in shown(own)
    assert "mend it before you publish" in advice(own)


def test_the_sample_file_names_addresses_of_this_installation(owner, page, lab):
    answer = owner.get(page("gallery_csv", "boxes"))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert rows[0] == {"image_url": "http://testserver/static/gallery/street.png"}

    project = world.a_project(lab, **template_named("boxes").values())
    assert owner.get(page("sample_csv", project.public_id)).content == answer.content


def test_sample_rows_are_not_paid_for_with_real_money(owner, page, lab):
    values = template_named("boxes").values()
    live = world.a_project(lab, **values)
    answer = owner.post(page("use_sample", live.public_id))
    assert answer.status_code == 409
    assert not Batch.objects.exists()

    play = world.a_project(lab, is_sandbox=True, **values)
    lab.user.is_in_sandbox = True
    lab.user.save()
    answer = owner.post(page("use_sample", play.public_id))
    assert answer.url == page("batch", Batch.objects.get().pk)


def test_a_copy_has_its_samples_too(owner, page, lab):
    project = world.a_project(lab, **template_named("survey").values())
    owner.post(page("copy_project", project.public_id))
    assert Project.objects.latest("pk").template == "survey"


def test_what_is_wrong_with_a_layout_is_said_beside_its_preview(owner, page):
    def said(layout, language="liquid", **sample):
        sent = {"layout": layout, "language": language}
        sent |= {f"sample:{name}": value for name, value in sample.items()}
        return owner.post(page("draft_check"), sent)

    wrong = said("<p>{{ task.input.x </p>")
    assert wrong.status_code == 200
    assert wrong.context["problems"]
    assert "empty" in said("").context["problems"][0]
    assert "65,535" in said("x" * 65_536).context["problems"][0]

    fine = said('<input name="a"> {{ x }} {{ y }}', x="1")
    assert fine.context["problems"] == []
    assert fine.context["empty"] == ["y"]
    assert fine.context["asks"]
    assert b"nothing to fill in" in said("<p>${x}</p>", "layout").content


def test_a_hostile_layout_is_said_in_words_only(owner, page):
    """What the check says stands on our own page."""
    answer = owner.post(page("draft_check"), {"layout": "{{ <script>x }}", "language": "liquid"})
    assert b"<script>" not in answer.content
