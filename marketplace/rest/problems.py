"""Every refusal as application/problem+json (RFC 9457): what rules, parsers and DRF raise.

`type` is a URN that names the code, `detail` a sentence that says what to do, and what a rule
knows besides (`field`, `missing_cents`, `unmet`) stands beside them.
"""

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import RequestDataTooBig as TooBig
from django.core.signals import got_request_exception
from django.http import Http404, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.views import set_rollback

from marketplace.errors import DomainError

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"

_CODES = {
    exceptions.NotAuthenticated: "not_authenticated",
    exceptions.AuthenticationFailed: "authentication_failed",
    exceptions.PermissionDenied: "not_allowed",
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.Throttled: "limit_reached",
    exceptions.ParseError: "malformed",
}


def problem(status: int, code: str, detail: str, **more: Any) -> HttpResponse:
    """A response that says what went wrong."""
    body = {
        "type": f"urn:manyhands:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **{name: value for name, value in more.items() if name not in {"type", "title", "status"}},
    }
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE, json_dumps_params=_AS_TEXT)


_AS_TEXT = {"default": str}


def of_rule(error: DomainError) -> HttpResponse:
    """What a rule refused."""
    told = {name: value for name, value in error.details.items() if not name.startswith("turk_")}
    return problem(error.status, error.code, error.message, **told)


def handle(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """DRF's EXCEPTION_HANDLER: never None, so that a program is never answered in HTML."""
    set_rollback()
    match error:
        case DomainError():
            response = of_rule(error)
        case exceptions.ValidationError():
            response = _invalid(error)
        case exceptions.APIException():
            response = _of_framework(error)
        case Http404():
            response = problem(404, "not_found", "There is nothing here, or it is not yours.")
        case PermissionDenied():
            response = problem(403, "not_allowed", "This token may not do that.")
        case TooBig():
            response = problem(413, "too_large", "The request's body is too large.")
        case _:
            return _unforeseen(error, context)
    return response


def _of_framework(error: exceptions.APIException) -> HttpResponse:
    code = _CODES.get(type(error), str(error.default_code))
    response = problem(error.status_code, code, str(error.detail))
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(int(wait) + 1)
    return response


def _invalid(error: exceptions.ValidationError) -> HttpResponse:
    """The first sentence as the detail, and all of them with their fields."""
    errors = [{"field": field, "message": message} for field, message in _flat(error.detail)]
    first = errors[0] if errors else {"field": "", "message": "The request is not valid."}
    detail = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
    more = {"field": first["field"]} if first["field"] else {}
    return problem(400, "invalid_input", detail, errors=errors, **more)


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            name = "" if name == "non_field_errors" else str(name)
            yield from _flat(inner, ".".join(filter(None, [path, name])))
    elif isinstance(detail, list | tuple):
        for place, inner in enumerate(detail):
            is_item = isinstance(inner, dict | list)
            yield from _flat(inner, f"{path}.{place}" if is_item and path else path)
    else:
        yield path, str(detail)


def _unforeseen(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """A defect of ours: logged with its traceback, told without it."""
    request = getattr(context.get("request"), "_request", None)
    got_request_exception.send(sender=None, request=request)
    log.error("an API request failed: %r", error, exc_info=error)
    return problem(500, "internal", "Something went wrong here. Nothing was changed. Try again.")
