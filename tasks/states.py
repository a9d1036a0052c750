"""The states of work, and the moves between them, as Mechanical Turk has them.

An assignment moves by table. A HIT's status follows from its counters and is computed by the
database (models.HIT.status), so it can't disagree with them.
"""

from django.db import models


class HITStatus(models.TextChoices):
    """Where a HIT stands."""

    ASSIGNABLE = "Assignable", "Open: can be accepted"
    UNASSIGNABLE = "Unassignable", "All taken, work going on"
    REVIEWABLE = "Reviewable", "Done, to be reviewed"
    REVIEWING = "Reviewing", "Being reviewed"
    DISPOSED = "Disposed", "Disposed of"


class AssignmentStatus(models.TextChoices):
    """Where one worker's work on one HIT stands."""

    ACCEPTED = "Accepted", "In work"
    SUBMITTED = "Submitted", "Waiting for review"
    APPROVED = "Approved", "Approved"
    REJECTED = "Rejected", "Rejected"
    RETURNED = "Returned", "Returned"
    ABANDONED = "Abandoned", "Time ran out"


ASSIGNMENT_MOVES: dict[str, set[str]] = {
    AssignmentStatus.ACCEPTED: {
        AssignmentStatus.SUBMITTED,
        AssignmentStatus.RETURNED,
        AssignmentStatus.ABANDONED,
    },
    AssignmentStatus.SUBMITTED: {AssignmentStatus.APPROVED, AssignmentStatus.REJECTED},
    AssignmentStatus.REJECTED: {AssignmentStatus.APPROVED},
    AssignmentStatus.APPROVED: set(),
    AssignmentStatus.RETURNED: set(),
    AssignmentStatus.ABANDONED: set(),
}


class BatchStatus(models.TextChoices):
    """A batch on its way from a file to HITs."""

    CHECKING = "checking", "Reading the file"
    REFUSED = "refused", "The file has problems"
    CHECKED = "checked", "Ready to publish"
    PUBLISHING = "publishing", "Publishing"
    PUBLISHED = "published", "Published"
    CANCELLED = "cancelled", "Cancelled"


BATCH_MOVES: dict[str, set[str]] = {
    BatchStatus.CHECKING: {BatchStatus.CHECKED, BatchStatus.REFUSED},
    BatchStatus.REFUSED: set(),
    BatchStatus.CHECKED: {BatchStatus.PUBLISHING},
    BatchStatus.PUBLISHING: {BatchStatus.PUBLISHED, BatchStatus.CANCELLED},
    BatchStatus.PUBLISHED: {BatchStatus.CANCELLED},
    BatchStatus.CANCELLED: set(),
}


class ImportStatus(models.TextChoices):
    """A file from Mechanical Turk on its way into the requester's archive."""

    CHECKING = "checking", "Being checked"
    REFUSED = "refused", "Refused: it has problems"
    STORING = "storing", "Being stored"
    DONE = "done", "In the archive"


IMPORT_MOVES: dict[str, set[str]] = {
    ImportStatus.CHECKING: {ImportStatus.STORING, ImportStatus.REFUSED},
    ImportStatus.STORING: {ImportStatus.DONE},
    ImportStatus.REFUSED: set(),
    ImportStatus.DONE: set(),
}
