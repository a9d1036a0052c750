"""Somebody who posts work, signed in."""

import pytest


@pytest.fixture
def lab(db):
    """A requester with $100.00."""
    from tests import world

    return world.a_lab()


@pytest.fixture
def owner(client, lab):
    """A client signed in as the owner of the lab."""
    client.force_login(lab.user)
    return client
