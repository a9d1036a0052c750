"""The flows of money that are killed at every step. Each says what people do when they look, and
what must be true at the end."""

import uuid
from collections.abc import Callable
from typing import Any

from marketplace.errors import WrongState
from payments import queries
from payments.actions.make_deposit import charge_saved_method, make_deposit
from payments.actions.onboard import ask_to_onboard
from payments.actions.request_payout import request_payout
from payments.actions.request_refund import request_refund
from payments.actions.run_reconciliation import ask_for_reconciliation
from payments.actions.save_method import ask_to_save_method
from payments.actions.set_payout_schedule import set_payout_schedule
from payments.actions.set_top_up import set_top_up
from payments.gateway.refunds import send_refund
from payments.models import (
    BalanceTransaction,
    Deposit,
    Incident,
    MethodSetup,
    Payee,
    Payout,
    PayoutBatch,
    Reconciliation,
    Refund,
    Transfer,
)
from payments.queries import saved_method_of
from tests import world
from tests.payments.crashes.world import PAID_IN, Marketplace
from tests.payments.wallets import StripeWallet, saved
from tests.stripe_gateway import a_payee

WORKER = "AWORKER"
CENTS = 1_234
PRESS = uuid.UUID(int=7)
"""The button on the page that people look at: its press is the same one after a restart."""


class Flow:
    """One way that money takes. `people` do what anybody would who looks at the page now: it is
    called at each turn, also after a restart, and does nothing where nothing is to be done."""

    events = "lost"
    minutes = 1
    """How long a turn takes at first; later ones take longer."""
    calls = ""
    """The request to Stripe that moves the money: a dry run must have met it."""

    def __init__(self, here: Marketplace) -> None:
        self.here = here
        here.events = self.events
        self.begin()

    def begin(self) -> None:
        """Before anything is counted."""

    def people(self) -> None:
        raise NotImplementedError

    def is_done(self) -> bool:
        raise NotImplementedError

    def check(self, hours: int) -> None:
        """At the end; `hours` is how long the dead process stayed dead."""
        raise NotImplementedError

    def things(self, kind: str) -> list[dict[str, Any]]:
        return self.here.there.world.of(kind)


class DepositFlow(Flow):
    """Paid on Stripe's page; the gateway is asked, and tells nothing by itself."""

    calls = "POST /v1/checkout/sessions"

    def people(self) -> None:
        lab, at = self.here.lab, self.here.clock.now
        mine = Deposit.objects.exclude(amount_cents=PAID_IN).exclude(status="failed")
        if not mine.exists():
            given: Any = {"by": lab.by, "user": lab.user, "currency": "USD"}
            make_deposit(**given, amount_cents=CENTS, at=at)
        there = self.here.there
        there.world.forward()  # pages that are a day old have closed by now
        led_to = mine.exclude(gateway_reference="")
        for session in led_to.values_list("gateway_reference", flat=True):
            if there.world.things[session]["status"] == "open":
                there.hands.pays(session)

    def is_done(self) -> bool:
        return Deposit.objects.filter(amount_cents=CENTS, fee_cents__isnull=False).exists()

    def check(self, hours: int) -> None:
        holder = self.here.lab.requester.public_id
        assert queries.requester_balance(holder, "USD") == PAID_IN + CENTS
        charges = [c["amount"] for c in self.things("charge")]
        assert sorted(charges) == [CENTS, PAID_IN]
        sessions = [s for s in self.things("checkout.session") if s["amount_total"] == CENTS]
        assert len([s for s in sessions if s["status"] != "expired"]) == 1
        assert hours >= 24 or len(sessions) == 1


class ToldDeposit(DepositFlow):
    """Paid on Stripe's page, and Stripe tells it."""

    events = "arrive"


class SavingMethod(Flow):
    """An owner saves a card on Stripe's page, and Stripe tells that it is done."""

    events = "arrive"
    calls = "POST /v1/customers"

    def people(self) -> None:
        lab = self.here.lab
        if saved_method_of(lab.requester) is None:
            setup = ask_to_save_method(by=lab.by, user=lab.user, at=self.here.clock.now)
            if setup.page_url:
                session = self.here.there.world.things[setup.gateway_reference]
                if session["status"] == "open":
                    self.here.there.hands.saves_a_method(setup.gateway_reference)

    def is_done(self) -> bool:
        return saved_method_of(self.here.lab.requester) is not None

    def check(self, hours: int) -> None:
        (customer,) = self.things("customer")
        method = saved_method_of(self.here.lab.requester)
        assert method is not None
        attached = {m["id"]: m["customer"] for m in self.things("payment_method") if m["customer"]}
        assert attached == {method.reference: customer["id"]}
        assert MethodSetup.objects.exclude(status="failed").count() == 1


