"""Whoever dies while storing leaves nothing that counts, and the job clears up."""

import pytest

from marketplace.errors import NotFound, WrongState
from tasks import jobs
from tasks.actions import keep_file
from tasks.actions.delete_project_file import delete_project_file
from tasks.actions.give_back import return_assignment
from tasks.files import store
from tasks.models import Attachment, ProjectFile
from tasks.queries.files import WRITING, bytes_in, files_of
from tests.tasks.files.samples import picture


class Death(BaseException):
    """Of a process: nothing of ours catches it."""


def files_in(folder):
    return [path for path in (folder / "media").rglob("*") if path.is_file()]


@pytest.fixture
def dying(monkeypatch):
    """dying("write"), dying("be_there"): the next storing dies at that step."""

    def die(*_args):
        raise Death

    return lambda step: monkeypatch.setattr(keep_file, f"_{step}", die)


@pytest.mark.parametrize("step", ["write", "be_there"])
def test_a_process_that_dies_leaves_nothing_that_counts(
    add, project, folder, dying, clock, step, monkeypatch
):
    dying(step)
    with pytest.raises(Death):
        add()
    monkeypatch.undo()
    assert not files_of(project).exists()
    assert add().name == "cat.png"  # its name is free
    assert jobs.forget_files() == 0  # it may still be writing
    clock.forward(seconds=WRITING.total_seconds() + 1)
    assert bytes_in(project.files.all(), at=clock.now) == len(picture())
    assert jobs.forget_files() == 1
    assert ProjectFile.objects.count() == 1
    assert len(files_in(folder)) == 2  # it, and its small picture


def test_a_writer_that_was_given_up_is_refused(add, project, folder, clock, monkeypatch):
    write = store.write

    def slowly(path, content):
        write(path, content)
        clock.forward(hours=2)
        jobs.forget_files()

    monkeypatch.setattr(store, "write", slowly)
    with pytest.raises(WrongState, match="took too long"):
        add(content=picture())
    assert not files_of(project).exists()


def test_a_deletion_that_died_half_way_is_finished(add, lab, project, folder, monkeypatch, clock):
    file = add()
    monkeypatch.setattr("tasks.actions.delete_project_file.forget", lambda _row: None)
    delete_project_file(by=lab.by, key=file.key, at=clock.now)
    assert not files_of(project).exists()
    assert files_in(folder)
    assert bytes_in(project.files.all(), at=clock.now) == 0
    with pytest.raises(NotFound):
        delete_project_file(by=lab.by, key=file.key, at=clock.now)
    assert jobs.forget_files() == 1
    assert not files_in(folder)


def test_uploads_that_no_answer_holds_go_once_the_work_is_over(
    assignment, send, answer, folder, clock
):
    left, held = send(assignment, "a.png"), send(assignment, "b.png")
    clock.forward(days=0, minutes=5)
    assert jobs.forget_files() == 0
    answer(assignment, photo=held.key)
    assert jobs.forget_files() == 3  # both settled, one taken away
    assert list(Attachment.objects.all()) == [held]
    assert len(files_in(folder)) == 1
    assert jobs.forget_files() == 0
    assert left.pk


def test_uploads_of_returned_work_go(assignment, send, folder, clock):
    send(assignment)
    return_assignment(worker=assignment.worker, assignment_id=assignment.public_id, at=clock.now)
    jobs.forget_files()
    assert not Attachment.objects.exists()
    assert not files_in(folder)
