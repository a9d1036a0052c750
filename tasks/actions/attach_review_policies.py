"""A HIT is created with its review policies: read and checked here, run by run_review_policies."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from marketplace.errors import InvalidInput
from tasks.models import HIT, Level, ReviewPolicy
from tasks.quality import known_answers, plurality

Given = Mapping[str, Any]
"""{PolicyName, Parameters: [{Key, Values, MapEntries: [{Key, Values}]}]}, as in the MTurk API."""

_OF_LEVEL = {Level.ASSIGNMENT: known_answers, Level.HIT: plurality}


def attach_review_policies(
    *, hit: HIT, assignment_policy: Given | None, hit_policy: Given | None, at: datetime
) -> None:
    """Give a HIT its policies, in the transaction that creates it at `at`: there is no later.

    Raises InvalidInput, naming the parameter, for a policy that can't be read.
    """
    given = {Level.ASSIGNMENT: assignment_policy, Level.HIT: hit_policy}
    ReviewPolicy.objects.bulk_create(
        _read(hit, level, policy) for level, policy in given.items() if policy
    )


def _read(hit: HIT, level: Level, policy: Given) -> ReviewPolicy:
    rules = _OF_LEVEL[level]
    if str(policy.get("PolicyName", "")).strip() != rules.NAME:
        raise InvalidInput(
            f"There is no {rules.MEMBER} of this name. The one there is: {rules.NAME}.",
            parameter=rules.MEMBER,
        )
    parameters = asdict(rules.read(policy.get("Parameters") or ()))
    return ReviewPolicy(hit=hit, level=level, name=rules.NAME, parameters=parameters)
