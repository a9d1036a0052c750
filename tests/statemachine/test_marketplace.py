"""200 lives of a marketplace, 50 acts each: every money rule after every act.

A failing run prints the acts that led to it, and a line to repeat it with.
"""

import os
import time

import pytest

from tests.statemachine.changes import WholeMarketplace
from tests.statemachine.living import live

RUNS = int(os.environ.get("STATE_MACHINE_RUNS", "200"))


@pytest.mark.django_db(transaction=True)
def test_no_order_of_acts_and_no_lapse_of_time_moves_a_cent_wrongly():
    began = time.monotonic()
    # The same runs each time, so that a red one means a change; more, and others, when asked.
    live(RUNS, derandomize="STATE_MACHINE_RUNS" not in os.environ)
    steps = WholeMarketplace.steps
    print(f"{steps['runs']} runs, {steps['steps']} acts, {time.monotonic() - began:.0f} s")
    assert steps["runs"] >= RUNS
