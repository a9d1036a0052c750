"""The twin of a lock: the same race without it."""

import pytest
from django.db.models import QuerySet


@pytest.fixture
def lift_row_locks(monkeypatch):
    """Call it, and SELECT … FOR UPDATE reads without locking."""

    def lift() -> None:
        monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self.all())

    return lift
