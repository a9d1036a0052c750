"""For a supervisor: exit 0 while a process does real work, 1 when it does not."""

import os
import urllib.error
import urllib.request
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from marketplace import clock
from marketplace.health import HEARTBEAT, HEARTBEAT_LIMIT
from marketplace.models import Heartbeat


class Command(BaseCommand):
    help = "Exit 0 when web, jobs or beat is well. jobs and beat prove it by their heartbeat."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("process", choices=["web", "jobs", "beat"])

    def handle(self, *args: Any, process: str, **options: Any) -> None:
        if process == "web":
            self._ask_web()
        else:
            self._read_heartbeat(process)

    def _ask_web(self) -> None:
        url = f"http://127.0.0.1:{os.environ.get('PORT') or '8000'}/healthz"
        host = settings.ALLOWED_HOSTS[0].lstrip(".").replace("*", "localhost")
        request = urllib.request.Request(url, headers={"Host": host})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 # our own http address
                self.stdout.write(answer.read().decode())
        except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
            raise CommandError(f"web is not well: {error}") from error

    def _read_heartbeat(self, process: str) -> None:
        # A worker that lost its broker, and a beat that stalled, still have a living pid. Only
        # work that went from beat through Redis to a worker and into the database counts, so
        # one row speaks for both.
        limit = timedelta(seconds=HEARTBEAT_LIMIT)
        try:
            beat = Heartbeat.objects.filter(name=HEARTBEAT).first()
        except DatabaseError as error:
            raise CommandError(f"the database does not answer: {error}") from error
        if beat is None:
            raise CommandError(f"{process} has never done any work here")
        age = clock.now() - beat.beat_at
        if age > limit:
            raise CommandError(
                f"{process} did nothing for {age.total_seconds():.0f} s; the limit is "
                f"{HEARTBEAT_LIMIT} s"
            )
        self.stdout.write(f"{process} worked {age.total_seconds():.0f} s ago")
