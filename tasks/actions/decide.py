"""Approving and rejecting: one set of assignments, one decision, one transaction.

The website, the REST API, the MTurk API, files of decisions and the clock all come here. What
can't be decided is named with its reason and left alone; the rest goes through.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import (
    DomainError,
    InsufficientFunds,
    InvalidInput,
    NotFound,
    WrongState,
)
from marketplace.rows import write_back
from payments import ledger
from payments.ledger import Move
from payments.models import AccountKind
from tasks import escrow
from tasks.actions.create_hits import missing_funds
from tasks.actions.tell_of_work import tell_rejected
from tasks.errors import RejectionIsFinal
from tasks.locks import lock_assignments, lock_hits
from tasks.models import HIT, Assignment
from tasks.states import AssignmentStatus
from workers.actions.record_reviews import Reviewed, record_reviews

UNDO_FOR = timedelta(days=30)
"""How long after it a rejection can be undone, as on Mechanical Turk."""

MAX_FEEDBACK = 1024


@dataclass(kw_only=True, slots=True)
class Decided:
    """Public ids that the decision was carried out on, and why it wasn't on others."""

    done: list[str] = field(default_factory=list)
    refused: dict[str, DomainError] = field(default_factory=dict)


def approve_assignments(
    *,
    by: Acting | None,
    assignment_ids: Sequence[str],
    at: datetime,
    feedback: str = "",
    undo_rejection: bool = False,
    is_sandbox: bool | None = None,
) -> Decided:
    """Approve and pay. `by` None is the clock, for auto-approval; `is_sandbox`, where given,
    leaves out the other side's.

    With `undo_rejection`, rejected ones are approved too, within 30 days; where their money has
    gone back to the requester it is held again first (InsufficientFunds undoes everything).
    """

    def refusal(assignment: Assignment) -> DomainError | None:
        if assignment.status == AssignmentStatus.REJECTED and undo_rejection:
            return _undo_refusal(assignment, at)
        return _state_refusal(assignment)

    return _decide(
        by=by,
        assignment_ids=assignment_ids,
        at=at,
        feedback=feedback,
        is_sandbox=is_sandbox,
        refusal=refusal,
        carry_out=_approve,
    )


def reject_assignments(
    *,
    by: Acting,
    assignment_ids: Sequence[str],
    at: datetime,
    feedback: str,
    is_sandbox: bool | None = None,
) -> Decided:
    """Reject, with the reason that the worker sees. Nothing is paid; the money stays in escrow
    until the time for an appeal is over."""
    return _decide(
        by=by,
        assignment_ids=assignment_ids,
        at=at,
        feedback=feedback,
        is_sandbox=is_sandbox,
        refusal=_state_refusal,
        carry_out=_reject,
    )


def only(decided: Decided, assignment_id: str) -> None:
    """For callers that decide on one: raise the refusal, if it was refused."""
    if assignment_id in decided.refused:
        raise decided.refused[assignment_id]


def _decide(
    *,
    by: Acting | None,
    assignment_ids: Sequence[str],
    at: datetime,
    feedback: str,
    is_sandbox: bool | None,
    refusal: Callable[[Assignment], DomainError | None],
    carry_out: Callable[[list[Assignment], dict[int, HIT], datetime], None],
) -> Decided:
    if by is not None:
        by.require(Role.REVIEWER)
    if len(feedback) > MAX_FEEDBACK:
        raise InvalidInput(
            f"The reason is longer than {MAX_FEEDBACK} characters.",
            field="reason",
            parameter="RequesterFeedback",
        )
    decided = Decided()
    with transaction.atomic():
        mine = Assignment.objects.filter(public_id__in=set(assignment_ids))
        if by is not None:
            mine = mine.filter(hit__hit_type__requester=by.requester)
        if is_sandbox is not None:
            mine = mine.filter(hit__hit_type__is_sandbox=is_sandbox)
        found = lock_assignments(mine.select_related("worker"))
        _name_missing(decided, assignment_ids, found)
        hits = lock_hits(assignment.hit_id for assignment in found)
        chosen = []
        for assignment in found:
            assignment.hit = hits[assignment.hit_id]
            if why := refusal(assignment):
                decided.refused[assignment.public_id] = why
            else:
                chosen.append(assignment)
        if chosen:
            for assignment in chosen:
                assignment.feedback = feedback or assignment.feedback
                assignment.decided_by = by.trail if by else trail.SYSTEM
            carry_out(chosen, hits, at)
            _save(chosen, hits)
            _record(by, carry_out.__name__.strip("_"), chosen, feedback, at)
            if carry_out is _reject:
                tell_rejected(chosen, feedback, at)
    decided.done = [assignment.public_id for assignment in chosen]
    return decided


def _name_missing(decided: Decided, wanted: Sequence[str], found: list[Assignment]) -> None:
    there = {assignment.public_id for assignment in found}
    for public_id in wanted:
        if public_id not in there:
            decided.refused[public_id] = NotFound(
                f"Assignment {public_id} does not exist.", thing="assignment"
            )


