"""Each payout of a batch brings an event of its own transfer. Asking about what is known already
would take from the calls by which the others are sent."""

import pytest
from django.db import connection

from payments.actions.receive_gateway_event import Told, receive_gateway_events
from payments.gateway.events import process_event
from payments.models import GatewayEvent, Payout
from tests.payments.earning import earn
from tests.payments.paying_out import WORKER, ask, send
from tests.stripe_gateway import a_payee

pytestmark = pytest.mark.django_db


@pytest.fixture
def payout(live, clock):
    earn(clock, WORKER, 500)
    a_payee(live, WORKER)
    live.hands.tops_up(500)
    payout = ask(clock)
    assert send(payout, clock) == "sent"
    return payout


def calls_for(transfer, live, clock):
    """What Stripe is asked when it tells of this transfer."""
    told = Told(
        event_id="evt_1", kind="transfer.created", object_id=transfer, account="",
        happened_at=clock.now,
    )  # fmt: skip
    receive_gateway_events([told], gateway="stripe", at=clock.now)
    before = len(live.calls)
    process_event(event_id=GatewayEvent.objects.get().pk, at=clock.now)
    event = GatewayEvent.objects.get()
    assert event.processed_at == clock.now
    return [path for _, path, _ in live.calls[before:]], event.problem


def test_a_transfer_that_is_known_to_have_left_is_not_asked_about(live, clock, payout):
    assert calls_for(payout.gateway_reference, live, clock) == ([], "")


@pytest.mark.parametrize(
    ("known", "problem"),
    [
        ({"status": "failed"}, "a payout that is failed"),
        ({"gateway": "play"}, ""),
        ({"gateway_reference": "tr_another"}, "second one"),
    ],
)
def test_one_that_is_not_known_so_is(live, clock, payout, known, problem):
    Payout.objects.update(**known)
    calls, told = calls_for(payout.gateway_reference, live, clock)
    assert calls == [f"/v1/transfers/{payout.gateway_reference}"]
    assert problem in told


@pytest.mark.parametrize("table", ["payout", "deposit"])
def test_what_the_gateway_names_is_found_by_an_index(table):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN SELECT id FROM payments_{table} WHERE gateway_reference = 'tr_1'")
        plan = " ".join(line for (line,) in cursor.fetchall())
    assert f"{table}s_by_reference" in plan
