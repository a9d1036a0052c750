"""`manage.py audit_ledger`: recompute all money from its transfers, and all work against it."""

import sys
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand

from marketplace import clock
from marketplace.money import show
from payments import audit, reconciliation
from tasks import money_audit


class Command(BaseCommand):
    """Prints a sentence per difference, and per money incident whose difference stands, and exits
    with 1; one line of totals when there is none."""

    help = "Recompute every balance and hold; exit code 1 on a difference of one cent."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for sentence in chain(
            audit.differences(),
            money_audit.differences(),
            reconciliation.complaints(at=clock.now()),
        ):
            found += 1
            self.stdout.write(sentence)
        if found:
            self.stderr.write(f"{found} differences: the books don't balance.")
            sys.exit(1)
        self.stdout.write(_summary(money_audit.totals()))


def _summary(totals: money_audit.Totals) -> str:
    held = "; ".join(
        f"{h.currency}: requesters {show(h.requesters_cents, h.currency)}, "
        f"escrow {show(h.escrow_cents, h.currency)}, "
        f"workers {show(h.workers_cents, h.currency)}"
        for h in totals.held
    )
    return (
        f"The books balance: {totals.transfers:,} transfers, {totals.hits:,} HITs, "
        f"{totals.approved:,} approved assignments" + (f"; {held}." if held else ".")
    )
