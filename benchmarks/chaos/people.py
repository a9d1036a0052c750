"""A requester who pays in, and workers who earn and are paid out, under servers that die."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import requests
from django.db import InterfaceError, OperationalError, connection, transaction

from benchmarks.chaos.elsewhere import Elsewhere
from marketplace import clock
from marketplace.accounts.acting import acting_for
from marketplace.accounts.actions.create_api_token import create_api_token
from marketplace.accounts.actions.create_requester import create_requester
from marketplace.accounts.models import User
from marketplace.errors import DomainError
from payments import ledger
from payments.actions.make_deposit import make_deposit
from payments.actions.request_payout import request_payout
from payments.actions.request_refund import request_refund
from payments.actions.run_reconciliation import ask_for_reconciliation
from payments.actions.set_payout_schedule import set_payout_schedule
from payments.ledger import Move
from payments.models import AccountKind, Deposit, Payee, Reason
from workers.actions.become_worker import become_worker

Answer = TypeVar("Answer")
CURRENCY = "USD"
PATIENCE = 240  # seconds


def until_done(step: Callable[[], Answer]) -> Answer:
    """Do a step again for as long as the database is away: each is harmless to repeat."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return step()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@dataclass
class Earner:
    """A worker with an account at Stripe; with a token, one who asks over the API."""

    public_id: str
    account: str
    fingerprint: str
    is_scheduled: bool
    token: str = ""


class People:
    """Everybody who has money here."""

    def __init__(self, there: Elsewhere, number: int) -> None:
        at = clock.now()
        self.owner = User.objects.create_user("owner@chaos.test", None)
        self.requester = create_requester(user=self.owner, name="Chaos", at=at)
        self.by = acting_for(self.owner, self.requester)
        self.earners = [self._earner(there, n) for n in range(number)]
        self._unpaid: set[int] = set()

    def _earner(self, there: Elsewhere, number: int) -> Earner:
        """Every second is paid by schedule, every tenth asks on the web, the rest through the
        action alone."""
        at, fingerprint = clock.now(), f"bank-{number}"
        user = User.objects.create_user(f"w{number}@chaos.test", None)
        worker = become_worker(user=user, country="US", at=at)
        earner = Earner(
            public_id=worker.public_id,
            account=there.a_payee(fingerprint),
            fingerprint=fingerprint,
            is_scheduled=number % 2 == 0,
            token=create_api_token(user=user, at=at)[1] if number % 10 == 1 else "",
        )
        Payee.objects.create(
            holder=earner.public_id,
            gateway="stripe",
            country="US",
            reference=earner.account,
            is_submitted=True,
            is_ready=True,
            fingerprint=fingerprint,
            created_at=at,
        )
        if earner.is_scheduled:
            given: Any = {"schedule": "daily", "minimum_cents": 100}
            set_payout_schedule(worker=earner.public_id, **given)
        return earner

    def pay_in(self, cents: int) -> None:
        """A deposit is asked for."""
        given: Any = {"by": self.by, "user": self.owner, "currency": CURRENCY}
        until_done(lambda: make_deposit(**given, amount_cents=cents, at=clock.now()))

    def pay_on_stripes_pages(self, there: Elsewhere) -> None:
        """Whoever was led to a Checkout page pays there."""
        waiting = Deposit.objects.filter(status="pending").exclude(gateway_reference="")
        for session in until_done(
            lambda: list(waiting.values_list("gateway_reference", flat=True))
        ):
            there.pays(session)

    def take_back(self, cents: int) -> None:
        """A refund is asked for; where nothing can be given back, none is."""
        given: Any = {"by": self.by, "user": self.owner, "currency": CURRENCY}
        try:
            until_done(lambda: request_refund(**given, amount_cents=cents, at=clock.now()))
        except DomainError:
            return

    def earn(self, occasion: str, cents: dict[str, int]) -> None:
        """Each of the named workers earns so many cents, once per `occasion`."""
        try:
            until_done(lambda: self._earn(occasion, cents))
        except ledger.AlreadyMoved:  # it was committed, and the answer lost
            return

    def _earn(self, occasion: str, cents: dict[str, int]) -> None:
        with transaction.atomic():
            keys = [(AccountKind.WORKER, worker, CURRENCY) for worker in cents]
            accounts = ledger.accounts(keys)
            purse = ledger.account(AccountKind.REQUESTER, self.requester.public_id, CURRENCY)
            moves = [
                Move(
                    key=f"earned:{occasion}:{worker}",
                    debit=purse,
                    credit=accounts[AccountKind.WORKER, worker, CURRENCY],
                    amount_cents=amount,
                    currency=CURRENCY,
                    reason=Reason.REWARD,
                    reference=occasion,
                )
                for worker, amount in cents.items()
            ]
            ledger.post(moves, at=clock.now())

    def ask_to_compare(self) -> None:
        """Staff, whom a letter told that payouts wait for an incident."""
        staff, _is_new = User.objects.get_or_create(
            email="staff@chaos.test", defaults={"is_staff": True}
        )
        ask_for_reconciliation(staff=staff, at=clock.now())

    def ask(self, earner: Earner, occasion: str, web: str) -> None:
        """The worker asks to be paid out; one who can't be now asks another time."""
        if earner.token:
            self._ask_over_the_api(earner, occasion, web)
            return
        given: Any = {"worker": earner.public_id, "currency": CURRENCY}
        try:
            until_done(lambda: request_payout(**given, at=clock.now()))
        except DomainError:  # another is on its way, or its answer was lost and it is there
            return

    def _ask_over_the_api(self, earner: Earner, occasion: str, web: str) -> None:
        headers = {
            "Authorization": f"Token {earner.token}",
            "Idempotency-Key": f"{occasion}-{earner.public_id}",
        }
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                url = f"{web}/api/v1/my/payouts"
                answer = requests.post(url, json={}, headers=headers, timeout=30)
            except requests.RequestException:
                time.sleep(0.2)
                continue
            if answer.status_code < 500:
                return
            time.sleep(0.2)
        raise SystemExit("the web server took no request for a payout")
