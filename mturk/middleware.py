"""The MTurk API's front door: it takes the API's requests before the site's own pages do.

Which side a call is for, live or sandbox, is said by the name it was sent to, by the path
/sandbox, or by the region it was signed for: whichever a tool lets its user choose.
"""

import json
import uuid
from collections.abc import Callable
from datetime import datetime

import structlog
from django.core.exceptions import DisallowedHost
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from marketplace import clock
from marketplace.rest.throttling import address_of
from mturk import caller, dispatch, sns
from mturk.faults import Fault
from mturk.operation import Call
from mturk.reading import host_of, received
from mturk.signature import authorization_in

log = structlog.get_logger()

LIVE_HOST = "mturk-requester.us-east-1.amazonaws.com"
SANDBOX_HOST = "mturk-requester-sandbox.us-east-1.amazonaws.com"
SANDBOX_REGION = "sandbox"
SANDBOX_PREFIXES = ("mturk-requester-sandbox.", "sandbox.")
PATHS = frozenset({"/", "/sandbox", "/sandbox/"})
CONTENT_TYPE = "application/x-amz-json-1.1"
# The older protocol has other names for who is not let in.
NOT_LET_IN = {
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "IncompleteSignatureException": "IncompleteSignature",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "AccessDeniedException": "AccessDenied",
}


class MTurkMiddleware:
    """Answers the MTurk API's requests, and passes all others on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _is_for_sns(request):
            return _answered_as_sns(request)
        return _answered(request) if _is_ours(request) else self.get_response(request)


def _is_ours(request: HttpRequest) -> bool:
    if host_of(request) in (LIVE_HOST, SANDBOX_HOST):
        return True
    is_call = request.method == "POST" and "HTTP_X_AMZ_TARGET" in request.META
    return is_call and request.path in PATHS


def _is_for_sns(request: HttpRequest) -> bool:
    return host_of(request) == sns.HOST or (
        request.method == "POST" and request.path in PATHS and sns.is_call(request.META)
    )


def _answered(request: HttpRequest) -> HttpResponse:
    """Never an exception, and never a page: a program reads this."""
    at = clock.now()
    request_id = str(uuid.uuid4())
    status = 200
    try:
        text = _carried_out(request, at)
    except Fault as fault:
        log.info("mturk.refused", kind=fault.kind, code=fault.code, request_id=request_id)
        text, status = json.dumps(fault.body(at)), 400
    except Exception:
        got_request_exception.send(sender=None, request=request)
        log.exception("mturk.failed", request_id=request_id)
        words = f"Something went wrong here. The server's log names it {request_id}."
        text, status = json.dumps(Fault("ServiceFault", words).body(at)), 500
    response = HttpResponse(text, status=status, content_type=CONTENT_TYPE)
    response["x-amzn-RequestId"] = request_id
    response["Cache-Control"] = "no-store"
    return response


def _answered_as_sns(request: HttpRequest) -> HttpResponse:
    """The same of the other service."""
    at = clock.now()
    request_id = str(uuid.uuid4())
    status = 200
    try:
        _check_place(request, host_of(request))
        text = sns.carried_out(
            received(request), address=address_of(request), request_id=request_id, at=at
        )
    except Fault as fault:
        log.info("sns.refused", kind=fault.kind, request_id=request_id)
        status = 403 if fault.kind in NOT_LET_IN else 400
        text = sns.refused(
            NOT_LET_IN.get(fault.kind, fault.kind), fault.message, request_id=request_id
        )
    except sns.Refused as refusal:
        text = sns.refused(refusal.code, refusal.message, request_id=request_id)
        status = refusal.status
    except Exception:
        got_request_exception.send(sender=None, request=request)
        log.exception("sns.failed", request_id=request_id)
        words = f"Something went wrong here. The server's log names it {request_id}."
        text = sns.refused("InternalError", words, is_ours=True, request_id=request_id)
        status = 500
    response = HttpResponse(text, status=status, content_type=sns.CONTENT_TYPE)
    response["x-amzn-RequestId"] = request_id
    response["Cache-Control"] = "no-store"
    return response


def _carried_out(request: HttpRequest, at: datetime) -> str:
    """The answer as JSON. Raises Fault."""
    host = host_of(request)
    _check_place(request, host)
    got = received(request)
    said = authorization_in(got.headers)
    address = address_of(request)
    key = caller.key_that_signed(got, said, address=address, at=at)
    is_sandbox = (
        host == SANDBOX_HOST
        or host.startswith(SANDBOX_PREFIXES)
        or request.path != "/"
        or said.region == SANDBOX_REGION
    )
    acting = caller.acting_by(key, is_sandbox=is_sandbox, at=at)
    return dispatch.carried_out(
        dispatch.operation_of(got.headers.get("x-amz-target", "")),
        Call(by=acting, is_sandbox=is_sandbox, at=at),
        got.body,
        key_id=key.pk,
        invocation=got.headers.get("amz-sdk-invocation-id", ""),
    )


def _check_place(request: HttpRequest, host: str) -> None:
    """Raise Fault for a host that is neither ours nor Amazon's, or a path where no API is."""
    if host not in (LIVE_HOST, SANDBOX_HOST, sns.HOST):
        try:
            request.get_host()
        except DisallowedHost:
            raise Fault(
                "UnknownOperationException", f"This server doesn't answer for “{host[:200]}”."
            ) from None
    if request.method != "POST" or request.path not in PATHS:
        raise Fault(
            "UnknownOperationException", "The MTurk API is called by POST, at / or /sandbox."
        )
