"""Files as Mechanical Turk's website made them, and what is uploaded of them."""

import csv
import io

from django.core.files.base import ContentFile

from marketplace import clock
from tasks import jobs
from tasks.actions.import_upload import upload_import

RESULTS = {
    "HITId": "3HITAAAAAAAAAAAAAAAAAAAAAAAAA1",
    "HITTypeId": "3TYPE",
    "Title": "Is it a cat?",
    "Description": "Look, and say.",
    "Keywords": "image, cat",
    "Reward": "$0.05",
    "CreationTime": "Thu Mar 05 12:00:00 PST 2020",
    "MaxAssignments": "3",
    "RequesterAnnotation": "BatchId:3960712;OriginalHitTemplateId:928390909;",
    "AssignmentDurationInSeconds": "3600",
    "AutoApprovalDelayInSeconds": "259200",
    "Expiration": "Thu Mar 12 12:00:00 PDT 2020",
    "NumberOfSimilarHITs": "",
    "LifetimeInSeconds": "",
    "AssignmentId": "3ASSIGNMENT1",
    "WorkerId": "A1B2C3D4E5F6G7",
    "AssignmentStatus": "Approved",
    "AcceptTime": "Thu Mar 05 13:05:01 PST 2020",
    "SubmitTime": "Thu Mar 05 13:05:11 PST 2020",
    "AutoApprovalTime": "Sun Mar 08 13:05:11 PDT 2020",
    "ApprovalTime": "Fri Mar 06 08:00:00 PST 2020",
    "RejectionTime": "",
    "RequesterFeedback": "",
    "WorkTimeInSeconds": "10",
    "LifetimeApprovalRate": "100% (10/10)",
    "Last30DaysApprovalRate": "100% (3/3)",
    "Last7DaysApprovalRate": "0% (0/0)",
    "Input.image": "https://images.test/1.jpg",
    "Answer.label": "cat, surely",
    "Answer.note": "=1+1\nsecond line",
    "Approve": "",
    "Reject": "",
}
WORKERS = {
    "Worker ID": "A1B2C3D4E5F6G7",
    "Number of HITs approved or rejected - Lifetime": "10",
    "Number of HITs approved - Lifetime": "9",
    "Your Lifetime Approval Rate": "90%",
    "CURRENT-Cats": "87",
    "UPDATE-Cats": "",
    "CURRENT-Dogs": "",
    "UPDATE-Dogs": "",
    "CURRENT-BlockStatus": "Never Blocked",
    "UPDATE-BlockStatus": "",
}


def results(count=1, **changes):
    """`count` rows of results, of which the first has `changes`."""
    found = [
        {**RESULTS, "AssignmentId": f"3ASSIGNMENT{n + 1}", "WorkerId": f"A1B2C3D4E5F6G{n + 7}"}
        for n in range(count)
    ]
    found[0].update(changes)
    return found


def a_file(rows, columns=None):
    """The bytes of a CSV file of these rows."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns or list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def uploaded(lab, body, name="Batch_1_batch_results.csv"):
    """The file, uploaded and not read yet; `body` is its bytes, or its rows."""
    body = body if isinstance(body, bytes) else a_file(body)
    return upload_import(
        by=lab.by, user=lab.user, file=ContentFile(body, name=name), at=clock.now()
    )


def imported(lab, body, **options):
    """The file, uploaded and read."""
    found = uploaded(lab, body, **options)
    jobs.read_imports()
    found.refresh_from_db()
    return found


def problems(found):
    """[(row, column, message)]"""
    return [(p["row"], p["column"], p["message"]) for p in found.problems]