class ChargedMethod(Flow):
    """The saved card is charged at the press of a button; Stripe tells nothing by itself."""

    calls = "POST /v1/payment_intents"

    def begin(self) -> None:
        self.method = saved(StripeWallet(self.here.there), self.here.lab)

    def people(self) -> None:
        lab, at = self.here.lab, self.here.clock.now
        given: Any = {"by": lab.by, "user": lab.user, "amount_cents": CENTS, "public_id": PRESS}
        charge_saved_method(**given, method=str(self.method.public_id), at=at)

    def is_done(self) -> bool:
        return Deposit.objects.filter(amount_cents=CENTS, fee_cents__isnull=False).exists()

    def check(self, hours: int) -> None:
        holder = self.here.lab.requester.public_id
        assert queries.requester_balance(holder, "USD") == PAID_IN + CENTS
        assert sorted(c["amount"] for c in self.things("charge")) == [CENTS, PAID_IN]
        assert Deposit.objects.filter(amount_cents=CENTS).count() == 1


class ToldCharge(ChargedMethod):
    """The answer to the charge is lost; Stripe tells of it."""

    events = "arrive"

    def begin(self) -> None:
        super().begin()
        self.here.there.faults.next("lost_after", path="/v1/payment_intents")


class TopUpFlow(ChargedMethod):
    """The balance is a cent below what it is topped up at."""

    def begin(self) -> None:
        super().begin()
        given: Any = {"threshold_cents": PAID_IN + 1, "amount_cents": CENTS, "cap_cents": None}
        method = str(self.method.public_id)
        set_top_up(by=self.here.lab.by, method=method, **given, at=self.here.clock.now)

    def people(self) -> None:
        """Nobody does anything."""


class PayoutFlow(Flow):
    """A worker asks."""

    calls = "POST /v1/transfers"

    def begin(self) -> None:
        self.payee = a_payee(self.here.there, WORKER)
        self.here.earn(WORKER, CENTS)

    def people(self) -> None:
        try:
            if queries.earnings_of(WORKER, "USD").available_cents:
                request_payout(worker=WORKER, currency="USD", at=self.here.clock.now)
        except WrongState:  # it is on its way
            return

    def is_done(self) -> bool:
        return Payout.objects.filter(status="sent").exists()

    def check(self, hours: int) -> None:
        sent = [(t["amount"], t["destination"]) for t in self.things("transfer")]
        assert sent == [(CENTS, self.payee.reference)]
        (payout,) = Payout.objects.all()
        assert payout.gateway_reference == self.things("transfer")[0]["id"]
        earned = queries.earnings_of(WORKER, "USD")
        assert (earned.available_cents, earned.in_payout_cents, earned.paid_cents) == (0, 0, CENTS)


class ScheduledPayout(PayoutFlow):
    """The day's batch is opened, prepared and sent."""

    def begin(self) -> None:
        super().begin()
        set_payout_schedule(worker=WORKER, schedule="daily", minimum_cents=100)
        self.here.clock.forward(days=1)

    def people(self) -> None:
        """Nobody does anything."""

    def check(self, hours: int) -> None:
        super().check(hours)
        batch = PayoutBatch.objects.get(payouts__isnull=False)
        assert (batch.kind, batch.prepared_at is not None) == (PayoutBatch.Kind.DAILY, True)


class ToldPayout(PayoutFlow):
    """The answer to the transfer is lost; Stripe tells of it."""

    events = "arrive"

    def begin(self) -> None:
        super().begin()
        self.here.there.faults.next("lost_after", path="/v1/transfers")


class AskedForEvents(ToldPayout):
    """The answer is lost, and Stripe's events don't arrive: they are asked for every hour."""

    events = "asked for"
    minutes = 61


class RefundFlow(Flow):
    """Unused money goes back."""

    calls = "POST /v1/refunds"

    def people(self) -> None:
        if not Refund.objects.exists():
            lab, at = self.here.lab, self.here.clock.now
            given: Any = {"by": lab.by, "user": lab.user, "currency": "USD"}
            request_refund(**given, amount_cents=CENTS, at=at)

    def is_done(self) -> bool:
        return Refund.objects.filter(status="sent").exists()

    def check(self, hours: int) -> None:
        assert [refund["amount"] for refund in self.things("refund")] == [CENTS]
        assert Refund.objects.get().gateway_reference == self.things("refund")[0]["id"]
        holder = self.here.lab.requester.public_id
        assert queries.requester_balance(holder, "USD") == PAID_IN - CENTS


