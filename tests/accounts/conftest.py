"""The people that these tests are about.

Imports are in the fixtures: pytest reads this file before Django is set up.
"""

import pytest


@pytest.fixture
def lab(db):
    from tests import world

    return world.a_lab("Vision Lab", cents=0)


@pytest.fixture
def other_lab(db):
    from tests import world

    return world.a_lab("Other Lab", cents=0)


@pytest.fixture
def ada(db):
    from tests import world

    return world.a_user("ada@people.test", name="Ada")


@pytest.fixture
def staff(db):
    from tests import world

    return world.a_user("staff@site.test", is_staff=True)


@pytest.fixture
def browse():
    """A browser in which the person has signed in."""
    from django.test import Client

    def signed_in(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in
