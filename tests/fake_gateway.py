"""A gateway elsewhere, as a test wants it: it refuses, loses answers, and forgets its keys.

It keeps what it did in memory, so a rolled-back transaction doesn't undo it: that is what makes
paying twice possible here, as it would be with a real one.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from unittest import mock

from marketplace import clock
from payments.actions.record_charge import Charge
from payments.gateway import (
    BooksPage,
    DepositOrder,
    GatewayError,
    GatewayUnclear,
    PayoutOrder,
    RefundOrder,
)
from payments.gateway.play_methods import PlayMethods

FORGETS_AFTER = timedelta(hours=24)


class Killed(BaseException):
    """The process died here: nothing catches this but the test."""


def held_up(module, takes, clock):
    """While this lasts, whoever takes something there goes on with it 26 hours later: its machine
    was suspended, and by then a gateway has forgotten the key of an earlier attempt."""
    take = getattr(module, takes)

    def take_and_sleep(**given):
        taken = take(**given)
        clock.forward(hours=26)
        return taken

    return mock.patch.object(module, takes, take_and_sleep)


@dataclass
class FakeGateway(PlayMethods):
    """Answers each call from its plan, and "ok" once the plan is used up. Saved methods are play
    money's.

    ok · refuse (for good) · lost (unclear, nothing done) · late (unclear, but done) ·
    pending (a charge that waits) · die_before, die_after (the process is killed there)
    """

    name: str = "play"
    payout_plans: dict[str, list[str]] = field(default_factory=dict)
    charge_plans: dict[str, list[str]] = field(default_factory=dict)
    sent: list[PayoutOrder] = field(default_factory=list)
    _payout_keys: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    charged: set[str] = field(default_factory=set)

    def send_payout(self, order: PayoutOrder) -> str:
        known = self._payout_keys.get(order.idempotency_key)
        if known and clock.now() - known[0] < FORGETS_AFTER:
            return known[1]
        plan = _next(self.payout_plans.get(order.idempotency_key.removeprefix("payout_"), []))
        if plan == "refuse":
            raise GatewayError("The destination is closed.")
        if plan == "lost":
            raise GatewayUnclear("timeout")
        if plan == "die_before":
            raise Killed
        self.sent.append(order)
        reference = f"fake_{len(self.sent)}"
        self._payout_keys[order.idempotency_key] = (clock.now(), reference)
        if plan == "die_after":
            raise Killed
        if plan == "late":
            raise GatewayUnclear("timeout")
        return reference

    def find_payout(self, transfer_group: str) -> str | None:
        for number, order in enumerate(self.sent, 1):
            if order.transfer_group == transfer_group:
                return f"fake_{number}"
        return None

    def charge(self, order: DepositOrder) -> Charge:
        plan = _next(self.charge_plans.get(order.name.removeprefix("deposit_"), []))
        if plan == "refuse" and order.name not in self.charged:
            raise GatewayError("The card was declined.")
        if plan == "lost":
            raise GatewayUnclear("timeout")
        if plan == "die_before":
            raise Killed
        self.charged.add(order.name)
        if plan == "die_after":
            raise Killed
        if plan == "late":
            raise GatewayUnclear("timeout")
        return Charge(reference=order.name[-20:], is_settled=plan != "pending")

    def charge_state(self, *, reference: str, idempotency_key: str) -> Charge:
        plan = _next(self.charge_plans.get(idempotency_key.removeprefix("deposit_"), []))
        if plan in ("lost", "late"):
            raise GatewayUnclear("timeout")
        if plan == "refuse":
            return Charge(reference=reference, is_settled=False, failure="Charged back.")
        if plan in ("die_before", "die_after"):
            raise Killed
        return Charge(reference=reference, is_settled=plan != "pending")

    def send_refund(self, order: RefundOrder) -> str:
        return f"fake_{order.idempotency_key[-20:]}"

    def find_refund(self, order: RefundOrder) -> str | None:
        return None

    def patience(self, age: timedelta) -> timedelta:
        return timedelta()

    def books_page(self, *, since: datetime, after: str) -> BooksPage:
        raise GatewayUnclear("Its books are not what is tested with it.")

    def funds(self) -> dict[str, tuple[int, int]]:
        raise GatewayUnclear("Its books are not what is tested with it.")

    def forget_keys(self) -> None:
        """As a gateway does after a day."""
        self._payout_keys.clear()

    def payouts_of(self, public_id: object) -> int:
        """How often this payout's money left."""
        return sum(order.transfer_group == f"payout_{public_id}" for order in self.sent)


def _next(plan: list[str]) -> str:
    return plan.pop(0) if plan else "ok"
