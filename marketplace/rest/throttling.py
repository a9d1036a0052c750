"""How often one token may call: counted in the cache, so without Redis nobody is refused."""

from typing import cast

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from marketplace import clock
from marketplace.rest.authentication import Caller

WINDOW = 60


def is_within(name: str, who: str, per_minute: int) -> bool:
    """Count a call of `who`; whether it is within the limit of this minute.

    Fixed windows and an INCR: a sliding window would carry every request's time through
    Redis and back.
    """
    if not settings.MANYHANDS_RATE_LIMITS:
        return True
    window = int(clock.now().timestamp()) // WINDOW
    key = f"throttle:{name}:{who}:{window}"
    try:
        return cache.incr(key) <= per_minute
    except ValueError:  # the first of this minute, or Redis is away
        cache.add(key, 1, WINDOW * 2)
        return True


def address_of(request: HttpRequest) -> str:
    """The visitor's address, behind as many proxies as the operator says there are."""
    return str(BaseThrottle().get_ident(cast(Request, request)))


class TokenThrottle(BaseThrottle):
    """So many requests a minute and token; without a token, a minute and address."""

    name = "api"
    per_minute = 1200
    per_minute_unknown = 60

    def allow_request(self, request: Request, view: object) -> bool:
        """Whether this one is still within the limit."""
        is_known = isinstance(request.auth, Caller)
        who = f"u{request.user.pk}" if is_known else address_of(request)
        return is_within(self.name, who, self.per_minute if is_known else self.per_minute_unknown)

    def wait(self) -> float:
        """Seconds until it is worth trying again."""
        return WINDOW - clock.now().timestamp() % WINDOW


class UploadThrottle(TokenThrottle):
    """Files cost more than other requests."""

    name = "upload"
    per_minute = 30
