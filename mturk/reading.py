"""A request as it came, whose body is bounded before it is read."""

from django.http import HttpRequest
from django.http.request import UnreadablePostError, split_domain_port

from mturk.faults import Fault
from mturk.signature import Received

MAX_BODY_BYTES = 2**20


def host_of(request: HttpRequest) -> str:
    """The name that the request was sent to, without its port."""
    return split_domain_port(request.META.get("HTTP_HOST", "").lower())[0]


def received(request: HttpRequest) -> Received:
    """The request, signed or not. Raises Fault for a body that is too large, packed or broken."""
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise Fault("SerializationException", "A compressed body is not taken: send it plain.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length[:20]) > MAX_BODY_BYTES:
        raise Fault(
            "RequestEntityTooLargeException",
            f"The request is larger than {MAX_BODY_BYTES:,} bytes. A question may have 65,535.",
        )
    try:
        body = request.body
    except UnreadablePostError:
        raise Fault("SerializationException", "The body did not arrive whole.") from None
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in request.META.items()
        if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
    }
    return Received(
        method="POST",
        path=request.path,
        query=request.META.get("QUERY_STRING", ""),
        headers=headers,
        body=body,
    )
