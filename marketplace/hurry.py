"""Telling a job that there is work, so that a person doesn't wait for its next turn."""

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError

from marketplace.celery import app

log = structlog.get_logger()


def hurry(job: str) -> None:
    """Start the named job once this transaction is committed. A hint: if it is lost, the job
    finds the work by query at its next turn."""
    transaction.on_commit(lambda: _send(job))


def _send(job: str) -> None:
    try:
        app.send_task(job, expires=30, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("hurry.not_sent", job=job, error=str(error))
