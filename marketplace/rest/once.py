"""`Idempotency-Key`: a POST sent again with the same key is answered as it was the first time.

A program whose answer was lost on the way can't know whether money has moved. With a key of its
own choice it may simply ask again, for 24 hours.
"""

import json
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import clock, idempotency
from marketplace.errors import InvalidInput, WrongState
from marketplace.idempotency import DuplicateRequest
from marketplace.rest.authentication import Caller

HEADER = "Idempotency-Key"
LONGEST = 200
IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=False,
    description=(
        "A word of your own for this request. Sent again with it within 24 hours, the request is "
        "answered as the first time and nothing is done again."
    ),
)

Method = Callable[..., HttpResponse]


class KeyReused(WrongState):
    """The key was sent with another request before."""

    code = "idempotency_key_reused"


def once(method: Method) -> Method:
    """Make a view's method take the header. It runs inside a transaction then, and what it
    refuses is not kept: such a request may be sent again, mended."""

    @wraps(method)
    def carried_out(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get(HEADER)
        if key is None:
            return method(view, request, *args, **kwargs)
        if not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
            raise InvalidInput(f"{HEADER} is 1 to {LONGEST} printable characters.", field=HEADER)
        sent = _fingerprint(request)
        with transaction.atomic():
            try:
                claim = idempotency.claim(scope=_scope(request), token=key, at=clock.now())
            except DuplicateRequest as repeat:
                return _again(json.loads(repeat.details["first"]), sent)
            response = method(view, request, *args, **kwargs)
            claim.keep(json.dumps({"sent": sent, **_kept(response)}))
        return response

    return carried_out


def _scope(request: Request) -> str:
    """Whose key it is: one person's, for one requester or as a worker, at one address."""
    caller = request.auth
    assert isinstance(caller, Caller)
    side = caller.acting.requester.public_id if caller.acting else "worker"
    where = sha256(request.get_full_path().encode()).hexdigest()[:40]
    return f"rest:{caller.user.pk}:{side}:{where}"


def _fingerprint(request: Request) -> str:
    """What was sent: a JSON body whole, of a file its length."""
    media_type = (request.content_type or "").partition(";")[0]
    if media_type in ("", "application/json"):
        body = json.dumps(request.data, sort_keys=True, default=str)
    else:
        body = str(request.META.get("CONTENT_LENGTH", ""))
    return sha256(body.encode(errors="replace")).hexdigest()


def _kept(response: HttpResponse) -> dict[str, Any]:
    if isinstance(response, Response):
        return {
            "status": response.status_code,
            "body": JSONRenderer().render(response.data).decode(),
        }
    return {"status": response.status_code, "body": response.content.decode()}


def _again(first: dict[str, Any], sent: str) -> HttpResponse:
    if first["sent"] != sent:
        raise KeyReused(
            f"This {HEADER} came with another request before. Use another one for this request."
        )
    response = HttpResponse(first["body"], status=first["status"], content_type="application/json")
    response["Idempotency-Replayed"] = "true"
    return response
