"""The settings that safety hangs on."""

import pytest
from django.conf import settings
from django.db import connection


@pytest.mark.django_db
def test_the_database_is_postgres_18():
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        assert int(cursor.fetchone()[0]) >= 180000


def test_sessions_do_not_live_in_redis():
    assert settings.SESSION_ENGINE.endswith(".db")
