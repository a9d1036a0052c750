"""The fixtures that other tests lean on, and the real processes as `make run` starts them."""

import urllib.request
from datetime import timedelta

import psutil
import pytest

from marketplace.health import HEARTBEAT


def _last_beat(live_app):
    from marketplace.models import Heartbeat

    with live_app.orm():
        return getattr(Heartbeat.objects.filter(name=HEARTBEAT).first(), "beat_at", None)


def test_work_flows_from_beat_to_jobs_into_the_database(live_app):
    live_app.wait_until(lambda: _last_beat(live_app), what="a heartbeat")
    assert "worked" in live_app.manage("healthcheck", "jobs")


def test_a_flushed_redis_and_a_killed_worker_only_delay(live_app):
    import redis
    from django.conf import settings

    live_app.wait_until(lambda: _last_beat(live_app), what="a heartbeat")
    before = _last_beat(live_app)
    live_app.kill("jobs")
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    live_app.start("jobs")
    live_app.wait_until(
        lambda: _last_beat(live_app) > before + timedelta(seconds=1), what="the next heartbeat"
    )


def test_a_killed_worker_takes_its_children_along(live_app):
    parent = psutil.Process(live_app.processes["jobs"].pid)
    live_app.wait_until(lambda: parent.children(), what="the worker's children")
    children = parent.children(recursive=True)
    live_app.kill("jobs")
    psutil.wait_procs(children, timeout=5)
    assert not [child for child in children if child.is_running()]
    live_app.start("jobs")


def test_pages_are_served_with_their_style(live_app):
    with urllib.request.urlopen(f"{live_app.base_url}/accounts/login/") as answer:
        assert answer.status == 200


@pytest.mark.parametrize("width", [1280, 390])
def test_the_browser_opens_a_page_without_complaint(live_app, new_page, width):
    page = new_page(width=width)
    page.goto("/accounts/login/")
    assert page.locator("input[type=password]").count() == 1
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0
