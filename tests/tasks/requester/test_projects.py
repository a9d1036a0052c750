"""A requester makes projects in the browser."""

import pytest

from marketplace.accounts.models import Role
from tasks.models import Project
from tasks.queries.projects import hit_type_of
from tests import world
from workers.eligibility import LOCALE, MASTERS, NUMBER_APPROVED, PERCENT_APPROVED

FORM = {
    "name": "Reviews",
    "title": "Is the review happy?",
    "description": "Read and choose.",
    "keywords": "text",
    "reward_cents": "$0.25",
    "max_assignments": "3",
    "assignment_seconds_0": "10",
    "assignment_seconds_1": "60",
    "lifetime_seconds_0": "2",
    "lifetime_seconds_1": "86400",
    "auto_approve_seconds_0": "12",
    "auto_approve_seconds_1": "3600",
    "visibility": "PreviewAndAccept",
    "layout": "<p>${text}</p>",
}


def test_what_was_typed_becomes_cents_and_seconds(owner, page):
    answer = owner.post(page("new_project"), FORM)

    made = Project.objects.get()
    assert answer.url == page("project", made.public_id)
    assert (made.reward_cents, made.assignment_seconds) == (25, 600)
    assert (made.lifetime_seconds, made.auto_approve_seconds) == (2 * 86_400, 12 * 3600)


def test_requirements_are_written_as_the_mturk_api_writes_them(owner, page):
    asked = {"country": ["US", "CA"], "approval_rate": "95", "approved_hits": "50"}
    owner.post(page("new_project"), FORM | asked)

    guard = {"ActionsGuarded": "PreviewAndAccept"}
    at_least = {"Comparator": "GreaterThanOrEqualTo"}
    assert Project.objects.get().requirements == [
        {
            "QualificationTypeId": LOCALE,
            "Comparator": "In",
            "LocaleValues": [{"Country": "US"}, {"Country": "CA"}],
            **guard,
        },
        {"QualificationTypeId": PERCENT_APPROVED, "IntegerValues": [95], **at_least, **guard},
        {"QualificationTypeId": NUMBER_APPROVED, "IntegerValues": [50], **at_least, **guard},
    ]