def _state_refusal(assignment: Assignment) -> DomainError | None:
    if assignment.status == AssignmentStatus.SUBMITTED:
        return None
    state = "in work" if assignment.status == AssignmentStatus.ACCEPTED else assignment.status
    return WrongState(
        f"Assignment {assignment.public_id} is {state.lower()} already.",
        thing="assignment",
        turk_words="This operation can be called with a status of: Submitted.",
    )


def _undo_refusal(assignment: Assignment, at: datetime) -> DomainError | None:
    assert assignment.rejected_at is not None
    if assignment.hit.disposed_at is not None:
        return WrongState(
            f"The HIT of assignment {assignment.public_id} is currently in the state 'Disposed', "
            "so the rejection can't be undone. A bonus can still make it good.",
            thing="assignment",
        )
    if at - assignment.rejected_at > UNDO_FOR:
        return RejectionIsFinal(
            f"Assignment {assignment.public_id} was rejected more than {UNDO_FOR.days} days ago; "
            "the rejection can't be undone. A bonus can still make it good."
        )
    return None


def _approve(chosen: list[Assignment], hits: dict[int, HIT], at: datetime) -> None:
    moves: list[Move] = []
    told: dict[int, Reviewed] = {}
    accounts = _Accounts(chosen)
    for assignment in chosen:
        hit = hits[assignment.hit_id]
        was_rejected = assignment.status == AssignmentStatus.REJECTED
        if was_rejected:
            if assignment.held_until is None:
                moves.append(escrow.rehold(assignment, requester=accounts.requester(hit)))
            assignment.held_until = None
            hit.rejected_count -= 1
        else:
            hit.submitted_count -= 1
        hit.approved_count += 1
        assignment.move_to(AssignmentStatus.APPROVED, at=at)
        moves += escrow.pay(assignment, worker=accounts.worker(assignment), fees=accounts.fees(hit))
        _tell(told, assignment, approved=1, rejected=-1 if was_rejected else 0)
    record_reviews(told)
    try:
        ledger.post(moves, at=at)
    except InsufficientFunds as error:
        raise missing_funds(error, chosen[0].hit.hit_type.currency) from error


def _reject(chosen: list[Assignment], hits: dict[int, HIT], at: datetime) -> None:
    told: dict[int, Reviewed] = {}
    for assignment in chosen:
        hits[assignment.hit_id].submitted_count -= 1
        hits[assignment.hit_id].rejected_count += 1
        assignment.move_to(AssignmentStatus.REJECTED, at=at)
        assignment.held_until = at + timedelta(days=settings.MANYHANDS_APPEAL_WINDOW_DAYS)
        _tell(told, assignment, approved=0, rejected=1)
    record_reviews(told)


def _tell(
    told: dict[int, Reviewed], assignment: Assignment, *, approved: int, rejected: int
) -> None:
    """Work in the sandbox says nothing about a worker."""
    if assignment.hit.hit_type.is_sandbox:
        return
    before = told.get(assignment.worker_id, Reviewed())
    told[assignment.worker_id] = Reviewed(
        approved=before.approved + approved, rejected=before.rejected + rejected
    )


class _Accounts:
    """The ledger accounts of one decision, looked up together."""

    def __init__(self, chosen: list[Assignment]) -> None:
        self._ids = ledger.accounts(
            key
            for assignment in chosen
            for key in (
                self._of_worker(assignment),
                self._of_fees(assignment.hit),
                self._of_requester(assignment.hit),
            )
        )

    def worker(self, assignment: Assignment) -> int:
        return self._ids[self._of_worker(assignment)]

    def requester(self, hit: HIT) -> int:
        return self._ids[self._of_requester(hit)]

    def fees(self, hit: HIT) -> int:
        return self._ids[self._of_fees(hit)]

    @staticmethod
    def _of_worker(assignment: Assignment) -> ledger.Key:
        return AccountKind.WORKER, assignment.worker.public_id, assignment.hit.hit_type.currency

    @staticmethod
    def _of_requester(hit: HIT) -> ledger.Key:
        return AccountKind.REQUESTER, hit.hit_type.requester.public_id, hit.hit_type.currency

    @staticmethod
    def _of_fees(hit: HIT) -> ledger.Key:
        return AccountKind.FEES, "", hit.hit_type.currency


def _save(chosen: list[Assignment], hits: dict[int, HIT]) -> None:
    write_back(
        chosen,
        ["status", "approved_at", "rejected_at", "held_until", "feedback", "decided_by"],
    )
    touched = {assignment.hit_id: hits[assignment.hit_id] for assignment in chosen}
    write_back(touched.values(), ["submitted_count", "approved_count", "rejected_count"])


def _record(
    by: Acting | None, action: str, chosen: list[Assignment], feedback: str, at: datetime
) -> None:
    """One entry for the act, naming what it was done to."""
    trail.record(
        action=f"{action}_assignments",
        actor=by.trail if by else trail.SYSTEM,
        subject=("requester", chosen[0].hit.hit_type.requester.public_id),
        at=at,
        reason=feedback,
        assignments=[assignment.public_id for assignment in chosen],
    )
