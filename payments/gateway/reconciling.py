"""The gateways' books are read and compared with the ledger.

Reading is page by page, each page kept with how far the reading has come; then the gateway's
balance is asked for. Asking happens outside of any transaction. A process that dies at any point
leaves what was read, and the next one goes on from there.
"""

from datetime import UTC, datetime

import structlog
from django.conf import settings

from marketplace.lanes import alone
from marketplace.money import SANDBOX_CURRENCY
from payments import reconciliation
from payments.actions.keep_balance_transactions import begin_reading, keep_funds, keep_page
from payments.actions.run_reconciliation import begin_reconciliation, finish_reconciliation
from payments.gateway import Gateway, GatewayError, GatewayUnclear, gateways_in_use
from payments.models import BooksReading, Reconciliation

log = structlog.get_logger()
TRIES = 5
"""How often a balance is asked for that changes while its lines are read."""
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def run_reconciliation(*, at: datetime) -> Reconciliation | None:
    """Read all books and compare. None where another process does so now."""
    with alone("payments.reconcile") as is_mine:
        if not is_mine:
            return None
        run = begin_reconciliation(at=at)
        lines, failures = 0, []
        for gateway in gateways_in_use():
            try:
                lines += read_books(gateway, at=at)
            except (GatewayError, GatewayUnclear) as error:
                log.warning("payments.books_unread", gateway=gateway.name, error=str(error))
                failures.append(f"{gateway.name}: {error}")
        done = finish_reconciliation(
            run=run,
            lines=lines,
            currencies=_currencies(has_failed=bool(failures)),
            failure="; ".join(failures),
            at=at,
        )
    log.info("payments.reconciled", lines=done.lines, differences=done.differences)
    return done


def read_books(gateway: Gateway, *, at: datetime) -> int:
    """Keep what is new of a gateway's books, and its balance; how many lines were new. Raises
    GatewayError, GatewayUnclear."""
    new, since = 0, _first(gateway, at)
    while True:
        reading = begin_reading(gateway=gateway.name, first_since=since, at=at)
        new += _read_on(gateway, reading, at)
        if reading.began_at == at:
            break  # else it had broken off: what came since then is read now
    for _ in range(TRIES):
        before = gateway.funds()
        new += _catch_up(gateway, reading, at)
        if gateway.funds() == before:
            keep_funds(gateway=gateway.name, funds=before, at=at)
            break
    return new


def _first(gateway: Gateway, at: datetime) -> datetime:
    """From when on its books concern us: play money's are all ours, Stripe's from the first use."""
    if gateway.name == "play":
        return BEGINNING
    return reconciliation.first_use(gateway.name) or at


def _read_on(gateway: Gateway, reading: BooksReading, at: datetime) -> int:
    new, after = 0, reading.page_after
    assert reading.since is not None
    while True:
        page = gateway.books_page(since=reading.since, after=after)
        after = page.after
        new += keep_page(gateway=gateway.name, lines=page.lines, at=at, page_after=after)
        if not after:
            return new


def _catch_up(gateway: Gateway, reading: BooksReading, at: datetime) -> int:
    """What came while we read: the newest pages, until one has nothing new."""
    new, after = 0, ""
    assert reading.since is not None
    while True:
        page = gateway.books_page(since=reading.since, after=after)
        kept = keep_page(gateway=gateway.name, lines=page.lines, at=at)
        new, after = new + kept, page.after
        if not kept or not after:
            return new


def _currencies(*, has_failed: bool) -> set[str]:
    """Those whose books were all read: the sandbox's are play money's alone."""
    if has_failed:
        return {SANDBOX_CURRENCY}
    held = BooksReading.objects.values_list("funds", flat=True)
    return {SANDBOX_CURRENCY, settings.MANYHANDS_CURRENCY, *(name for has in held for name in has)}
