"""One HIT is expired early, given more time or assignments, marked, or deleted."""

from datetime import datetime, timedelta

from django.db import transaction

from marketplace import idempotency
from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import InsufficientFunds, InvalidInput, NotFound, WrongState
from marketplace.idempotency import Claim, DuplicateRequest
from payments import ledger
from payments.models import AccountKind
from tasks import escrow
from tasks.actions.create_hits import (
    missing_funds,
    refuse_taken_down,
    seen_until,
    token_scope,
)
from tasks.actions.give_back import release_slots
from tasks.locks import lock_hits
from tasks.models import HIT
from tasks.states import HITStatus
from tasks.terms import MAX_ASSIGNMENTS, YEAR, check_numbers

FEW = 10
"""Mechanical Turk charged more for HITs of so many assignments, and let none grow into it: its
programs count on that."""
FINISHED = (HITStatus.REVIEWABLE, HITStatus.REVIEWING)


def set_expiration(
    *,
    by: Acting,
    hit_id: str,
    expires_at: datetime,
    at: datetime,
    is_sandbox: bool | None = None,
) -> HIT:
    """Let a HIT expire at another time; one in the past expires it at once.

    Slots that had closed unused open again where there is time now, and are paid for again. To
    expire a deleted HIT changes nothing: programs clean up by expiring first and deleting then.
    """
    if expires_at > at + timedelta(seconds=YEAR):
        raise InvalidInput("A HIT lasts a year at most.", field="expires_at")
    with transaction.atomic():
        hit = _locked(by, hit_id, is_sandbox, also_disposed=expires_at <= at)
        if hit.disposed_at is not None:
            return hit
        hit.expires_at = max(expires_at, at)
        if expires_at <= at:
            release_slots({hit: hit.open_slots}, at)
            hit.open_slots = 0
        else:
            _open(hit, hit.closed_slots, at)
            if hit.open_slots:  # the group is listed for as long as its last HIT is open
                seen_until(hit.hit_type, hit.expires_at, at)
        _save(hit, by, "set_expiration", at)
    return hit


def add_assignments(
    *,
    by: Acting,
    hit_id: str,
    extra: int,
    at: datetime,
    request_token: str = "",
    is_sandbox: bool | None = None,
    keeps_few: bool = False,
) -> HIT:
    """Let more workers do a HIT. On an expired one they open when it is given more time. The
    same `request_token` adds once in 24 hours: DuplicateRequest. `keeps_few` refuses to take one
    of fewer than FEW assignments to FEW or more: InvalidInput."""
    if not 1 <= extra <= MAX_ASSIGNMENTS:
        raise InvalidInput(f"Add 1 to {MAX_ASSIGNMENTS:,} assignments.", field="extra")
    with transaction.atomic():
        hit = _locked(by, hit_id, is_sandbox)
        claim = _claimed(by, hit, request_token, at)
        if keeps_few and hit.max_assignments < FEW <= hit.max_assignments + extra:
            raise InvalidInput(
                f"A HIT of fewer than {FEW} assignments can't be extended to {FEW} or more: this "
                f"one has {hit.max_assignments}. Create another HIT.",
                parameter="NumberOfAdditionalAssignments",
                turk_code="AWS.MechanicalTurk.InvalidMaximumAssignmentsIncrease",
            )
        hit.max_assignments += extra
        check_numbers(max_assignments=hit.max_assignments)
        if hit.expires_at > at:
            _open(hit, extra, at)
            seen_until(hit.hit_type, hit.expires_at, at)
        _save(hit, by, "add_assignments", at)
        if claim:
            claim.keep(f"{hit.public_id}, which has {hit.max_assignments} now")
    return hit


def set_reviewing(
    *, by: Acting, hit_id: str, is_reviewing: bool, at: datetime, is_sandbox: bool | None = None
) -> HIT:
    """Mark a finished HIT as being reviewed, or take the mark back."""
    by.require(Role.REVIEWER)
    with transaction.atomic():
        hit = _locked(by, hit_id, is_sandbox, role=Role.REVIEWER)
        _close_by_the_clock(hit, at)
        if hit.status not in FINISHED:
            raise WrongState(
                f"This HIT is {hit.status}: only a finished one is marked as being reviewed.",
                thing="hit",
                turk_words=_only_finished(hit),
            )
        hit.is_reviewing = is_reviewing
        _save(hit, by, "set_reviewing", at)
    return hit


