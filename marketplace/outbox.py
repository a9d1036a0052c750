"""Effects on the outside world, written in the transaction that causes them.

`send` only writes a row. The deliver_outbox job takes rows by query and hands each to the
function registered for its kind; a kind is registered with `@delivers("email")`.
Delivery is at least once, with backoff, and a row that keeps failing is kept for the operator.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from marketplace.models import OutboxMessage

Deliver = Callable[[Mapping[str, Any]], None]
_deliveries: dict[str, Deliver] = {}
IN_LANES = frozenset({"notification"})
"""Kinds whose destinations may be slow or gone: see marketplace.lanes. deliver_outbox leaves them
to a job of their own, so that no letter waits behind them."""


def delivers(kind: str) -> Callable[[Deliver], Deliver]:
    """Register the function that carries out one kind of message."""

    def register(function: Deliver) -> Deliver:
        _deliveries[kind] = function
        return function

    return register


def delivery_for(kind: str) -> Deliver | None:
    """The function registered for `kind`."""
    return _deliveries.get(kind)


def send(
    *,
    kind: str,
    payload: Mapping[str, Any],
    key: str,
    at: datetime,
    due_at: datetime | None = None,
) -> None:
    """Promise one effect, at once or from `due_at` on. `key` names the fact behind it: the same
    fact is promised once.

    Must run inside the transaction of its cause, since a promise without its cause, or a
    cause without its promise, is the failure this exists to prevent.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("outbox.send outside a transaction")
    OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(
                kind=kind, payload=dict(payload), key=key, created_at=at, due_at=due_at or at
            )
        ],
        ignore_conflicts=True,
    )
