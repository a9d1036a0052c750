"""A marketplace that lives in turns, before a Stripe of its own: what people do, what Stripe
tells, and every payments job as often as beat would ask for it. Dead and alive again, it goes on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse

from marketplace import schedule
from marketplace.celery import app as celery
from payments import audit, ledger, reconciliation
from payments.gateway.reconciling import run_reconciliation
from payments.ledger import Move
from payments.models import AccountKind, Deposit, GatewayEvent, Payout, Reason, Refund
from payments.states import OPEN_PAYOUTS, OPEN_REFUNDS
from tests import world
from tests.payments.crashes.dying import Deaths, Killed
from tests.payments.stripe.paying_in import held_by_stripe, paid_in
from tests.stripe_gateway import WEBHOOK_SECRET, leads_to
from tests.stripe_server import StripeServer
from tests.stripe_server.events import Endpoint

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
JOBS = sorted(name for name in schedule.SECONDS if name.startswith("payments."))
PAID_IN = 50_000
VISITOR = Client()


@dataclass
class Marketplace:
    """What one run has: a lab with money, Stripe, the clock."""

    there: StripeServer
    clock: Any
    lab: world.Lab
    events: str = "arrive"
    """Stripe's: they `arrive`, are `asked for` every hour, or are `lost` altogether, so that
    nothing helps a flow but itself."""
    deaths: Deaths = field(default_factory=Deaths)
    _ran_at: dict[str, datetime] = field(default_factory=dict)

    def turn(self) -> None:
        """Whatever is due of what Stripe tells and of the jobs."""
        if self.events == "arrive":
            self.there.webhooks.deliver()
            if self.deaths.is_dead:
                raise Killed
        for name in JOBS:
            if name == "payments.poll_gateway_events" and self.events == "lost":
                continue
            since = self._ran_at.get(name)
            seconds = timedelta(seconds=schedule.SECONDS[name])
            if since is None or self.clock.now - since >= seconds:
                self._ran_at[name] = self.clock.now
                celery.tasks[name].run()

    def post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """Stripe's delivery at our door. Where we die of it, Stripe gets no answer."""
        if self.deaths.is_dead:
            return 0  # nobody listens
        kind = headers.pop("Content-Type")
        try:
            answer = VISITOR.post(url, body, content_type=kind, headers=headers)
        except Killed:
            return 0
        return answer.status_code

    def earn(self, worker: str, cents: int) -> None:
        """Of the lab's money."""
        holder = self.lab.requester.public_id
        move = Move(
            key=f"earned:{worker}",
            debit=ledger.account(AccountKind.REQUESTER, holder, "USD"),
            credit=ledger.account(AccountKind.WORKER, worker, "USD"),
            amount_cents=cents,
            currency="USD",
            reason=Reason.REWARD,
            reference="test",
        )
        with transaction.atomic():
            ledger.post([move], at=self.clock.now)

    def require_exact_books(self) -> None:
        """Nothing is open any more, and both books say the same to the cent."""
        assert list(audit.differences()) == []
        assert not Payout.objects.filter(status__in=OPEN_PAYOUTS).exists()
        assert not Refund.objects.filter(status__in=OPEN_REFUNDS).exists()
        assert not Deposit.objects.filter(status__in=["created", "pending"]).exists()
        assert not Deposit.objects.filter(status="settled", fee_cents=None).exists()
        assert not GatewayEvent.objects.filter(processed_at=None).exists()
        assert not GatewayEvent.objects.exclude(problem="").exists()
        clearing = ledger.account(AccountKind.CLEARING, "", "USD")
        assert -ledger.summed_balance(clearing) == held_by_stripe(self.there)
        run_reconciliation(at=self.clock.now)
        assert reconciliation.differences() == []


@contextmanager
def a_marketplace(clock: Any) -> Iterator[Marketplace]:
    """With a lab that has paid in and whose money Stripe has made available. Gone afterwards."""
    clock.set(START)
    with (
        transaction.atomic(),
        StripeServer(now=lambda: clock.now) as there,
        leads_to(there),
    ):
        lab = world.a_lab(cents=0)
        here = Marketplace(there=there, clock=clock, lab=lab, events="asked for")
        _pay_in(here)  # of which the events are asked for
        there.webhooks.post = here.post
        hook = reverse("money:stripe_webhook")
        for is_connect in (False, True):
            there.webhooks.endpoints.append(Endpoint(hook, WEBHOOK_SECRET, is_connect))
        yield here
        transaction.set_rollback(True)


def _pay_in(here: Marketplace) -> None:
    paid_in(here.there, here.lab, here.clock, PAID_IN)
    here.clock.forward(days=3)
    here.turn()  # the day's batches are prepared, and the events asked for and looked at
    here.clock.forward(minutes=1)