def test_saving_a_project_unchanged_changes_nothing_that_the_form_cannot_show(owner, page, lab):
    odd = {
        "QualificationTypeId": world.a_qualification(world.a_lab("Elsewhere")).public_id,
        "Comparator": "EqualTo",
        "IntegerValues": [7],
        "ActionsGuarded": "Accept",
    }
    state = {
        "QualificationTypeId": LOCALE,
        "Comparator": "EqualTo",
        "LocaleValues": [{"Country": "US", "Subdivision": "CA"}],
        "ActionsGuarded": "Accept",
    }
    project = world.a_project(lab, requirements=[odd, state])
    form = owner.get(page("edit_project", project.public_id)).context["form"]
    data = FORM | {"visibility": form.initial["visibility"]}
    owner.post(page("edit_project", project.public_id), data)

    project.refresh_from_db()
    assert project.requirements == [odd, state]
    assert project.name == "Reviews"


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("reward_cents", "a lot", "not an amount"),
        ("reward_cents", "0.001", "fraction of a cent"),
        ("layout", "  ", "nothing to do"),
        ("assignment_seconds_0", "0", "assignment is 30 to"),
        ("auto_approve_seconds_0", "9999", "auto approve is 0 to"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_its_field(owner, page, field, typed, words):
    answer = owner.post(page("new_project"), FORM | {field: typed})

    name = field.removesuffix("_0")
    assert words in str(answer.context["form"].errors[name])
    assert not Project.objects.exists()


def test_a_copy_is_a_project_of_its_own(owner, page, lab):
    project = world.a_project(lab)
    owner.post(page("copy_project", project.public_id))

    copy = Project.objects.exclude(pk=project.pk).get()
    assert copy.layout == project.layout
    assert copy.name == "Entailment (copy)"
    assert copy.public_id != project.public_id


def test_an_archived_project_leaves_the_list_and_its_pages(owner, page, lab):
    project = world.a_project(lab)
    owner.post(page("archive_project", project.public_id))

    assert owner.get(page("projects")).context["page"].rows == []
    assert owner.get(page("project", project.public_id)).status_code == 404


def test_a_project_shows_its_ids_and_parameters(owner, page, lab):
    project = world.a_project(lab)
    world.a_batch(lab, project=project)

    shown = owner.get(page("project", project.public_id)).content.decode()
    assert project.public_id in shown
    assert hit_type_of(project).public_id in shown
    assert "<code>text</code>" in shown


def test_the_preview_is_sandboxed_by_its_own_response(owner, page, lab):
    project = world.a_project(lab, layout="<script>steal()</script>${text}")
    saved = owner.get(page("project_frame", project.public_id))
    draft = owner.post(page("draft_frame"), {"layout": "<b>${text}</b>", "sample:text": "a sample"})

    for answer in (saved, draft):
        policy = answer["Content-Security-Policy"]
        assert policy.startswith("sandbox allow-scripts allow-forms")
        assert "allow-same-origin" not in policy
    assert "[text]" in saved.content.decode()
    assert "<b>a sample</b>" in draft.content.decode()
    assert not Project.objects.filter(layout="<b>${text}</b>").exists()


def test_the_page_itself_never_holds_the_requesters_html(owner, page, lab):
    project = world.a_project(lab, layout="<script>steal()</script>${text}")
    for name in ("project", "edit_project"):
        shown = owner.get(page(name, project.public_id)).content.decode()
        assert "<script>steal" not in shown
        assert "srcdoc" not in shown
        assert 'sandbox="allow-scripts allow-forms"' in shown


def test_the_sample_file_has_the_variables_as_its_header(owner, page, lab):
    project = world.a_project(lab, layout="${b} ${a} ${b}")
    sample = owner.get(page("sample_csv", project.public_id)).content.decode()
    assert sample.splitlines()[0] == "b,a"

    batch = world.an_upload(lab, project, sample.encode())
    assert batch.status == "checked"


def test_the_list_goes_on_behind_the_last_one_shown(owner, page, lab):
    for number in range(27):
        world.a_project(lab, name=f"Project {number:02}")
    first = owner.get(page("projects"))
    second = owner.get(page("projects") + first.context["page"].next)

    names = [p.name for answer in (first, second) for p in answer.context["page"].rows]
    assert names == [f"Project {number:02}" for number in range(26, -1, -1)]
    assert owner.get(page("projects") + second.context["page"].previous).context[
        "page"
    ].rows == list(first.context["page"].rows)


def test_a_viewer_sees_projects_and_no_button_to_change_them(client, page, lab):
    project = world.a_project(lab)
    viewer = world.a_user("viewer@lab.test")
    world.a_member(lab.requester, viewer, Role.VIEWER)
    client.force_login(viewer)

    shown = client.get(page("project", project.public_id)).content.decode()
    assert page("edit_project", project.public_id) not in shown
    assert client.get(page("edit_project", project.public_id)).status_code == 403
    assert client.post(page("archive_project", project.public_id)).status_code == 403


def test_a_project_asks_for_qualifications_by_its_form(owner, page, lab):
    kind = world.a_qualification(lab, "Careful reader")
    masters = MASTERS[False]
    rows = {
        "qualification_1_0": kind.public_id, "qualification_1_1": "GreaterThan",
        "qualification_1_2": "80", "qualification_2_0": masters, "qualification_2_1": "Exists",
    }  # fmt: skip
    owner.post(page("new_project"), FORM | rows)
    project = Project.objects.get()
    guarded = {"ActionsGuarded": FORM["visibility"]}
    asked = [
        {"QualificationTypeId": kind.public_id, "Comparator": "GreaterThan",
         "IntegerValues": [80], **guarded},
        {"QualificationTypeId": masters, "Comparator": "Exists", **guarded},
    ]  # fmt: skip
    assert project.requirements[-2:] == asked
    form = owner.get(page("edit_project", project.public_id)).context["form"]
    assert 'value="80"' in str(form["qualification_1"])
    assert f'<option value="{kind.public_id}" selected>' in str(form["qualification_1"])
    owner.post(page("edit_project", project.public_id), FORM | rows | {"qualification_1_0": ""})
    project.refresh_from_db()
    assert [each for each in project.requirements if each in asked] == [asked[1]]


def test_a_comparison_needs_its_value_and_a_foreign_qualification_is_no_choice(owner, page, lab):
    kind = world.a_qualification(lab)
    theirs = world.a_qualification(world.a_lab("Elsewhere"))
    wrong = [(kind.public_id, "EqualTo"), (theirs.public_id, "Exists")]
    for chosen, how in wrong:
        row = {"qualification_1_0": chosen, "qualification_1_1": how}
        response = owner.post(page("new_project"), FORM | row)
        assert response.context["form"].errors.keys() == {"qualification_1"}
