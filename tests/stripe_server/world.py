"""What the stand-in remembers: objects by id, the agenda of what will happen, its clock."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.stripe_server.refusal import missing, unchecked

Thing = dict[str, Any]
ACCOUNT = "acct_platform"
"""The marketplace's own account."""


@dataclass
class Call:
    """One request, checked: its parameters with their types, ids of the path, whose account."""

    params: dict[str, Any]
    ids: tuple[str, ...] = ()
    account: str = ACCOUNT


@dataclass
class World:
    """One Stripe. Everything is done under `lock`, one request at a time."""

    now_outside: Callable[[], datetime] = lambda: datetime.now(UTC)
    things: dict[str, Thing] = field(default_factory=dict)
    kinds: dict[tuple[str, str], list[Thing]] = field(default_factory=dict)
    funds: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Cents by account, currency, and available or pending: kept, since each transfer asks."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    ahead: timedelta = timedelta()
    platform_currency: str = "usd"
    payout_interval: str = "manual"
    failed_debits: str = ""
    """A bank debit is booked once it has settled; or, where this says whose line takes it back (the
    `charge`'s, or a `refund`'s of its own), as soon as it is made. Stripe documents the line,
    payment_failure_refund, and not whose it is."""
    on_event: list[Callable[[Thing], None]] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _agenda: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)

    @property
    def now(self) -> int:
        """Seconds since 1970, by the stand-in's clock."""
        return int((self.now_outside() + self.ahead).timestamp())

    def forward(self, **units: float) -> None:
        """Move the clock: forward(hours=30)."""
        with self.lock:
            self.ahead += timedelta(**units)
            self.catch_up()

    def later(self, seconds: int, happens: Callable[[], None]) -> None:
        """Let something happen when the clock gets there."""
        self._agenda.append((self.now + seconds, next(self._numbers), happens))

    def catch_up(self) -> None:
        """Let everything happen that is due, in its order."""
        while due := sorted(item for item in self._agenda if item[0] <= self.now):
            self._agenda.remove(due[0])
            due[0][2]()

    def make(self, prefix: str, kind: str, *, account: str = ACCOUNT, **values: Any) -> Thing:
        """A new object, kept."""
        made: Thing = {
            "id": f"{prefix}_{next(self._numbers):024d}",
            "object": kind,
            "created": self.now,
            "livemode": False,
            **values,
        }
        self.things[made["id"]] = made
        made["_account"] = account
        self.kinds.setdefault((kind, account), []).append(made)
        return made

    def get(self, kind: str, pk: str, *, account: str = ACCOUNT, param: str = "id") -> Thing:
        """The object, or a Refusal. An id in a parameter is a 400, one in the path a 404."""
        found = self.things.get(pk)
        if found is None or found["object"] != kind or found["_account"] != account:
            raise missing(kind, pk, param=param, status=404 if param == "id" else 400)
        return found

    def of(self, kind: str, *, account: str = ACCOUNT) -> list[Thing]:
        """All of one kind, newest first."""
        return self.kinds.get((kind, account), [])[::-1]

    def page(self, found: list[Thing], call: Call, *, url: str) -> Thing:
        """A list as Stripe pages it: by cursor, 10 at a time unless told, 100 at most."""
        limit = call.params.get("limit", 10)
        if not 1 <= limit <= 100:
            raise unchecked(
                "Invalid limit: must be between 1 and 100", code="parameter_invalid", param="limit"
            )
        found = [t for t in found if _is_within(t["created"], call.params.get("created", {}))]
        ids = [thing["id"] for thing in found]
        if after := call.params.get("starting_after"):
            if after not in ids:
                raise missing("object", after, param="starting_after", status=400)
            found = found[ids.index(after) + 1 :]
        elif before := call.params.get("ending_before"):
            if before not in ids:
                raise missing("object", before, param="ending_before", status=400)
            found = found[: ids.index(before)][-limit:]
        more = len(found) > limit
        return {"object": "list", "url": url, "has_more": more, "data": found[:limit]}

    def emit(self, kind: str, thing: Thing, *, account: str = ACCOUNT) -> Thing:
        """An event, with the object as it is now."""
        event = self.make(
            *("evt", "event"),
            account=account,
            type=kind,
            api_version="2026-10-28.endive",
            data={"object": shown(thing)},
            pending_webhooks=1,
            request={"id": None, "idempotency_key": None},
        )
        if account != ACCOUNT:
            event["account"] = account
        for hears in self.on_event:
            hears(event)
        return event


def _is_within(created: int, asked: Any) -> bool:
    if isinstance(asked, int):
        return created == asked
    return (
        created >= asked.get("gte", created)
        and created <= asked.get("lte", created)
        and created > asked.get("gt", created - 1)
        and created < asked.get("lt", created + 1)
    )


def shown(thing: Any) -> Any:
    """A copy to send: what only the stand-in knows, in names with an underscore, stays here."""
    if isinstance(thing, dict):
        return {k: shown(v) for k, v in thing.items() if not str(k).startswith("_")}
    if isinstance(thing, list):
        return [shown(item) for item in thing]
    return thing


def expanded(world: World, thing: Thing, paths: list[str]) -> Thing:
    """The object with ids along `paths` replaced by what they name."""
    for path in paths:
        places = [thing]
        for name in path.split("."):
            places = [p for place in places for p in _expand_one(world, place, name)]
    return thing


def _expand_one(world: World, place: Thing, name: str) -> list[Thing]:
    if name == "data" and place.get("object") == "list":
        return list(place["data"])
    value = place.get(name)
    if isinstance(value, str) and value in world.things:
        value = place[name] = shown(world.things[value])
    return [value] if isinstance(value, dict) else []
