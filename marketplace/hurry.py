"""Hurrying a job along, after the commit of what it has to do.

A hint and no more: the job finds its work by query on its next beat, so that a hint which is
lost, because the broker is away or the process died, costs seconds and nothing else.
"""

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger()


def hurry(job: str) -> None:
    """Ask for the job with this name (“tasks.publish_batches”) to run once now has committed."""
    transaction.on_commit(lambda: _send(job))


def _send(job: str) -> None:
    try:
        current_app.send_task(job, retry=False, expires=60)
    except (OperationalError, OSError) as error:
        log.warning("hurry.lost", job=job, error=str(error))
