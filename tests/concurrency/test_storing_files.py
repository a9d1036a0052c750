"""Files stored by two at once, and one that is deleted while it is published. Each has its twin."""

import pytest
from django.core.files.base import ContentFile

from marketplace import clock
from marketplace.errors import DomainError, LimitReached
from tasks.actions import keep_file, publish_batch, use_files
from tasks.actions.delete_project_file import delete_project_file
from tasks.actions.keep_file import add_project_file, attach_file
from tasks.actions.publish_batch import cost_of
from tasks.models import ProjectFile
from tasks.queries.files import bytes_in
from tests import world
from tests.concurrency.racing import Meeting, errors, together
from tests.tasks.files.samples import picture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def _add(lab, project, name):
    return add_project_file(
        by=lab.by,
        user=lab.user,
        project=project,
        name=name,
        file=ContentFile(picture()),
        at=clock.now(),
    )


def _two_uploads(monkeypatch, settings):
    """Into room for one; what is stored, and what went wrong."""
    settings.MANYHANDS_PROJECT_BYTES = settings.MANYHANDS_ANSWER_BYTES = len(picture())
    lab = world.a_lab()
    project = world.a_project(lab)
    monkeypatch.setattr(keep_file, "bytes_in", Meeting().after(bytes_in))
    outcomes = together(
        lambda: _add(lab, project, "a.png"),
        lambda: _add(lab, project, "b.png"),
    )
    return bytes_in(project.files.all(), at=clock.now()), errors(outcomes)


def test_two_uploads_at_once_do_not_fill_one_place_twice(monkeypatch, settings):
    used, wrong = _two_uploads(monkeypatch, settings)
    assert used == len(picture())
    assert [type(each) for each in wrong] == [LimitReached]


def test_without_the_lock_they_do(monkeypatch, settings, lift_row_locks):
    """Twin."""
    lift_row_locks()
    used, wrong = _two_uploads(monkeypatch, settings)
    assert (used, wrong) == (2 * len(picture()), [])


def test_nor_do_two_files_of_one_answer(monkeypatch, settings):
    settings.MANYHANDS_ANSWER_BYTES = len(picture())
    assignment = world.accepted(world.a_worker(), world.a_batch(world.a_lab(), rows=1))
    monkeypatch.setattr(keep_file, "bytes_in", Meeting().after(bytes_in))

    def send():
        return attach_file(
            assignment_id=assignment.public_id,
            field="photo",
            name="a.png",
            file=ContentFile(picture()),
            at=clock.now(),
        )

    assert [type(each) for each in errors(together(send, send))] == [LimitReached]
    assert bytes_in(assignment.files.all(), at=clock.now()) == len(picture())


def test_one_name_is_given_once(monkeypatch):
    lab = world.a_lab(cents=0)
    project = world.a_project(lab)
    monkeypatch.setattr(keep_file, "_write", Meeting().after(keep_file._write))
    outcomes = together(
        lambda: _add(lab, project, "a.png"),
        lambda: _add(lab, project, "a.png"),
    )
    assert len(errors(outcomes)) == 1
    assert "another file called" in str(errors(outcomes)[0])
    assert ProjectFile.objects.filter(leaving_at=None).count() == 1


def _published_and_deleted(monkeypatch):
    """At once: the batch's status, whether the file is there, and what went wrong."""
    lab = world.a_lab()
    project = world.a_project(lab)
    file = _add(lab, project, "a.png")
    batch = world.an_upload(lab, project, ["file:a.png"])
    meeting = Meeting()
    used = meeting.after(use_files.use_files_of_batch)
    monkeypatch.setattr(publish_batch, "use_files_of_batch", used)
    monkeypatch.setattr(ProjectFile, "save", meeting.before(ProjectFile.save))
    outcomes = together(
        lambda: publish_batch.publish_batch(
            by=lab.by, batch=batch, confirmed_cents=sum(cost_of(batch, project)), at=clock.now()
        ),
        lambda: delete_project_file(by=lab.by, key=file.key, at=clock.now()),
    )
    batch.refresh_from_db()
    return batch.status, ProjectFile.objects.exists(), errors(outcomes)


def test_a_file_is_published_or_deleted_never_both(monkeypatch):
    status, is_there, wrong = _published_and_deleted(monkeypatch)
    assert (status, is_there) in [("publishing", True), ("checked", False)]
    assert len(wrong) == 1
    assert isinstance(wrong[0], DomainError)


def test_without_the_lock_work_is_published_without_its_file(monkeypatch, lift_row_locks):
    """Twin."""
    lift_row_locks()
    status, is_there, _wrong = _published_and_deleted(monkeypatch)
    assert (status, is_there) == ("publishing", False)
