"""Somebody who posts work, somebody who does it, and the requester's pages by name."""

import pytest
from django.urls import reverse


@pytest.fixture
def lab(db):
    """A requester with $100.00; its owner is lab.user."""
    from tests import world

    return world.a_lab()


@pytest.fixture
def worker(db):
    from tests import world

    return world.a_worker()


@pytest.fixture
def owner(client, lab):
    """A client signed in as the owner of the lab."""
    client.force_login(lab.user)
    return client


@pytest.fixture
def page():
    """The address of a requester's page: page("batch", 12)."""

    def address(name, *args):
        return reverse(f"requester:{name}", args=args)

    return address
