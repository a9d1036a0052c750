"""People who do the work."""

from workers.models.worker import Worker

__all__ = ["Worker"]
