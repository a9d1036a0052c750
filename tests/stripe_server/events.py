"""Events: kept for 30 days, and sent to endpoints, signed; late, twice, in disorder, or never."""

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from stripe import WebhookSignature, params

from tests.stripe_server.balance import DAY
from tests.stripe_server.refusal import Refusal
from tests.stripe_server.routes import route
from tests.stripe_server.world import ACCOUNT, Call, Thing, World, shown

KEPT_DAYS = 30
MOST_TYPES = 20
GIVES_UP_AFTER = 3 * DAY
Post = Callable[[str, dict[str, str], bytes], int]
"""Sends a body to an address; the HTTP status of the answer, 0 for none."""


@route("GET", "/v1/events", params.EventListParams)
def list_events(world: World, call: Call) -> Thing:
    """An account's own events of the last 30 days, newest first. Payees' are not among the
    platform's."""
    oldest = world.now - KEPT_DAYS * DAY
    found = [e for e in world.of("event", account=call.account) if e["created"] >= oldest]
    if "type" in call.params:
        found = [e for e in found if e["type"] == call.params["type"]]
    if len(call.params.get("types", [])) > MOST_TYPES:
        words = f"You may only specify up to {MOST_TYPES} event types."
        raise Refusal(words, param="types", is_saved=False)
    if "types" in call.params:
        found = [e for e in found if e["type"] in call.params["types"]]
    if "delivery_success" in call.params:
        is_done = call.params["delivery_success"]
        found = [e for e in found if (e["pending_webhooks"] == 0) is is_done]
    return world.page(found, call, url="/v1/events")


@route("GET", "/v1/events/{}", params.EventRetrieveParams)
def get_event(world: World, call: Call) -> Thing:
    """One event."""
    return world.get("event", call.ids[0], account=call.account)


@dataclass
class Endpoint:
    """Where events are sent: the platform's own, or those of its payees (`is_connect`)."""

    url: str
    secret: str
    is_connect: bool = False


@dataclass
class Delivery:
    """One event on its way to one endpoint."""

    event: Thing
    endpoint: Endpoint
    due: int
    attempts: int = 0
    first_at: int = 0


@dataclass
class Webhooks:
    """Delivers what is due when told to. With a seed, some come late, twice, or not at all."""

    world: World
    post: Post
    endpoints: list[Endpoint] = field(default_factory=list)
    seed: int = 0
    late: float = 0.0
    twice: float = 0.0
    dropped: float = 0.0
    waiting: list[Delivery] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    """Deliveries by what became of them: taken, late, twice, dropped, refused, out_of_order."""
    _newest: int = 0

    def __post_init__(self) -> None:
        self.world.on_event.append(self._queue)

    def _queue(self, event: Thing) -> None:
        dice = random.Random(f"{self.seed} {event['id']}")
        if dice.random() < self.dropped:
            self.counted["dropped"] += 1
            return
        for endpoint in self.endpoints:
            if endpoint.is_connect is (event["_account"] != ACCOUNT):
                copies = 2 if dice.random() < self.twice else 1
                self.counted["twice"] += copies == 2
                for _copy in range(copies):
                    wait = dice.randrange(1, 3600) if dice.random() < self.late else 0
                    self.counted["late"] += wait > 0
                    now = self.world.now
                    self.waiting.append(Delivery(event, endpoint, now + wait, first_at=now))

    def deliver(self) -> int:
        """Send everything that is due, in the order of its time; how much was taken."""
        taken = 0
        with self.world.lock:
            due = [d for d in self.waiting if d.due <= self.world.now]
            self.waiting = [d for d in self.waiting if d.due > self.world.now]
        for delivery in sorted(due, key=lambda d: d.due):
            taken += self._send(delivery)
        return taken

    def _send(self, delivery: Delivery) -> bool:
        event, endpoint = delivery.event, delivery.endpoint
        body = json.dumps(shown(event), indent=2)
        signature = WebhookSignature.generate_signature_header(
            body, endpoint.secret, self.world.now
        )
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        delivery.attempts += 1
        status = 0
        try:
            status = self.post(endpoint.url, headers, body.encode())
        finally:
            if not 200 <= status < 300:  # also where the receiver died of it
                self._again(delivery)
        if 200 <= status < 300:
            event["pending_webhooks"] = 0
            self.counted["taken"] += 1
            self.counted["out_of_order"] += event["created"] < self._newest
            self._newest = max(self._newest, event["created"])
            return True
        self.counted["refused"] += 1
        return False

    def _again(self, delivery: Delivery) -> None:
        wait = 60 * 4 ** min(delivery.attempts, 6)
        if self.world.now + wait - delivery.first_at < GIVES_UP_AFTER:
            delivery.due = self.world.now + wait
            self.waiting.append(delivery)
