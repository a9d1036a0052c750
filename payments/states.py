"""The moves of deposits, payouts and refunds, and of saving a method. `move_to` on the models is
the only writer."""

from django.db import models


class DepositStatus(models.TextChoices):
    """Money coming in. Only `settled` money is in the ledger."""

    CREATED = "created", "Created"
    PENDING = "pending", "Waiting to settle"
    SETTLED = "settled", "Settled"
    FAILED = "failed", "Failed"


class PayoutStatus(models.TextChoices):
    """Money going out to a worker."""

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
    PayoutStatus.HELD: {PayoutStatus.SENDING},
    PayoutStatus.SENDING: {
        PayoutStatus.SENT,
        PayoutStatus.FAILED,
        PayoutStatus.UNKNOWN,
        PayoutStatus.HELD,  # nothing was done, under any key
    },
    PayoutStatus.UNKNOWN: {PayoutStatus.SENDING},
    PayoutStatus.SENT: set(),
    PayoutStatus.FAILED: set(),
}

OPEN_DEPOSITS = (DepositStatus.CREATED, DepositStatus.PENDING)

OPEN_PAYOUTS = (PayoutStatus.HELD, PayoutStatus.SENDING, PayoutStatus.UNKNOWN)


class RefundStatus(models.TextChoices):
    """Money going back to where it came from."""

    HELD = "held", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed, returned to the balance"
    UNKNOWN = "unknown", "Sent, answer lost: being looked up"


REFUND_MOVES: dict[str, set[str]] = {
    RefundStatus.HELD: {RefundStatus.SENDING},
    RefundStatus.SENDING: {
        RefundStatus.SENT,
        RefundStatus.FAILED,
        RefundStatus.UNKNOWN,
        RefundStatus.HELD,  # nothing was done, under any key
    },
    RefundStatus.UNKNOWN: {RefundStatus.SENDING},
    RefundStatus.SENT: {RefundStatus.FAILED},  # a bank sent it back, days later
    RefundStatus.FAILED: set(),
}

OPEN_REFUNDS = (RefundStatus.HELD, RefundStatus.SENDING, RefundStatus.UNKNOWN)


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
