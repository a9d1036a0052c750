"""What staff do next: about a failure, by the gateway's words for it, and about an incident."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from payments.models import Incident
from payments.states import OutStatus

Kind = Incident.Kind

BY_STATUS: dict[str, Any] = {
    OutStatus.FAILED: _(
        "The money is back on the worker’s balance. They see the reason, put it right with the "
        "payment service, and ask again; a schedule asks by itself."
    ),
    OutStatus.UNKNOWN: _(
        "It is tried again by itself, under the same key, and looked up first after 23 hours. "
        "Act only if it stays for days."
    ),
    OutStatus.SENDING: _("It is with the gateway now."),
    OutStatus.HELD: _("It is sent when it is due."),
    OutStatus.SENT: _("Nothing: it arrived."),
}
REFUND_BY_STATUS: dict[str, Any] = {
    **BY_STATUS,
    OutStatus.FAILED: _(
        "The money is back on the requester’s balance, and its owners were told. A bank account "
        "or card that is closed can be made up for by a payment outside of here: write to them."
    ),
}
DEPOSIT_FAILED = _(
    "Nothing was credited. The requester sees it and can try another way to pay. If it is paid all "
    "the same, it is credited once the gateway says so."
)

# Parts of what a gateway says, in small letters, and what they ask for; the first that fits.
BY_WORDS = (
    (
        "too low",
        _(
            "Top up the balance at Stripe, or wait until card payments become available there. It "
            "is tried again each hour."
        ),
    ),
    (
        "operator's key",
        _(
            "Put STRIPE_SECRET_KEY right: Stripe refuses it. Then run manage.py check_stripe. All "
            "that waits goes on by itself."
        ),
    ),
    (
        "capabilities",
        _(
            "The worker’s account at Stripe lacks something that Stripe asked for. They see on "
            "their page what it is; nothing is to be done here."
        ),
    ),
    (
        "no such destination",
        _(
            "The worker’s account at Stripe is gone, or belongs to other keys (test and live ones "
            "have different accounts). The worker sets payouts up again."
        ),
    ),
    (
        "rate limit",
        _("Nothing: it is tried again. If it happens often, lower MANYHANDS_PAYOUTS_PER_SECOND."),
    ),
    (
        "insufficient funds",
        _("The payer’s bank had too little. The requester sees it and can pay again."),
    ),
    (
        "declined",
        _("The payer’s bank refused. The requester sees it and can try another way to pay."),
    ),
)


def next_step(failure: str, default: Any) -> Any:
    """By the gateway's words, where they are known."""
    words = failure.lower()
    return next((step for part, step in BY_WORDS if part in words), default)


INCIDENT_STEPS = {
    Kind.MISSING_HERE: _(
        "Stripe was asked about it once more by itself. If it stays: open what it is about. A "
        "payout that failed here and was sent there has been paid twice: reverse the transfer in "
        "Stripe’s dashboard. A payment that waits or has failed here is credited as soon as Stripe "
        "says that it is paid: see whether STRIPE_SECRET_KEY and the account are the right ones, "
        "and what the log says as payments.deposit_not_shown. One that Stripe has no page of any "
        "more: refund it in Stripe’s dashboard."
    ),
    Kind.MISSING_THERE: _(
        "The ledger says that this moved, and Stripe’s books don’t know it. Look it up in Stripe’s "
        "dashboard by the id below. If the database was restored from a backup, or the keys lead "
        "to another Stripe account, put that right. If it truly never moved, let the operator bear "
        "it, and pay out or refund by hand what is owed."
    ),
    Kind.AMOUNT: _(
        "Compare the lines below. Two lines for one payout are two transfers: reverse one in "
        "Stripe’s dashboard. A payment that lacks its fee: Stripe is asked for it by itself. A "
        "transfer that was taken back in the dashboard: pay the worker in another way, or reverse "
        "nothing more, and let the operator bear it. A payment that came back after it had "
        "settled, with no dispute about it (payment_failure_refund): the requester can still spend "
        "it here. Suspend the requester until it has paid the amount to you outside of here, and "
        "let the operator bear it."
    ),
    Kind.UNKNOWN: _(
        "Somebody moved money in Stripe’s dashboard, or another program uses the account. If it "
        "was the operator’s own affair, let the operator bear it: that books it to the operator’s "
        "account. If it was for a worker or a requester, undo it there and do it here."
    ),
    Kind.BALANCE: _(
        "Stripe’s balance is another than its own lines add up to. Compare with the balance report "
        "in Stripe’s dashboard, and write to Stripe. If it explains the difference, let the "
        "operator bear it."
    ),
    Kind.BOOKS: _(
        "The database was changed from outside, or there is a bug. Run manage.py audit_ledger, "
        "stop jobs and beat, and compare with the last backup before anything else. It is gone "
        "once an audit finds nothing."
    ),
    Kind.UNREAD: _(
        "Stripe’s books could not be read for days, so nobody knows whether they agree. Put the "
        "key or the network right (manage.py check_stripe says what is wrong), then reconcile."
    ),
}
GONE = _(
    "The difference is gone, and payouts go on. Find out why it came and went, and close it with "
    "what you found."
)
CLOSED = _("Nothing: it is closed. It opens again if the difference comes back.")


def incident_step(incident: Incident) -> Any:
    """What to do about it now."""
    if incident.closed_at is not None:
        return CLOSED
    return GONE if incident.gone_at is not None else INCIDENT_STEPS[Kind(incident.kind)]
