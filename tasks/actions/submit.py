"""A worker submits: the whole rule. Web, REST and externalSubmit all come here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from marketplace.accounts.standing import require_good_standing
from marketplace.errors import InvalidInput, NotFound, WrongState
from marketplace.postgres import prepared
from marketplace.questionform.errors import UnfitAnswer
from marketplace.questionform.fitting import SentFile, asks_for_files, fitted
from marketplace.questionform.form import Form
from tasks.actions.give_back import GRACE
from tasks.errors import TooLate
from tasks.models import Assignment, Question
from tasks.queries.files import files_sent
from tasks.questions.reading import form_of
from tasks.states import AssignmentStatus
from workers.models import Worker

MAX_ANSWER_BYTES = 256 * 1024
MAX_FIELDS = 1000

Answer = Mapping[str, str | list[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Submitted:
    """`is_repeat`: it had been submitted before, and the first answer stands. `is_due`: its
    requester leaves no time for a review, so it is to be approved now."""

    assignment_id: str
    submitted_at: datetime
    is_repeat: bool
    is_due: bool = False


# One statement: the assignment by compare-and-set, and its HIT's counters with it. Subqueries
# and not joins, as in accept.py.
_SUBMIT = """
WITH done AS (
    UPDATE tasks_assignment a
       SET status = 'Submitted', submitted_at = %(at)s::timestamptz, answer = %(answer)s::jsonb,
           auto_approve_at = %(at)s::timestamptz + make_interval(secs => (
               SELECT t.auto_approve_seconds FROM tasks_hittype t
                WHERE t.id = (SELECT h.hit_type_id FROM tasks_hit h WHERE h.id = a.hit_id)))
     WHERE a.public_id = %(assignment)s AND a.status = 'Accepted'
       AND a.deadline_at >= %(latest)s AND {of_whom}
       AND (%(is_fitted)s::boolean OR NOT EXISTS (
               SELECT 1 FROM tasks_question q
                WHERE q.id = (SELECT h.question_id FROM tasks_hit h WHERE h.id = a.hit_id)
                  AND q.kind = 'form'))
 RETURNING a.hit_id, a.auto_approve_at)
UPDATE tasks_hit h
   SET accepted_count = accepted_count - 1, submitted_count = submitted_count + 1
 WHERE h.id = (SELECT hit_id FROM done)
 RETURNING (SELECT auto_approve_at FROM done)
"""

_OF_WORKER = "a.worker_id = %(worker)s"
# By the capability alone nobody has signed in, so nobody has asked yet whether they may act.
_OF_ANYBODY_GOOD = """EXISTS (
    SELECT 1 FROM workers_worker w JOIN accounts_user u ON u.id = w.user_id
     WHERE w.id = a.worker_id AND u.suspended_at IS NULL)"""


def submit(
    *, assignment_id: str, answer: Answer, at: datetime, worker: Worker | None = None
) -> Submitted:
    """Take the answer. `assignment_id` is the capability; a `worker` given must be its own,
    and has been let in by who signed them in.

    A repeat is answered with the first submission's time. Raises NotFound, TooLate, NotAllowed
    for a suspended person, WrongState where it was returned, InvalidInput for an answer too
    large, UnfitAnswer for one that the HIT's QuestionForm doesn't take.
    """
    if done := _take(assignment_id, _checked(answer), at, worker):
        return done
    form = _form_of(assignment_id)
    if form is not None:
        fitting, errors = fitted(form, answer, files=_files(form, assignment_id))
        if errors:
            raise UnfitAnswer(errors)
        if done := _take(assignment_id, _checked(fitting), at, worker, is_fitted=True):
            return done
    return _repeat_or_refusal(assignment_id, worker)


def _take(
    assignment_id: str, text: str, at: datetime, worker: Worker | None, *, is_fitted: bool = False
) -> Submitted | None:
    """What was there to be submitted, and now is. One with a QuestionForm is
    not taken before the answer is fitted to it: other kinds, most of them, need no look."""
    with connection.cursor() as cursor:
        prepared.execute(
            cursor,
            _SUBMIT.format(of_whom=_OF_WORKER if worker else _OF_ANYBODY_GOOD),
            {
                "assignment": assignment_id,
                "answer": text,
                "at": at,
                "latest": at - GRACE,
                "worker": worker.pk if worker else None,
                "is_fitted": is_fitted,
            },
        )
        row = cursor.fetchone()
    if row is None:
        return None
    return Submitted(
        assignment_id=assignment_id, submitted_at=at, is_repeat=False, is_due=row[0] <= at
    )


def _form_of(assignment_id: str) -> Form | None:
    """The QuestionForm that the assignment in work asks, if it asks one."""
    question = Question.objects.filter(
        pk__in=Assignment.objects.filter(
            public_id=assignment_id, status=AssignmentStatus.ACCEPTED
        ).values("hit__question_id"),
        kind=Question.Kind.FORM,
    ).first()
    return form_of(question) if question else None


def _files(form: Form, assignment_id: str) -> dict[str, SentFile]:
    if not asks_for_files(form):
        return {}
    return files_sent(Assignment.objects.get(public_id=assignment_id))


def _checked(answer: Answer) -> str:
    if len(answer) > MAX_FIELDS:
        raise InvalidInput(f"An answer has at most {MAX_FIELDS} fields; this has {len(answer)}.")
    text = json.dumps(_storable(dict(answer)), ensure_ascii=False)
    if len(text.encode()) > MAX_ANSWER_BYTES:
        raise InvalidInput(
            f"This answer is over {MAX_ANSWER_BYTES // 1024} KB. Shorten it and submit again."
        )
    return text


def _storable(value: Any) -> Any:
    """Without what PostgreSQL's JSON can't hold: NUL characters and half surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return value


def _repeat_or_refusal(assignment_id: str, worker: Worker | None) -> Submitted:
    """Why the compare-and-set found nothing to do."""
    mine: dict[str, Any] = {"worker": worker} if worker else {}
    found = Assignment.objects.filter(public_id=assignment_id, **mine)
    assignment = found.select_related("worker__user").first()
    if assignment is None:
        raise NotFound("There is no such assignment.")
    if assignment.submitted_at is not None:
        return Submitted(
            assignment_id=assignment_id, submitted_at=assignment.submitted_at, is_repeat=True
        )
    require_good_standing(assignment.worker.user)
    if assignment.status == AssignmentStatus.RETURNED:
        raise WrongState("You had returned this HIT, so the answer can't be taken.")
    raise TooLate(
        f"The time allotted ran out at {assignment.deadline_at:%H:%M} UTC, so the answer can't "
        "be taken. This does not count against you."
    )