class ToldRefund(RefundFlow):
    """The answer to the refund is lost; Stripe tells of it."""

    events = "arrive"

    def begin(self) -> None:
        self.here.there.faults.next("lost_after", path="/v1/refunds")


class ReturnedRefund(ToldRefund):
    """The answer is lost, and the payer's bank has sent the money back by the next look."""

    def people(self) -> None:
        super().people()
        for refund in self.things("refund"):
            if refund["status"] == "succeeded":
                self.here.there.hands.refund_comes_back(refund["id"])

    def is_done(self) -> bool:
        return Refund.objects.filter(status="failed").exists()

    def check(self, hours: int) -> None:
        assert [refund["amount"] for refund in self.things("refund")] == [CENTS]
        holder = self.here.lab.requester.public_id
        assert queries.requester_balance(holder, "USD") == PAID_IN


class ReadBooks(Flow):
    """A refund was sent back by the payer's bank, and nothing tells of it but Stripe's books: staff
    ask for a reconciliation."""

    calls = "GET /v1/balance_transactions"

    def begin(self) -> None:
        lab, at = self.here.lab, self.here.clock.now
        given: Any = {"by": lab.by, "user": lab.user, "currency": "USD"}
        (refund,) = request_refund(**given, amount_cents=CENTS, at=at)
        send_refund(refund_id=refund.pk, at=at)
        self.here.there.hands.refund_comes_back(self.things("refund")[0]["id"])
        self.since = at
        self.staff = world.a_user("staff@ops.test", is_staff=True)

    def people(self) -> None:
        if not Reconciliation.objects.filter(asked_at__gte=self.since, failure="").exists():
            ask_for_reconciliation(staff=self.staff, at=self.here.clock.now)

    def is_done(self) -> bool:
        """Noted as a difference where it took hours, and gone at the next comparison."""
        is_open = Incident.objects.filter(gone_at=None).exists()
        return Refund.objects.filter(status="failed").exists() and not is_open

    def check(self, hours: int) -> None:
        holder = self.here.lab.requester.public_id
        assert queries.requester_balance(holder, "USD") == PAID_IN
        assert Transfer.objects.filter(key__startswith="refund-returned:").count() == 1
        kept = BalanceTransaction.objects.filter(gateway="stripe").values_list("reference")
        assert {name for (name,) in kept} == {
            line["id"] for line in self.things("balance_transaction")
        }
        assert not Reconciliation.objects.filter(began_at__isnull=False, ended_at=None).exists()


class Onboarding(Flow):
    """A worker is led to Stripe's pages and fills them in; Stripe tells that it is done."""

    events = "arrive"
    calls = "POST /v1/accounts"

    def people(self) -> None:
        at = self.here.clock.now
        payee = Payee.objects.first()
        is_led = payee is not None and bool(payee.link_url) and payee.link_expires_at > at
        if payee is None or not (payee.link_asked_at or payee.is_ready or is_led):
            where: Any = {"country": "US", "return_path": "/work/account/"}
            ask_to_onboard(worker=WORKER, **where, actor="user:1", at=at)
        elif is_led and not payee.is_ready:
            account = self.here.there.world.things[payee.reference]
            if not account["details_submitted"]:
                self.here.there.hands.onboards(payee.reference)

    def is_done(self) -> bool:
        return Payee.objects.filter(is_ready=True).exists()

    def check(self, hours: int) -> None:
        (payee,) = Payee.objects.all()
        filled_in = [a["id"] for a in self.things("account") if a["details_submitted"]]
        assert filled_in == [payee.reference]
        # One whose name was lost a day ago stays empty: nobody was led there.
        assert hours >= 24 or len(self.things("account")) == 1


FLOWS: dict[str, Callable[[Marketplace], Flow]] = {
    "deposit": DepositFlow,
    "deposit, told by an event": ToldDeposit,
    "saving a method, told by an event": SavingMethod,
    "charge of a saved method": ChargedMethod,
    "charge of a saved method, told by an event": ToldCharge,
    "top-up": TopUpFlow,
    "payout, asked for": PayoutFlow,
    "payout, by schedule": ScheduledPayout,
    "payout, told by an event": ToldPayout,
    "payout, events asked for": AskedForEvents,
    "refund": RefundFlow,
    "refund, told by an event": ToldRefund,
    "refund, sent back": ReturnedRefund,
    "reconciliation": ReadBooks,
    "onboarding, told by an event": Onboarding,
}
