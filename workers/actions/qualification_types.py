"""Qualification types: made, changed, deleted. The rules are Mechanical Turk's."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import InvalidInput, WrongState
from marketplace.questionform import answer_key, form
from workers.models import QualificationRequest, QualificationTest, QualificationType
from workers.queries import own_type
from workers.states import RequestStatus, TypeStatus

MAX_NAME, MAX_DESCRIPTION, MAX_KEYWORDS = 200, 2000, 1000
MAX_SECONDS = 315_360_000
"""Ten years: the most for a test's time and for the wait between two tries."""

NAME_IS_TAKEN = (
    "You have already created a QualificationType with this name. A QualificationType's name must "
    "be unique among all of the QualificationTypes created by the same user."
)
DELETED = "The qualification type was deleted."


class NameTaken(WrongState):
    """The requester has a type of this name."""

    code = "name_taken"


def create_qualification_type(
    *, by: Acting, is_sandbox: bool, values: Mapping[str, Any], at: datetime
) -> QualificationType:
    """Make a type from `values`: name, description; and optionally keywords, status, test and
    answer_key (XML), test_seconds, retry_delay_seconds, is_auto_granted, auto_granted_value.

    Raises InvalidInput naming the field, NameTaken, and what the XML's readers raise.
    """
    by.require(Role.MANAGER)
    _text(values, "name", 1, MAX_NAME)
    _text(values, "keywords", 0, MAX_KEYWORDS)
    _check_common(values)
    _text(values, "description", 1, MAX_DESCRIPTION)
    try:
        with transaction.atomic():
            kind = QualificationType(
                owner=by.requester,
                is_sandbox=is_sandbox,
                name=values["name"].strip(),
                keywords=(values.get("keywords") or "").strip(),
                description=values["description"].strip(),
                status=values.get("status") or TypeStatus.ACTIVE,
                retry_delay_seconds=values.get("retry_delay_seconds"),
                test=_test(values, at) if values.get("test") else None,
                created_at=at,
            )
            if not kind.test:
                _refuse_test_parts(values)
            _grant_by_itself(kind, values)
            kind.save(force_insert=True)
            _record("create_qualification_type", by, kind, at)
    except IntegrityError as error:
        raise _taken(error) from error
    return kind


def update_qualification_type(
    *, by: Acting, kind: QualificationType, values: Mapping[str, Any], at: datetime
) -> QualificationType:
    """Change what is in `values` (as for creating, but for name and keywords).

    A test is replaced whole: without an answer_key the new one has none. A test can't be
    removed, a type with one can't grant itself, and retries that were allowed stay allowed.
    Raises as creating does, and WrongState for these.
    """
    by.require(Role.MANAGER)
    _check_common(values)
    if values.get("description") is not None:
        _text(values, "description", 1, MAX_DESCRIPTION)
    with transaction.atomic():
        locked = _locked(by, kind)
        for name in ("description", "status", "retry_delay_seconds"):
            if values.get(name) is not None:
                value = values[name]
                setattr(locked, name, value.strip() if name == "description" else value)
        if values.get("test"):
            locked.test = _new_version(locked.test, values, at)
        else:
            _refuse_test_parts(values)
        _grant_by_itself(locked, values)
        locked.save()
        _record("update_qualification_type", by, locked, at)
    return locked


def delete_qualification_type(*, by: Acting, kind: QualificationType, at: datetime) -> None:
    """Delete a type: its name is free, its pending requests are rejected, nothing new can ask
    for it. Who holds it keeps it for HITs that ask for it already, as on Mechanical Turk."""
    by.require(Role.MANAGER)
    with transaction.atomic():
        locked = _locked(by, kind)
        locked.deleted_at = at
        locked.save(update_fields=["deleted_at"])
        QualificationRequest.objects.filter(
            type=locked, status__in=[RequestStatus.SUBMITTED, RequestStatus.STARTED]
        ).update(status=RequestStatus.REJECTED, decided_at=at, reason=DELETED)
        _record("delete_qualification_type", by, locked, at)


