"""Play money: goes through every state that real money does, and pays nobody.

It keeps books of its own, and commits by itself, as a server elsewhere would. Charges settle
after MANYHANDS_PLAY_SETTLE_SECONDS (default 0), so that the waiting state can be seen.
"""

from datetime import timedelta

from django.conf import settings

from marketplace import clock
from payments.actions.record_charge import Charge
from payments.gateway.base import GatewayError, PayoutOrder, RefundOrder
from payments.models import PlayCharge, PlayPayout


class PlayMoney:
    """The gateway that `make run` uses, and the sandbox always."""

    name = "play"

    def charge(
        self, *, idempotency_key: str, amount_cents: int, currency: str, return_url: str
    ) -> Charge:
        """Start a charge; it settles by itself."""
        wait = timedelta(seconds=settings.MANYHANDS_PLAY_SETTLE_SECONDS)
        charge, _ = PlayCharge.objects.get_or_create(
            idempotency_key=idempotency_key,
            defaults={
                "amount_cents": amount_cents,
                "currency": currency,
                "settles_at": clock.now() + wait,
            },
        )
        return _state(charge)

    def charge_state(self, *, reference: str, idempotency_key: str) -> Charge:
        """How the charge stands; an unknown one has failed."""
        charge = PlayCharge.objects.filter(idempotency_key=idempotency_key).first()
        if charge is None:
            return Charge(reference=reference, is_settled=False, failure="Unknown charge.")
        return _state(charge)

    def patience(self, age: timedelta) -> timedelta:
        """None is needed: it answers from the same database."""
        return timedelta()

    def send_payout(self, order: PayoutOrder) -> str:
        """Send once per key. A key used again with other parameters is refused."""
        sent, _ = PlayPayout.objects.get_or_create(
            idempotency_key=order.idempotency_key,
            defaults={
                "transfer_group": order.transfer_group,
                "destination": order.destination,
                "amount_cents": order.amount_cents,
                "currency": order.currency,
                "sent_at": clock.now(),
            },
        )
        if (sent.amount_cents, sent.currency) != (order.amount_cents, order.currency):
            raise GatewayError("This key was used for another payout.")
        return f"play_{sent.pk}"

    def find_payout(self, transfer_group: str) -> str | None:
        """Look up by transfer group, which is never forgotten."""
        sent = PlayPayout.objects.filter(transfer_group=transfer_group).first()
        return f"play_{sent.pk}" if sent else None

    def send_refund(self, order: RefundOrder) -> str:
        """As a payout, back to where the charge came from."""
        return self.send_payout(
            PayoutOrder(
                idempotency_key=order.idempotency_key,
                transfer_group=order.name,
                destination=order.payment,
                amount_cents=order.amount_cents,
                currency=order.currency,
            )
        )

    def find_refund(self, order: RefundOrder) -> str | None:
        """By its name, which is never forgotten."""
        return self.find_payout(order.name)


def _state(charge: PlayCharge) -> Charge:
    return Charge(reference=f"play_charge_{charge.pk}", is_settled=charge.settles_at <= clock.now())
