"""ListReviewPolicyResultsForHIT: what a HIT's review policies found and did.

Four lists make one sequence: results and actions of the assignments' policy, then of the HIT's,
each in the order they came. A page is `MaxResults` of it, so one can end in the middle of a list.
Unlike the lists of mturk.paging, a token comes only where there is more: there is no one list
that would be empty at the end.
"""

import base64
from collections.abc import Callable, Iterator
from typing import Any

from marketplace.errors import NotFound
from mturk.faults import InvalidParameter
from mturk.operation import Answer, Call, Given, operation
from tasks.models import HIT, Level, PolicyAction, PolicyResult, ReviewPolicy

USUAL = 100
"""Rows a page: nobody's client pages this list, and it once gave 400."""
_LARGEST = 2**63 - 1
_LEVELS = (Level.ASSIGNMENT, Level.HIT)
_Part = tuple[Level, str]


@operation("ListReviewPolicyResultsForHIT", mutates=False)
def list_review_policy_results_for_hit(call: Call, given: Given) -> Answer:
    """Both reports, or those asked for. RetrieveActions and RetrieveResults are true unless
    they are false, as they were in the older API."""
    hit = HIT.objects.filter(
        public_id=given["HITId"],
        hit_type__requester=call.by.requester,
        hit_type__is_sandbox=call.is_sandbox,
    ).first()
    if hit is None:
        raise NotFound(f"Hit {given['HITId']} does not exist.", thing="hit")
    asked = set(given.get("PolicyLevels") or _LEVELS)
    policies = {
        Level(policy.level): policy
        for policy in ReviewPolicy.objects.filter(hit=hit, level__in=asked)
    }
    answer: Answer = {"HITId": hit.public_id}
    for level, policy in policies.items():
        answer[f"{level}ReviewPolicy"] = {"PolicyName": policy.name}
        answer[f"{level}ReviewReport"] = {
            name: [] for name in _SHOWN if given.get(f"Retrieve{name.removeprefix('Review')}", True)
        }
    parts = [
        (level, name)
        for level in _LEVELS
        if level in policies
        for name in answer[f"{level}ReviewReport"]
    ]
    most = given.get("MaxResults", USUAL)
    rows = list(_rows(policies, parts, given.get("NextToken"), most + 1))
    for (level, name), row in rows[:most]:
        answer[f"{level}ReviewReport"][name].append(_SHOWN[name](row))
    if len(rows) > most:
        part, row = rows[most - 1]
        answer["NextToken"] = _token(part, row.pk)
    return answer


def _rows(
    policies: dict[Level, ReviewPolicy], parts: list[_Part], token: str | None, most: int
) -> Iterator[tuple[_Part, Any]]:
    """The next `most` rows of the sequence, after the token's."""
    after = 0
    if token:
        part, after = _place_in(token)
        parts = parts[parts.index(part) :] if part in parts else []
    for level, name in parts:
        policy = policies[level]
        found = policy.results if name == "ReviewResults" else policy.actions
        rows = list(found.filter(pk__gt=after).order_by("pk")[:most])  # type: ignore[attr-defined]
        yield from (((level, name), row) for row in rows)
        most, after = most - len(rows), 0


def _token(part: _Part, key: int) -> str:
    text = f"{part[0]}:{part[1]}:{key}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place_in(token: str) -> tuple[_Part, int]:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        level, name, digits = text.split(":")
        if name in _SHOWN and digits.isascii() and digits.isdigit() and len(digits) < 20:
            return (Level(level), name), min(int(digits), _LARGEST)
    except ValueError:
        pass
    raise InvalidParameter(
        f'The value "{token[:100]}" is not valid for the parameter NextToken.',
        parameter="NextToken",
    )


def _result(row: PolicyResult) -> dict[str, Any]:
    return {
        "ActionId": row.action_id,
        "SubjectId": row.subject_id,
        "SubjectType": row.subject_type,
        "QuestionId": row.question_id or None,
        "Key": row.key,
        "Value": row.value,
    }


def _action(row: PolicyAction) -> dict[str, Any]:
    return {
        "ActionId": row.action_id,
        "ActionName": row.name,
        "TargetId": row.target_id,
        "TargetType": row.target_type,
        "Status": row.status,
        "CompleteTime": row.completed_at,
        "Result": row.result or None,
        "ErrorCode": row.error_code or None,
    }


_SHOWN: dict[str, Callable[[Any], dict[str, Any]]] = {
    "ReviewResults": _result,
    "ReviewActions": _action,
}
