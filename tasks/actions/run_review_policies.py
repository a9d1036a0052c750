"""Review policies at work, in two steps that a kill anywhere can't double.

Judging takes one event, writes what was found and what is intended, and deletes the event: one
transaction. Carrying out takes one intended action, does it through the same actions as a
person's click, and writes how it went: one transaction, with one decision in it, since a second
one would lock assignments after accounts. Locks: event, policy, action; then as tasks/locks.py.

A HIT is judged only once its assignments are: what their policy rejects or extends counts.
"""

from collections.abc import Iterator
from datetime import datetime

import structlog
from django.db import OperationalError, transaction

from marketplace import ids
from tasks.models import HIT, Assignment, Event, Level, PolicyAction, PolicyResult, ReviewPolicy
from tasks.quality import known_answers, plurality
from tasks.quality.comparing import Answer
from tasks.states import AssignmentStatus, HITStatus

log = structlog.get_logger()
SERVICE_FAULT = "AWS.ServiceUnavailable"
"""The error code of what failed by our own fault; the log has more."""

_Name = PolicyAction.Name
_Status = PolicyAction.Status


def judge_event(*, event_id: int, at: datetime) -> bool:
    """Run the policy that one event is for; False where it isn't this event's turn.

    What can't be judged is written down as a failed review, so that it comes back to nobody;
    only a failing database leaves the event for another turn.
    """
    with transaction.atomic():
        event = (
            Event.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(pk=event_id, audience=Event.Audience.POLICY)
            .first()
        )
        if event is None:
            return False
        is_of_assignment = event.assignment_id is not None
        if not is_of_assignment and _assignments_come_first(event.hit_id):
            return False
        level = Level.ASSIGNMENT if is_of_assignment else Level.HIT
        policy = (
            ReviewPolicy.objects.select_for_update(no_key=True, of=("self",))
            .select_related("hit")
            .filter(hit=event.hit_id, level=level)
            .first()
        )
        if policy is not None:
            _judge(policy, event, at)
        event.delete()
    return True


def _assignments_come_first(hit_id: int) -> bool:
    """Whether something is still to be judged or done about the HIT's assignments, or the HIT."""
    waiting = Event.objects.filter(
        audience=Event.Audience.POLICY, hit_id=hit_id, assignment_id__isnull=False
    )
    intended = PolicyAction.objects.filter(policy__hit=hit_id, status=_Status.INTENDED)
    return waiting.exists() or intended.exists()


def _judge(policy: ReviewPolicy, event: Event, at: datetime) -> None:
    try:
        with transaction.atomic():
            if event.assignment_id is not None:
                judge_assignment(policy, event.assignment_id, at)
            else:
                judge_hit(policy, at)
    except OperationalError:
        raise
    except Exception:
        log.exception("policy.not_judged", hit=policy.hit.public_id, noted=event.kind)
        PolicyAction.objects.create(
            policy=policy,
            name=_Name.REVIEW,
            target_type=policy.level,
            target_id=_target_id(policy, event),
            status=_Status.FAILED,
            completed_at=at,
            result="This could not be judged. The operator's log says why.",
            error_code=SERVICE_FAULT,
        )


def _target_id(policy: ReviewPolicy, event: Event) -> str:
    if event.assignment_id is None:
        return policy.hit.public_id
    return Assignment.objects.values_list("public_id", flat=True).get(pk=event.assignment_id)


def judge_assignment(policy: ReviewPolicy, assignment_id: int, at: datetime) -> None:
    """ScoreMyKnownAnswers on one assignment; a second time changes nothing."""
    rules = known_answers.KnownAnswers(**policy.parameters)
    assignment = Assignment.objects.get(pk=assignment_id)
    target = assignment.public_id
    if policy.actions.filter(name=_Name.REVIEW, target_id=target).exists():
        return
    judged = known_answers.judge(rules, assignment.answer or {})
    right = sum(judged.correct.values())
    review = _reviewed(policy, target, f"{right} of {len(judged.correct)} known answers.", at)
    results = [
        _result(review, Level.ASSIGNMENT, target, "KnownAnswerCorrect", int(is_right), question)
        for question, is_right in judged.correct.items()
    ]
    results.append(_result(review, Level.ASSIGNMENT, target, "KnownAnswerScore", judged.score))
    PolicyResult.objects.bulk_create(results)
    if judged.approve:
        _intend(policy, _Name.APPROVE, target)
    if judged.reject:
        _intend(policy, _Name.REJECT, target)
    if judged.extend:
        _intend(policy, _Name.EXTEND, policy.hit.public_id)


