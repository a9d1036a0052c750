"""Who is in the story: a requester with a key, and workers who act through the site's actions."""

from dataclasses import dataclass, field
from typing import Any

from marketplace import clock
from marketplace.accounts.actions.create_access_key import create_access_key
from marketplace.accounts.models import AccessKey, Role
from tasks import jobs
from tasks.actions.accept import accept_hit
from tasks.actions.submit import submit
from tests.mturk.conformance.recorder import Recorder
from tests.world import Lab, a_lab, a_worker
from workers.actions.request_qualification import request_qualification, submit_test
from workers.models import Worker


@dataclass
class Cast:
    """A requester and its recorder; workers come as they are needed."""

    lab: Lab
    recorder: Recorder
    endpoint: str
    _workers: list[Worker] = field(default_factory=list)

    def call(self, operation: str, **given: Any) -> dict[str, Any]:
        """The requester calls an operation."""
        return self.recorder.call(operation, **given)

    def refused(self, operation: str, code: str, text: str = "", **given: Any) -> str:
        """The requester calls an operation, and is refused."""
        return self.recorder.refused(operation, code, text, **given)

    def with_role(self, role: Role) -> "Cast":
        """The same requester, by a key with this role."""
        recorder = _recorder(self.lab, self.endpoint, role=role)
        return Cast(lab=self.lab, recorder=recorder, endpoint=self.endpoint)

    def with_side(self, side: AccessKey.Side) -> "Cast":
        """The same requester, by a key for this side."""
        recorder = _recorder(self.lab, self.endpoint, side=side)
        return Cast(lab=self.lab, recorder=recorder, endpoint=self.endpoint)

    def worker(self, number: int = 0) -> Worker:
        """The worker of this number, in Pennsylvania."""
        while len(self._workers) <= number:
            name = f"worker{len(self._workers)}"
            self._workers.append(a_worker(name, country="US", subdivision="PA"))
        return self._workers[number]

    def accepts(self, hit_id: str, number: int = 0) -> str:
        """A worker accepts the HIT; the assignment's id."""
        taken = accept_hit(worker=self.worker(number), hit_id=hit_id, at=clock.now())
        return taken.assignment_id

    def submits(self, hit_id: str, number: int = 0, **answer: Any) -> str:
        """A worker does the HIT; the assignment's id."""
        assignment_id = self.accepts(hit_id, number)
        submit(assignment_id=assignment_id, answer=answer or {"label": "cat"}, at=clock.now())
        return assignment_id

    def requests(self, type_id: str, number: int = 0, **answer: Any) -> None:
        """A worker asks for the qualification, and takes its test."""
        worker = self.worker(number)
        begun = request_qualification(
            worker=worker, type_id=type_id, is_sandbox=False, at=clock.now()
        )
        submit_test(worker=worker, request_id=begun.public_id, answer=answer, at=clock.now())

    def clock_works(self) -> None:
        """The jobs have had a turn."""
        for job in (jobs.expire_hits, jobs.abandon_assignments, jobs.auto_approve):
            job()


def _recorder(lab: Lab, endpoint: str, **scope: Any) -> Recorder:
    key, secret = create_access_key(by=lab.by, created_by=lab.user, at=clock.now(), **scope)
    return Recorder(endpoint, key.access_key_id, secret)


def a_cast(endpoint: str) -> Cast:
    """A requester with money and a key pair that works at `endpoint`."""
    lab = a_lab("Conformance Lab", cents=5_000_00)
    return Cast(lab=lab, recorder=_recorder(lab, endpoint), endpoint=endpoint)
