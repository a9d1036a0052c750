"""Each month that is over gets its invoices: one for each requester whose money moved in it."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, Max, Min, OuterRef

from marketplace.accounts.models import Requester
from payments.models import Account, Invoice, InvoiceRun, Transfer
from payments.queries import billed_to
from payments.statements import month_after, statement_for

LATE = timedelta(hours=1)
"""How long after a month's end: what was begun in it has ended by then."""
_NUMBERS = 0x4D49  # of advisory locks: "MI"


def due_runs(*, at: datetime) -> list[InvoiceRun]:
    """The months that are over and not issued to the end, the earliest first; opened now if they
    are new. The first one is the month of the first transfer."""
    latest = InvoiceRun.objects.aggregate(latest=Max("month"))["latest"]
    month = month_after(latest) if latest else _first_month()
    this_month = (at - LATE).date().replace(day=1)
    while month is not None and month < this_month:
        InvoiceRun.objects.get_or_create(month=month)
        month = month_after(month)
    return list(InvoiceRun.objects.filter(finished_at=None).order_by("month"))


def _first_month() -> date | None:
    live = Transfer.objects.filter(currency=settings.MANYHANDS_CURRENCY)
    first = live.aggregate(first=Min("at"))["first"]
    return first.date().replace(day=1) if first else None


def come_to_next(*, run_id: int, at: datetime) -> tuple[bool, bool]:
    """Come to the next requester of the run: whether there was one, and whether its invoice was
    issued. Each is come to once, in a transaction that also keeps how far the run is."""
    with transaction.atomic():
        run = InvoiceRun.objects.select_for_update(no_key=True).get(pk=run_id)
        paid_in = Account.objects.filter(  # on hold as well
            holder=OuterRef("public_id"), currency=settings.MANYHANDS_CURRENCY
        )
        left = Requester.objects.filter(Exists(paid_in), pk__gt=run.reached).order_by("pk")
        requester = left.first()
        if requester is None:
            run.finished_at = run.finished_at or at
            run.save()
            return False, False
        run.reached = requester.pk
        run.save()
        invoice = issue_invoice(requester=requester, month=run.month, at=at)
    return True, invoice is not None


def issue_invoice(*, requester: Requester, month: date, at: datetime) -> Invoice | None:
    """The requester's invoice for the month; None where nothing happened to its money. One that
    was issued is the one."""
    currency = settings.MANYHANDS_CURRENCY
    with transaction.atomic():
        _take_number()
        issued = Invoice.objects.filter(requester=requester, currency=currency, month=month)
        if before := issued.first():
            return before
        told = statement_for(requester.public_id, currency, month)
        if not told.lines:
            return None
        highest = Invoice.objects.aggregate(highest=Max("number"))["highest"] or 0
        return Invoice.objects.create(
            number=highest + 1,
            requester=requester,
            currency=currency,
            month=month,
            seller=_seller(),
            buyer=billed_to(requester),
            opening_cents=told.opening_cents,
            closing_cents=told.closing_cents,
            fees_cents=told.fees_cents,
            lines=told.lines,
            parts=told.parts,
            issued_at=at,
        )


def _take_number() -> None:
    """One at a time until the transaction ends, so that a number is used or is the next one's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_NUMBERS])


def _seller() -> str:
    lines = [
        settings.MANYHANDS_OPERATOR_NAME,
        *settings.MANYHANDS_OPERATOR_ADDRESS,
        settings.MANYHANDS_OPERATOR_TAX_ID,
    ]
    return "\n".join(line for line in lines if line)
