"""Is this process of any use? /healthz for web; `manage.py healthcheck` for jobs and beat."""

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

# The row that the job marketplace.heartbeat writes whenever beat asks for it.
HEARTBEAT = "jobs"
# Seconds without a heartbeat after which jobs or beat count as dead.
HEARTBEAT_LIMIT = 60


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the database answers: Redis carries hints only, so without it we are slower."""
    has_database = database_answers()
    has_redis = redis_answers()
    return JsonResponse(
        {
            "status": "down" if not has_database else "ok" if has_redis else "degraded",
            "database": "ok" if has_database else "down",
            "redis": "ok" if has_redis else "degraded",
        },
        status=200 if has_database else 503,
    )


def database_answers() -> bool:
    """True when PostgreSQL answers a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return True
    except DatabaseError:
        return False


def redis_answers() -> bool:
    """True when Redis answers within a second."""
    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1
        )
        try:
            return bool(client.ping())
        finally:
            client.close()
    except redis.RedisError:
        return False
