"""What an operation of the MTurk API is: a name, and a function from what was asked for to what
is answered. Each module of mturk.operations registers its own with `@operation`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.accounts.acting import Acting

Given = Mapping[str, Any]
Answer = dict[str, Any]
Carry = Callable[["Call", Given], Answer]


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One authenticated call: for whom, on which side, and when (UTC)."""

    by: Acting
    is_sandbox: bool
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One of the 39. `mutates`: it runs in one transaction, and a repeat of the same call by a
    client that lost the answer is answered as the first time."""

    name: str
    mutates: bool
    carry_out: Carry


OPERATIONS: dict[str, Operation] = {}


def operation(name: str, *, mutates: bool) -> Callable[[Carry], Carry]:
    """Register the function that carries out one operation.

    It is given the members of the request as botocore's model has them, checked by
    mturk.shapes: timestamps are aware datetimes, members sent as null are left out. It returns
    members of the answer by the model's names; datetimes are sent as epoch seconds, and None
    is left out. It raises DomainErrors, which mturk.faults turns into the API's errors.
    """

    def register(function: Carry) -> Carry:
        assert name not in OPERATIONS, f"{name} is there twice"
        OPERATIONS[name] = Operation(name=name, mutates=mutates, carry_out=function)
        return function

    return register
