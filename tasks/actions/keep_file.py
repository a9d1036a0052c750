"""A file is stored: room for it is reserved, its bytes are written, and then it is there.

The two transactions stand around the writing, which may go over a network. Whoever dies between
them leaves a row that nobody sees and that counts for an hour at most; forget_files takes it away.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.template.defaultfilters import filesizeformat

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role, User
from marketplace.accounts.standing import require_good_standing
from marketplace.audit import trail
from marketplace.errors import InvalidInput, LimitReached, NotFound, WrongState
from marketplace.questionform.form import FileUpload
from tasks.actions.give_back import GRACE
from tasks.files import kinds, store
from tasks.files.kinds import Inspected
from tasks.models import Assignment, Attachment, Project, ProjectFile, Question
from tasks.models.stored_file import StoredFile
from tasks.queries.files import bytes_in, files_of
from tasks.questions.reading import form_of
from tasks.states import AssignmentStatus

MOST_IN_ANSWER = 100


def add_project_file(
    *, by: Acting, user: User | None, project: Project, name: str, file: File, at: datetime
) -> ProjectFile:
    """Store an image, audio or video in a project. The same file under the same name again is
    answered with the one that is there.

    Raises InvalidInput naming the file for what it is, for its size and for a name that another
    file has, LimitReached where the project is full.
    """
    by.require(Role.MANAGER)
    if project.requester_id != by.requester.pk or project.archived_at is not None:
        raise NotFound("There is no such project.")
    name = kinds.clean_name(name)
    _check_size(file, name)
    found = kinds.shown(file, name)
    before = files_of(project).filter(name=name).first()
    if before is not None:
        if before.digest == found.digest:
            return before
        raise _taken(name)
    row = ProjectFile(
        **_columns(found, name, file, at),
        project=project,
        uploaded_by=user,
        width=found.width,
        height=found.height,
        has_small=bool(found.small),
    )
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        full = bytes_in(project.files.all(), at=at) + row.size - settings.MANYHANDS_PROJECT_BYTES
        if full > 0:
            raise LimitReached(
                f"“{name}” doesn't fit: a project holds "
                f"{filesizeformat(settings.MANYHANDS_PROJECT_BYTES)}, and with it there would be "
                f"{filesizeformat(full)} more. Delete files that no batch uses, or make another "
                "project."
            )
        row.save()
    _write(row, file, found)
    try:
        with transaction.atomic():
            _be_there(row, at)
            trail.record(
                action="add_project_file",
                actor=by.trail,
                subject=("project", project.public_id),
                at=at,
                file=row.key,
            )
    except IntegrityError:  # somebody stored another one of this name meanwhile
        ProjectFile.objects.filter(pk=row.pk).update(leaving_at=at)
        raise _taken(name) from None
    return row


def attach_file(
    *, assignment_id: str, field: str, name: str, file: File, at: datetime
) -> Attachment:
    """Store a file for a field of an answer that is still being given. `assignment_id` is the
    capability, as in submitting. The file counts once a submitted answer holds its key.

    Raises NotFound, WrongState where the work is over, InvalidInput for what the file is and for
    what its QuestionForm doesn't take, LimitReached.
    """
    assignment = (
        Assignment.objects.filter(public_id=assignment_id)
        .select_related("worker__user", "hit__question")
        .first()
    )
    if assignment is None:
        raise NotFound("There is no such assignment.")
    require_good_standing(assignment.worker.user)
    _require_in_work(assignment, at)
    if not 1 <= len(field) <= 200 or "\0" in field:
        raise InvalidInput("A file's field has a name of 1 to 200 characters.")
    name = kinds.clean_name(name)
    _check_size(file, name)
    _check_form(assignment.hit.question, field, name, file.size)
    found = kinds.sent(file, name)
    row = Attachment(
        **_columns(found, name, file, at),
        assignment=assignment,
        batch_id=assignment.hit.batch_id,
        field=field,
    )
    with transaction.atomic():
        locked = Assignment.objects.select_for_update(no_key=True).get(pk=assignment.pk)
        _require_in_work(locked, at)
        files = locked.files.all()
        room = settings.MANYHANDS_ANSWER_BYTES - bytes_in(files, at=at)
        if row.size > room or files.filter(leaving_at=None).count() >= MOST_IN_ANSWER:
            raise LimitReached(
                f"“{name}” is too much for one answer: it takes {MOST_IN_ANSWER} files and "
                f"{filesizeformat(settings.MANYHANDS_ANSWER_BYTES)} in all, files that were "
                "replaced included. Send a smaller one."
            )
        row.save()
    _write(row, file, found)
    _be_there(row, at)
    return row


def _columns(found: Inspected, name: str, file: File, at: datetime) -> Mapping[str, Any]:
    return {
        "name": name,
        "media_type": found.media_type,
        "size": file.size,
        "digest": found.digest,
        "created_at": at,
    }


def _check_size(file: File, name: str) -> None:
    if not file.size:
        raise InvalidInput(f"“{name}” is empty.")
    if file.size > settings.MANYHANDS_MAX_FILE_BYTES:
        raise InvalidInput(
            f"“{name}” has {filesizeformat(file.size)}; a file may have "
            f"{filesizeformat(settings.MANYHANDS_MAX_FILE_BYTES)}. Make it smaller."
        )


def _check_form(question: Question, field: str, name: str, size: int) -> None:
    """A QuestionForm says which of its questions take a file, and how large."""
    if question.kind != Question.Kind.FORM:
        return
    asked = next((q.answer for q in form_of(question).questions if q.identifier == field), None)
    if not isinstance(asked, FileUpload):
        raise InvalidInput(f"No question “{field[:100]}” of this task asks for a file.")
    if wrong := asked.wrong_size(size):
        raise InvalidInput(f"“{name}”: {wrong}")


def _require_in_work(assignment: Assignment, at: datetime) -> None:
    if assignment.status != AssignmentStatus.ACCEPTED or assignment.deadline_at + GRACE < at:
        raise WrongState("This HIT is not in work any more, so no file can be sent with it.")


def _write(row: StoredFile, file: File, found: Inspected) -> None:
    store.write(row.path, file)
    if isinstance(row, ProjectFile) and found.small:
        store.write(row.small_path, found.small)


def _be_there(row: StoredFile, at: datetime) -> None:
    """Unless writing took so long that the row was given up."""
    if not type(row)._default_manager.filter(pk=row.pk, leaving_at=None).update(kept_at=at):
        raise WrongState(f"Storing “{row.name}” took too long. Send it again.")
    row.kept_at = at


def _taken(name: str) -> InvalidInput:
    return InvalidInput(
        f"There is another file called “{name}” in this project. Delete that one, or give this "
        "one another name."
    )
