"""Payers at each gateway, as tests want them: what they do on its pages, and what was charged."""

from dataclasses import dataclass

from marketplace import clock
from payments import jobs
from payments.actions.make_deposit import charge_saved_method
from payments.actions.save_method import ask_to_save_method
from payments.gateway import play_methods
from payments.gateway.deposits import settle_deposit
from payments.models import PlayCharge, PlayMethod, PlaySetup
from payments.queries import requester_balance, saved_method_of
from tests.stripe_server import StripeServer

PAYS, DECLINES, ASKS, BANK = "pays", "declines", "asks", "bank"


class PlayWallet:
    """Play money's."""

    gateway = "play"
    _names = {PAYS: "card", DECLINES: "declined", ASKS: "asking", BANK: "bank"}

    def tell(self, setup, what):
        """Somebody saves a method on the page."""
        there = PlaySetup.objects.get(pk=setup.gateway_reference.removeprefix("play_setup_"))
        play_methods.choose(there, self._names[what])

    def pays(self, deposit):
        """Somebody pays on the page, where there is one."""

    def confirms(self, deposit):
        """Somebody says yes to their bank."""
        pk = deposit.gateway_reference.removeprefix("play_charge_")
        play_methods.confirm(PlayCharge.objects.get(pk=pk))

    def charged(self):
        """What was charged, in cents."""
        done = PlayCharge.objects.filter(failure="", waits_for_payer=False).exclude(customer="")
        return sorted(done.values_list("amount_cents", flat=True))

    def customers(self):
        """How many customers there are."""
        return 1  # they are named for their key

    def attached(self):
        """How many methods can be charged."""
        return PlayMethod.objects.filter(is_attached=True).count()


@dataclass
class StripeWallet:
    """Stripe's, before the stand-in."""

    there: StripeServer
    gateway = "stripe"
    _outcomes = {PAYS: "succeeds", DECLINES: "fails", ASKS: "asks", BANK: "succeeds"}

    def tell(self, setup, what):
        by = "us_bank_account" if what == BANK else "card"
        outcome = self._outcomes[what]
        self.there.hands.saves_a_method(setup.gateway_reference, by=by, outcome=outcome)

    def pays(self, deposit):
        if self.there.world.things[deposit.gateway_reference]["status"] == "open":
            self.there.hands.pays(deposit.gateway_reference)

    def confirms(self, deposit):
        self.there.hands.pays(deposit.gateway_reference)

    def charged(self):
        return sorted(charge["amount"] for charge in self.there.world.of("charge"))

    def customers(self):
        return len(self.there.world.of("customer"))

    def attached(self):
        return sum(m["customer"] is not None for m in self.there.world.of("payment_method"))


def asked(lab):
    """The page to save a method on, open."""
    setup = ask_to_save_method(by=lab.by, user=lab.user, at=clock.now())
    jobs.save_methods()
    setup.refresh_from_db()
    return setup


def saved(wallet, lab, what=PAYS):
    """A method that the lab has saved."""
    setup = asked(lab)
    wallet.tell(setup, what)
    type(setup).objects.update(ask_at=None)  # as an event would have it
    jobs.save_methods()
    return saved_method_of(lab.requester)


def press(lab, cents, *, token, **changes):
    """The button is pressed."""
    method = saved_method_of(lab.requester)
    given = {"by": lab.by, "user": lab.user, "method": str(method.public_id), **changes}
    return charge_saved_method(**given, amount_cents=cents, public_id=token, at=clock.now())


def settle(deposit):
    """As far as it goes now; its status."""
    settle_deposit(deposit_id=deposit.pk, at=clock.now())
    deposit.refresh_from_db()
    return deposit.status


def balance(lab):
    """Of live money, in cents."""
    return requester_balance(lab.requester.public_id, "USD")
