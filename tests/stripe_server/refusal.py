"""What Stripe answers when it says no: an error object, with the HTTP status that goes with it."""

from typing import Any


class Refusal(Exception):
    """An error answer. `is_saved`: whether an idempotency key keeps it, as it does once the
    operation began; what fails while it is being checked is not kept."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        param: str = "",
        kind: str = "invalid_request_error",
        status: int = 400,
        is_saved: bool = True,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.is_saved = is_saved
        error = {"type": kind, "message": message, "code": code, "param": param, **more}
        self.body = {"error": {name: value for name, value in error.items() if value}}


def missing(kind: str, pk: str, *, param: str = "id", status: int = 404) -> Refusal:
    """There is nothing by that id."""
    words = f"No such {kind}: '{pk}'"
    return Refusal(words, code="resource_missing", param=param, status=status)


def unchecked(message: str, *, code: str, param: str) -> Refusal:
    """A parameter is not what it must be: found before the operation begins."""
    return Refusal(message, code=code, param=param, is_saved=False)
