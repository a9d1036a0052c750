"""Bugs put in on purpose: the machine finds each, or its silence would prove nothing."""

import pytest
from hypothesis import Phase

from marketplace import money
from tests.statemachine.living import live

RUNS = 200


BUGS = {
    "fees are rounded down": (money, "fee_cents", lambda cents: cents // 8),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("bug", BUGS)
def test_the_machine_finds_it_when(bug, monkeypatch):
    place, name, wrong = BUGS[bug]
    monkeypatch.setattr(place, name, wrong)
    with pytest.raises(BaseException):  # noqa: B017 - whichever rule sees it first
        live(RUNS, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)
