"""A gateway's books are kept here, a page at a time, each page in one transaction with how far the
reading has come. What is the operator's own affair there gets its place in the ledger with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from payments import ledger
from payments.ledger import Move
from payments.models import (
    AccountKind,
    BalanceTransaction,
    BooksReading,
    Deposit,
    Payout,
    Reason,
    Transfer,
)

OVERLAP = timedelta(hours=48)
"""How far before the cursor a reading goes back: a gateway may show a line late."""

OWN = {
    "operator": (AccountKind.OPERATOR, Reason.OPERATOR),
    "cost": (AccountKind.STRIPE_FEES, Reason.GATEWAY_COST),
    "reserve": (AccountKind.RESERVE, Reason.RESERVE),
}
"""What a gateway books without anybody here asking: where it stands in the ledger."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of a gateway's books, in cents; negative for money out.

    `about` is what it is here, as far as the gateway's names tell: deposit, refund, payout,
    dispute; operator, cost, reserve; `back`, which undoes what another line says; or "". `named` is
    our own id of it, or the gateway's name that leads to it: of what is undone, where it is so."""

    reference: str
    kind: str
    category: str = ""
    amount_cents: int
    fee_cents: int = 0
    currency: str
    created_at: datetime
    available_at: datetime
    source: str
    about: str
    named: str

    @property
    def net_cents(self) -> int:
        """What the balance changed by."""
        return self.amount_cents - self.fee_cents


def begin_reading(*, gateway: str, first_since: datetime, at: datetime) -> BooksReading:
    """Start to read from the cursor on, or go on with a reading that broke off."""
    with transaction.atomic():
        reading = _locked(gateway)
        if not reading.page_after:
            reading.since = (reading.read_up_to or first_since) - OVERLAP
            reading.began_at = at
            reading.save()
    return reading


def keep_page(
    *, gateway: str, lines: Sequence[Line], at: datetime, page_after: str | None = None
) -> int:
    """Keep what is new of a page; how many lines that were. `page_after` is the last line of the
    page where another follows, "" where the reading is at its end, None outside of a reading.

    A line that now says another amount than it did is kept as it is now: that it differs from what
    was booked for it is found by the comparison."""
    with transaction.atomic():
        reading = _locked(gateway)
        known = BalanceTransaction.objects.filter(
            gateway=gateway, reference__in=[line.reference for line in lines]
        )
        before = {row.reference: row for row in known.order_by("pk").select_for_update(no_key=True)}
        for line in lines:
            if line.reference in before:
                _rewrite(before[line.reference], line)
        rows = _rows(gateway, [line for line in lines if line.reference not in before], at)
        BalanceTransaction.objects.bulk_create(rows)
        _adopt(gateway, rows)
        ledger.post([move for row in rows for move in _own_moves(row)], at=at)
        if page_after is not None:
            reading.page_after = page_after
            if not page_after:
                reading.read_up_to = reading.began_at
            reading.save()
    return len(rows)


def keep_funds(*, gateway: str, funds: Mapping[str, tuple[int, int]], at: datetime) -> None:
    """What the gateway's balance is, {currency: (available, pending)}, and what it has beside its
    own lines. At the first time that is what was there before the marketplace used it: it is the
    operator's."""
    with transaction.atomic():
        reading = _locked(gateway)
        is_first = reading.funds_at is None
        lines = BalanceTransaction.objects.filter(gateway=gateway)
        sums = dict(lines.values_list("currency").annotate(cents=Sum("net_cents")))
        currencies = funds.keys() | sums.keys()
        reading.funds = {
            currency: {
                "available": available,
                "pending": pending,
                "apart": available + pending - sums.get(currency, 0),
            }
            for currency in sorted(currencies)
            for available, pending in [funds.get(currency, (0, 0))]
        }
        if is_first:
            ledger.post(
                [_opening(gateway, name, has["apart"]) for name, has in reading.funds.items()],
                at=at,
            )
        is_apart = any(
            has["apart"] != _opened(gateway, name) for name, has in reading.funds.items()
        )
        reading.apart_since = (reading.apart_since or at) if is_apart else None
        reading.funds_at = at
        reading.save()


def _locked(gateway: str) -> BooksReading:
    BooksReading.objects.get_or_create(gateway=gateway)
    return BooksReading.objects.select_for_update(no_key=True).get(gateway=gateway)


