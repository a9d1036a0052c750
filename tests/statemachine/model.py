"""The marketplace's money in plain Python: what every balance must be, and nothing of how.

Written from the rules as docs/handbook/money.md tells them, without the database: where this
and the ledger disagree, one of them is wrong.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

GRACE = timedelta(seconds=30)
APPEALS = timedelta(days=7)
UNDO = timedelta(days=30)
KEPT = timedelta(days=120)

Account = tuple[str, str, str]


class Refused(Exception):
    """The rules say no; nothing changes."""


@dataclass
class Work:
    """One assignment."""

    id: str
    worker: str
    deadline: datetime
    status: str = "Accepted"
    submitted_at: datetime | None = None
    rejected_at: datetime | None = None
    held_until: datetime | None = None


@dataclass
class Hit:
    id: str
    group: str
    currency: str
    reward: int
    fee: int
    max: int
    open: int
    expires: datetime
    seconds: int
    auto_seconds: int
    batch: int | None = None
    disposed: bool = False
    work: list[Work] = field(default_factory=list)

    @property
    def slot(self) -> int:
        return self.reward + self.fee

    def count(self, *statuses: str) -> int:
        return sum(work.status in statuses for work in self.work)

    @property
    def used(self) -> int:
        return self.count("Accepted", "Submitted", "Approved", "Rejected")

    @property
    def needed(self) -> int:
        """What escrow must hold: every slot that may still cost."""
        waiting = sum(work.held_until is not None for work in self.work)
        return (self.open + self.count("Accepted", "Submitted") + waiting) * self.slot

    @property
    def is_finished(self) -> bool:
        return not self.open and self.is_reviewed

    @property
    def is_reviewed(self) -> bool:
        return not self.count("Accepted", "Submitted")


@dataclass
class ModelBatch:
    pk: int
    group: str
    currency: str
    rows: int
    max: int
    reward: int
    fee: int
    expires: datetime
    seconds: int
    auto_seconds: int
    status: str = "publishing"
    extension: "ModelExtension | None" = None

    @property
    def account(self) -> Account:
        return ("batch", f"batch:{self.pk}", self.currency)


@dataclass
class ModelExtension:
    pk: int
    extra: int
    expires: datetime
    account: Account


@dataclass
class ModelIntent:
    """A deposit or a payout on its way."""

    id: str
    currency: str
    cents: int
    plan: list[str]
    worker: str = ""
    status: str = "created"
    attempts: int = 0
    due: datetime | None = None
    has_left: bool = False


@dataclass
class ModelRun:
    batch: int
    decision: str
    work: list[str] = field(default_factory=list)


class Books:
    """Balances by (kind, holder, currency), and the HITs that explain them."""

    def __init__(self, requester: str) -> None:
        self.requester = requester
        self.cents: Counter[Account] = Counter()
        self.hits: dict[str, Hit] = {}

    def move(self, source: Account, target: Account, cents: int) -> None:
        assert source[2] == target[2], "currencies never mix"
        if source[0] != "clearing" and self.cents[source] < cents:
            raise Refused(f"{source} lacks money")
        self.cents[source] -= cents
        self.cents[target] += cents

    def mine(self, currency: str) -> Account:
        return ("requester", self.requester, currency)

    def escrow(self, hit: Hit) -> Account:
        return ("escrow", hit.id, hit.currency)

    def all_work(self) -> list[tuple[Hit, Work]]:
        return [(hit, work) for hit in self.hits.values() for work in hit.work]

    def find(self, work_id: str) -> tuple[Hit, Work]:
        return next(pair for pair in self.all_work() if pair[1].id == work_id)

    # --- work ------------------------------------------------------------------------------

    def free_for(self, worker: str, group: str, at: datetime) -> set[str]:
        return {
            hit.id
            for hit in self.hits.values()
            if hit.group == group
            and hit.open
            and hit.expires > at
            and not any(work.worker == worker for work in hit.work)
        }

    def in_work(self, worker: str, at: datetime) -> int:
        return sum(
            work.worker == worker and work.status == "Accepted" and work.deadline > at
            for _, work in self.all_work()
        )

    def abandon(self, at: datetime, group: str | None = None) -> None:
        for hit, work in self.all_work():
            is_overdue = work.status == "Accepted" and work.deadline < at - GRACE
            if is_overdue and group in (None, hit.group):
                self.give_back(hit, work, "Abandoned", at)

    def give_back(self, hit: Hit, work: Work, status: str, at: datetime) -> None:
        work.status = status
        if hit.expires > at:
            hit.open += 1
        else:
            self.move(self.escrow(hit), self.mine(hit.currency), hit.slot)

    def expire(self, at: datetime) -> None:
        for hit in self.hits.values():
            if hit.open and hit.expires <= at:
                self.expire_one(hit)

    def expire_one(self, hit: Hit) -> None:
        self.move(self.escrow(hit), self.mine(hit.currency), hit.open * hit.slot)
        hit.open = 0

    def open_slots(self, hit: Hit, slots: int, source: Account) -> None:
        self.move(source, self.escrow(hit), slots * hit.slot)
        hit.open += slots

    # --- review ----------------------------------------------------------------------------

    def approve(self, hit: Hit, work: Work) -> None:
        if work.status == "Rejected" and work.held_until is None:
            self.move(self.mine(hit.currency), self.escrow(hit), hit.slot)
        work.status, work.held_until = "Approved", None
        self.move(self.escrow(hit), ("worker", work.worker, hit.currency), hit.reward)
        self.move(self.escrow(hit), ("fees", "", hit.currency), hit.fee)

    def reject(self, work: Work, at: datetime) -> None:
        work.status, work.rejected_at, work.held_until = "Rejected", at, at + APPEALS

    def auto_approve(self, at: datetime) -> None:
        for hit, work in self.all_work():
            if work.status != "Submitted" or not work.submitted_at:
                continue
            if work.submitted_at + timedelta(seconds=hit.auto_seconds) <= at:
                self.approve(hit, work)

    def release_rejected(self, at: datetime) -> None:
        for hit, work in self.all_work():
            if work.held_until is not None and work.held_until <= at:
                work.held_until = None
                self.move(self.escrow(hit), self.mine(hit.currency), hit.slot)

    def dispose(self, at: datetime) -> None:
        for hit in self.hits.values():
            recent = any(w.submitted_at and w.submitted_at >= at - KEPT for w in hit.work)
            if hit.is_finished and hit.expires < at - KEPT and not recent:
                hit.disposed = True
