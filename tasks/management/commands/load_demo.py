"""Fill an installation with the demo marketplace, and say who can sign in."""

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from marketplace import clock
from tasks.demo import cast, story

FILE = "demo.json"


class Command(BaseCommand):
    help = "Load the demo marketplace, and write var/demo.json (again, where it was lost)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--force",
            action="store_true",
            help="do it in production mode too: never with real people",
        )
        parser.add_argument(
            "--new-secrets", action="store_true", help="reset passwords, keys and tokens"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION and not options["force"]:
            raise CommandError(
                "The demo's people have passwords that lie in a file: not in production mode. "
                "Unset MANYHANDS_MODE to try Manyhands out, or insist with --force."
            )
        if settings.MANYHANDS_GATEWAY != "play":
            raise CommandError(
                "The demo's people pay and are paid in play money. Unset MANYHANDS_GATEWAY, in a "
                "folder or database of its own."
            )
        path: Path = settings.VAR / FILE
        is_new = not cast.is_there()
        with transaction.atomic():
            if is_new:
                story.tell(now=clock.now())
            if is_new or options["new_secrets"] or not path.exists():
                told = cast.new_secrets(base_url=settings.MANYHANDS_BASE_URL, at=clock.now())
            else:
                told = json.loads(path.read_text()) | {"base_url": settings.MANYHANDS_BASE_URL}
            write_private(path, told)
        self.stdout.write(f"The demo marketplace is loaded. Who can sign in is in {path}.")


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Replace a JSON file at once, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        os.fchmod(file.fileno(), 0o600)
        json.dump(content, file, indent=2)
    draft.replace(path)
