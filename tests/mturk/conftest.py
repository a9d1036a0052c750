"""A requester with money, and boto3 clients of its. Imports are late: Django is set up after this
is read."""

import pytest


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch):
    """botocore signs by the clock that a test may hold."""
    from marketplace import clock

    monkeypatch.setattr("botocore.auth.get_current_datetime", clock.now)


@pytest.fixture
def lab(db):
    from tests import world

    return world.a_lab()


@pytest.fixture
def worker(db):
    from tests import world

    return world.a_worker()


@pytest.fixture
def key(lab):
    from tests.mturk import wire

    return wire.a_key(lab)


@pytest.fixture
def mturk(key):
    """The live side."""
    from tests.mturk import wire

    return wire.a_client(key)


@pytest.fixture
def sandbox(key):
    from tests.mturk import wire

    return wire.a_client(key, endpoint=f"http://{wire.HOST}/sandbox")
