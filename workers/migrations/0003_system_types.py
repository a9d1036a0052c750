"""The qualification types that Mechanical Turk had itself, with its ids.

Masters has an id for each side; the others count on both. The last four are retired: old
programs still name them.
"""

from datetime import UTC, datetime

from django.db import migrations

SINCE = datetime(2005, 11, 2, tzinfo=UTC)
MASTERS = "Workers whose work has been consistently good, across many requesters."
TYPES = [
    ("00000000000000000071", None, "Worker_Locale", "The location of the Worker, as said in the Worker's profile."),
    ("000000000000000000L0", None, "Worker_PercentAssignmentsApproved", "The percentage of the reviewed assignments of the Worker that were approved, from 0 to 100. It is 100 until 100 have been reviewed."),
    ("00000000000000000040", None, "Worker_NumberHITsApproved", "The number of HITs of the Worker that have been approved."),
    ("00000000000000000060", None, "Worker_Adult", "1 where the Worker says to be over 18 and willing to see content that may be offensive."),
    ("2F1QJWKUDD8XADTFD2Q0G6UTO95ALH", False, "Masters", MASTERS),
    ("2ARFPLSP75KLA8M8DH1HTEQVJT3SY6", True, "Masters", MASTERS),
    ("00000000000000000000", None, "Worker_PercentAssignmentsSubmitted", "Retired. It is 100 for every Worker."),
    ("00000000000000000070", None, "Worker_PercentAssignmentsAbandoned", "Retired. It is 0 for every Worker."),
    ("000000000000000000E0", None, "Worker_PercentAssignmentsReturned", "Retired. It is 0 for every Worker."),
    ("000000000000000000S0", None, "Worker_PercentAssignmentsRejected", "Retired. What is left of 100 after Worker_PercentAssignmentsApproved."),
]


def write(apps, schema_editor):
    QualificationType = apps.get_model("workers", "QualificationType")
    QualificationType.objects.bulk_create(
        [
            QualificationType(
                public_id=public_id,
                is_sandbox=is_sandbox,
                name=name,
                description=description,
                status="Active",
                is_requestable=False,
                created_at=SINCE,
            )
            for public_id, is_sandbox, name, description in TYPES
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):

    dependencies = [("workers", "0002_qualifications")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
