"""How often one token may call: counted in the cache, so without Redis nobody is refused."""

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from marketplace import clock
from marketplace.rest.authentication import Caller

WINDOW = 60


class TokenThrottle(BaseThrottle):
    """So many requests a minute and token; without a token, a minute and address.

    Fixed windows and one INCR: a sliding window would carry every request's time through
    Redis and back.
    """

    name = "api"
    per_minute = 1200
    per_minute_unknown = 60

    def allow_request(self, request: Request, view: object) -> bool:
        """Whether this one is still within the limit."""
        if not settings.MANYHANDS_RATE_LIMITS:
            return True
        window = int(clock.now().timestamp()) // WINDOW
        is_known = isinstance(request.auth, Caller)
        who = f"u{request.user.pk}" if is_known else self.get_ident(request)
        key = f"throttle:{self.name}:{who}:{window}"
        cache.add(key, 0, WINDOW * 2)
        try:
            count = cache.incr(key)
        except ValueError:  # Redis is away
            return True
        return count <= (self.per_minute if is_known else self.per_minute_unknown)

    def wait(self) -> float:
        """Seconds until it is worth trying again."""
        return WINDOW - clock.now().timestamp() % WINDOW


class UploadThrottle(TokenThrottle):
    """Files cost more than other requests."""

    name = "upload"
    per_minute = 30
