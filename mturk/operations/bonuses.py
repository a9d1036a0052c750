"""Bonuses and the balance."""

from typing import Any

from marketplace import money
from mturk.faults import MISSING, InvalidParameter
from mturk.operation import Answer, Call, Given, operation
from mturk.operations.assignments import assignment_of
from mturk.operations.hit_types import cents_given
from mturk.operations.hits import hit_of, hits_of
from mturk.paging import page
from payments.queries import deposits_under_way, requester_balance
from tasks.actions.send_bonus import send_bonus as send
from tasks.models import Bonus


@operation("SendBonus", mutates=True)
def send_bonus(call: Call, given: Given) -> Answer:
    """Pay a bonus at once, for an assignment that was submitted."""
    send(
        by=call.by,
        assignment_id=given["AssignmentId"],
        worker_id=given["WorkerId"],
        amount_cents=cents_given(given, "BonusAmount"),
        reason=given["Reason"],
        request_token=given.get("UniqueRequestToken", ""),
        is_sandbox=call.is_sandbox,
        at=call.at,
    )
    return {}


@operation("ListBonusPayments", mutates=False)
def list_bonus_payments(call: Call, given: Given) -> Answer:
    """Bonuses for a HIT or for an assignment, newest first."""
    hit_id, assignment_id = given.get("HITId"), given.get("AssignmentId")
    if hit_id is None and assignment_id is None:
        raise InvalidParameter(
            "Your request is missing required parameters: either HITId or AssignmentId.",
            parameter="HITId",
            code=MISSING,
        )
    found = Bonus.objects.select_related("assignment__worker")
    if hit_id is not None:
        found = found.filter(assignment__hit=hit_of(call, hit_id, hits_of(call)))
    if assignment_id is not None:
        found = found.filter(assignment=assignment_of(call, assignment_id))
    return page(found, given, name="BonusPayments", show=_bonus_shape)


def _bonus_shape(bonus: Bonus) -> dict[str, Any]:
    return {
        "WorkerId": bonus.assignment.worker.public_id,
        "BonusAmount": money.dollars(bonus.amount_cents),
        "AssignmentId": bonus.assignment.public_id,
        "Reason": bonus.reason,
        "GrantTime": bonus.paid_at,
    }


@operation("GetAccountBalance", mutates=False)
def get_account_balance(call: Call, given: Given) -> Answer:
    """What can be spent; and on hold what was deposited and has not settled."""
    currency = money.currency_of(is_sandbox=call.is_sandbox)
    holder = call.by.requester.public_id
    return {
        "AvailableBalance": money.dollars(requester_balance(holder, currency)),
        "OnHoldBalance": money.dollars(deposits_under_way(holder, currency)),
    }