def delete_hit(*, by: Acting, hit_id: str, at: datetime, is_sandbox: bool | None = None) -> None:
    """Dispose of a HIT that is finished and reviewed. Its record and its payments stay."""
    with transaction.atomic():
        hit = _locked(by, hit_id, is_sandbox)
        _close_by_the_clock(hit, at)
        if hit.status not in FINISHED or hit.submitted_count:
            raise WrongState(
                f"This HIT is {hit.status} with {hit.submitted_count} assignments to review. It "
                "can be deleted once it is Reviewable and everything submitted is approved or "
                "rejected.",
                thing="hit",
                turk_words=_only_finished(hit),
            )
        hit.disposed_at = at
        _save(hit, by, "delete_hit", at)


def _only_finished(hit: HIT) -> str:
    return (
        f"This HIT is currently in the state '{hit.status}'.  "
        "This operation can be called with a status of: Reviewing, Reviewable."
    )


def _locked(
    by: Acting,
    hit_id: str,
    is_sandbox: bool | None,
    role: Role = Role.MANAGER,
    *,
    also_disposed: bool = False,
) -> HIT:
    """The requester's HIT, locked, on either side or on the one that is asked for."""
    by.require(role)
    mine = HIT.objects.filter(public_id=hit_id, hit_type__requester=by.requester)
    if is_sandbox is not None:
        mine = mine.filter(hit_type__is_sandbox=is_sandbox)
    hits = lock_hits(mine.values_list("pk", flat=True))
    if not hits:
        raise NotFound(f"Hit {hit_id} does not exist.", thing="hit")
    (hit,) = hits.values()
    if hit.disposed_at is not None and not also_disposed:
        raise WrongState("This HIT is currently in the state 'Disposed'.", thing="hit")
    return hit


def _close_by_the_clock(hit: HIT, at: datetime) -> None:
    """Expire a HIT whose time is up, whether or not the sweep has been here."""
    if not hit.open_slots or hit.expires_at > at:
        return
    release_slots({hit: hit.open_slots}, at)
    hit.open_slots = 0
    hit.save(update_fields=["open_slots", "escrow_moves"])
    hit.refresh_from_db(fields=["status"])


def _claimed(by: Acting, hit: HIT, token: str, at: datetime) -> Claim | None:
    if not token:
        return None
    scope = token_scope("add_assignments", by, is_sandbox=hit.hit_type.is_sandbox)
    try:
        return idempotency.claim(scope=scope, token=token, at=at)
    except DuplicateRequest as repeat:
        first = repeat.details["first"]
        raise DuplicateRequest(
            f"Assignments were added with this request token already, to HIT {first}. "
            "Nothing was added now.",
            first=first,
            turk_words=f'The idempotency token "{token}" has already been processed.',
        ) from repeat


def _open(hit: HIT, slots: int, at: datetime) -> None:
    """Open slots, paid for from the requester's balance."""
    if not slots:
        return
    refuse_taken_down(hit.hit_type)
    group = hit.hit_type
    source = ledger.account(AccountKind.REQUESTER, group.requester.public_id, group.currency)
    try:
        ledger.post([escrow.hold(hit, slots=slots, source=source)], at=at)
    except InsufficientFunds as error:
        raise missing_funds(error, group.currency) from error
    hit.open_slots += slots
    hit.is_reviewing = False


def _save(hit: HIT, by: Acting, action: str, at: datetime) -> None:
    hit.save(
        update_fields=[
            "expires_at",
            "open_slots",
            "max_assignments",
            "is_reviewing",
            "escrow_moves",
            "disposed_at",
        ]
    )
    hit.refresh_from_db(fields=["status"])
    trail.record(action=action, actor=by.trail, subject=("hit", hit.public_id), at=at)
