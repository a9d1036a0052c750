"""Pretend customers and saved methods, so that the whole of it can be tried without a bank.

Where a real gateway shows a page of its own, this one leads to payments.web.play: there a method is
chosen by what it does when it is charged, as a gateway's test cards are.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from marketplace import clock
from payments.actions.keep_method import MethodFacts
from payments.actions.record_charge import Charge
from payments.actions.save_method import SetupState
from payments.gateway.base import CustomerOrder, DepositOrder, GatewayError, GatewayNeedsPayer
from payments.models import PlayCharge, PlayMethod, PlaySetup
from payments.models.saved_method import method_words

Behaviour = PlayMethod.Behaviour
CARD = {"kind": "card", "brand": "visa"}
METHODS: dict[str, dict[str, Any]] = {
    "card": {**CARD, "last4": "4242", "behaviour": Behaviour.PAYS},
    "bank": {
        "kind": "us_bank_account",
        "brand": "Play Bank",
        "last4": "6789",
        "behaviour": Behaviour.PAYS,
    },
    "declined": {**CARD, "last4": "0341", "behaviour": Behaviour.DECLINES},
    "asking": {**CARD, "last4": "3184", "behaviour": Behaviour.ASKS},
}
"""What can be saved on the pretend page, by the name of its button."""
EXPIRES = {"exp_month": 4, "exp_year": 2040}
BANK_WAITS = timedelta(minutes=1)
DECLINED = "Your card was declined."


class PlayMethods:
    """The part of the gateway that is about what can be charged again."""

    def open_customer(self, order: CustomerOrder) -> str:
        """Named for its key: the same each time."""
        return f"play_{order.idempotency_key}"

    def find_customer(self, order: CustomerOrder, *, since: datetime) -> str | None:
        """There is nothing that could have been lost."""
        return self.open_customer(order)

    def open_setup(
        self, *, idempotency_key: str, customer: str, currency: str, return_url: str
    ) -> SetupState:
        """A page of our own that stands for the gateway's."""
        setup, _ = PlaySetup.objects.get_or_create(
            idempotency_key=idempotency_key, defaults={"customer": customer}
        )
        return _setup_state(setup)

    def setup_state(self, reference: str) -> SetupState:
        """Saved once something was chosen there."""
        pk = reference.removeprefix("play_setup_")
        return _setup_state(PlaySetup.objects.select_related("method").get(pk=pk))

    def method_state(self, reference: str) -> MethodFacts:
        """As it was chosen."""
        return _facts(_method(reference))

    def forget_method(self, reference: str) -> None:
        """So that it is charged no more."""
        PlayMethod.objects.filter(pk=_method(reference).pk).update(is_attached=False)

    def charge_method(self, order: DepositOrder) -> Charge:
        """As the method was chosen to do. An answer is kept under its key, as gateways do."""
        charge = PlayCharge.objects.filter(idempotency_key=order.idempotency_key).first()
        if charge is None:
            method = _method(order.method)
            if not method.is_attached:
                raise GatewayError("There is no such card or bank account any more.")
            if method.behaviour == Behaviour.ASKS:
                raise GatewayNeedsPayer("The bank wants this confirmed.")
            failure = DECLINED if method.behaviour == Behaviour.DECLINES else ""
            wait = BANK_WAITS if method.kind != "card" else timedelta()
            charge = charge_under(order, failure=failure, method=str(method), wait=wait)
        if charge.failure:
            raise GatewayError(charge.failure)
        return state_of(charge)

    def find_charge(self, order: DepositOrder, *, since: datetime) -> Charge | None:
        """By its key, which is never forgotten."""
        charge = PlayCharge.objects.filter(idempotency_key=order.idempotency_key).first()
        return state_of(charge) if charge and not charge.failure else None


def charge_under(
    order: DepositOrder, *, wait: timedelta = timedelta(), **values: Any
) -> PlayCharge:
    """The charge with the order's key, made now if there is none."""
    wait += timedelta(seconds=settings.MANYHANDS_PLAY_SETTLE_SECONDS)
    charge, is_new = PlayCharge.objects.get_or_create(
        idempotency_key=order.idempotency_key,
        defaults={
            "amount_cents": order.amount_cents,
            "currency": order.currency,
            "customer": order.customer,
            "settles_at": clock.now() + wait,
            **values,
        },
    )
    if is_new and order.saves:
        charge.method = str(PlayMethod.objects.create(customer=order.customer, **METHODS["card"]))
        charge.save(update_fields=["method"])
    return charge


def choose(setup: PlaySetup, name: str) -> None:
    """Somebody saves one of METHODS on the pretend page."""
    setup.method = PlayMethod.objects.create(customer=setup.customer, **METHODS[name])
    setup.save(update_fields=["method"])


def confirm(charge: PlayCharge) -> None:
    """Somebody confirms a charge on the pretend page: it settles now."""
    charge.waits_for_payer, charge.settles_at = False, clock.now()
    charge.save(update_fields=["waits_for_payer", "settles_at"])


def state_of(charge: PlayCharge) -> Charge:
    """How a charge stands."""
    reference = f"play_charge_{charge.pk}"
    if charge.waits_for_payer:
        path = reverse("money:play_confirm", args=[charge.pk])
        return Charge(reference=reference, pay_url=settings.MANYHANDS_BASE_URL + path)
    facts = _facts(_method(charge.method)) if charge.method else None
    return Charge(
        reference=reference,
        is_settled=charge.settles_at <= clock.now(),
        method=facts,
        paid_with=method_words(facts.kind, facts.brand, facts.last4) if facts else "Play money",
    )


def _setup_state(setup: PlaySetup) -> SetupState:
    if setup.method is not None:
        return SetupState(reference=str(setup), method=_facts(setup.method))
    path = reverse("money:play_setup", args=[setup.pk])
    return SetupState(reference=str(setup), page_url=settings.MANYHANDS_BASE_URL + path)


def _method(reference: str) -> PlayMethod:
    return PlayMethod.objects.get(pk=reference.removeprefix("play_method_"))


def _facts(method: PlayMethod) -> MethodFacts:
    is_card = method.kind == "card"
    return MethodFacts(
        reference=str(method),
        kind=method.kind,
        brand=method.brand,
        last4=method.last4,
        is_gone=not method.is_attached,
        **(EXPIRES if is_card else {}),
    )
