"""Money is an integer number of cents and a currency code; nothing here or elsewhere is a float.

Live work is paid in the installation's own currency; sandbox work in XTS, which ISO 4217
reserves for testing. The ledger binds both accounts of a transfer to one currency, so that
play money can't become real money.
"""

import re
from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings

from marketplace.errors import InvalidInput

SANDBOX_CURRENCY = "XTS"
# No exponent: a few letters of one name a number that takes minutes to write out.
# A comma parts thousands: of 1,75 nobody can tell whether it is less than two or 175.
WRITTEN = re.compile(r"-?((\d{1,3}(,\d{3}){1,6}|\d{1,20})(\.\d{0,8})?|\.\d{1,8})")
MAX_CENTS = 10**12  # ten billion dollars: a bound that catches nonsense, not a business limit


def currency_of(*, is_sandbox: bool) -> str:
    """The currency that work in the sandbox, or live work, is paid in."""
    return SANDBOX_CURRENCY if is_sandbox else settings.MANYHANDS_CURRENCY


def fee_cents(reward_cents: int, percent: Decimal | None = None) -> int:
    """The operator's fee on one reward or bonus, in cents: a flat percent, rounded half up.

    Half up per assignment is Mechanical Turk's rule (0.104 -> 0.10, 0.105 -> 0.11); the flat
    percent is ours, since a rate that rises with the number of assignments made people split
    batches.
    """
    rate = Decimal(settings.MANYHANDS_FEE_PERCENT) if percent is None else percent
    return int((reward_cents * rate / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def parse_cents(text: str) -> int:
    """Cents from what a person typed: "0.25", "$1,200", ".5". Raises InvalidInput."""
    cleaned = str(text).strip().removeprefix("$").strip()
    if not WRITTEN.fullmatch(cleaned):
        raise InvalidInput(f"“{text}” is not an amount of money. Write it like 0.25 or 1,200.00.")
    cents = Decimal(cleaned.replace(",", "")) * 100
    whole = int(cents)
    if cents != whole:
        raise InvalidInput(f"“{text}” has a fraction of a cent. The smallest amount is 0.01.")
    if not 0 <= whole <= MAX_CENTS:
        raise InvalidInput(f"“{text}” is not an amount that can be paid.")
    return whole


def dollars(cents: int) -> str:
    """The plain decimal form, as the MTurk API writes amounts: 5 -> "0.05"."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def show(cents: int, currency: str = "USD") -> str:
    """The form for people: "$1,234.50", "-$3.00", "T$0.10" in the sandbox."""
    symbol = {"USD": "$", "EUR": "€", "GBP": "£", SANDBOX_CURRENCY: "T$"}.get(currency)
    symbol = symbol or f"{currency} "
    sign = "-" if cents < 0 else ""
    return f"{sign}{symbol}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
