"""What the hot path needs of PostgreSQL beside Django's own backend."""

import pytest
from django.db import connection

from marketplace.postgres import prepared

pytestmark = pytest.mark.django_db


def _plans(cursor):
    cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'manyhands_%'")
    return cursor.fetchone()[0]


def test_a_prepared_statement_is_planned_once_for_a_connection_and_told_its_values_each_time():
    sql = "SELECT %(a)s::int + %(b)s::int * %(a)s::int"
    with connection.cursor() as cursor:
        before = _plans(cursor)
        for a, b, result in [(2, 3, 8), (5, 1, 10)]:
            prepared.execute(cursor, sql, {"a": a, "b": b, "unused": None})
            assert cursor.fetchone() == (result,)
        assert _plans(cursor) == before + 1


def test_a_plan_is_not_kept_for_long(monkeypatch):
    monkeypatch.setattr(prepared, "KEPT_FOR", -1)
    with connection.cursor() as cursor:
        for number in range(3):
            prepared.execute(cursor, "SELECT %(n)s::int AS again", {"n": number})
            assert cursor.fetchone() == (number,)
        cursor.execute(
            "SELECT generic_plans + custom_plans FROM pg_prepared_statements"
            " WHERE statement LIKE '%AS again'"
        )
        assert cursor.fetchall() == [(1,)], "each run made it anew"


def test_what_goes_before_is_of_the_same_transaction():
    with connection.cursor() as cursor:
        prepared.execute(
            cursor,
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %(key)s::oid"
            " AND pid = pg_backend_pid()",
            {"key": 4711},
            before="SELECT pg_advisory_xact_lock(%(key)s); ",
        )
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_is_not_usable_and_a_quiet_one_is():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    assert connection.is_usable()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()
    assert not connection.is_usable()
    connection.close()
