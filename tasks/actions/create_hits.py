"""HITs come into being here, with their escrow held: one at a time, or a batch's chunk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from marketplace import idempotency, ids, money
from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import InsufficientFunds, InvalidInput, NotFound, WrongState
from marketplace.idempotency import Claim, DuplicateRequest
from payments import ledger
from payments.models import AccountKind
from tasks import escrow
from tasks.actions.use_files import use_files_named
from tasks.batch_file import Row
from tasks.models import HIT, Batch, HITType, Project, Question
from tasks.terms import check_numbers


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What HITs made together have in common. Money in cents, per assignment."""

    hit_type: HITType
    question: Question
    max_assignments: int
    reward_cents: int
    fee_cents: int
    expires_at: datetime
    annotation: str = ""
    batch: Batch | None = None
    layout: Project | None = None


def insert_hits(plan: Plan, rows: Sequence[Row], *, source: int, at: datetime) -> list[HIT]:
    """Make one HIT per row and hold its cost from the account `source`.

    Part of the caller's transaction: HITs are seen only once their escrow is held. Raises
    InsufficientFunds.
    """
    names = [ids.work_id() for _ in rows]
    accounts = ledger.opened(AccountKind.ESCROW, names, plan.hit_type.currency)
    hits = [
        HIT(
            public_id=name,
            hit_type=plan.hit_type,
            batch=plan.batch,
            layout=plan.layout,
            question=plan.question,
            inputs=row.inputs,
            source_line=row.line,
            annotation=plan.annotation,
            reward_cents=plan.reward_cents,
            fee_cents=plan.fee_cents,
            escrow_id=accounts[name],
            max_assignments=plan.max_assignments,
            open_slots=plan.max_assignments,
            created_at=at,
            expires_at=plan.expires_at,
        )
        for name, row in zip(names, rows, strict=True)
    ]
    moves = [escrow.hold(hit, slots=plan.max_assignments, source=source) for hit in hits]
    HIT.objects.bulk_create(hits)
    ledger.post(moves, at=at)
    seen_until(plan.hit_type, plan.expires_at, at)
    return hits


def seen_until(hit_type: HITType, expires_at: datetime, at: datetime) -> None:
    """Let the group be listed, as new, until its last HIT expires."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tasks_hittype SET newest_hit_at = %s,"
            " last_expiry_at = GREATEST(last_expiry_at, %s) WHERE id = %s",
            [at, expires_at, hit_type.pk],
        )


def refuse_taken_down(hit_type: HITType) -> None:
    """Raise WrongState where the operator has taken the group down: money held for HITs that
    nobody can see would only lie there until they expire."""
    if hit_type.taken_down_at is not None:
        raise WrongState(
            f"The operator has taken this work down: {hit_type.taken_down_reason} Nothing was "
            "published or charged. Write to the operator."
        )


def create_hit(
    *,
    by: Acting,
    hit_type: HITType,
    question: Question,
    inputs: Mapping[str, str],
    max_assignments: int,
    lifetime_seconds: int,
    at: datetime,
    annotation: str = "",
    layout: Project | None = None,
    request_token: str = "",
) -> HIT:
    """Publish one HIT, paid for from the requester's balance. The same `request_token` makes one
    HIT in 24 hours; `layout` is the project that the question comes from, where it comes from one.

    Raises InsufficientFunds with what is missing, InvalidInput, NotAllowed below manager,
    WrongState where the operator has taken the group down, and DuplicateRequest, naming the HIT,
    for a used token.
    """
    by.require(Role.MANAGER)
    if hit_type.requester_id != by.requester.pk:
        raise NotFound("There is no such HIT type.", thing="hit_type")
    refuse_taken_down(hit_type)
    check_numbers(max_assignments=max_assignments, lifetime_seconds=lifetime_seconds)
    if len(annotation) > 255:
        raise InvalidInput("The annotation is longer than 255 characters.", field="annotation")
    plan = Plan(
        hit_type=hit_type,
        question=question,
        max_assignments=max_assignments,
        reward_cents=hit_type.reward_cents,
        fee_cents=money.fee_cents(hit_type.reward_cents),
        expires_at=at + timedelta(seconds=lifetime_seconds),
        annotation=annotation,
        layout=layout,
    )
    holder, currency = by.requester.public_id, hit_type.currency
    source = ledger.account(AccountKind.REQUESTER, holder, currency)
    try:
        with transaction.atomic():
            claim = _claimed(by, hit_type, request_token, at)
            if layout is not None:
                use_files_named(layout, [question.content, inputs], at=at)
            (hit,) = insert_hits(plan, [Row(number=1, inputs=dict(inputs))], source=source, at=at)
            if claim:
                claim.keep(hit.public_id)
            trail.record(action="create_hit", actor=by.trail, subject=("hit", hit.public_id), at=at)
    except InsufficientFunds as error:
        raise missing_funds(error, currency) from error
    return hit


def _claimed(by: Acting, hit_type: HITType, token: str, at: datetime) -> Claim | None:
    if not token:
        return None
    scope = token_scope("create_hit", by, is_sandbox=hit_type.is_sandbox)
    try:
        return idempotency.claim(scope=scope, token=token, at=at)
    except DuplicateRequest as repeat:
        first = repeat.details["first"]
        raise DuplicateRequest(
            f"A HIT with this request token was created already: {first}. Nothing was published.",
            first=first,
            turk_code="AWS.MechanicalTurk.HitAlreadyExists",
            turk_words=f'The HIT with ID "{first}" already exists.',
        ) from repeat


def token_scope(action: str, by: Acting, *, is_sandbox: bool) -> str:
    """Within what a request token is unique: one requester's use of one action, on one side."""
    return f"{action}:{by.requester.public_id}:{'sandbox' if is_sandbox else 'live'}"


def missing_funds(error: InsufficientFunds, currency: str) -> InsufficientFunds:
    """The same refusal, with a sentence that says how much to add."""
    missing = int(error.details["missing_cents"])
    return InsufficientFunds(
        f"Your balance is {money.show(missing, currency)} short of this. Add at least that "
        "much, and try again. Nothing was published or charged.",
        missing_cents=missing,
    )
