"""Play money: goes through every state that real money does, and pays nobody.

It keeps books of its own, and commits by itself, as a server elsewhere would. Charges settle
after MANYHANDS_PLAY_SETTLE_SECONDS (default 0), so that the waiting state can be seen.
"""

from collections import Counter
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Sum, Value

from marketplace import clock
from payments.actions.keep_balance_transactions import Line
from payments.actions.record_charge import Charge
from payments.gateway.base import BooksPage, GatewayError, PayoutOrder, RefundOrder
from payments.models import PlayCharge, PlayPayout

PAGE = 500
OURS = ("deposit", "payout", "refund")
"""How the names begin that the marketplace orders by."""


class PlayMoney:
    """The gateway that `make run` uses, and the sandbox always."""

    name = "play"

    def charge(
        self, *, idempotency_key: str, amount_cents: int, currency: str, return_url: str
    ) -> Charge:
        """Start a charge; it settles by itself."""
        wait = timedelta(seconds=settings.MANYHANDS_PLAY_SETTLE_SECONDS)
        charge, _ = PlayCharge.objects.get_or_create(
            idempotency_key=idempotency_key,
            defaults={
                "amount_cents": amount_cents,
                "currency": currency,
                "settles_at": clock.now() + wait,
            },
        )
        return _state(charge)

    def charge_state(self, *, reference: str, idempotency_key: str) -> Charge:
        """How the charge stands; an unknown one has failed."""
        charge = PlayCharge.objects.filter(idempotency_key=idempotency_key).first()
        if charge is None:
            return Charge(reference=reference, is_settled=False, failure="Unknown charge.")
        return _state(charge)

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
        came = PlayCharge.objects.filter(settles_at__range=(since, clock.now())).annotate(
            moment=F("settles_at"), way=Value("charge"), name=F("idempotency_key")
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
        settled = PlayCharge.objects.filter(settles_at__lte=clock.now())
        for rows, sign in ((settled, 1), (PlayPayout.objects.all(), -1)):
            for currency, cents in rows.values_list("currency").annotate(Sum("amount_cents")):
                held[currency] += sign * cents
        return {currency: (cents, 0) for currency, cents in held.items()}


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
        named=named,
    )


def _state(charge: PlayCharge) -> Charge:
    return Charge(reference=f"play_charge_{charge.pk}", is_settled=charge.settles_at <= clock.now())