def _locked(by: Acting, kind: QualificationType) -> QualificationType:
    # Asked again under the lock: it may have been deleted since.
    QualificationType.objects.select_for_update(no_key=True).get(pk=kind.pk)
    return own_type(by.requester, kind.public_id, is_sandbox=bool(kind.is_sandbox))


def _test(values: Mapping[str, Any], at: datetime) -> QualificationTest:
    """A test's new version, read and checked."""
    seconds = values.get("test_seconds")
    if seconds is None:
        raise InvalidInput(
            "A test needs its time: give TestDurationInSeconds with it.", field="test_seconds"
        )
    if not 1 <= seconds <= MAX_SECONDS:
        raise InvalidInput(f"A test takes 1 to {MAX_SECONDS:,} seconds.", field="test_seconds")
    key = values.get("answer_key") or ""
    with _about("test", "Test"):
        questions = form.parse(values["test"])
    if key:
        with _about("answer_key", "AnswerKey"):
            answer_key.check_against(answer_key.parse(key), questions)
    return QualificationTest.objects.create(
        questions=values["test"], answer_key=key, seconds=seconds, created_at=at
    )


@contextmanager
def _about(field: str, parameter: str) -> Iterator[None]:
    """Say which of the documents is meant by what its reader refuses."""
    try:
        yield
    except InvalidInput as error:
        error.details = {**error.details, "field": field, "parameter": parameter}
        raise


def _new_version(
    before: QualificationTest | None, values: Mapping[str, Any], at: datetime
) -> QualificationTest:
    """The version before where nothing differs from it."""
    key = values.get("answer_key") or ""
    wanted = (values["test"], key, values.get("test_seconds"))
    if before and wanted == (before.questions, before.answer_key, before.seconds):
        return before
    return _test(values, at)


def _refuse_test_parts(values: Mapping[str, Any]) -> None:
    for field, name in (("answer_key", "AnswerKey"), ("test_seconds", "TestDurationInSeconds")):
        if values.get(field):
            raise InvalidInput(f"{name} goes with a Test, and none was given.", field=field)


def _grant_by_itself(kind: QualificationType, values: Mapping[str, Any]) -> None:
    wanted = values.get("is_auto_granted")
    if wanted is not None:
        kind.is_auto_granted = wanted
    if kind.is_auto_granted and kind.test is not None:
        raise InvalidInput(
            "A type with a test can't be AutoGranted: who asks for it takes the test.",
            field="is_auto_granted",
        )
    value = values.get("auto_granted_value")
    if not kind.is_auto_granted:
        kind.auto_granted_value = None
    elif value is not None:
        kind.auto_granted_value = value
    elif kind.auto_granted_value is None:
        kind.auto_granted_value = 1


def _check_common(values: Mapping[str, Any]) -> None:
    delay = values.get("retry_delay_seconds")
    if delay is not None and not 0 <= delay <= MAX_SECONDS:
        raise InvalidInput(
            f"The wait between two tries is 0 to {MAX_SECONDS:,} seconds.",
            field="retry_delay_seconds",
        )
    status = values.get("status")
    if status is not None and status not in TypeStatus.values:
        raise InvalidInput("The status is Active or Inactive.", field="status")


def _text(values: Mapping[str, Any], field: str, least: int, most: int) -> None:
    text = values.get(field) or ""
    if not least <= len(text.strip()) <= most or "\0" in text:
        raise InvalidInput(
            f"The {field} has {least} to {most:,} characters; this has {len(text.strip()):,}.",
            field=field,
        )


def _taken(error: IntegrityError) -> Exception:
    if "one_qualification_name_per_owner" not in str(error):
        return error
    return NameTaken(
        NAME_IS_TAKEN,
        field="name",
        turk_code="AWS.MechanicalTurk.QualificationTypeAlreadyExists",
    )


def _record(action: str, by: Acting, kind: QualificationType, at: datetime) -> None:
    trail.record(
        action=action, actor=by.trail, subject=("qualification_type", kind.public_id), at=at
    )
