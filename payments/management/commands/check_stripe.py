"""`manage.py check_stripe`: ask Stripe itself what the tests can't show. Use test keys."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from payments.gateway import stripe_checks

MARKS = {"passed": "ok     ", "failed": "FAILED ", "skipped": "skipped"}


class Command(BaseCommand):
    """Prints each check with what was seen or what to do; exits with 1 if one failed."""

    help = "Check the Stripe account that the settings name: keys, events, Checkout, Connect."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--live",
            action="store_true",
            help="with a live key: one cent goes to a worker's account and back",
        )

    def handle(self, *args: Any, live: bool = False, **options: Any) -> None:
        if not settings.STRIPE_SECRET_KEY:
            raise CommandError("Set STRIPE_SECRET_KEY first: sk_test_… from Stripe's dashboard.")
        if stripe_checks.is_live() and not live:
            raise CommandError("This is a live key. Use a test key, or say --live if you mean it.")
        failed = 0
        for outcome in stripe_checks.outcomes():
            failed += outcome.verdict == "failed"
            self.stdout.write(f"{MARKS[outcome.verdict]} {outcome.question}")
            self.stdout.write(f"        {outcome.words}")
        if failed:
            self.stderr.write(f"{failed} checks failed.")
            sys.exit(1)
        self.stdout.write("Nothing failed. Now make a deposit and a payout by hand.")
