"""What a review policy intends is done, one action a transaction, through the same actions as a
person's decision, and in the name of the HIT's policy."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import OperationalError, transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.errors import DomainError, InsufficientFunds, NotAllowed, WrongState
from tasks.actions.change_hit import FEW, add_assignments, set_expiration
from tasks.actions.decide import Decided, approve_assignments, reject_assignments
from tasks.actions.run_review_policies import SERVICE_FAULT
from tasks.locks import lock_hits
from tasks.models import Assignment, PolicyAction, ReviewPolicy
from tasks.states import AssignmentStatus

log = structlog.get_logger()

_Name = PolicyAction.Name


def carry_out_policy_action(*, action_id: int, at: datetime) -> bool:
    """Do one intended action and write how it went; False where it is done, or being done.

    Whatever refuses it is its outcome, so nothing comes back for ever; only a failing database
    leaves it intended, for another turn.
    """
    with transaction.atomic():
        action = (
            PolicyAction.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
            .select_related("policy__hit__hit_type__requester")
            .filter(pk=action_id, status=PolicyAction.Status.INTENDED)
            .first()
        )
        if action is None:
            return False
        action.status, action.completed_at = PolicyAction.Status.SUCCEEDED, at
        try:
            with transaction.atomic():
                action.result = _DO[_Name(action.name)](action, at)
        except DomainError as error:
            _fail(action, error.message, _code(action, error))
        except OperationalError:
            raise
        except Exception:
            log.exception("policy.not_carried_out", action=action.action_id, name=action.name)
            _fail(action, "This could not be done. The operator's log says why.", SERVICE_FAULT)
        action.save(update_fields=["status", "completed_at", "result", "error_code"])
    return True


def _fail(action: PolicyAction, why: str, code: str) -> None:
    action.status, action.result, action.error_code = PolicyAction.Status.FAILED, why, code


def _code(action: PolicyAction, error: DomainError) -> str:
    """The MTurk API's code for what refused the action."""
    if isinstance(error, InsufficientFunds):
        return "AWS.MechanicalTurk.InsufficientFunds"
    if isinstance(error, NotAllowed):
        return "AWS.MechanicalTurk.PermissionDenied"
    thing = "HIT" if action.name == _Name.EXTEND else "Assignment"
    return f"AWS.MechanicalTurk.Invalid{thing}State"


def _by(policy: ReviewPolicy) -> Acting:
    """The requester, by the HIT's policy: made when whoever created the HIT was a manager."""
    hit = policy.hit
    return Acting(
        requester=hit.hit_type.requester, role=Role.MANAGER, trail=f"policy:{hit.public_id}"
    )


def _approve(action: PolicyAction, at: datetime) -> str:
    decided = approve_assignments(
        by=_by(action.policy),
        assignment_ids=[action.target_id],
        at=at,
        feedback=action.policy.parameters.get("approve_reason", ""),
    )
    return _outcome(action, decided, AssignmentStatus.APPROVED)


def _reject(action: PolicyAction, at: datetime) -> str:
    decided = reject_assignments(
        by=_by(action.policy),
        assignment_ids=[action.target_id],
        at=at,
        feedback=action.policy.parameters.get("reject_reason", ""),
    )
    return _outcome(action, decided, AssignmentStatus.REJECTED)


def _outcome(action: PolicyAction, decided: Decided, wanted: AssignmentStatus) -> str:
    """What to say of it. What was so already counts as done, as on Mechanical Turk."""
    refusal = decided.refused.get(action.target_id)
    if refusal is None:
        return str(wanted)
    if Assignment.objects.filter(public_id=action.target_id, status=wanted).exists():
        return f"Already {wanted.lower()}"
    raise refusal


def _extend(action: PolicyAction, at: datetime) -> str:
    """One assignment more, and at least so much time for it, up to the policy's maximum."""
    rules, by = action.policy.parameters, _by(action.policy)
    hit = lock_hits([action.policy.hit_id])[action.policy.hit_id]
    most = rules["extend_maximum"]
    if hit.max_assignments < FEW:
        most = min(most, FEW - 1)
    if hit.max_assignments >= most:
        return f"Not extended: it has {hit.max_assignments} assignments, and {most} are the most."
    until = max(hit.expires_at, at + timedelta(seconds=rules["extend_seconds"]))
    if until <= at:
        raise WrongState("The HIT has expired, and its policy gives it no more time.")
    add_assignments(by=by, hit_id=hit.public_id, extra=1, at=at)
    if until > hit.expires_at:
        set_expiration(by=by, hit_id=hit.public_id, expires_at=until, at=at)
    return f"Extended to {hit.max_assignments + 1} assignments."


_DO: dict[PolicyAction.Name, Callable[[PolicyAction, datetime], str]] = {
    _Name.APPROVE: _approve,
    _Name.REJECT: _reject,
    _Name.EXTEND: _extend,
}
