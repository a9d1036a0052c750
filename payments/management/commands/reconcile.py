"""`manage.py reconcile`: read the gateways' books and compare them with the ledger, now."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from marketplace import clock
from marketplace.money import show
from payments.gateway.reconciling import run_reconciliation
from payments.queries import incidents_in_the_way


class Command(BaseCommand):
    """Prints what it read and each incident; exits with 1 if there is one, or books were unread."""

    help = "Compare the gateways' books with the ledger; exit code 1 on a difference."

    def handle(self, *args: Any, **options: Any) -> None:
        done = run_reconciliation(at=clock.now())
        if done is None:
            self.stdout.write("Another process reconciles now; look at the money page.")
            return
        self.stdout.write(
            f"{done.lines:,} new lines; {done.differences:,} differences, "
            f"{done.in_flight:,} in flight."
        )
        found = incidents_in_the_way()
        for incident in found:
            amount = show(incident.amount_cents, incident.currency)
            words = f"{incident.get_kind_display()}: {incident.subject} {amount}"
            self.stdout.write(f"incident {incident.pk}: {words}")
        if done.failure:
            self.stderr.write(f"Not all books were read: {done.failure}")
        if done.failure or found:
            sys.exit(1)
