"""Errors as the MTurk API words them: `__type`, `Message` and `TurkErrorCode`.

Rules raise DomainErrors; their message is taken over as it is, since clients match on it. Which
TurkErrorCode one becomes is decided by its class and by what it says it is about: `thing=` (a
word of _THINGS), or `turk_code=`, which wins. Where Amazon has words of its own that programs look
for at the beginning of a message, the rule gives them as `turk_words=`, and ours follow.
"""

from datetime import datetime
from typing import Any

from marketplace.errors import (
    DomainError,
    InsufficientFunds,
    InvalidInput,
    LimitReached,
    NotAllowed,
    NotFound,
    WrongState,
)
from marketplace.idempotency import DuplicateRequest

NAMESPACE = "AWS.MechanicalTurk."
INVALID_VALUE = f"{NAMESPACE}InvalidParameterValue"
MISSING = "AWS.MissingParameters"
OUT_OF_RANGE = "AWS.ParameterOutOfRange"
# Sent as a ParameterValidationError, which botocore's model doesn't have: it hides the members of
# those but for the message. All other codes are sent as a RequestError, which shows them.
_OF_PARAMETERS = {
    INVALID_VALUE,
    MISSING,
    OUT_OF_RANGE,
    f"{NAMESPACE}XMLParseError",
    f"{NAMESPACE}XHTMLParseError",
}

# What a rule may be about, as the codes spell it.
_THINGS = {
    "hit": "HIT",
    "assignment": "Assignment",
    "hit_type": "HITType",
    "layout": "HITLayout",
    "qualification_type": "QualificationType",
    "qualification": "Qualification",
    "qualification_request": "QualificationRequest",
    "worker": "Worker",
}
# A rule's own codes that the API has a word for.
_OF_CODE = {
    "xml_parse_error": f"{NAMESPACE}XMLParseError",
    "xhtml_parse_error": f"{NAMESPACE}XHTMLParseError",
    "rejection_final": f"{NAMESPACE}InvalidAssignmentState",
}
_NO_FUNDS = "This Requester has insufficient funds in their account to complete this transaction."
# How the rules call what the API calls a parameter.
_PARAMETERS = {
    "title": "Title",
    "description": "Description",
    "keywords": "Keywords",
    "reward_cents": "Reward",
    "assignment_seconds": "AssignmentDurationInSeconds",
    "auto_approve_seconds": "AutoApprovalDelayInSeconds",
    "lifetime_seconds": "LifetimeInSeconds",
    "max_assignments": "MaxAssignments",
    "annotation": "RequesterAnnotation",
    "requirements": "QualificationRequirements",
    "question": "Question",
    "extra": "NumberOfAdditionalAssignments",
    "expires_at": "ExpireAt",
    "amount": "BonusAmount",
    "reason": "Reason",
    "worker_id": "WorkerId",
    "name": "Name",
    "status": "QualificationTypeStatus",
    "test": "Test",
    "answer_key": "AnswerKey",
    "test_seconds": "TestDurationInSeconds",
    "retry_delay_seconds": "RetryDelayInSeconds",
    "is_auto_granted": "AutoGranted",
    "value": "IntegerValue",
    "subject": "Subject",
    "text": "MessageText",
    "worker_ids": "WorkerIds",
}


class Fault(Exception):
    """An error answer: its `__type`, which boto3 shows as the error's code, and its members.

    All are sent with status 400, those of the signature as well, as Amazon does in this protocol.
    """

    def __init__(self, kind: str, message: str, *, code: str = "", parameter: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.code = code
        self.parameter = parameter

    def body(self, at: datetime) -> dict[str, Any]:
        """The members, with the time in milliseconds behind the message as Amazon has it."""
        body = {"__type": self.kind, "Message": f"{self.message} ({int(at.timestamp() * 1000)})"}
        if self.code:
            body["TurkErrorCode"] = self.code
        if self.parameter:
            body["Parameter"] = self.parameter
        return body


class InvalidParameter(Fault):
    """A parameter's value can't be what it is."""

    def __init__(self, message: str, *, parameter: str = "", code: str = INVALID_VALUE) -> None:
        super().__init__("ParameterValidationError", message, code=code, parameter=parameter)


def fault_of(error: DomainError) -> Fault:
    """What a rule refused, as the API says it."""
    code = _code_of(error)
    if isinstance(error, InvalidInput) and code in _OF_PARAMETERS:
        field = str(error.details.get("field", ""))
        parameter = str(error.details.get("parameter", "")) or _PARAMETERS.get(field, "")
        message = error.message
        if parameter and code == INVALID_VALUE and parameter not in message:
            message = f"The value is not valid for the parameter {parameter}. {message}"
        return InvalidParameter(message, parameter=parameter, code=code)
    words = error.details.get("turk_words", "")
    if isinstance(error, InsufficientFunds):
        words = _NO_FUNDS
    return Fault("RequestError", f"{words} {error.message}".lstrip(), code=code)


def _code_of(error: DomainError) -> str:
    given = error.details.get("turk_code") or _OF_CODE.get(error.code)
    if given:
        return str(given)
    thing = _THINGS.get(str(error.details.get("thing", "")), "")
    match error:
        case NotFound():
            name = f"{thing}DoesNotExist"
        case DuplicateRequest():
            name = "DuplicateRequest"
        case WrongState():
            name = f"Invalid{thing}State"
        case InvalidInput():
            name = "InvalidParameterValue"
        case InsufficientFunds():
            name = "InsufficientFunds"
        case NotAllowed():
            name = "PermissionDenied"
        case LimitReached():
            name = "LimitExceeded"
        case _:
            name = "RequestRefused"
    return NAMESPACE + name