def judge_hit(policy: ReviewPolicy, at: datetime) -> None:
    """SimplePlurality on a HIT: nothing where it is open again, its next end is judged."""
    rules = plurality.Plurality(**policy.parameters)
    hit = policy.hit
    if hit.status not in (HITStatus.REVIEWABLE, HITStatus.REVIEWING):
        return
    judged = plurality.judge(rules, dict(_compared(policy, rules)))
    found = sum(answer is not None for answer in judged.agreed.values())
    review = _reviewed(
        policy,
        hit.public_id,
        f"{found} of {len(judged.agreed)} questions agreed in {len(judged.workers)} assignments.",
        at,
    )
    PolicyResult.objects.bulk_create(_found(review, hit, judged))
    for target, worker in judged.workers.items():
        if worker.approve:
            _intend(policy, _Name.APPROVE, target)
        if worker.reject:
            _intend(policy, _Name.REJECT, target)
    if judged.extend:
        _intend(policy, _Name.EXTEND, hit.public_id)


def _compared(policy: ReviewPolicy, rules: plurality.Plurality) -> Iterator[tuple[str, Answer]]:
    """(assignment, answer) of those that the policy does not disregard."""
    handed_in = Assignment.objects.filter(hit=policy.hit, submitted_at__isnull=False)
    if rules.disregard_rejected:
        handed_in = handed_in.exclude(status=AssignmentStatus.REJECTED)
    other = ReviewPolicy.objects.filter(hit=policy.hit, level=Level.ASSIGNMENT).first()
    known = known_answers.KnownAnswers(**other.parameters) if other else None
    for target, answer in handed_in.order_by("pk").values_list("public_id", "answer"):
        score = known_answers.judge(known, answer or {}).score if known else None
        below = rules.disregard_known_below
        if score is None or below is None or score >= below:
            yield target, answer or {}


def _found(review: PolicyAction, hit: HIT, judged: plurality.Judged) -> Iterator[PolicyResult]:
    """What is told of the questions, the workers, and the HIT."""
    for question, agreed in judged.agreed.items():
        told = {"AgreedAnswerFound": "true" if agreed else "false"}
        if agreed:
            told["AgreedAnswer"] = "|".join(sorted(agreed.values))
            told["AnswerAgreementScore"] = str(agreed.score)
        for key, value in told.items():
            yield _result(review, Level.HIT, hit.public_id, key, value, question)
    for target, worker in judged.workers.items():
        if worker.score is not None:
            yield _result(review, Level.ASSIGNMENT, target, "WorkerAgreementScore", worker.score)
        yield _result(review, Level.ASSIGNMENT, target, "PluralityAnswersCorrect", worker.correct)
        yield _result(
            review, Level.ASSIGNMENT, target, "PluralityAnswersIncorrect", worker.incorrect
        )
    yield _result(review, Level.HIT, hit.public_id, "HitAgreementScore", judged.score)


def _reviewed(policy: ReviewPolicy, target: str, result: str, at: datetime) -> PolicyAction:
    """The act of judging itself."""
    return PolicyAction.objects.create(
        policy=policy,
        name=_Name.REVIEW,
        target_type=policy.level,
        target_id=target,
        status=_Status.SUCCEEDED,
        completed_at=at,
        result=result,
    )


def _result(
    review: PolicyAction,
    subject_type: Level,
    subject: str,
    key: str,
    value: object,
    question: str = "",
) -> PolicyResult:
    assert review.completed_at is not None
    return PolicyResult(
        policy=review.policy,
        action_id=review.action_id,
        subject_type=subject_type,
        subject_id=subject,
        question_id=question,
        key=key,
        value=str(value),
        found_at=review.completed_at,
    )


def _intend(policy: ReviewPolicy, name: PolicyAction.Name, target: str) -> None:
    PolicyAction.objects.create(
        policy=policy,
        action_id=ids.work_id(),
        name=name,
        target_type=Level.HIT if name == _Name.EXTEND else Level.ASSIGNMENT,
        target_id=target,
        status=_Status.INTENDED,
    )
