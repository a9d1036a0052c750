"""Running the machine: its cast is made once, each run is a transaction that is rolled back."""

from typing import Any

from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from marketplace import clock
from tests import world
from tests.statemachine.changes import WholeMarketplace
from tests.statemachine.machine import QUEUE, START, Cast

STEPS = 50


def live(runs: int, **options: Any) -> None:
    """Live `runs` marketplaces of STEPS acts each; raises what the first wrong one raised."""
    with clock.frozen_at(START):
        workers = [world.a_worker(name) for name in ("wanda", "walt", "wu")]
        WholeMarketplace.cast = Cast(lab=world.a_lab(cents=0), workers=workers)
    WholeMarketplace.steps.clear()
    with override_settings(
        MANYHANDS_QUEUE_LIMIT=QUEUE,
        MANYHANDS_MINIMUM_PAYOUT_CENTS=10,
        MANYHANDS_MINIMUM_DEPOSIT_CENTS=1,
    ):
        run_state_machine_as_test(
            WholeMarketplace,
            settings=settings(
                max_examples=runs,
                stateful_step_count=STEPS,
                deadline=None,
                print_blob=True,
                database=None,
                suppress_health_check=list(HealthCheck),
                **options,
            ),
        )
