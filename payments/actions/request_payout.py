"""A worker's earnings leave for the world outside."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from marketplace.errors import InsufficientFunds, InvalidInput, WrongState
from marketplace.money import SANDBOX_CURRENCY, show
from payments import ledger
from payments.ledger import Move
from payments.models import AccountKind, Payout, PayoutBatch, Reason
from payments.queries import obstacle_to_payout, payee_of, suspended_as

ONE_EACH = ("one_open_payout_per_worker", "one_payout_in_a_batch")


def request_payout(
    *,
    worker: str,
    currency: str,
    at: datetime,
    amount_cents: int | None = None,
    batch: PayoutBatch | None = None,
) -> Payout:
    """Hold the amount (all that is available, if none is named) and write the intent to send it.

    `worker` is the worker's public id; without a `batch` it goes with the day's requests. The
    money moves worker -> in_payout in the same transaction, so it can't be paid out twice. After
    a change of where it goes it waits for 48 hours. Raises InsufficientFunds, InvalidInput, and
    WrongState while another payout of this worker is open, the worker is suspended, or the gateway
    doesn't know where to.
    """
    if suspended_as(worker).exists():
        raise WrongState(
            "Your account is suspended. What you have earned is kept, and can be paid out once a "
            "person has lifted that: write to the operator."
        )
    source = ledger.account(AccountKind.WORKER, worker, currency)
    amount = ledger.balance(source) if amount_cents is None else amount_cents
    least = max(1, settings.MANYHANDS_MINIMUM_PAYOUT_CENTS)
    if amount < least:
        raise InvalidInput(
            f"A payout is at least {show(least, currency)}; this would be "
            f"{show(amount, currency)}.",
            field="amount",
        )
    gateway = "play" if currency == SANDBOX_CURRENCY else settings.MANYHANDS_GATEWAY
    destination, free_from = _destination(worker, gateway)
    try:
        with transaction.atomic():
            payout = Payout.objects.create(
                batch=batch or _batch_of_today(worker, currency, at),
                worker=worker,
                amount_cents=amount,
                currency=currency,
                destination=destination,
                gateway=gateway,
                created_at=at,
                due_at=max(at, free_from or at),
            )
            ledger.post([_hold(payout, source)], at=at)
    except InsufficientFunds as error:
        raise InsufficientFunds(
            f"You have {show(ledger.balance(source), currency)} available: that is the most "
            "that can be paid out.",
            **error.details,
        ) from error
    except IntegrityError as error:
        if not any(name in str(error) for name in ONE_EACH):
            raise
        raise WrongState(
            "A payout of yours is on its way already. The next can start when it has arrived."
        ) from error
    return payout


def _batch_of_today(worker: str, currency: str, at: datetime) -> PayoutBatch:
    today = {"kind": PayoutBatch.Kind.REQUEST, "on": at.date(), "currency": currency}
    before = PayoutBatch.objects.filter(**today, payouts__worker=worker).count()
    batch, _is_new = PayoutBatch.objects.get_or_create(
        **today, number=before + 1, defaults={"prepared_at": at}
    )
    return batch


def _destination(worker: str, gateway: str) -> tuple[str, datetime | None]:
    """The gateway's name for the payee, and since when money may leave for it."""
    if gateway == "play":
        return worker, None
    payee = payee_of(worker, gateway)
    if payee is None or obstacle_to_payout(payee):
        raise WrongState(obstacle_to_payout(payee))
    return payee.reference, payee.held_until()


def _hold(payout: Payout, source: int) -> Move:
    return Move(
        key=f"payout:{payout.public_id}",
        debit=source,
        credit=ledger.account(AccountKind.IN_PAYOUT, payout.worker, payout.currency),
        amount_cents=payout.amount_cents,
        currency=payout.currency,
        reason=Reason.PAYOUT,
        reference=str(payout.public_id),
    )
