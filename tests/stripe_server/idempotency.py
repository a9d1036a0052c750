"""Idempotency keys, as Stripe keeps them: the first answer, for 24 hours.

An answer is kept once the operation began, errors and 500s included. What fails before that
(parameters, a conflict, a rate limit) is not kept, and the same key may be tried again.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.stripe_server.refusal import Refusal

PRUNED_AFTER = 24 * 3600
Answer = tuple[int, dict[str, Any]]
"""HTTP status and body."""


@dataclass
class Kept:
    """What one key stands for."""

    path: str
    params: str
    at: int
    answer: Answer | None = None
    """None while the operation runs."""


@dataclass
class Keys:
    """All keys of one Stripe account."""

    kept: dict[str, Kept] = field(default_factory=dict)

    def claim(self, key: str, path: str, params: Any, now: int) -> Answer | None:
        """The answer given before, or None: then the operation may begin. Raises Refusal."""
        if len(key) > 255:
            raise Refusal("Idempotency keys must be at most 255 characters.", is_saved=False)
        known = self.kept.get(key)
        if known and now - known.at >= PRUNED_AFTER:
            known = None
        text = json.dumps(params, sort_keys=True)
        if known is None:
            self.kept[key] = Kept(path=path, params=text, at=now)
            return None
        if known.path != path:
            raise _mismatch(
                key, f"for the same endpoint they were first used for ('{path}' vs '{known.path}')"
            )
        if known.params != text:
            raise _mismatch(key, "with the same parameters they were first used with")
        if known.answer is None:
            raise Refusal(
                "There is currently another in-progress request using this Idempotent Key (that "
                "probably means you submitted twice, and the other request is still going "
                "through). Please try again later.",
                code="idempotency_key_in_use",
                kind="idempotency_error",
                status=409,
                is_saved=False,
            )
        return known.answer

    def keep(self, key: str, answer: Answer) -> None:
        """The operation has ended with this."""
        self.kept[key].answer = answer

    def release(self, key: str) -> None:
        """The operation never began."""
        self.kept.pop(key, None)


def _mismatch(key: str, words: str) -> Refusal:
    return Refusal(
        f"Keys for idempotent requests can only be used {words}. Try using a key other than "
        f"'{key}' if you meant to execute a different request.",
        kind="idempotency_error",
        is_saved=False,
    )
