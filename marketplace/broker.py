"""Celery's Redis transport, with what it lacks to outlive Redis.

A job process takes no more messages than it has places (prefetch × processes), and an
acknowledgement gives a place back. Kombu gives it back only where Redis took the acknowledgement:
those that were on their way when Redis died kept their places for ever, and a process that lost
all of them ran on and took nothing any more (celery/celery#8030, #9054, #10302). What such a
message stood for is found by query anyway, and running it twice changes nothing.
"""

from kombu.transport import redis, virtual


class QoS(redis.QoS):
    """A place is free again once its message is done with, whatever Redis says."""

    def ack(self, delivery_tag: str) -> None:
        """Raises what Redis raised."""
        try:
            super().ack(delivery_tag)
        finally:
            virtual.QoS.ack(self, delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Raises what Redis raised."""
        try:
            super().reject(delivery_tag, requeue=requeue)
        finally:
            virtual.QoS.ack(self, delivery_tag)


def use() -> None:
    """For every connection of this process from now on."""
    redis.Channel.QoS = QoS
