"""The audit trail can be added to and read; the database itself refuses the rest."""

import pytest
from django.db import IntegrityError, connection, transaction

from marketplace import clock
from marketplace.audit import trail
from marketplace.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditentry SET actor = 'nobody'",
        "DELETE FROM audit_auditentry",
        "TRUNCATE audit_auditentry",
    ],
)
def test_what_is_written_stays(statement):
    trail.record(action="test", actor=trail.SYSTEM, subject=("thing", 1), at=clock.now())
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert AuditEntry.objects.get().actor == trail.SYSTEM
