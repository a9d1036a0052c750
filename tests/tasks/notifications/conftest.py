"""A lab with work, an address that it is told at, and the job that tells it."""

import pytest


@pytest.fixture(autouse=True)
def _local(settings):
    """The receivers are on this machine."""
    settings.MANYHANDS_LOCAL_WEBHOOKS = True


@pytest.fixture
def lab(db, clock):
    from tests import world

    return world.a_lab()


@pytest.fixture
def batch(lab):
    from tests import world

    return world.a_batch(lab, rows=2, max_assignments=2)


@pytest.fixture
def receiver():
    from tests.receivers import receiving

    with receiving() as receiver:
        yield receiver


@pytest.fixture
def subscribe(lab, clock):
    """subscribe(batch, receiver or destination, *kinds): its notification settings."""
    from tasks.actions.subscribe import Specification, set_notifications
    from tasks.models import EventKind

    every = [kind for kind in EventKind.values if kind != EventKind.PING]

    def subscribed(batch, destination, *kinds, transport="SNS", version="2014-08-15", **changes):
        if not isinstance(destination, str):
            destination = f"http://127.0.0.1:{destination.port}/hook"
        return set_notifications(
            by=lab.by,
            hit_type_id=batch.hit_type.public_id,
            is_sandbox=batch.hit_type.is_sandbox,
            specification=Specification(
                transport=transport,
                destination=destination,
                version=version,
                event_types=kinds or every,
            ),
            at=clock.now,
            **changes,
        )

    return subscribed


@pytest.fixture
def run():
    """The job's turn, by the held clock."""
    from tasks import jobs

    return jobs.send_notifications
