"""What the gateway says of a deposit is recorded, and settled money credited once."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from payments import ledger
from payments.ledger import Move
from payments.models import AccountKind, Deposit, Reason
from payments.states import DepositStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class Charge:
    """How a deposit stands at the gateway."""

    reference: str = ""
    is_settled: bool = False
    failure: str = ""
    pay_url: str = ""
    amount_cents: int | None = None
    """What was paid, where the gateway tells."""


def record_charge(
    *, deposit_id: int, told: Charge, at: datetime, ask_at: datetime | None = None
) -> Deposit:
    """Take one deposit as far as the gateway's word lets it go. Harmless to run twice at once:
    the money is credited once, by the ledger's unique key deposit:<id>. Until `ask_at`
    only an event asks again."""
    with transaction.atomic():
        locked = Deposit.objects.select_for_update(no_key=True).get(pk=deposit_id)
        if locked.status in (DepositStatus.SETTLED, DepositStatus.FAILED):
            return locked
        locked.gateway_reference = told.reference or locked.gateway_reference
        _apply(locked, told, at)
        is_open = locked.status == DepositStatus.PENDING
        locked.pay_url = told.pay_url if is_open else ""
        locked.ask_at = ask_at if is_open else None
        locked.save()
    return locked


def postpone_charge(*, deposit_id: int, until: datetime) -> None:
    """The gateway gave no answer: it is asked again then."""
    is_open = [DepositStatus.CREATED, DepositStatus.PENDING]
    Deposit.objects.filter(pk=deposit_id, status__in=is_open).update(ask_at=until)


def _apply(deposit: Deposit, told: Charge, at: datetime) -> None:
    if told.failure:
        deposit.move_to(DepositStatus.FAILED)
        deposit.failure = told.failure[:300]
    elif told.is_settled:
        deposit.move_to(DepositStatus.SETTLED)
        deposit.settled_at = at
        ledger.post([_credit(deposit)], at=at)
    elif deposit.status == DepositStatus.CREATED:
        deposit.move_to(DepositStatus.PENDING)


def _credit(deposit: Deposit) -> Move:
    holder = deposit.requester.public_id
    return Move(
        key=f"deposit:{deposit.public_id}",
        debit=ledger.account(AccountKind.CLEARING, "", deposit.currency),
        credit=ledger.account(AccountKind.REQUESTER, holder, deposit.currency),
        amount_cents=deposit.amount_cents,
        currency=deposit.currency,
        reason=Reason.DEPOSIT,
        reference=str(deposit.public_id),
    )
