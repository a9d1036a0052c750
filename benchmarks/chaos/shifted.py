"""A clock that several processes share and that can be moved forward: hours of waiting pass at
once, for the marketplace and for the stand-in alike.

A file holds how many seconds the clock is ahead of the machine's. `marketplace.clock` is the only
clock of the rules, so nothing else needs to be told; what the processes do by themselves (how
often beat asks, how long a call may take) goes by the machine's.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from marketplace import clock

FILE = "CHAOS_CLOCK"
"""The environment variable that names the file."""


def install(path: Path) -> None:
    """Let marketplace.clock tell the shared time in this process."""
    clock.now = lambda: clock._frozen or now(path)


def now(path: Path) -> datetime:
    """The shared time."""
    return datetime.now(UTC) + timedelta(seconds=float(path.read_text()))


def forward(path: Path, seconds: float) -> None:
    """Move it on, for everybody at once."""
    ahead = float(path.read_text()) if path.exists() else 0.0
    draft = path.with_suffix(".new")
    draft.write_text(str(ahead + seconds))
    draft.replace(path)


def environment(path: Path) -> dict[str, str]:
    """What a process of the marketplace is started with, to go by the shared clock: Python
    imports `sitecustomize` of this folder before anything else."""
    here = Path(__file__).resolve().parent
    return {FILE: str(path), "PYTHONPATH": os.pathsep.join([str(here / "launch"), str(ROOT)])}


ROOT = Path(__file__).resolve().parent.parent.parent
