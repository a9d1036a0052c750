"""The real Stripe gateway before the stand-in, steered as tests.fake_gateway is."""

from dataclasses import dataclass, field

from django.test import override_settings

from marketplace import clock
from payments.gateway import PayoutOrder
from payments.gateway.stripe_gateway import StripeGateway
from payments.models import Payee
from tests.fake_gateway import Killed
from tests.stripe_server import SECRET_KEY, StripeServer

WEBHOOK_SECRET = "whsec_standin"
FAULTS = {"lost": "lost_before", "late": "lost_after"}


def leads_to(there: StripeServer) -> override_settings:
    """Settings under which live money goes to the stand-in."""
    return override_settings(
        MANYHANDS_GATEWAY="stripe",
        STRIPE_SECRET_KEY=SECRET_KEY,
        STRIPE_WEBHOOK_SECRETS=[WEBHOOK_SECRET],
        STRIPE_API_BASE=there.url,
    )


def a_payee(there: StripeServer, worker: str) -> Payee:
    """A worker whom Stripe takes transfers to."""
    made = there.client().accounts.create(
        {
            "controller": {"stripe_dashboard": {"type": "express"}},
            "capabilities": {"transfers": {"requested": True}},
        }
    )
    there.hands.onboards(made.id, fingerprint=f"bank-of-{worker}")
    return Payee.objects.create(
        holder=worker,
        gateway="stripe",
        country="US",
        reference=made.id,
        is_submitted=True,
        is_ready=True,
        fingerprint=f"bank-of-{worker}",
        checked_at=clock.now(),
        created_at=clock.now(),
    )


@dataclass
class StripeElsewhere(StripeGateway):
    """Sends payouts by plan; see FakeGateway for the words."""

    there: StripeServer
    payout_plans: dict[str, list[str]] = field(default_factory=dict)

    def send_payout(self, order: PayoutOrder) -> str:
        known = self.there.keys.kept.get(order.idempotency_key)
        is_known = known and self.there.world.now - known.at < 24 * 3600
        plan = self.payout_plans.get(order.idempotency_key.removeprefix("payout_")) or ["ok"]
        step = "ok" if is_known else plan.pop(0)
        if step == "die_before":
            raise Killed
        if step in FAULTS:
            self.there.faults.next(FAULTS[step])
        if step == "refuse":
            self.there.hands.is_refused(order.destination)
        try:
            reference = super().send_payout(order)
        finally:
            if step == "refuse":
                self.there.hands.onboards(order.destination)
        if step == "die_after":
            raise Killed
        return reference

    def forget_keys(self) -> None:
        """As Stripe does after a day."""
        self.there.keys.kept.clear()

    def payouts_of(self, public_id: object) -> int:
        """How often this payout's money left."""
        group = f"payout_{public_id}"
        return sum(t["transfer_group"] == group for t in self.there.world.of("transfer"))
