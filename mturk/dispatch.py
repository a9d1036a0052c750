"""From a signed call's body to its answer: which operation, checked by its shapes, carried out
once.

botocore sends one `amz-sdk-invocation-id` with every try of one call. A mutation claims it, so a
try whose answer was lost on the way is answered, word for word, as the first one was.
"""

import json
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction

from marketplace import idempotency
from marketplace.accounts.models import Role
from marketplace.errors import DomainError
from marketplace.idempotency import DuplicateRequest
from mturk import (
    operations,  # noqa: F401  (registers the operations)
    shapes,
)
from mturk.faults import Fault, fault_of
from mturk.operation import OPERATIONS, Call, Operation

TARGET = "MTurkRequesterServiceV20170117."
KEPT_FOR = timedelta(hours=1)
"""How long a lost answer can be asked for again: far longer than any client retries."""


def operation_of(target: str) -> Operation:
    """The operation that X-Amz-Target names. Raises Fault."""
    found = OPERATIONS.get(target.removeprefix(TARGET)) if target.startswith(TARGET) else None
    if found is None:
        raise Fault("UnknownOperationException", f"There is no operation “{target[:120]}”.")
    return found


def carried_out(
    operation: Operation, call: Call, body: bytes, *, key_id: int, invocation: str
) -> str:
    """Carry the operation out; its answer as JSON. Raises Fault."""
    given = shapes.given(operation.name, _parsed(body))
    try:
        if not operation.mutates:
            return _text(operation.carry_out(call, given))
        call.by.require(Role.VIEWER)  # what a suspended requester can't do, its keys can't
        with transaction.atomic():
            if not invocation:
                return _text(operation.carry_out(call, given))
            scope = f"mturk:{key_id}:{operation.name}"
            token = sha256(invocation.encode(errors="replace") + b"\n" + body).hexdigest()
            try:
                claim = idempotency.claim(scope=scope, token=token, at=call.at, kept_for=KEPT_FOR)
            except DuplicateRequest as repeat:
                return str(repeat.details["first"])
            text = _text(operation.carry_out(call, given))
            claim.keep(text)
            return text
    except DomainError as error:
        raise fault_of(error) from error


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}", parse_constant=_no_such)
    except (ValueError, RecursionError) as error:
        raise Fault("SerializationException", f"The body is not JSON: {str(error)[:200]}") from None


def _no_such(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _text(answer: dict[str, Any]) -> str:
    return json.dumps(shapes.answer(answer), ensure_ascii=False, separators=(",", ":"))
