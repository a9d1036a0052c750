"""The worker's pages, as a signed-in worker gets them."""

import pytest


@pytest.fixture
def lab(db):
    """A requester with money."""
    from tests import world

    return world.a_lab()


@pytest.fixture
def worker(db):
    """A worker from Pennsylvania."""
    from tests import world

    return world.a_worker(country="US", subdivision="PA")


@pytest.fixture
def signed_in():
    """A function that opens a browser in which a worker has signed in."""
    from django.test import Client

    def open_for(worker):
        client = Client()
        backend = "allauth.account.auth_backends.AuthenticationBackend"
        client.force_login(worker.user, backend=backend)
        return client

    return open_for


@pytest.fixture
def pages(worker, signed_in):
    """The worker's browser."""
    return signed_in(worker)
