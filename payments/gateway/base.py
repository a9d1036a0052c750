"""What the marketplace asks of whoever moves real money. One implementation is play money;
Stripe is another. Calls here may take seconds and may be lost: never inside a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from payments.actions.keep_balance_transactions import Line
from payments.actions.keep_method import MethodFacts
from payments.actions.record_charge import Charge
from payments.actions.save_method import SetupState


class GatewayError(Exception):
    """The gateway refused for good: trying again with the same parameters can't help."""


class GatewayNeedsPayer(GatewayError):
    """The saved method's bank wants its owner's word. Nothing was charged."""


class GatewayUnclear(Exception):
    """No answer, or one that leaves it open whether money moved: ask again, with the same key."""


class GatewayLater(GatewayUnclear):
    """Nothing was done, and the gateway would repeat that under the same key: ask again later,
    with the next one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PayoutOrder:
    """A payout's frozen parameters."""

    idempotency_key: str
    transfer_group: str
    destination: str
    amount_cents: int
    currency: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RefundOrder:
    """A refund's frozen parameters. `payment` is the gateway's name for what is given back."""

    idempotency_key: str
    name: str
    payment: str
    amount_cents: int
    currency: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BooksPage:
    """A page of a gateway's books; `after` leads to the next, "" at the end."""

    lines: Sequence[Line]
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DepositOrder:
    """A deposit's frozen parameters. `name` is what the gateway files it under. Without a `method`
    it is paid on a page of the gateway's; with `saves` what pays there is kept for `customer`."""

    idempotency_key: str
    name: str
    amount_cents: int
    currency: str
    return_url: str
    customer: str = ""
    saves: bool = False
    method: str = ""
    method_kind: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerOrder:
    """A requester as a customer: frozen parameters. It is filed under its key."""

    idempotency_key: str
    name: str
    requester: str


class Gateway(Protocol):
    """Moves money between the world and the marketplace's own account."""

    name: str

    def charge(self, order: DepositOrder) -> Charge:
        """Start a deposit, or find the one started with this key. Somebody who pays on the
        gateway's own page comes back to `return_url`, which proves nothing."""

    def charge_method(self, order: DepositOrder) -> Charge:
        """Charge the saved method, once per key. Raises GatewayError, GatewayNeedsPayer,
        GatewayUnclear."""

    def find_charge(self, order: DepositOrder, *, since: datetime) -> Charge | None:
        """The charge that was made under this name, `since` or later, if there is one. Raises
        GatewayError and GatewayNeedsPayer where it was tried, and charged nothing."""

    def charge_state(self, *, reference: str, idempotency_key: str) -> Charge:
        """How the deposit stands now."""

    def open_customer(self, order: CustomerOrder) -> str:
        """Once per key; the gateway's name for it."""

    def find_customer(self, order: CustomerOrder, *, since: datetime) -> str | None:
        """The customer that was opened with this order, `since` or later, if there is one."""

    def open_setup(
        self, *, idempotency_key: str, customer: str, currency: str, return_url: str
    ) -> SetupState:
        """A page to save a method on, once per key."""

    def setup_state(self, reference: str) -> SetupState:
        """What came of that page."""

    def method_state(self, reference: str) -> MethodFacts:
        """A saved method as it is now."""

    def forget_method(self, reference: str) -> None:
        """So that it can't be charged any more; once or more often."""

    def patience(self, age: timedelta) -> timedelta:
        """How long to wait before asking again about a deposit that was made `age` ago."""

    def send_payout(self, order: PayoutOrder) -> str:
        """Send, once per key; the gateway's reference. Raises GatewayError, GatewayUnclear."""

    def find_payout(self, transfer_group: str) -> str | None:
        """The reference of a payout that was sent under this group, if there is one."""

    def send_refund(self, order: RefundOrder) -> str:
        """Give back, once per key; the gateway's reference. Raises GatewayError, GatewayUnclear."""

    def find_refund(self, order: RefundOrder) -> str | None:
        """The reference of a refund that was sent under this name, if there is one. Raises
        GatewayError where it was, and did not go through."""

    def books_page(self, *, since: datetime, after: str) -> BooksPage:
        """The lines of its books from `since` on, newest first, those after the named one. Raises
        GatewayError, GatewayUnclear."""

    def funds(self) -> dict[str, tuple[int, int]]:
        """What it holds for the marketplace, {currency: (available, pending)} in cents: the sum of
        all lines. Raises GatewayError, GatewayUnclear."""
