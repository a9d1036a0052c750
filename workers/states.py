"""The states of qualifications and of the requests for them."""

from django.db import models


class TypeStatus(models.TextChoices):
    """Whether a qualification type can be asked of workers and requested by them."""

    ACTIVE = "Active", "Active: workers can request it, HITs can ask for it"
    INACTIVE = "Inactive", "Inactive: who holds it keeps it, nobody new can get it by asking"


class QualificationStatus(models.TextChoices):
    """Where a worker's qualification stands."""

    GRANTED = "Granted", "Granted"
    REVOKED = "Revoked", "Revoked"


class RequestStatus(models.TextChoices):
    """Where a worker's request for a qualification stands."""

    STARTED = "Started", "Taking the test"
    SUBMITTED = "Submitted", "Waiting for the requester"
    GRANTED = "Granted", "Granted"
    REJECTED = "Rejected", "Rejected"
    LAPSED = "Lapsed", "The test's time ran out"


REQUEST_MOVES: dict[str, set[str]] = {
    RequestStatus.STARTED: {
        RequestStatus.SUBMITTED,
        RequestStatus.GRANTED,
        RequestStatus.REJECTED,
        RequestStatus.LAPSED,
    },
    RequestStatus.SUBMITTED: {RequestStatus.GRANTED, RequestStatus.REJECTED},
    RequestStatus.GRANTED: set(),
    RequestStatus.REJECTED: set(),
    RequestStatus.LAPSED: set(),
}
