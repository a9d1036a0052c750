"""Two books that differ, without a gateway: what is found, and what is kept of it."""

from datetime import timedelta

from payments.actions.note_differences import note_differences
from payments.models import BalanceTransaction, Incident
from payments.reconciliation import Difference

HOURS = timedelta(hours=1)


def note(clock, *found, currencies=("USD",)):
    return note_differences(found, currencies=currencies, at=clock.now)


def differs(clock, fact="line:a", there=5, here=None, currency="USD", ago=7 * HOURS):
    return Difference(
        fact=fact,
        currency=currency,
        there_cents=there,
        here_cents=here,
        latest_at=clock.now - ago,
    )


def a_line(clock, fact, cents, about="", *, currency="USD", reference="txn_1"):
    """One that the gateway's books have."""
    return BalanceTransaction.objects.create(
        gateway="play", reference=reference, kind="charge", amount_cents=cents, fee_cents=0,
        net_cents=cents, currency=currency, created_at=clock.now, available_at=clock.now,
        source=f"ch_{reference}", about=about, fact=fact, kept_at=clock.now,
    )  # fmt: skip


def rows():
    """All that is kept of each incident, the oldest first."""
    return list(Incident.objects.order_by("pk").values())
