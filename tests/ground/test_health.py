"""Liveness is work done, not a pid."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from marketplace.health import HEARTBEAT, HEARTBEAT_LIMIT
from marketplace.models import Heartbeat

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("process", ["jobs", "beat"])
def test_a_heartbeat_that_never_came_is_a_failure(process):
    with pytest.raises(CommandError, match="never"):
        call_command("healthcheck", process)


@pytest.mark.parametrize("process", ["jobs", "beat"])
def test_a_heartbeat_counts_for_a_minute(process, clock, capsys):
    Heartbeat.objects.create(name=HEARTBEAT, beat_at=clock.now)
    clock.forward(seconds=HEARTBEAT_LIMIT)
    call_command("healthcheck", process)
    clock.forward(seconds=1)
    with pytest.raises(CommandError, match="did nothing for"):
        call_command("healthcheck", process)


def test_the_clock_fixture_moves(clock):
    before = clock.now
    clock.forward(minutes=5)
    assert clock.now - before == timedelta(minutes=5)


def test_the_policy_lets_nothing_inline_through(client):
    policy = client.get("/healthz").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    for part in ("default-src 'self'", "script-src 'self'", "object-src 'none'"):
        assert part in policy
    for part in ("base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"):
        assert part in policy
