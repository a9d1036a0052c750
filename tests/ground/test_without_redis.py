"""Redis carries hints only: while it is away, pages work and the cache merely misses."""

import pytest
from django.core.cache.backends.redis import RedisCache

from marketplace.cache import HintCache

NOWHERE = "redis://127.0.0.1:1/0"


def test_a_cache_that_does_not_answer_misses():
    cache = HintCache(NOWHERE, {})
    assert cache.get("a", "nothing") == "nothing"
    cache.set("a", 1)
    assert cache.add("a", 1) is True
    assert cache.get_many(["a"]) == {}
    assert cache.has_key("a") is False
    assert cache.delete("a") is False
    assert cache.touch("a") is False
    cache.set_many({"a": 1})
    cache.delete_many(["a"])
    assert cache.clear() is False
    assert cache.get_or_set("a", lambda: 5) == 5
    with pytest.raises(ValueError, match="not found"):
        cache.incr("a")


def test_every_operation_of_djangos_client_is_covered():
    ours = set(vars(HintCache("redis://", {})._class))
    theirs = {name for name in vars(RedisCache("redis://", {})._class) if name[0] != "_"}
    assert theirs - ours <= {"get_client"}


def test_health_tells_a_missing_redis_and_stays_up(client, db, settings):
    settings.REDIS_URL = NOWHERE
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


def test_health_fails_without_a_database(client, db, monkeypatch):
    monkeypatch.setattr("marketplace.health.database_answers", lambda: False)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["database"]) == (503, "down")
