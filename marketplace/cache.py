"""The cache holds hints only: when Redis is away, every look-up is a miss and nothing fails."""

import logging
from typing import Any

import redis
from django.core.cache.backends.redis import RedisCache
from django.core.cache.backends.redis import RedisCacheClient as DjangoRedisClient

log = logging.getLogger(__name__)


class HintClient(DjangoRedisClient):
    """Django's Redis client, where a Redis that does not answer looks like an empty one."""

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        return self._or(True, super().add, key, value, timeout)

    def get(self, key: Any, default: Any) -> Any:
        return self._or(default, super().get, key, default)

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        self._or(None, super().set, key, value, timeout)

    def touch(self, key: Any, timeout: Any) -> bool:
        return self._or(False, super().touch, key, timeout)

    def delete(self, key: Any) -> bool:
        return self._or(False, super().delete, key)

    def get_many(self, keys: Any) -> Any:
        return self._or({}, super().get_many, keys)

    def has_key(self, key: Any) -> bool:
        return self._or(False, super().has_key, key)

    def incr(self, key: Any, delta: Any) -> Any:
        # A missing key raises ValueError by Django's contract, and callers deal with it.
        try:
            return super().incr(key, delta)
        except redis.RedisError as error:
            self._tell(error)
            raise ValueError(f"Key '{key}' not found") from error

    def set_many(self, data: Any, timeout: Any) -> None:
        self._or(None, super().set_many, data, timeout)

    def delete_many(self, keys: Any) -> None:
        self._or(None, super().delete_many, keys)

    def clear(self) -> bool:
        return self._or(False, super().clear)

    def _or(self, otherwise: Any, call: Any, *args: Any) -> Any:
        try:
            return call(*args)
        except redis.RedisError as error:
            self._tell(error)
            return otherwise

    def _tell(self, error: Exception) -> None:
        log.warning("the cache does not answer: %s", error)


class HintCache(RedisCache):
    """Django's Redis cache with HintClient."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = HintClient
