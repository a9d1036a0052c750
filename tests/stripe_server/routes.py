"""Which function answers which path, and the type that its parameters are checked against."""

import re
from collections.abc import Callable
from typing import Any

from tests.stripe_server.params import checked
from tests.stripe_server.refusal import Refusal
from tests.stripe_server.world import ACCOUNT, Call, Thing, World, expanded, shown

Answer = Callable[[World, Call], Thing]
_routes: list[tuple[str, re.Pattern[str], Any, Answer]] = []


def route(method: str, path: str, shape: Any) -> Callable[[Answer], Answer]:
    """Register the function that answers; `{}` in the path is an id."""
    pattern = re.compile("^" + re.escape(path).replace(r"\{\}", r"([^/]+)") + "$")

    def register(function: Answer) -> Answer:
        _routes.append((method, pattern, shape, function))
        return function

    return register


def prepared(method: str, path: str, given: dict[str, Any], account: str) -> tuple[Answer, Call]:
    """The function to call and what to call it with: nothing has been done yet."""
    for known_method, pattern, shape, function in _routes:
        found = pattern.match(path)
        if found and known_method == method:
            call = Call(checked(given, shape), ids=found.groups(), account=account or ACCOUNT)
            return function, call
    raise Refusal(
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we "
        "can help at https://support.stripe.com/.",
        status=404,
        is_saved=False,
    )


def carried_out(world: World, function: Answer, call: Call) -> Thing:
    """The answer, as it is sent."""
    result: Thing = shown(function(world, call))
    return expanded(world, result, call.params.get("expand", []))
