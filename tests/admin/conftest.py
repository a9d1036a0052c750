"""Fixtures; what they set up is in cast.py, since a conftest is read before Django is."""

import pytest


@pytest.fixture
def place(db):
    """A marketplace with some of everything in it, and staff to look at it."""
    from tests.admin.cast import a_place

    return a_place()


@pytest.fixture
def staff(place):
    """A member of staff's browser."""
    from tests.admin.cast import signed_in

    return signed_in(place.staff)


@pytest.fixture
def root(place):
    """A superuser's browser."""
    from tests.admin.cast import signed_in

    return signed_in(place.root)
