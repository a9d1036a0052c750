"""The usual cast, with their clients. Imports are late: Django is set up after this is read."""

import pytest


@pytest.fixture
def lab(db):
    from tests import world

    return world.a_lab(cents=100_00)


@pytest.fixture
def owner(lab):
    """The client of the lab's owner."""
    from tests.rest.cast import client_for

    return client_for(lab.user, lab.by)


@pytest.fixture
def worker(db):
    from tests import world

    return world.a_worker()


@pytest.fixture
def hands(worker):
    """The worker's client."""
    from tests.rest.cast import worker_client

    return worker_client(worker)
