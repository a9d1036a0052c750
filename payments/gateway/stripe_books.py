"""Stripe's own books: its balance transactions, and which of them are ours.

https://docs.stripe.com/reports/balance-transaction-types. Only the payments balance is read:
lines of other balances (issuing, reserves) mirror lines of this one.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from payments.actions.keep_balance_transactions import Line
from payments.gateway.base import BooksPage
from payments.gateway.stripe_client import client, page

PAGE = 100
PAYMENTS = "payments"
CHECK = "check_"
"""How `manage.py check_stripe` names the cent that it sends and takes back."""

OPERATOR = frozenset(
    {
        "advance",
        "advance_funding",
        "anticipation_repayment",
        "inbound_transfer",
        "obligation_outbound",
        "payout",
        "payout_cancel",
        "payout_failure",
        "stripe_balance_payment_debit",
        "topup",
        "topup_reversal",
    }
)
"""The operator's bank, its loans from Stripe, and its balance there: our payouts to workers are
transfers."""
FAILED_DEBIT = "payment_failure_refund"
"""A bank debit that was booked comes back. Its line names the charge, or a refund of it that
nobody here asked for."""
COSTS = frozenset(
    {
        "climate_order_purchase",
        "climate_order_refund",
        "connect_collection_transfer",
        "contribution",
        "fee_credit_funding",
        "stripe_fee",
        "stripe_fx_fee",
        "tax_fee",
        "tax_fund",
    }
)
"""What Stripe takes from the balance for itself, for the climate where the operator gives to that,
and for connected accounts that stayed below zero."""
RESERVES = frozenset(
    {
        "reserve_transaction",
        "reserved_funds",
        "reserve_hold",
        "reserve_release",
        "payment_network_reserve_hold",
        "payment_network_reserve_release",
        "payout_minimum_balance_hold",
        "payout_minimum_balance_release",
    }
)


def books_page(*, since: datetime, after: str) -> BooksPage:
    """A page of balance transactions, newest first."""
    given: Any = {
        "created": {"gte": int(since.timestamp())},
        "limit": PAGE,
        "expand": ["data.source"],
    }
    if after:
        given["starting_after"] = after
    found: Any = page(lambda: client().v1.balance_transactions.list(given))
    lines = [
        _line(each.to_dict())
        for each in found.data
        if (each.to_dict().get("balance_type") or PAYMENTS) == PAYMENTS
    ]
    return BooksPage(lines=lines, after=found.data[-1].id if found.has_more else "")


def funds() -> dict[str, tuple[int, int]]:
    """Available and pending, by currency."""
    balance: Any = page(lambda: client().v1.balance.retrieve())
    held: dict[str, tuple[int, int]] = {}
    for place, rows in enumerate((balance.available, balance.pending)):
        for row in rows:
            sums = list(held.get(row.currency.upper(), (0, 0)))
            sums[place] += row.amount
            held[row.currency.upper()] = (sums[0], sums[1])
    return held


def _line(txn: dict[str, Any]) -> Line:
    source = txn["source"]
    is_whole = isinstance(source, dict)
    about, named = _about(txn, source if is_whole else {})
    return Line(
        reference=txn["id"],
        kind=txn["type"],
        category=txn.get("reporting_category") or "",
        amount_cents=txn["amount"],
        fee_cents=txn["fee"],
        currency=txn["currency"].upper(),
        created_at=datetime.fromtimestamp(txn["created"], UTC),
        available_at=datetime.fromtimestamp(txn["available_on"], UTC),
        source=(source["id"] if is_whole else source) or "",
        about=about,
        named=named,
    )


def _about(txn: dict[str, Any], source: dict[str, Any]) -> tuple[str, str]:
    """What it is here, and our name of it or Stripe's name that leads to ours."""
    kind, category = txn["type"], txn.get("reporting_category")
    if kind in OPERATOR:
        return "operator", ""
    if kind in COSTS or category == "fee":
        return "cost", ""
    if kind in RESERVES:
        return "reserve", ""
    names = source.get("metadata") or {}
    if names.get("check", "").startswith(CHECK):
        return "operator", ""
    if kind == FAILED_DEBIT and source.get("object") == "refund":
        return "back", source.get("charge") or ""
    read = _BY_SOURCE.get(source.get("object", ""))
    return read(source, names) if read else ("", "")


def _charge(source: dict[str, Any], names: dict[str, str]) -> tuple[str, str]:
    """Also where a bank debit that was booked comes back: both are about the same deposit."""
    named = names.get("deposit", "").removeprefix("deposit_")
    return "deposit", named or source.get("payment_intent") or ""


def _refund(_source: dict[str, Any], names: dict[str, str]) -> tuple[str, str]:
    """Also where it came back: what its bank did not take is nothing in all."""
    return "refund", names.get("refund", "").removeprefix("refund_")


def _transfer(source: dict[str, Any], names: dict[str, str]) -> tuple[str, str]:
    group = names.get("payout") or source.get("transfer_group") or ""
    return "payout", group.removeprefix("payout_")


def _reversal(source: dict[str, Any], _names: dict[str, str]) -> tuple[str, str]:
    return "back", source.get("transfer") or ""


def _dispute(_source: dict[str, Any], _names: dict[str, str]) -> tuple[str, str]:
    return "dispute", ""


_BY_SOURCE: dict[str, Callable[[dict[str, Any], dict[str, str]], tuple[str, str]]] = {
    "charge": _charge,
    "refund": _refund,
    "transfer": _transfer,
    "transfer_reversal": _reversal,
    "dispute": _dispute,
}
