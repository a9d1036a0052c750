"""Play money: goes through every state that real money does, and pays nobody.

It keeps books of its own, and commits by itself, as a server elsewhere would. Charges settle
after MANYHANDS_PLAY_SETTLE_SECONDS (default 0), so that the waiting state can be seen.
"""

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import F, QuerySet, Sum, Value

from marketplace import clock
from payments.actions.keep_balance_transactions import Line
from payments.actions.record_charge import Charge
from payments.gateway.base import (
    BooksPage,
    DepositOrder,
    GatewayError,
    PayoutOrder,
    RefundOrder,
)
from payments.gateway.play_methods import PlayMethods, charge_under, state_of
from payments.models import PlayCharge, PlayPayout

PAGE = 500
OURS = ("deposit", "payout", "refund")
"""How the names begin that the marketplace orders by."""


class PlayMoney(PlayMethods):
    """The gateway that `make run` uses, and the sandbox always."""

    name = "play"

    def charge(self, order: DepositOrder) -> Charge:
        """Start a charge; it settles by itself. One that a saved method's bank asks about waits
        for its owner."""
        is_to_be_confirmed = bool(order.customer) and not order.saves
        return state_of(charge_under(order, waits_for_payer=is_to_be_confirmed))

    def charge_state(self, *, reference: str, idempotency_key: str) -> Charge:
        """How the charge stands; an unknown one has failed."""
        keys = (idempotency_key, f"{idempotency_key}_page")
        charge = PlayCharge.objects.filter(idempotency_key__in=keys).order_by("pk").last()
        if charge is None:
            return Charge(reference=reference, is_settled=False, failure="Unknown charge.")
        return state_of(charge)

    def patience(self, age: timedelta) -> timedelta:
        """None is needed: it answers from the same database."""
        return timedelta()

    def send_payout(self, order: PayoutOrder) -> str:
        """Send once per key. A key used again with other parameters is refused."""
        sent, _ = PlayPayout.objects.get_or_create(
            idempotency_key=order.idempotency_key,
            defaults={
                "transfer_group": order.transfer_group,
                "destination": order.destination,
                "amount_cents": order.amount_cents,
                "currency": order.currency,
                "sent_at": clock.now(),
            },
        )
        if (sent.amount_cents, sent.currency) != (order.amount_cents, order.currency):
            raise GatewayError("This key was used for another payout.")
        return f"play_{sent.pk}"

    def find_payout(self, transfer_group: str) -> str | None:
        """Look up by transfer group, which is never forgotten."""
        sent = PlayPayout.objects.filter(transfer_group=transfer_group).first()
        return f"play_{sent.pk}" if sent else None

    def send_refund(self, order: RefundOrder) -> str:
        """As a payout, back to where the charge came from."""
        return self.send_payout(
            PayoutOrder(
                idempotency_key=order.idempotency_key,
                transfer_group=order.name,
                destination=order.payment,
                amount_cents=order.amount_cents,
                currency=order.currency,
            )
        )

    def find_refund(self, order: RefundOrder) -> str | None:
        """By its name, which is never forgotten."""
        return self.find_payout(order.name)

    def books_page(self, *, since: datetime, after: str) -> BooksPage:
        """Charges that have settled, payouts and refunds. `after` counts the lines that were
        shown: what settles meanwhile moves the rest on, and a line shown twice does no harm."""
        start = int(after or 0)
        columns = ("moment", "way", "pk", "name", "amount_cents", "currency")
        came = (
            _settled()
            .filter(settles_at__gte=since)
            .annotate(moment=F("settles_at"), way=Value("charge"), name=F("idempotency_key"))
        )
        went = PlayPayout.objects.filter(sent_at__gte=since).annotate(
            moment=F("sent_at"), way=Value("payout"), name=F("transfer_group")
        )
        both = came.values_list(*columns).union(went.values_list(*columns), all=True)
        rows = list(both.order_by("-moment", "-way", "-pk")[start : start + PAGE + 1])
        after = str(start + PAGE) if len(rows) > PAGE else ""
        return BooksPage(lines=[_line(*row) for row in rows[:PAGE]], after=after)

    def funds(self) -> dict[str, tuple[int, int]]:
        """What settled less what went out; nothing of it is pending."""
        held: Counter[str] = Counter()
        for rows, sign in ((_settled(), 1), (PlayPayout.objects.all(), -1)):
            for currency, cents in rows.values_list("currency").annotate(Sum("amount_cents")):
                held[currency] += sign * cents
        return {currency: (cents, 0) for currency, cents in held.items()}


def _settled() -> QuerySet[PlayCharge]:
    done = PlayCharge.objects.filter(failure="", waits_for_payer=False)
    return done.filter(settles_at__lte=clock.now())


def _line(moment: datetime, way: str, pk: int, name: str, cents: int, currency: str) -> Line:
    """A line of its books; whose it is stands in the name that it was ordered by."""
    about, _, named = name.partition("_")
    return Line(
        reference=f"play_{way}_{pk}",
        kind=way if about != "refund" else about,
        amount_cents=cents if way == "charge" else -cents,
        currency=currency,
        created_at=moment,
        available_at=moment,
        source=name,
        about=about if about in OURS else "",
        named=named.removesuffix("_page"),
    )
