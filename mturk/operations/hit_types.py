"""HIT types."""

from typing import Any

from marketplace import money
from marketplace.accounts.models import Role
from marketplace.errors import InvalidInput, NotFound
from mturk.operation import Answer, Call, Given, operation
from tasks.actions.create_hit_type import hit_type_for
from tasks.models import HITType
from tasks.terms import MONTH

LONGEST_AMOUNT = 20


@operation("CreateHITType", mutates=True)
def create_hit_type(call: Call, given: Given) -> Answer:
    """The same values give the same id."""
    return {"HITTypeId": hit_type_given(call, given).public_id}


def hit_type_given(call: Call, given: Given) -> HITType:
    """The requester's HIT type with the terms in the request, made if it is new."""
    call.by.require(Role.MANAGER)
    return hit_type_for(
        requester=call.by.requester,
        is_sandbox=call.is_sandbox,
        terms=_terms(given),
        at=call.at,
    )


def hit_type_of(call: Call, hit_type_id: str) -> HITType:
    """The requester's HIT type of this id on this side. Raises NotFound."""
    found = HITType.objects.select_related("requester").filter(
        requester=call.by.requester, is_sandbox=call.is_sandbox, public_id=hit_type_id
    )
    hit_type = found.first()
    if hit_type is None:
        raise NotFound(f"HITType {hit_type_id} does not exist.", thing="hit_type")
    return hit_type


def cents_given(given: Given, name: str) -> int:
    """An amount in cents. Raises InvalidInput for one that nobody could pay."""
    text = given[name]
    if len(text) > LONGEST_AMOUNT:  # before its digits are made a number
        raise InvalidInput(f"{name} is not an amount that can be paid.", parameter=name)
    try:
        return money.parse_cents(text)
    except InvalidInput as error:
        raise InvalidInput(error.message, parameter=name) from error


def _terms(given: Given) -> dict[str, Any]:
    return {
        "title": given["Title"].strip(),
        "description": given["Description"].strip(),
        "keywords": given.get("Keywords", "").strip(),
        "reward_cents": cents_given(given, "Reward"),
        "assignment_seconds": given["AssignmentDurationInSeconds"],
        "auto_approve_seconds": given.get("AutoApprovalDelayInSeconds", MONTH),
        "requirements": given.get("QualificationRequirements", []),
    }
