"""Redis goes away in the middle of a job: its process goes on taking messages afterwards."""

from contextlib import contextmanager

import pytest
from kombu import Connection, Queue
from kombu.transport import redis
from redis.exceptions import ConnectionError as RedisIsAway

from marketplace import broker
from marketplace.celery import app


@contextmanager
def one_place_taken():
    """A message at work in a process that has one place."""
    connection = Connection(app.conf.broker_url)
    channel = connection.channel()
    channel.basic_qos(0, 1, False)
    queue = Queue("of-this-test", channel=channel)
    queue.declare()
    queue.purge()
    connection.Producer().publish({}, routing_key=queue.name)
    message = queue.get()
    assert not channel.qos.can_consume()
    yield channel, message
    channel.qos.restore_at_shutdown = False
    connection.release()


@pytest.mark.parametrize("how", ["ack", "reject", "requeue"])
@pytest.mark.parametrize(
    ("of_ours", "is_free"), [(True, True), (False, False)], ids=["ours", "kombu's own"]
)
def test_a_place_is_free_again_though_redis_was_away_at_the_end(monkeypatch, how, of_ours, is_free):
    """Beside it kombu's own, which shows what goes wrong without."""
    monkeypatch.setattr(redis.Channel, "QoS", broker.QoS if of_ours else redis.QoS)
    with one_place_taken() as (channel, message):
        channel.pool.reset()
        where = channel.pool.connection_kwargs
        monkeypatch.setitem(where, "path", "/nowhere/redis.sock")
        with pytest.raises(RedisIsAway):
            getattr(message, how)()
        assert channel.qos.can_consume() is is_free


def test_the_jobs_use_it():
    assert app.connection().channel().QoS is broker.QoS
