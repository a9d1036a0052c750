"""Qualification types, qualifications and requests for them."""

from typing import Any

from marketplace.accounts.acting import Acting
from marketplace.questionform import answers, form
from mturk.operation import Answer, Call, Given, operation
from mturk.paging import page
from workers import queries
from workers.actions import qualification_types as types
from workers.actions.decide_request import accept_request, reject_request
from workers.actions.grant_qualification import grant_qualification, revoke_qualification
from workers.models import Qualification, QualificationRequest, QualificationType
from workers.states import QualificationStatus

# How the rules call what the API calls a parameter.
_VALUES = {
    "Name": "name",
    "Keywords": "keywords",
    "Description": "description",
    "QualificationTypeStatus": "status",
    "RetryDelayInSeconds": "retry_delay_seconds",
    "Test": "test",
    "AnswerKey": "answer_key",
    "TestDurationInSeconds": "test_seconds",
    "AutoGranted": "is_auto_granted",
    "AutoGrantedValue": "auto_granted_value",
}


@operation("CreateQualificationType", mutates=True)
def create_qualification_type(call: Call, given: Given) -> Answer:
    """Make a type."""
    made = types.create_qualification_type(
        by=call.by, is_sandbox=call.is_sandbox, values=_values(given), at=call.at
    )
    return {"QualificationType": _type_shape(made, call.by)}


@operation("UpdateQualificationType", mutates=True)
def update_qualification_type(call: Call, given: Given) -> Answer:
    """Change a type; a test is replaced whole."""
    changed = types.update_qualification_type(
        by=call.by, kind=_own_type(call, given), values=_values(given), at=call.at
    )
    return {"QualificationType": _type_shape(changed, call.by)}


@operation("GetQualificationType", mutates=False)
def get_qualification_type(call: Call, given: Given) -> Answer:
    """A type, whoever's; the test and its key are shown to the owner only."""
    found = queries.type_by_id(given["QualificationTypeId"], is_sandbox=call.is_sandbox)
    return {"QualificationType": _type_shape(found, call.by)}


@operation("DeleteQualificationType", mutates=True)
def delete_qualification_type(call: Call, given: Given) -> Answer:
    """Delete a type; its name is free at once."""
    types.delete_qualification_type(by=call.by, kind=_own_type(call, given), at=call.at)
    return {}


@operation("ListQualificationTypes", mutates=False)
def list_qualification_types(call: Call, given: Given) -> Answer:
    """Types of this side by a part of their words; everybody's unless MustBeOwnedByCaller."""
    found = queries.types_matching(
        given.get("Query", ""),
        is_sandbox=call.is_sandbox,
        owner=call.by.requester if given.get("MustBeOwnedByCaller") else None,
        must_be_requestable=given["MustBeRequestable"],
    )
    return page(
        found, given, name="QualificationTypes", show=lambda kind: _type_shape(kind, call.by)
    )


@operation("AssociateQualificationWithWorker", mutates=True)
def associate_qualification_with_worker(call: Call, given: Given) -> Answer:
    """Grant, or change the value of, a qualification. The worker gets a mail unless told not."""
    grant_qualification(
        by=call.by,
        kind=_own_type(call, given),
        worker=queries.worker_by_id(given["WorkerId"]),
        value=given.get("IntegerValue", 1),
        is_told=given.get("SendNotification", True),
        at=call.at,
    )
    return {}


@operation("DisassociateQualificationFromWorker", mutates=True)
def disassociate_qualification_from_worker(call: Call, given: Given) -> Answer:
    """Revoke a qualification."""
    revoke_qualification(
        by=call.by,
        kind=_own_type(call, given),
        worker=queries.worker_by_id(given["WorkerId"]),
        reason=given.get("Reason", ""),
        at=call.at,
    )
    return {}


@operation("GetQualificationScore", mutates=False)
def get_qualification_score(call: Call, given: Given) -> Answer:
    """The value that a worker holds of one's own type."""
    kind = _own_type(call, given)
    worker = queries.worker_by_id(given["WorkerId"])
    held = queries.granted_qualification_of(kind, worker)
    held.type, held.worker = kind, worker
    return {"Qualification": _qualification_shape(held)}


@operation("ListWorkersWithQualificationType", mutates=False)
def list_workers_with_qualification_type(call: Call, given: Given) -> Answer:
    """Who holds one's own type, or by Status=Revoked, held it."""
    found = queries.holders_of(
        _own_type(call, given), given.get("Status", QualificationStatus.GRANTED)
    )
    return page(found, given, name="Qualifications", show=_qualification_shape)


@operation("ListQualificationRequests", mutates=False)
def list_qualification_requests(call: Call, given: Given) -> Answer:
    """Requests that wait for the caller, for one type or for all."""
    kind = _own_type(call, given) if "QualificationTypeId" in given else None
    found = queries.requests_waiting(call.by.requester, is_sandbox=call.is_sandbox, kind=kind)
    return page(found, given, name="QualificationRequests", show=_request_shape)


@operation("AcceptQualificationRequest", mutates=True)
def accept_qualification_request(call: Call, given: Given) -> Answer:
    """Grant what was asked for."""
    request = _own_request(call, given)
    accept_request(by=call.by, request=request, value=given.get("IntegerValue", 1), at=call.at)
    return {}


@operation("RejectQualificationRequest", mutates=True)
def reject_qualification_request(call: Call, given: Given) -> Answer:
    """Refuse what was asked for."""
    request = _own_request(call, given)
    reject_request(by=call.by, request=request, reason=given.get("Reason", ""), at=call.at)
    return {}


def _values(given: Given) -> dict[str, Any]:
    return {_VALUES[name]: value for name, value in given.items() if name in _VALUES}


def _own_type(call: Call, given: Given) -> QualificationType:
    return queries.own_type(
        call.by.requester, given["QualificationTypeId"], is_sandbox=call.is_sandbox
    )


def _own_request(call: Call, given: Given) -> QualificationRequest:
    return queries.own_request(
        call.by.requester, given["QualificationRequestId"], is_sandbox=call.is_sandbox
    )


def _type_shape(kind: QualificationType, reader: Acting) -> dict[str, Any]:
    # Whoever can read another's test or its key could pass it.
    test = kind.test if kind.owner_id == reader.requester.pk else None
    return {
        "QualificationTypeId": kind.public_id,
        "CreationTime": kind.created_at,
        "Name": kind.name,
        "Description": kind.description,
        "Keywords": kind.keywords or None,
        "QualificationTypeStatus": kind.status,
        "Test": test.questions if test else None,
        "TestDurationInSeconds": kind.test.seconds if kind.test else None,
        "AnswerKey": (test.answer_key or None) if test else None,
        "RetryDelayInSeconds": kind.retry_delay_seconds,
        "IsRequestable": kind.is_requestable,
        "AutoGranted": kind.is_auto_granted,
        "AutoGrantedValue": kind.auto_granted_value,
    }


def _qualification_shape(held: Qualification) -> dict[str, Any]:
    return {
        "QualificationTypeId": held.type.public_id,
        "WorkerId": held.worker.public_id,
        "GrantTime": held.granted_at,
        "IntegerValue": held.value,
        "Status": held.status,
    }


def _request_shape(request: QualificationRequest) -> dict[str, Any]:
    test, answer = request.test, request.answer
    return {
        "QualificationRequestId": request.public_id,
        "QualificationTypeId": request.type.public_id,
        "WorkerId": request.worker.public_id,
        "Test": test.questions if test and answer else None,
        "Answer": answers.to_xml(answer, form.parse(test.questions)) if test and answer else None,
        "SubmitTime": request.submitted_at,
    }
