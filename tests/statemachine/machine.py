"""Every action of the marketplace in any order, each told to the model and to the database."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.db import connection, transaction
from django.test import override_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from marketplace import clock
from marketplace.errors import DomainError, InsufficientFunds
from marketplace.money import currency_of
from payments import audit, gateway
from payments import jobs as payment_jobs
from payments.actions.make_deposit import make_deposit
from payments.actions.request_payout import request_payout
from payments.models import Payout, PayoutSettings
from tasks import jobs, money_audit
from tasks.actions.create_hit_type import hit_type_for
from tasks.actions.create_hits import create_hit
from tasks.actions.publish_batch import publish_batch
from tasks.models import HIT, Assignment
from tasks.questions.layout import question_for
from tests import world
from tests.fake_gateway import FakeGateway
from tests.statemachine.model import (
    Books,
    Hit,
    ModelBatch,
    ModelExtension,
    ModelIntent,
    ModelRun,
)
from workers.models import Worker

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
QUEUE = 3
PICK = st.integers(0, 2**16)
SIDE = st.booleans()
OUTCOMES = st.lists(st.sampled_from(["ok", "refuse", "lost", "late", "pending"]), max_size=3)
REWARDS = st.sampled_from([0, 1, 4, 10, 25, 130])
LIFETIMES = st.sampled_from([60, 3600, 86_400, 30 * 86_400])
JUMPS = st.sampled_from([1, 31, 61, 600, 3601, 86_400, 3 * 86_400, 8 * 86_400, 31 * 86_400,
                         121 * 86_400])  # fmt: skip


@dataclass
class Cast:
    lab: world.Lab
    workers: list[Worker]


class Marketplace(RuleBasedStateMachine):
    """One run is one transaction, rolled back at its end; actions inside it are savepoints."""

    cast: ClassVar[Cast]
    steps: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self._clock = clock.frozen_at(START)
        self._clock.__enter__()
        self.gateway = FakeGateway()
        self._before = gateway._GATEWAYS["play"]
        gateway._GATEWAYS["play"] = self.gateway
        self._atomic = transaction.atomic()
        self._atomic.__enter__()
        self.books = Books(self.cast.lab.requester.public_id)
        self.batches: list[ModelBatch] = []
        self.deposits: list[ModelIntent] = []
        self.payouts: list[ModelIntent] = []
        self.runs: list[ModelRun] = []
        self.tokens: dict[tuple[str, str], datetime] = {}  # and until when they are used
        self.steps["runs"] += 1
        self.by = self.cast.lab.by
        self._fee = override_settings()
        self._since_audit = 0

    def teardown(self) -> None:
        try:
            self.audited()
        finally:
            transaction.set_rollback(True)
            self._atomic.__exit__(None, None, None)
            gateway._GATEWAYS["play"] = self._before
            self._clock.__exit__(None, None, None)
            self._fee.disable()

    @initialize(fee=st.sampled_from(["0", "12.5"]), daily=st.booleans())
    def opens(self, fee: str, daily: bool) -> None:
        self.tenths = int(Decimal(fee) * 10)
        self._fee = override_settings(MANYHANDS_FEE_PERCENT=Decimal(fee))
        self._fee.enable()
        self.daily = self.cast.workers[0].public_id if daily else ""
        self.kept_days: set[date] = set()
        if daily:
            PayoutSettings.objects.create(worker=self.daily, schedule="daily", minimum_cents=50)
        self._pay_in(2_000, "USD", [])
        self._pay_in(2_000, "XTS", [])
        self.job_settle()

    def fee(self, cents: int) -> int:
        return (cents * self.tenths + 500) // 1000

    def refused(self, real: Any, *kinds: type[DomainError]) -> None:
        try:
            real()
        except DomainError as error:
            if kinds and not isinstance(error, kinds):
                raise
            return
        raise AssertionError("the marketplace did what the rules refuse")

    def forward(self, seconds: int) -> None:
        self._clock.__exit__(None, None, None)
        self.now += timedelta(seconds=seconds)
        self._clock = clock.frozen_at(self.now)
        self._clock.__enter__()

    # --- money in and out ----------------------------------------------------------------

    def _pay_in(self, cents: int, currency: str, plan: list[str]) -> None:
        made = make_deposit(
            by=self.by, user=None, amount_cents=cents, currency=currency, at=self.now
        )
        self.gateway.charge_plans[str(made.public_id)] = list(plan)
        self.deposits.append(ModelIntent(str(made.public_id), currency, cents, list(plan)))

    @rule(cents=st.integers(1, 1500), is_sandbox=SIDE, plan=OUTCOMES)
    def deposit(self, cents: int, is_sandbox: bool, plan: list[str]) -> None:
        self._pay_in(cents, currency_of(is_sandbox=is_sandbox), plan)

    @rule()
    def job_settle(self) -> None:
        payment_jobs.settle_deposits()
        for intent in self.deposits:
            if intent.status not in ("created", "pending"):
                continue
            answer = intent.plan.pop(0) if intent.plan else "ok"
            if answer == "refuse" and not (intent.status == "created" and intent.has_left):
                intent.status = "failed"
            elif answer in ("lost", "late"):
                intent.has_left = intent.has_left or answer == "late"
            elif answer == "pending":
                intent.status, intent.has_left = "pending", True
            else:
                intent.status = "settled"
                source = ("clearing", "", intent.currency)
                self.books.move(source, self.books.mine(intent.currency), intent.cents)

    @rule(pick=PICK, is_sandbox=SIDE, plan=OUTCOMES, part=st.integers(0, 3))
    def payout(self, pick: int, is_sandbox: bool, plan: list[str], part: int) -> None:
        worker = self.cast.workers[pick % len(self.cast.workers)].public_id
        currency = currency_of(is_sandbox=is_sandbox)
        has = self.books.cents["worker", worker, currency]
        cents = None if part == 0 else 10 + pick % (has + 5) if part == 1 else max(10, has // part)
        plan = [step for step in plan if step != "pending"]
        is_open = self._open_payout(worker, currency) is not None
        ask = has if cents is None else cents
        if ask < 10 or ask > has or is_open:
            self.refused(
                lambda: request_payout(
                    worker=worker, currency=currency, amount_cents=cents, at=self.now
                )
            )
            return
        made = request_payout(worker=worker, currency=currency, amount_cents=cents, at=self.now)
        self._hold_payout(made, plan)

    def _open_payout(self, worker: str, currency: str) -> ModelIntent | None:
        mine = (p for p in self.payouts if (p.worker, p.currency) == (worker, currency))
        return next((p for p in mine if p.status == "open"), None)

    def _hold_payout(self, made: Any, plan: list[str]) -> None:
        self.gateway.payout_plans[str(made.public_id)] = list(plan)
        intent = ModelIntent(
            str(made.public_id), made.currency, made.amount_cents, list(plan), made.worker
        )
        intent.status, intent.due = "open", self.now
        self.payouts.append(intent)
        holder = (made.worker, made.currency)
        self.books.move(("worker", *holder), ("in_payout", *holder), intent.cents)

    @rule()
    def job_payouts(self) -> None:
        payment_jobs.send_payouts()
        for intent in self.payouts:
            if intent.status != "open" or (intent.due and intent.due > self.now):
                continue
            intent.attempts += 1
            answer = "ok" if intent.has_left else intent.plan.pop(0) if intent.plan else "ok"
            held = ("in_payout", intent.worker, intent.currency)
            intent.has_left = intent.has_left or answer in ("ok", "late")
            if answer == "ok":
                intent.status = "sent"
                self.books.move(held, ("clearing", "", intent.currency), intent.cents)
            elif answer == "refuse":
                intent.status = "failed"
                self.books.move(held, ("worker", intent.worker, intent.currency), intent.cents)
            else:
                intent.due = self.now + timedelta(seconds=min(3600, 5 * 2**intent.attempts))

    @rule()
    def job_schedule_payouts(self) -> None:
        payment_jobs.make_scheduled_payouts()
        known = {payout.id for payout in self.payouts}
        made = [p for p in Payout.objects.filter(currency="USD") if str(p.public_id) not in known]
        is_due = (
            self.daily
            and self.books.cents["worker", self.daily, "USD"] >= 50
            and self.now.date() not in self.kept_days
            and self._open_payout(self.daily, "USD") is None
        )
        self.kept_days.add(self.now.date())  # a day's batch comes to a worker once
        assert len(made) == bool(is_due)
        for payout in made:
            assert payout.amount_cents == self.books.cents["worker", self.daily, "USD"]
            self._hold_payout(payout, [])

    # --- posting ---------------------------------------------------------------------------

    @rule(
        rows=st.integers(1, 3),
        max_assignments=st.integers(1, 2),
        reward=REWARDS,
        is_sandbox=SIDE,
        lifetime=LIFETIMES,
        seconds=st.sampled_from([60, 3600]),
        auto=st.sampled_from([0, 3600, 3 * 86_400]),
        hurried=st.booleans(),
    )
    def publish(
        self, rows: int, max_assignments: int, reward: int, is_sandbox: bool, lifetime: int,
        seconds: int, auto: int, hurried: bool,
    ) -> None:  # fmt: skip
        project = world.a_project(
            self.cast.lab,
            is_sandbox=is_sandbox,
            reward_cents=reward,
            max_assignments=max_assignments,
            lifetime_seconds=lifetime,
            assignment_seconds=seconds,
            auto_approve_seconds=auto,
        )
        batch = world.an_upload(self.cast.lab, project, [f"row {n}" for n in range(rows)])
        self._published()
        currency, fee = project_currency(is_sandbox), self.fee(reward)
        cents = rows * max_assignments * (reward + fee)
        call: dict[str, Any] = {
            "by": self.by,
            "batch": batch,
            "confirmed_cents": cents,
            "at": self.now,
        }
        self.refused(lambda: publish_batch(**{**call, "confirmed_cents": cents + 1}))
        if self.books.cents[self.books.mine(currency)] < cents:
            self.refused(lambda: publish_batch(**call), InsufficientFunds)
            return
        locked = publish_batch(**call)
        assert locked.hit_type
        made = ModelBatch(
            pk=batch.pk, group=locked.hit_type.public_id, currency=currency, rows=rows,
            max=max_assignments, reward=reward, fee=fee, seconds=seconds, auto_seconds=auto,
            expires=self.now + timedelta(seconds=lifetime),
        )  # fmt: skip
        self.batches.append(made)
        self.books.move(self.books.mine(currency), made.account, cents)
        if hurried:
            self.job_publish()

    @rule()
    def job_publish(self) -> None:
        jobs.publish_batches()
        self._published()

    def _published(self) -> None:
        for batch in self.batches:
            if batch.status == "publishing":
                self._appear(batch)
                batch.status = "published"
        for batch in self.batches:
            if batch.extension:
                self._extend(batch, batch.extension)
                batch.extension = None

    def _extend(self, batch: ModelBatch, extension: ModelExtension) -> None:
        raise NotImplementedError

    def _appear(self, batch: ModelBatch) -> None:
        mine = HIT.objects.filter(batch=batch.pk).order_by("pk")
        names = mine.values_list("public_id", flat=True)
        assert len(names) == batch.rows
        for name in names:
            hit = Hit(
                id=name, group=batch.group, currency=batch.currency, reward=batch.reward,
                fee=batch.fee, max=batch.max, open=0, expires=batch.expires,
                seconds=batch.seconds, auto_seconds=batch.auto_seconds, batch=batch.pk,
            )  # fmt: skip
            self.books.hits[name] = hit
            self.books.open_slots(hit, batch.max, batch.account)

    @rule(reward=REWARDS, is_sandbox=SIDE, lifetime=LIFETIMES, slots=st.integers(1, 3))
    def create_one(self, reward: int, is_sandbox: bool, lifetime: int, slots: int) -> None:
        terms = {**world.TERMS, "reward_cents": reward}
        group = hit_type_for(
            requester=self.cast.lab.requester, is_sandbox=is_sandbox, terms=terms, at=self.now
        )
        call: dict[str, Any] = {
            "by": self.by,
            "hit_type": group,
            "question": question_for(str(world.PROJECT["layout"])),
            "inputs": {"text": "one"},
            "max_assignments": slots,
            "lifetime_seconds": lifetime,
            "at": self.now,
        }
        currency, fee = project_currency(is_sandbox), self.fee(reward)
        if self.books.cents[self.books.mine(currency)] < slots * (reward + fee):
            self.refused(lambda: create_hit(**call), InsufficientFunds)
            return
        name = create_hit(**call).public_id
        hit = Hit(
            id=name, group=group.public_id, currency=currency, reward=reward, fee=fee, max=slots,
            open=0, expires=self.now + timedelta(seconds=lifetime),
            seconds=group.assignment_seconds, auto_seconds=group.auto_approve_seconds,
        )  # fmt: skip
        self.books.hits[name] = hit
        self.books.open_slots(hit, slots, self.books.mine(currency))

    # --- invariants ------------------------------------------------------------------------

    @invariant()
    def balances_are_the_models(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(BALANCES)
            real = {(kind, holder, currency): int(c) for kind, holder, currency, c in cursor}
        assert real == {account: cents for account, cents in self.books.cents.items() if cents}
        for currency in ("USD", "XTS"):
            assert not sum(cents for account, cents in real.items() if account[2] == currency)
        for hit in self.books.hits.values():
            assert self.books.cents[self.books.escrow(hit)] == hit.needed, hit
        for payout in self.payouts:
            left = self.gateway.payouts_of(payout.id)
            assert left == (1 if payout.has_left else 0), payout
        self.steps["steps"] += 1
        self._since_audit += 1
        if self._since_audit >= 10:
            self.audited()

    def audited(self) -> None:
        self._since_audit = 0
        assert list(audit.differences()) == []
        assert list(money_audit.differences()) == []
        real = dict(Assignment.objects.values_list("public_id", "status"))
        assert real == {work.id: work.status for _, work in self.books.all_work()}
        slots = dict(HIT.objects.values_list("public_id", "open_slots"))
        assert slots == {hit.id: hit.open for hit in self.books.hits.values()}


BALANCES = """
SELECT kind, holder, currency, balance_cents FROM payments_account WHERE balance_cents <> 0
UNION ALL
SELECT a.kind, a.holder, a.currency, s.cents
  FROM payments_account a
 CROSS JOIN LATERAL (SELECT SUM(CASE WHEN t.credit_id = a.id THEN t.amount_cents
                                     ELSE -t.amount_cents END) AS cents
                       FROM payments_transfer t
                      WHERE t.credit_id = a.id OR t.debit_id = a.id) s
 WHERE a.balance_cents IS NULL AND s.cents <> 0
"""


def project_currency(is_sandbox: bool) -> str:
    return "XTS" if is_sandbox else "USD"
