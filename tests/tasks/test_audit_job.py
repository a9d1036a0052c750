"""The hourly audit tells staff, until the books balance again."""

import pytest
from django.db import connection

from marketplace.models import Heartbeat
from payments.models import Incident
from tasks import jobs
from tasks.money_audit import BOOKS_DIFFER
from tests import world

pytestmark = pytest.mark.django_db


def _damage(cents):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE payments_account SET balance_cents = balance_cents + %s"
            " WHERE kind = 'requester'",
            [cents],
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_a_difference_is_shown_until_an_audit_finds_none():
    world.a_batch(world.a_lab())
    assert jobs.audit_money() == 0
    assert not Heartbeat.objects.filter(name=BOOKS_DIFFER).exists()
    _damage(1)
    assert jobs.audit_money() > 0
    assert Heartbeat.objects.filter(name=BOOKS_DIFFER).exists()
    _damage(-1)
    assert jobs.audit_money() == 0
    assert not Heartbeat.objects.filter(name=BOOKS_DIFFER).exists()


def standing():
    return sorted(Incident.objects.filter(gone_at=None).values_list("kind", "subject"))


def test_each_part_of_the_books_is_an_incident_of_its_own(monkeypatch):
    world.a_batch(world.a_lab())
    _damage(1)
    with monkeypatch.context() as patch:
        patch.setattr("tasks.money_audit.differences", lambda: ["work 1 was paid twice"])
        assert jobs.audit_money() == 2
    assert standing() == [("books", "ledger"), ("books", "work")]
    assert jobs.audit_money() == 1
    assert standing() == [("books", "ledger")]
