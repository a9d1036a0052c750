"""The moves of deposits, payouts and refunds, and of saving a method. `move_to` on the models is
the only writer."""

from django.db import models


class DepositStatus(models.TextChoices):
    """Money coming in. Only `settled` money is in the ledger."""

    CREATED = "created", "Created"
    PENDING = "pending", "Waiting to settle"
    SETTLED = "settled", "Settled"
    FAILED = "failed", "Failed"


class OutStatus(models.TextChoices):
    """Money going out: to a worker, or back to where it came from."""

    HELD = "held", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed, returned to the balance"
    UNKNOWN = "unknown", "Sent, answer lost: being looked up"


DEPOSIT_MOVES: dict[str, set[str]] = {
    DepositStatus.CREATED: {DepositStatus.PENDING, DepositStatus.SETTLED, DepositStatus.FAILED},
    DepositStatus.PENDING: {DepositStatus.SETTLED, DepositStatus.FAILED},
    DepositStatus.SETTLED: set(),
    DepositStatus.FAILED: {DepositStatus.SETTLED},  # the gateway has the money all the same
}

PAYOUT_MOVES: dict[str, set[str]] = {
    OutStatus.HELD: {OutStatus.SENDING},
    OutStatus.SENDING: {
        OutStatus.SENT,
        OutStatus.FAILED,
        OutStatus.UNKNOWN,
        OutStatus.HELD,  # nothing was done, under any key
    },
    OutStatus.UNKNOWN: {OutStatus.SENDING},
    OutStatus.SENT: set(),
    OutStatus.FAILED: set(),
}

REFUND_MOVES = PAYOUT_MOVES | {
    OutStatus.SENT: {OutStatus.FAILED},  # a bank sent it back, days later
}

OPEN_DEPOSITS = (DepositStatus.CREATED, DepositStatus.PENDING)

OPEN_PAYOUTS = (OutStatus.HELD, OutStatus.SENDING, OutStatus.UNKNOWN)

OPEN_REFUNDS = OPEN_PAYOUTS


class SetupStatus(models.TextChoices):
    """A method to pay with is being saved."""

    CREATED = "created", "Asked for"
    OPEN = "open", "Waiting for you"
    SAVED = "saved", "Saved"
    FAILED = "failed", "Not saved"


SETUP_MOVES: dict[str, set[str]] = {
    SetupStatus.CREATED: {SetupStatus.OPEN, SetupStatus.SAVED, SetupStatus.FAILED},
    SetupStatus.OPEN: {SetupStatus.SAVED, SetupStatus.FAILED},
    SetupStatus.SAVED: set(),
    SetupStatus.FAILED: set(),
}

OPEN_SETUPS = (SetupStatus.CREATED, SetupStatus.OPEN)
