"""transactional_db must be able to empty tables whose triggers refuse it, and nobody else."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection


@pytest.mark.django_db(transaction=True)
def test_a_flush_passes_the_triggers_that_stop_a_truncate():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE stubborn (id int)")
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN RAISE EXCEPTION 'append only'; END$$"
        )
        cursor.execute(
            "CREATE TRIGGER stubborn BEFORE TRUNCATE ON stubborn EXECUTE FUNCTION refuse()"
        )
    try:
        with pytest.raises(DatabaseError, match="append only"), connection.cursor() as cursor:
            cursor.execute("TRUNCATE stubborn")
        connection.ops.execute_sql_flush(["TRUNCATE stubborn"])
        with pytest.raises(DatabaseError, match="append only"), connection.cursor() as cursor:
            cursor.execute("TRUNCATE stubborn")
        call_command("flush", interactive=False, verbosity=0)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE stubborn; DROP FUNCTION refuse")
