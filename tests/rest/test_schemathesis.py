"""Schemathesis makes up requests from the API's document: what it says can be sent, and what it
says can't. Nothing fails on our side, and every answer is one that the document promises."""

from pathlib import Path

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.rest.cast import client_for

SCHEMA = schemathesis.openapi.from_path(Path(__file__).parent / "openapi.yaml")
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]  # type: ignore[union-attr]
APPLICATION = get_wsgi_application()
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OF_WORKERS = ("/api/v1/my", "/api/v1/groups", "/api/v1/hits/{hit_id}/accept")


@pytest.fixture
def there(db):
    """A batch in review, with what the addresses of the API name; {parameter: who asks: id}."""
    from tests import world

    lab, worker = world.a_lab(), world.a_worker()
    batch = world.a_batch(lab, rows=3)
    done, held = world.submitted(worker, batch), world.accepted(worker, batch)
    return {
        "requester": client_for(lab.user, lab.by),
        "worker": client_for(worker.user),
        "ids": {
            "project_id": batch.project.public_id,
            "batch_id": str(batch.pk),
            "hit_id": done.hit.public_id,
            "group_id": batch.hit_type.public_id,
            "deposit_id": str(lab.requester.deposits.get().public_id),
        },
        "done": done.public_id,
        "held": held.public_id,
        "free": batch.all_hits.exclude(pk__in=[done.hit_id, held.hit_id]).get().public_id,
    }


@pytest.fixture(autouse=True)
def _one_connection():
    """Requests are made within the test's transaction: they must not close its connection."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def _names(operation):
    return operation.definition.raw["operationId"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=_names)
def test_nothing_that_the_document_can_say_breaks_the_api(there, operation):
    is_workers = operation.path.startswith(OF_WORKERS)
    token = there["worker" if is_workers else "requester"]._credentials["HTTP_AUTHORIZATION"]
    ids = there["ids"] | {"assignment_id": there["held" if is_workers else "done"]}
    if is_workers:
        ids["hit_id"] = there["free"]
    modes = st.one_of(*(operation.as_strategy(mode) for mode in GenerationMode))

    @settings(
        max_examples=10,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(modes, st.booleans())
    def ask(case, is_there):
        if is_there:
            case.path_parameters = {
                name: ids.get(name, value) for name, value in (case.path_parameters or {}).items()
            }
        with transaction.atomic():  # each finds the same marketplace
            answer = case.call(headers={"Authorization": token}, app=APPLICATION)
            case.validate_response(answer, checks=CHECKS)
            transaction.set_rollback(True)

    ask()
