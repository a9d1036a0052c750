"""The machine, whole: what was posted is changed, and time passes."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from marketplace.errors import InsufficientFunds, WrongState
from tasks import jobs
from tasks.actions.cancel_batch import cancel_batch
from tasks.actions.change_hit import add_assignments, delete_hit, set_expiration
from tasks.actions.extend_batch import extend_batch
from tasks.models import Batch
from tests.statemachine.machine import JUMPS, PICK
from tests.statemachine.model import Hit, ModelBatch, ModelExtension
from tests.statemachine.work import WorkingMarketplace


class WholeMarketplace(WorkingMarketplace):
    """All rules together."""

    # --- changing what was posted ------------------------------------------------------------

    @precondition(WorkingMarketplace.has_hits)
    @rule(pick=PICK, extra=st.integers(1, 2))
    def add_slots(self, pick: int, extra: int) -> None:
        hit = self.some_hit(pick)

        def real() -> Any:
            return add_assignments(by=self.by, hit_id=hit.id, extra=extra, at=self.now)

        mine, opens = self.books.mine(hit.currency), hit.expires > self.now
        if hit.disposed:
            self.refused(real, WrongState)
        elif opens and self.books.cents[mine] < extra * hit.slot:
            self.refused(real, InsufficientFunds)
        else:
            real()
            hit.max += extra
            if opens:
                self.books.open_slots(hit, extra, mine)

    @precondition(WorkingMarketplace.has_hits)
    @rule(pick=PICK, seconds=st.sampled_from([-60, 0, 60, 3600, 86_400]))
    def change_expiration(self, pick: int, seconds: int) -> None:
        hit, until = self.some_hit(pick), self.now + timedelta(seconds=seconds)

        def real() -> Any:
            return set_expiration(by=self.by, hit_id=hit.id, expires_at=until, at=self.now)

        mine, closed = self.books.mine(hit.currency), hit.max - hit.used - hit.open
        if hit.disposed and seconds > 0:
            self.refused(real, WrongState)
        elif hit.disposed:
            real()  # programs expire what they have deleted
        elif seconds > 0 and self.books.cents[mine] < closed * hit.slot:
            self.refused(real, InsufficientFunds)
        else:
            real()
            hit.expires = max(until, self.now)
            if seconds > 0:
                self.books.open_slots(hit, closed, mine)
            else:
                self.books.expire_one(hit)

    @precondition(WorkingMarketplace.has_hits)
    @rule(pick=PICK)
    def delete(self, pick: int) -> None:
        hit = self.some_hit(pick)

        def real() -> None:
            delete_hit(by=self.by, hit_id=hit.id, at=self.now)

        is_closed = not hit.open or hit.expires <= self.now  # by the clock, swept or not
        if hit.disposed or not (is_closed and hit.is_reviewed):
            self.refused(real, WrongState)
        else:
            real()
            self.books.expire_one(hit)
            hit.disposed = True

    def some_batch(self, pick: int) -> ModelBatch:
        return self.batches[pick % len(self.batches)]

    def has_batches(self) -> bool:
        return bool(self.batches)

    @precondition(has_batches)
    @rule(pick=PICK, extra=st.integers(0, 2), more=st.sampled_from([0, 60, 86_400]),
          hurried=st.booleans())  # fmt: skip
    def extend(self, pick: int, extra: int, more: int, hurried: bool) -> None:
        batch = self.some_batch(pick)
        until = max(batch.expires, self.now + timedelta(seconds=more))

        def real() -> Any:
            return extend_batch(
                by=self.by, batch=Batch.objects.get(pk=batch.pk), extra_assignments=extra,
                expires_at=until, at=self.now,
            )  # fmt: skip

        is_change = extra or until > batch.expires
        if batch.status != "published" or batch.extension or not is_change or until <= self.now:
            self.refused(real)
            return
        cents = sum(
            (hit.max - hit.used - self._surely_open(hit) + extra) * hit.slot
            for hit in self._hits_of(batch)
        )
        mine = self.books.mine(batch.currency)
        if self.books.cents[mine] < cents:
            self.refused(real, InsufficientFunds)
            return
        made = real()
        account = ("batch", f"extension:{made.pk}", batch.currency)
        batch.extension = ModelExtension(made.pk, extra, until, account)
        self.books.move(mine, account, cents)
        if hurried:
            self.job_publish()

    def _surely_open(self, hit: Hit) -> int:
        return hit.open if hit.expires > self.now + timedelta(hours=1) else 0

    def _hits_of(self, batch: ModelBatch) -> list[Hit]:
        return [h for h in self.books.hits.values() if h.batch == batch.pk and not h.disposed]

    def _extend(self, batch: ModelBatch, extension: ModelExtension) -> None:
        hits = self._hits_of(batch) if batch.status == "published" else []
        spare = self.books.cents[extension.account] - extension.extra * sum(h.slot for h in hits)
        for hit in hits:
            closed = hit.max - hit.used - hit.open
            closed = min(closed, spare // hit.slot) if hit.slot else closed
            spare -= closed * hit.slot
            hit.max += extension.extra
            hit.expires = max(hit.expires, extension.expires)
            self.books.open_slots(hit, closed + extension.extra, extension.account)
        left = self.books.cents[extension.account]
        self.books.move(extension.account, self.books.mine(batch.currency), left)
        if batch.status == "published":
            batch.expires, batch.max = extension.expires, batch.max + extension.extra

    @precondition(has_batches)
    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        batch = self.some_batch(pick)

        def real() -> Any:
            return cancel_batch(by=self.by, batch=Batch.objects.get(pk=batch.pk), at=self.now)

        if batch.status == "cancelled":
            self.refused(real, WrongState)
            return
        real()
        batch.status = "cancelled"
        for hit in self.books.hits.values():
            if hit.batch == batch.pk and hit.expires > self.now:
                hit.expires = self.now
        left = self.books.cents[batch.account]
        self.books.move(batch.account, self.books.mine(batch.currency), left)

    # --- time --------------------------------------------------------------------------------

    @rule(seconds=JUMPS)
    def time_passes(self, seconds: int) -> None:
        self.forward(seconds)

    @rule(which=st.permutations(["abandon", "expire", "approve", "release", "dispose", "fold"]),
          count=st.integers(1, 6))  # fmt: skip
    def jobs_run(self, which: list[str], count: int) -> None:
        for name in which[:count]:
            self._job(name, self.now)

    def _job(self, name: str, at: datetime) -> None:
        if name == "abandon":
            jobs.abandon_assignments()
            self.books.abandon(at)
        elif name == "expire":
            jobs.expire_hits()
            self.books.expire(at)
        elif name == "approve":
            jobs.auto_approve()
            self.books.auto_approve(at)
        elif name == "release":
            jobs.release_rejected()
            self.books.release_rejected(at)
        elif name == "dispose":
            jobs.dispose_hits()
            self.books.dispose(at)
        else:
            jobs.fold_tallies()
            jobs.measure_groups()
