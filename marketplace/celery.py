"""The Celery app. Its settings are the CELERY_* names in settings.py; jobs live in jobs.py."""

import os
from typing import Any

import structlog
from celery import Celery
from celery.signals import setup_logging

from marketplace import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")

broker.use()
app = Celery("manyhands")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Celery would replace the logging that settings.py has laid down; connecting stops it."""
    structlog.get_logger(__name__)
