"""Every construct of QuestionForm, AnswerKey and QuestionFormAnswers, there and back over the
API: to the letter what was sent, and of answers what was meant."""

import pytest

from marketplace import clock
from marketplace.questionform import answers
from tasks.actions.keep_file import attach_file
from tasks.actions.submit import submit
from tests import world
from tests.mturk.called import Api
from tests.mturk.requests import WANTED, accepted
from tests.questionform.samples import EVERYTHING, form, key, keyed, question, selection
from tests.questionform.test_answer_key import percentage, ranges, scale
from tests.tasks.files.samples import upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return Api(world.a_lab())


def test_a_form_of_every_construct_comes_back_to_the_letter_and_so_does_its_answer(api):
    hit = api("CreateHIT", **{**WANTED, "Question": EVERYTHING})["HIT"]
    assert api("GetHIT", HITId=hit["HITId"])["HIT"]["Question"] == EVERYTHING
    worker = world.a_worker()
    assignment = accepted(worker, hit["HITId"])
    file = attach_file(
        assignment_id=assignment, field="file", name="a.png", file=upload(), at=clock.now()
    )
    answer = {
        "words": "2.5",
        "pick": ["blue"],
        "pick/other": "teal ☃",
        "file": file.key,
    }
    submit(assignment_id=assignment, answer=answer, at=clock.now())
    text = api("GetAssignment", AssignmentId=assignment)["Assignment"]["Answer"]
    assert answers.from_xml(text) == answer
    assert f"<UploadedFileSizeInBytes>{file.size}</UploadedFileSizeInBytes>" in text


@pytest.mark.parametrize(
    "mapping",
    ["", percentage(10), scale("2.5"), ranges((1, 9, 1), (10, 20, -2), otherwise=0)],
    ids=["sum", "percentage", "scale", "range"],
)
def test_a_key_of_every_mapping_comes_back_to_the_letter(api, mapping):
    test = form(question("a", selection("x", "y", "z")), question("b", selection("x", "y")))
    answer_key = key(
        keyed("a", ("x y", 5), ("z", -3), default=1), keyed("b", ("x", 5)), mapping=mapping
    )
    made = api(
        "CreateQualificationType",
        Name="Sky",
        Description="Looked up.",
        QualificationTypeStatus="Active",
        Test=test,
        AnswerKey=answer_key,
        TestDurationInSeconds=60,
    )["QualificationType"]
    found = api("GetQualificationType", QualificationTypeId=made["QualificationTypeId"])
    assert found["QualificationType"]["Test"] == test
    assert found["QualificationType"]["AnswerKey"] == answer_key
