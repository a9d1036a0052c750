"""A requester asks for unused money back: it goes to where it came from."""

from datetime import datetime
from typing import Any

from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role, User
from marketplace.audit import trail
from marketplace.errors import InsufficientFunds, InvalidInput
from marketplace.money import SANDBOX_CURRENCY, show
from payments import ledger
from payments.actions.set_top_up import stop_top_up
from payments.ledger import Move
from payments.models import AccountKind, Deposit, Reason, Refund, TopUp
from payments.queries import refundable_cents, refundable_deposits, requester_balance


def request_refund(
    *, by: Acting, user: User | None, amount_cents: int, currency: str, at: datetime
) -> list[Refund]:
    """Hold the amount and write the intents to send it, the newest deposit first, each no more
    than what is left of its deposit. Automatic top-up ends where it would charge the same again.

    Raises NotAllowed below owner, InvalidInput for more than the deposits can give back,
    InsufficientFunds for more than is free, BalanceFrozen while a payment is disputed.
    """
    by.require(Role.OWNER)
    holder = by.requester.public_id
    with transaction.atomic():
        deposits = refundable_deposits(by.requester, currency)
        locked = list(deposits.select_for_update(no_key=True).order_by("-pk"))
        most = sum(deposit.left_cents for deposit in locked)
        if not 1 <= amount_cents <= most:
            raise InvalidInput(
                f"Name an amount from {show(1, currency)} to "
                f"{show(refundable_cents(by.requester, currency), currency)}: that is the most "
                "that can go back now.",
                field="amount",
            )
        made = [
            Refund.objects.create(
                deposit=deposit, made_by=user, amount_cents=cents, created_at=at, due_at=at
            )
            for deposit, cents in _split(locked, amount_cents)
        ]
        trail.record(
            action="request_refund",
            actor=by.trail,
            subject=("requester", holder),
            at=at,
            amount_cents=amount_cents,
            currency=currency,
            refunds=[str(refund.public_id) for refund in made],
        )
        try:
            with transaction.atomic():
                ledger.post([_hold(refund, holder) for refund in made], at=at)
        except InsufficientFunds as error:
            free = show(requester_balance(holder, currency), currency)
            raise InsufficientFunds(
                f"Your balance has {free} that is not held for work: that is the most that can go "
                "back.",
                field="amount",
                **error.details,
            ) from error
        if currency != SANDBOX_CURRENCY:
            _let_top_up_be(by, requester_balance(holder, currency), at)
    return made


def _let_top_up_be(by: Acting, left_cents: int, at: datetime) -> None:
    if TopUp.objects.filter(requester=by.requester, threshold_cents__gt=left_cents).exists():
        why = "Money was taken back from the balance."
        stop_top_up(requester=by.requester, actor=by.trail, why=why, at=at)


def _split(deposits: list[Any], cents: int) -> list[tuple[Deposit, int]]:
    parts = []
    for deposit in deposits:
        part = min(cents, deposit.left_cents)
        if part:
            parts.append((deposit, part))
        cents -= part
    return parts


def _hold(refund: Refund, holder: str) -> Move:
    currency = refund.deposit.currency
    return Move(
        key=f"refund:{refund.public_id}",
        debit=ledger.account(AccountKind.REQUESTER, holder, currency),
        credit=ledger.account(AccountKind.IN_REFUND, holder, currency),
        amount_cents=refund.amount_cents,
        currency=currency,
        reason=Reason.REFUND,
        reference=str(refund.public_id),
    )
