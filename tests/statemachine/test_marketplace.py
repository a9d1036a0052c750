"""200 lives of a marketplace, 50 acts each: every money rule after every act.

A failing run prints the acts that led to it, and a line to repeat it with.
"""

import os
import time

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from marketplace import clock
from tests import world
from tests.statemachine.changes import WholeMarketplace
from tests.statemachine.machine import QUEUE, START, Cast

RUNS = int(os.environ.get("STATE_MACHINE_RUNS", "200"))
STEPS = 50


@pytest.mark.django_db(transaction=True)
def test_no_order_of_acts_and_no_lapse_of_time_moves_a_cent_wrongly(record_property):
    with clock.frozen_at(START):
        workers = [world.a_worker(name) for name in ("wanda", "walt", "wu")]
        WholeMarketplace.cast = Cast(lab=world.a_lab(cents=0), workers=workers)
    WholeMarketplace.steps.clear()
    began = time.monotonic()
    with override_settings(
        MANYHANDS_QUEUE_LIMIT=QUEUE,
        MANYHANDS_MINIMUM_PAYOUT_CENTS=10,
        MANYHANDS_MINIMUM_DEPOSIT_CENTS=1,
    ):
        run_state_machine_as_test(
            WholeMarketplace,
            settings=settings(
                max_examples=RUNS,
                stateful_step_count=STEPS,
                deadline=None,
                print_blob=True,
                # The same runs each time, so that a red one means a change; more, and others,
                # with STATE_MACHINE_RUNS.
                derandomize="STATE_MACHINE_RUNS" not in os.environ,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    steps = WholeMarketplace.steps
    print(f"{steps['runs']} runs, {steps['steps']} acts, {time.monotonic() - began:.0f} s")
    assert steps["runs"] >= RUNS
