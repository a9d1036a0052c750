"""The machine goes on: doing work and reviewing it."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from marketplace.errors import InsufficientFunds, NotFound, WrongState
from marketplace.idempotency import DuplicateRequest
from tasks import jobs
from tasks.actions.accept import accept_hit, accept_next
from tasks.actions.decide import approve_assignments, only, reject_assignments
from tasks.actions.give_back import return_assignment
from tasks.actions.review_run import start_run_on
from tasks.actions.send_bonus import send_bonus
from tasks.actions.submit import submit
from tasks.errors import AlreadyDone, HITTaken, NoMoreWork, QueueFull, TooLate
from tasks.models import Assignment, Batch
from tests.statemachine.machine import PICK, QUEUE, Marketplace
from tests.statemachine.model import GRACE, UNDO, Hit, ModelRun, Work


class WorkingMarketplace(Marketplace):
    """Money, and work."""

    def some_hit(self, pick: int) -> Hit:
        return list(self.books.hits.values())[pick % len(self.books.hits)]

    def some_work(self, pick: int, *statuses: str) -> tuple[Hit, Work]:
        pairs = self.books.all_work()
        liked = [pair for pair in pairs if pair[1].status in statuses]
        return (liked or pairs)[pick % len(liked or pairs)]

    def has_hits(self) -> bool:
        return bool(self.books.hits)

    def has_work(self) -> bool:
        return any(hit.work for hit in self.books.hits.values())

    # --- doing work ------------------------------------------------------------------------

    @precondition(has_hits)
    @rule(pick=PICK, who=PICK)
    def accept_from_group(self, pick: int, who: int) -> None:
        worker = self.cast.workers[who % len(self.cast.workers)]
        group = self.some_hit(pick).group

        def real() -> Any:
            return accept_next(worker=worker, group_id=group, at=self.now)

        if self.books.in_work(worker.public_id, self.now) >= QUEUE:
            self.refused(real, QueueFull)
            return
        free = self.books.free_for(worker.public_id, group, self.now)
        if not free:
            self.books.abandon(self.now, group)
            free = self.books.free_for(worker.public_id, group, self.now)
        if not free:
            self.refused(real, NoMoreWork)
            return
        taken = real()
        assert taken.hit_id in free
        self._taken(self.books.hits[taken.hit_id], worker.public_id, taken)

    @precondition(has_hits)
    @rule(pick=PICK, who=PICK)
    def accept_one(self, pick: int, who: int) -> None:
        worker = self.cast.workers[who % len(self.cast.workers)]
        hit = self.some_hit(pick)

        def real() -> Any:
            return accept_hit(worker=worker, hit_id=hit.id, at=self.now)

        if hit.disposed:
            self.refused(real, NotFound)
            return
        if self.books.in_work(worker.public_id, self.now) >= QUEUE:
            self.refused(real, QueueFull)
            return
        if hit.id not in self.books.free_for(worker.public_id, hit.group, self.now):
            for work in hit.work:
                if work.status == "Accepted" and work.deadline < self.now - GRACE:
                    self.books.give_back(hit, work, "Abandoned", self.now)
        if hit.id not in self.books.free_for(worker.public_id, hit.group, self.now):
            had = any(work.worker == worker.public_id for work in hit.work)
            self.refused(real, AlreadyDone if had else HITTaken)
            return
        self._taken(hit, worker.public_id, real())

    def _taken(self, hit: Hit, worker: str, taken: Any) -> None:
        hit.open -= 1
        deadline = self.now + timedelta(seconds=hit.seconds)
        assert taken.deadline_at == deadline
        hit.work.append(Work(taken.assignment_id, worker, deadline))

    @precondition(has_work)
    @rule(pick=PICK)
    def submit_one(self, pick: int) -> None:
        _, work = self.some_work(pick, "Accepted")

        def real() -> Any:
            return submit(assignment_id=work.id, answer={"answer": "yes"}, at=self.now)

        if work.submitted_at is not None:
            assert real().submitted_at == work.submitted_at
        elif work.status == "Accepted" and work.deadline >= self.now - GRACE:
            assert not real().is_repeat
            work.status, work.submitted_at = "Submitted", self.now
        else:
            self.refused(real, WrongState, TooLate)

    @precondition(has_work)
    @rule(pick=PICK)
    def return_one(self, pick: int) -> None:
        hit, work = self.some_work(pick, "Accepted")
        worker = next(w for w in self.cast.workers if w.public_id == work.worker)

        def real() -> Any:
            return return_assignment(worker=worker, assignment_id=work.id, at=self.now)

        if work.submitted_at is not None:
            self.refused(real, WrongState)
            return
        real()
        if work.status == "Accepted":
            self.books.give_back(hit, work, "Returned", self.now)

    # --- review ----------------------------------------------------------------------------

    def _may_approve(self, hit: Hit, work: Work, *, undo: bool) -> bool:
        if work.status == "Rejected" and undo:
            assert work.rejected_at
            return not hit.disposed and self.now - work.rejected_at <= UNDO
        return work.status == "Submitted"

    def _lacks(self, pairs: list[tuple[Hit, Work]]) -> bool:
        """Whether undoing these takes more than the requester has."""
        again = [hit for hit, work in pairs if work.status == "Rejected" and not work.held_until]
        sides = {hit.currency for hit in again}
        return any(
            sum(hit.slot for hit in again if hit.currency == side)
            > self.books.cents[self.books.mine(side)]
            for side in sides
        )

    @precondition(has_work)
    @rule(picks=st.lists(PICK, min_size=1, max_size=4), undo=st.booleans())
    def approve(self, picks: list[int], undo: bool) -> None:
        wanted = ("Submitted", "Rejected") if undo else ("Submitted",)
        chosen = {work.id: (hit, work) for hit, work in (self.some_work(p, *wanted) for p in picks)}
        can = [pair for pair in chosen.values() if self._may_approve(*pair, undo=undo)]
        call: dict[str, Any] = {
            "by": self.by, "assignment_ids": list(chosen), "undo_rejection": undo, "at": self.now,
        }  # fmt: skip
        if self._lacks(can):
            self.refused(lambda: approve_assignments(**call), InsufficientFunds)
            return
        decided = approve_assignments(**call)
        assert set(decided.done) == {work.id for _, work in can}
        assert set(decided.refused) == set(chosen) - set(decided.done)
        for hit, work in can:
            self.books.approve(hit, work)

    @precondition(has_work)
    @rule(pick=PICK)
    def reject(self, pick: int) -> None:
        _, work = self.some_work(pick, "Submitted")
        decided = reject_assignments(
            by=self.by, assignment_ids=[work.id], at=self.now, feedback="Wrong."
        )
        if work.status == "Submitted":
            only(decided, work.id)
            self.books.reject(work, self.now)
        else:
            assert work.id in decided.refused

    @precondition(has_work)
    @rule(pick=PICK, decision=st.sampled_from(["approve", "reject"]), hurried=st.booleans())
    def review_all(self, pick: int, decision: str, hurried: bool) -> None:
        hit, _ = self.some_work(pick, "Submitted")
        if hit.batch is None:
            return
        mine = [w for h in self.books.hits.values() if h.batch == hit.batch for w in h.work]
        chosen = [w.id for w in mine if w.status in ("Submitted", "Rejected")]
        run = start_run_on(
            by=self.by, batch=Batch.objects.get(pk=hit.batch), decision=decision,
            chosen=Assignment.objects.filter(public_id__in=chosen), feedback="", at=self.now,
        )  # fmt: skip
        assert run.total == len(chosen)
        ordered = Assignment.objects.filter(public_id__in=chosen).order_by("pk")
        names = list(ordered.values_list("public_id", flat=True))
        self.runs.append(ModelRun(hit.batch, decision, names))
        if hurried:
            self.job_reviews()

    @rule()
    def job_reviews(self) -> None:
        jobs.run_reviews()
        for run in self.runs:
            pairs = [self.books.find(name) for name in run.work]
            if run.decision == "reject":
                for _, work in pairs:
                    if work.status == "Submitted":
                        self.books.reject(work, self.now)
                continue
            together = [p for p in pairs if self._may_approve(*p, undo=True)]
            for group in [together] if not self._lacks(together) else [[p] for p in together]:
                if not self._lacks(group):
                    for hit, work in group:
                        self.books.approve(hit, work)
        self.runs.clear()

    @precondition(has_work)
    @rule(pick=PICK, cents=st.integers(1, 60), token=st.sampled_from(["", "", "a", "b"]))
    def bonus(self, pick: int, cents: int, token: str) -> None:
        hit, work = self.some_work(pick, "Approved", "Submitted")
        call: dict[str, Any] = {
            "by": self.by, "assignment_id": work.id, "amount_cents": cents, "reason": "Thanks.",
            "request_token": token, "at": self.now,
        }  # fmt: skip
        mine, fee = self.books.mine(hit.currency), self.fee(cents)
        if work.submitted_at is None:
            self.refused(lambda: send_bonus(**call), WrongState)
        elif token and self.now < self.tokens.get((token, hit.currency), self.now):
            self.refused(lambda: send_bonus(**call), DuplicateRequest)
        elif self.books.cents[mine] < cents + fee:
            self.refused(lambda: send_bonus(**call), InsufficientFunds)
        else:
            send_bonus(**call)
            self.tokens[token, hit.currency] = self.now + timedelta(days=1)
            self.books.move(mine, ("worker", work.worker, hit.currency), cents)
            self.books.move(mine, ("fees", "", hit.currency), fee)