def _rewrite(row: BalanceTransaction, line: Line) -> None:
    now = (line.amount_cents, line.fee_cents)
    if now != (row.amount_cents, row.fee_cents):
        row.amount_cents, row.fee_cents = now
        row.net_cents = line.net_cents
        row.save()


def _rows(gateway: str, lines: Sequence[Line], at: datetime) -> list[BalanceTransaction]:
    names = {line.named for line in lines} - {""}  # what hasn't been paid here has no name either
    paid = Deposit.objects.filter(gateway=gateway, charge_reference__in=names)
    sent = Payout.objects.filter(gateway=gateway, gateway_reference__in=names)
    kept = BalanceTransaction.objects.filter(gateway=gateway, source__in=names)
    known = {row.source: (row.about, row.fact) for row in kept.exclude(about__in=OWN)}
    for about, found in (
        ("deposit", paid.values_list("charge_reference", "public_id")),
        ("payout", sent.values_list("gateway_reference", "public_id")),
    ):
        known |= {name: (about, f"{about}:{public_id}") for name, public_id in found}
    return [_row(gateway, line, known, at) for line in lines]


def _adopt(gateway: str, rows: Sequence[BalanceTransaction]) -> None:
    """What undoes one of these lines and was read before it is about the same: pages are read
    newest first."""
    undone = {f"line:{row.source}": row for row in rows if row.about not in OWN}
    early = BalanceTransaction.objects.filter(gateway=gateway, fact__in=undone)
    for each in early.order_by("pk").select_for_update(no_key=True):
        each.about, each.fact = undone[each.fact].about, undone[each.fact].fact
        each.save()


def _row(
    gateway: str, line: Line, known: Mapping[str, tuple[str, str]], at: datetime
) -> BalanceTransaction:
    about, fact = line.about, f"line:{line.reference}"
    if about == "back":
        about, fact = known.get(line.named, ("", f"line:{line.named or line.reference}"))
    elif about in ("deposit", "refund", "payout"):
        public_id = _uuid(line.named)
        ours = (about, f"{about}:{public_id}")
        about, fact = ours if public_id else known.get(line.named, ("", fact))
    return BalanceTransaction(
        gateway=gateway,
        reference=line.reference,
        kind=line.kind[:60],
        category=line.category[:60],
        amount_cents=line.amount_cents,
        fee_cents=line.fee_cents,
        net_cents=line.net_cents,
        currency=line.currency,
        created_at=line.created_at,
        available_at=line.available_at,
        source=line.source[:120],
        about=about,
        fact=fact,
        kept_at=at,
    )


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


def _own_moves(row: BalanceTransaction) -> list[Move]:
    """The amount in its own account, and what the gateway took for it among its costs."""
    if row.about not in OWN:
        return []
    kind, reason = OWN[row.about]
    key, note = f"books:{row.reference}", row.kind.replace("_", " ")
    return [
        from_there(key, kind, row.amount_cents, row.currency, reason, row.reference, note),
        from_there(
            f"{key}:fee",
            AccountKind.STRIPE_FEES,
            -row.fee_cents,
            row.currency,
            Reason.GATEWAY_COST,
            row.reference,
            note,
        ),
    ]


def _opening(gateway: str, currency: str, cents: int) -> Move:
    return from_there(
        f"opening:{gateway}:{currency}",
        AccountKind.OPERATOR,
        cents,
        currency,
        Reason.OPERATOR,
        f"balance:{gateway}:{currency}",
        "At the gateway before it was used here",
    )


def _opened(gateway: str, currency: str) -> int:
    """What the ledger has of a balance beside its lines: the opening, and differences borne."""
    clearing = ledger.account(AccountKind.CLEARING, "", currency)
    moves = Transfer.objects.filter(reference=f"balance:{gateway}:{currency}")
    return sum(
        move.amount_cents if move.debit_id == clearing else -move.amount_cents for move in moves
    )


def from_there(
    key: str,
    kind: AccountKind,
    cents: int,
    currency: str,
    reason: Reason,
    reference: str,
    note: str,
) -> Move:
    """What a gateway's balance changed by, between the clearing account and the marketplace's own
    account of this kind."""
    clearing = ledger.account(AccountKind.CLEARING, "", currency)
    own = ledger.account(kind, "", currency)
    debit, credit = (clearing, own) if cents > 0 else (own, clearing)
    return Move(
        key=key,
        debit=debit,
        credit=credit,
        amount_cents=abs(cents),
        currency=currency,
        reason=reason,
        reference=reference,
        note=note,
    )
