"""Calling operations of the MTurk API as the wire does, below its signature."""

import json
from typing import Any

import pytest

from marketplace import clock
from mturk.dispatch import carried_out
from mturk.faults import Fault
from mturk.operation import OPERATIONS, Call
from tests.world import Lab


class Api:
    """One requester's side of the API: api("GetHIT", HITId=…) -> the answer's members."""

    def __init__(self, lab: Lab, *, is_sandbox: bool = False) -> None:
        self.lab = lab
        self.is_sandbox = is_sandbox

    def __call__(self, name: str, **given: Any) -> dict[str, Any]:
        call = Call(by=self.lab.by, is_sandbox=self.is_sandbox, at=clock.now())
        body = json.dumps(given).encode()
        text = carried_out(OPERATIONS[name], call, body, key_id=0, invocation="")
        return json.loads(text)

    def refused(self, name: str, **given: Any) -> Fault:
        """What the API refuses the call with."""
        with pytest.raises(Fault) as caught:
            self(name, **given)
        return caught.value
