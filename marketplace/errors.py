"""What can go wrong, as the rules say it. Each interface turns these into its own words.

A DomainError's message is a sentence for the person who hit it: who, what, why, and what to
do about it. `code` is stable and goes to programs; `status` is the HTTP status that fits.
"""

from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """A rule said no. Nothing was changed."""

    code = "refused"
    status = 400

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, Any] = details


class InvalidInput(DomainError):
    """A value can't be what it is; `details["field"]` names it where there is one."""

    code = "invalid_input"


class NotAllowed(DomainError):
    """This person may not do that here."""

    code = "not_allowed"
    status = 403


class NotFound(DomainError):
    """It does not exist, or it is somebody else's: the two look the same from outside."""

    code = "not_found"
    status = 404


class WrongState(DomainError):
    """The thing is not in a state in which this can be done to it."""

    code = "wrong_state"
    status = 409


class InsufficientFunds(DomainError):
    """An account holds less than this would take. `details` has missing_cents where known."""

    code = "insufficient_funds"
    status = 402


class LimitReached(DomainError):
    """A limit on how much at once, or how often."""

    code = "limit_reached"
    status = 429
