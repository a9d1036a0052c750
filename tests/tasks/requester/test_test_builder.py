"""A qualification's test is put together in the browser."""

import pytest
from django.http import QueryDict

from marketplace.questionform import simple
from tasks.web.requester.test_builder import MOST_QUESTIONS, DraftedTest, draft_in
from tests import world
from tests.questionforms import KEY, TEST
from tests.tasks.requester.test_qualifications import NEW
from workers.models import QualificationType

GRADED = {
    "q0-text": "Sky?", "q0-kind": "one", "q0-points": "2", "q0-right": "0",
    "q0-c0": "Blue", "q0-c1": "Red", "q0-c2": " ",
}  # fmt: skip
OPEN = {"q1-text": "Why?", "q1-kind": "text", "q1-c0": "", "q1-right": "0"}
BUILT = NEW | {"way": "test", "written": "here"} | GRADED


def drafted(**changes):
    data = QueryDict(mutable=True)
    data.update({name.replace("_", "-"): text for name, text in changes.items()})
    return draft_in(data)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"q0-text": " "}, "Write the question"),
        ({"q0-c1": ""}, "at least two choices"),
        ({"q0-c1": "Blue"}, "the same"),
        ({"q0-right": "2"}, "ticked as right and empty"),
        ({"q0-points": "0"}, "1 to 1000 points"),
        ({"q0-points": "²"}, "1 to 1000 points"),
        ({"q0-points": "9" * 5000}, "1 to 1000 points"),
    ],
)
def test_each_question_says_what_is_wrong_with_it(changes, words):
    draft = drafted(**(GRADED | changes))
    assert draft.asked() is None
    assert words in " ".join(draft.questions[0].errors)


def test_points_and_texts_of_their_own_do_not_go_together():
    draft = drafted(**GRADED, **OPEN)
    assert draft.asked() is None
    assert "can't be graded by itself" in draft.questions[1].errors[0]
    sky, why = drafted(**(GRADED | {"q0-right": ""}), **OPEN).asked()
    assert (sky.is_graded, why.kind, why.choices) == (False, simple.TEXT, ())


def test_nothing_at_all_is_said_too_and_blank_questions_do_not_count():
    assert DraftedTest().asked() is None
    assert len(drafted(**GRADED, q1_text=" ", q1_c0="").asked()) == 1


def test_buttons_add_and_take_away():
    draft = drafted(**GRADED)
    draft.change("add")
    draft.change("choice-1")
    assert (len(draft.questions), len(draft.questions[1].choices), draft.focus) == (2, 4, "q1-c3")
    draft.change("remove-0")
    draft.change("remove-0")
    assert [one.text for one in draft.questions] == [""]
    for act in ("remove-9", "choice-", "choice-²", "nonsense", "choice-" + "9" * 5000):
        draft.change(act)
    for _number in range(MOST_QUESTIONS + 3):
        draft.change("add")
    assert len(draft.questions) == MOST_QUESTIONS


@pytest.mark.django_db
def test_it_is_saved_as_xml_and_comes_back_to_be_changed(owner, page, lab):
    owner.post(page("new_qualification"), BUILT)
    kind = QualificationType.objects.get(owner=lab.requester)
    (sky,) = simple.read(kind.test.questions, kind.test.answer_key)
    assert [(choice.text, choice.is_right) for choice in sky.choices] == [
        ("Blue", True), ("Red", False),
    ]  # fmt: skip
    edit = page("edit_qualification", kind.public_id)
    form = owner.get(edit).context["form"]
    assert form["written"].value() == "here"
    assert form.draft.questions[0].points == "2"
    names = {"q0-id": "q1", "q0-c0-id": "c1", "q0-c1-id": "c2"}
    version = kind.test_id
    owner.post(edit, BUILT | names)
    kind.refresh_from_db()
    assert kind.test_id == version  # the same test is no new version


@pytest.mark.django_db
def test_what_is_not_complete_is_not_saved(owner, page, lab):
    response = owner.post(page("new_qualification"), BUILT | {"q0-c1": ""})
    assert response.context["form"].errors.keys() == {"written"}
    assert "at least two choices" in response.content.decode()
    long = owner.post(page("new_qualification"), BUILT | {"q0-text": "x" * 70_000})
    assert "test" in long.context["form"].errors
    assert not QualificationType.objects.filter(owner=lab.requester).exists()


@pytest.mark.django_db
def test_a_button_gives_the_form_back_and_complains_of_nothing(owner, page, lab):
    response = owner.post(page("new_qualification"), BUILT | {"name": "", "act": "add"})
    assert response.status_code == 200
    shown = response.content.decode()
    assert 'name="q1-text"' in shown
    assert "Sky?" in shown
    assert 'class="errors"' not in shown
    act = BUILT | {"act": "remove-0"}
    part = owner.post(page("new_qualification"), act, headers={"HX-Request": "true"})
    assert part.content.decode().strip().startswith('<div id="test-builder"')
    assert not QualificationType.objects.filter(owner=lab.requester).exists()


@pytest.mark.django_db
def test_a_richer_test_is_left_to_xml(owner, page, lab):
    kind = world.a_qualification(lab, test=TEST, answer_key=KEY, test_seconds=60)
    response = owner.get(page("edit_qualification", kind.public_id))
    assert response.context["form"]["written"].value() == "xml"
    assert "more than can be put together here" in response.content.decode()


@pytest.mark.django_db
def test_it_is_previewed(owner, page):
    assert "Sky?" in owner.post(page("draft_test"), BUILT).content.decode()
    wrong = owner.post(page("draft_test"), BUILT | {"q0-c1": ""}).content.decode()
    assert "Question 1: Write at least two choices." in wrong
