"""A bonus: money on top, from the requester's balance, at once."""

from datetime import datetime

from django.db import transaction

from marketplace import idempotency, money
from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import InsufficientFunds, InvalidInput, NotFound, WrongState
from marketplace.idempotency import Claim, DuplicateRequest
from payments import ledger
from payments.ledger import Move
from payments.models import AccountKind, Reason
from tasks.actions.create_hits import missing_funds, token_scope
from tasks.actions.tell_of_work import tell_bonus
from tasks.models import Assignment, Bonus

MAX_BONUS_CENTS = 1_000_000


def send_bonus(
    *,
    by: Acting,
    assignment_id: str,
    amount_cents: int,
    reason: str,
    at: datetime,
    request_token: str = "",
    worker_id: str = "",
    is_sandbox: bool | None = None,
) -> Bonus:
    """Pay a bonus on an assignment that was submitted. The same `request_token` pays once in 24
    hours. `worker_id` and `is_sandbox`, where given, must be the assignment's own.

    Raises NotFound, InvalidInput, InsufficientFunds, WrongState before it is submitted, and
    DuplicateRequest, naming the first bonus, for a used token.
    """
    by.require(Role.MANAGER)
    if not reason.strip():
        raise InvalidInput("Say what the bonus is for: the worker sees it.", field="reason")
    assignment = _assignment(by, assignment_id, is_sandbox)
    if not 1 <= amount_cents <= MAX_BONUS_CENTS:
        currency = assignment.hit.hit_type.currency
        least, most = money.show(1, currency), money.show(MAX_BONUS_CENTS, currency)
        raise InvalidInput(f"A bonus is {least} to {most}.", field="amount")
    if worker_id and assignment.worker.public_id != worker_id:
        raise InvalidInput(
            f"Assignment {assignment_id} is not of the worker {worker_id}.", field="worker_id"
        )
    try:
        return _pay(by, assignment, amount_cents, reason.strip(), request_token, at)
    except InsufficientFunds as error:
        raise missing_funds(error, assignment.hit.hit_type.currency) from error


def _assignment(by: Acting, assignment_id: str, is_sandbox: bool | None) -> Assignment:
    found = Assignment.objects.select_related("worker__user", "hit__hit_type").filter(
        public_id=assignment_id, hit__hit_type__requester=by.requester
    )
    if is_sandbox is not None:
        found = found.filter(hit__hit_type__is_sandbox=is_sandbox)
    assignment = found.first()
    if assignment is None:
        raise NotFound(f"Assignment {assignment_id} does not exist.", thing="assignment")
    if assignment.submitted_at is None:
        raise WrongState(
            f"Assignment {assignment_id} was not submitted.",
            thing="assignment",
            turk_words="This operation can be called with a status of: "
            "Submitted,Approved,Rejected.",
        )
    return assignment


def _pay(
    by: Acting, assignment: Assignment, cents: int, reason: str, token: str, at: datetime
) -> Bonus:
    currency = assignment.hit.hit_type.currency
    fee = money.fee_cents(cents)
    with transaction.atomic():
        claim = _claimed(by, assignment, token, at)
        bonus = Bonus.objects.create(
            assignment=assignment,
            requester=by.requester,
            amount_cents=cents,
            fee_cents=fee,
            reason=reason,
            request_token=token,
            paid_at=at,
        )
        source = (AccountKind.REQUESTER, by.requester.public_id, currency)
        worker = (AccountKind.WORKER, assignment.worker.public_id, currency)
        fees = (AccountKind.FEES, "", currency)
        accounts = ledger.accounts([source, worker, fees])
        ledger.post(
            [
                Move(
                    key=f"{fact}:{bonus.pk}",
                    debit=accounts[source],
                    credit=accounts[credit],
                    amount_cents=amount,
                    currency=currency,
                    reason=why,
                    reference=assignment.public_id,
                    note=reason[:200],
                )
                for fact, credit, amount, why in (
                    ("bonus", worker, cents, Reason.BONUS),
                    ("bonus-fee", fees, fee, Reason.BONUS_FEE),
                )
            ],
            at=at,
        )
        trail.record(
            action="send_bonus",
            actor=by.trail,
            subject=("assignment", assignment.public_id),
            at=at,
            reason=reason,
            cents=cents,
        )
        tell_bonus(bonus, at)
        if claim:
            claim.keep(f"{bonus.pk}")
    return bonus


def _claimed(by: Acting, assignment: Assignment, token: str, at: datetime) -> Claim | None:
    if not token:
        return None
    scope = token_scope("send_bonus", by, is_sandbox=assignment.hit.hit_type.is_sandbox)
    try:
        return idempotency.claim(scope=scope, token=token, at=at)
    except DuplicateRequest as repeat:
        first = repeat.details["first"]
        raise DuplicateRequest(
            f"A bonus with this request token was paid already: bonus {first}. This one was not.",
            first=first,
            turk_words=f'The idempotency token "{token}" has already been processed.',
        ) from repeat
