"""Imported by Python itself, before the marketplace is: see benchmarks/chaos/shifted.py."""

import os
from pathlib import Path

from benchmarks.chaos import shifted

if path := os.environ.get(shifted.FILE):
    shifted.install(Path(path))
