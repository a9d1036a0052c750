"""The process dies at every step of every flow, and is started again after less and after more
than the 24 hours for which Stripe keeps an idempotency key: one transfer each, the books exact.

    pytest tests/payments/crashes -s        prints the steps of each flow
"""

import contextlib
import uuid
from datetime import timedelta
from itertools import count

import pytest

from payments.gateway import once as asking
from payments.models import Payout, Refund
from tests.payments.crashes.dying import Deaths, Killed
from tests.payments.crashes.flows import FLOWS
from tests.payments.crashes.world import a_marketplace

pytestmark = pytest.mark.django_db
HOURS = (1, 30)
TURNS = 40


def live(here, flow):
    """From turn to turn, until it is done and nothing more happens."""
    after = 0
    for turn in range(TURNS):
        flow.people()
        here.turn()
        after += flow.is_done()
        if after == 2:
            return
        here.clock.forward(minutes=flow.minutes if turn < TURNS // 2 else 20)
    raise AssertionError("it does not come to its end")


def die(clock, name, at, hours):
    """One run that dies at step `at`; the steps it took, and whether there was such a step."""
    with a_marketplace(clock) as here:
        flow = FLOWS[name](here)
        here.deaths = Deaths(at)
        with here.deaths.watching(), contextlib.suppress(Killed):
            live(here, flow)
        was_killed = here.deaths.is_dead
        if was_killed:
            assert not here.deaths.spoken, "a dead process went on"
            here.deaths = Deaths()
            clock.forward(hours=hours)
            live(here, flow)
        flow.check(hours)
        here.require_exact_books()
        return here.deaths.steps, was_killed


def matrix(clock, name, hours):
    """Die at each step in turn, until there are no more; how many there were."""
    for at in count(1):
        try:
            steps, was_killed = die(clock, name, at, hours)
        except AssertionError as error:
            raise AssertionError(f"{name}, dead at step {at} for {hours} h: {error}") from error
        if not was_killed:
            return steps
    raise AssertionError


@pytest.mark.parametrize("hours", HOURS, ids=lambda hours: f"{hours}h")
@pytest.mark.parametrize("name", FLOWS, ids=lambda name: name.replace(" ", "-"))
def test_money_moves_once_whatever_step_the_process_dies_at(clock, name, hours):
    steps = matrix(clock, name, hours)
    print(f"\n{name}: {len(steps)} steps, dead for {hours} h at each")
    for number, step in enumerate(steps, 1):
        print(f"{number:4} {step}")
    assert f"before {FLOWS[name].calls} is sent" in steps
    assert sum("the commit of" in step for step in steps) >= 4


def _without_our_own_keys(patch):
    """As the library does where it is given none: a new one for each call."""
    for model in (Payout, Refund):
        patch.setattr(model, "idempotency_key", property(lambda _row: str(uuid.uuid4())))


def _without_looking_up(patch):
    patch.setattr(asking, "LOOK_UP_AFTER", timedelta(days=10_000))


@pytest.mark.parametrize("name", ["payout, asked for", "payout, by schedule", "refund"])
@pytest.mark.parametrize(("bug", "hours"), [(_without_our_own_keys, 1), (_without_looking_up, 30)])
def test_the_matrix_finds_what_would_pay_twice(clock, monkeypatch, name, bug, hours):
    bug(monkeypatch)
    with pytest.raises(AssertionError, match=r"dead at step \d+"):
        matrix(clock, name, hours)
