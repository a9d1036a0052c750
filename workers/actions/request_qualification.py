"""A worker asks for a qualification: granted at once, by a test, or by the requester's word."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from marketplace.audit import trail
from marketplace.errors import LimitReached, NotAllowed, NotFound, WrongState
from marketplace.questionform import answer_key
from workers.actions.grant_qualification import lock_worker, write_grant
from workers.models import Qualification, QualificationRequest, QualificationType, Worker
from workers.queries import blocking, requestable_types
from workers.states import QualificationStatus, RequestStatus

GRACE = timedelta(seconds=30)
"""A test sent in this much after its deadline was on its way in time."""

OPEN = (RequestStatus.STARTED, RequestStatus.SUBMITTED)
Answer = Mapping[str, str | list[str]]


class NoRetake(NotAllowed):
    """One try was allowed, and the worker has had it."""

    code = "no_retake"


class RetryTooSoon(LimitReached):
    """The wait between two tries isn't over; `details["again_at"]` says when it is."""

    code = "retry_too_soon"


class ClosedTest(WrongState):
    """The time for the test had run out, or it was sent in before."""

    code = "test_over"


def request_qualification(
    *, worker: Worker, type_id: str, is_sandbox: bool, at: datetime
) -> QualificationRequest:
    """Ask for the type. What becomes of it is the request's status: Granted at once where the
    type grants itself, Started where there is a test to take until `deadline_at`, Submitted
    where the requester decides. A test that was begun goes on with the time that is left.

    Raises NotFound, NotAllowed to a blocked worker, NoRetake, RetryTooSoon, and WrongState where
    a request waits already or the worker has all that there is to get.
    """
    with transaction.atomic():
        lock_worker(worker)
        kind = _requestable(worker, type_id, is_sandbox)
        last = QualificationRequest.objects.filter(worker=worker, type=kind).order_by("-pk").first()
        if last is not None and last.status == RequestStatus.STARTED:
            if not is_over(last, at):
                return last
            last.move_to(RequestStatus.LAPSED, at=at)
            last.save()
        require_chance(worker, kind, last, at)
        return _begin(worker, kind, at)


def submit_test(
    *, worker: Worker, request_id: str, answer: Answer, at: datetime
) -> QualificationRequest:
    """Send a test in: graded and granted by its answer key, else it waits for the requester.

    Raises NotFound, and ClosedTest once its time has run out or it was sent in.
    """
    with transaction.atomic():
        lock_worker(worker)
        request = _own(worker, request_id)
        if request.status != RequestStatus.STARTED:
            raise ClosedTest("This test was sent in already, or its time has run out.")
        if is_over(request, at):
            lapsed = request
        else:
            lapsed = None
            _take_in(request, worker, answer, at)
    if lapsed is not None:
        lapse_tests(at=at, worker=worker)
        raise ClosedTest("The time for this test has run out. What you filled in was not sent.")
    return request


def lapse_tests(*, at: datetime, worker: Worker | None = None) -> int:
    """Mark tests whose time has run out; how many. A test's time holds without this."""
    over = QualificationRequest.objects.filter(
        status=RequestStatus.STARTED, deadline_at__lt=at - GRACE
    )
    if worker is not None:
        over = over.filter(worker=worker)
    return over.update(status=RequestStatus.LAPSED, decided_at=at)


def again_at(
    kind: QualificationType, last: QualificationRequest | None, at: datetime
) -> datetime | None:
    """From when on a worker whose latest try was `last` may try again; None: never.

    Time counts from when the try was sent in, or where it lapsed, from when it was begun.
    """
    if last is None:
        return at
    if kind.retry_delay_seconds is None:
        return None
    return (last.submitted_at or last.started_at) + timedelta(seconds=kind.retry_delay_seconds)


def require_chance(
    worker: Worker, kind: QualificationType, last: QualificationRequest | None, at: datetime
) -> None:
    """Raise where a worker whose latest try was `last` can't try (again) now; the try itself may
    still be going on. Raises WrongState, NoRetake, RetryTooSoon."""
    if last is not None and last.status == RequestStatus.SUBMITTED:
        raise WrongState("You have asked for this already, and the requester hasn't decided yet.")
    is_held = Qualification.objects.filter(
        worker=worker, type=kind, status=QualificationStatus.GRANTED
    ).exists()
    if is_held and kind.test is None:
        raise WrongState("You have this qualification already.")
    chance = again_at(kind, last, at)
    if chance is None:
        raise NoRetake(
            "You have asked for this qualification before, and it can be asked for once only.",
            turk_code="AWS.MechanicalTurk.QualificationTypeDoesNotAllowRetake",
        )
    if chance > at:
        raise RetryTooSoon(
            f"You can try again from {chance:%Y-%m-%d %H:%M} UTC on.",
            turk_code="AWS.MechanicalTurk.QualificationTypeRetryDelayNotElapsed",
            again_at=chance,
        )


def _requestable(worker: Worker, type_id: str, is_sandbox: bool) -> QualificationType:
    kind = requestable_types("", is_sandbox=is_sandbox).filter(public_id=type_id).first()
    if kind is None:
        raise NotFound(
            "There is no such qualification to ask for: it may have been closed or deleted.",
            thing="qualification_type",
        )
    if kind.owner_id in blocking(worker.pk, is_sandbox=is_sandbox):
        raise NotAllowed("This requester does not take work from you.")
    return kind


def is_over(request: QualificationRequest, at: datetime) -> bool:
    """Whether a test that was begun can't be sent in any more."""
    return request.deadline_at is not None and request.deadline_at + GRACE < at


def _begin(worker: Worker, kind: QualificationType, at: datetime) -> QualificationRequest:
    request = QualificationRequest(worker=worker, type=kind, test=kind.test, started_at=at)
    if kind.test is not None:
        request.status = RequestStatus.STARTED
        request.deadline_at = at + timedelta(seconds=kind.test.seconds)
    elif kind.is_auto_granted:
        request.status, request.submitted_at, request.decided_at = RequestStatus.GRANTED, at, at
        request.value = kind.auto_granted_value or 0
        write_grant(kind=kind, worker=worker, value=request.value, at=at)
    else:
        request.status, request.submitted_at = RequestStatus.SUBMITTED, at
    request.save(force_insert=True)
    _record("request_qualification", request, worker, at)
    return request


def _own(worker: Worker, request_id: str) -> QualificationRequest:
    found = (
        QualificationRequest.objects.select_related("type__owner", "test")
        .filter(worker=worker, public_id=request_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such test of yours.", thing="qualification_request")
    return found


def _take_in(request: QualificationRequest, worker: Worker, answer: Answer, at: datetime) -> None:
    request.answer = dict(answer)
    request.submitted_at = at
    if request.test is not None and request.test.answer_key:
        request.value = answer_key.score(answer_key.parse(request.test.answer_key), answer)
        request.move_to(RequestStatus.GRANTED, at=at)
        write_grant(kind=request.type, worker=worker, value=request.value, at=at)
    else:
        request.move_to(RequestStatus.SUBMITTED, at=at)
    request.save()
    _record("submit_test", request, worker, at)


def _record(action: str, request: QualificationRequest, worker: Worker, at: datetime) -> None:
    trail.record(
        action=action,
        actor=trail.actor_of(worker.user),
        subject=("worker", worker.public_id),
        at=at,
        type=request.type.public_id,
        request=request.public_id,
        status=request.status,
        value=request.value,
    )
