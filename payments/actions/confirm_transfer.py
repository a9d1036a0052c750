"""A gateway says that a payout's money left: the row that was waiting for the answer learns it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from payments.actions.advance_payout import finish_payout
from payments.models import Payout
from payments.states import OutStatus

log = structlog.get_logger()
WAITING = (OutStatus.SENDING, OutStatus.UNKNOWN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """A transfer as the gateway has it, in cents."""

    reference: str
    transfer_group: str
    destination: str
    amount_cents: int
    currency: str


def confirm_transfer(*, gateway: str, sent: Sent, at: datetime) -> str:
    """Finish the payout that the transfer is filed under, if it waits for an answer.

    Returns a sentence where the two disagree, else "". A payout that has returned its money and
    was sent all the same is such a case: nothing is moved, and somebody has to look at it.
    """
    payout = _payout_of(sent.transfer_group, gateway)
    if payout is None:
        return ""
    asked = (payout.destination, payout.amount_cents, payout.currency)
    if asked != (sent.destination, sent.amount_cents, sent.currency):
        return _disagree(payout, sent, "is not what the payout asked for")
    if payout.status in WAITING:
        finish_payout(payout=payout, at=at, reference=sent.reference)
    elif payout.status != OutStatus.SENT:
        return _disagree(payout, sent, f"left for a payout that is {payout.status}")
    elif payout.gateway_reference != sent.reference:
        return _disagree(payout, sent, f"is a second one beside {payout.gateway_reference}")
    return ""


def _payout_of(transfer_group: str, gateway: str) -> Payout | None:
    try:
        public_id = UUID(transfer_group.removeprefix("payout_"))
    except ValueError:
        return None  # a transfer that is none of ours
    return Payout.objects.filter(public_id=public_id, gateway=gateway).first()


def _disagree(payout: Payout, sent: Sent, words: str) -> str:
    sentence = f"transfer {sent.reference} of {sent.amount_cents} cents {words}"
    log.error("payments.transfer_disagrees", payout=str(payout.public_id), difference=sentence)
    return sentence
