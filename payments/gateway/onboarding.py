"""Workers' accounts with Stripe Connect: opened, led to, and asked about.

Express accounts: Stripe collects what it must know, on its own pages. What state an account is in
is only what Stripe answers when asked (https://docs.stripe.com/connect/express-accounts).
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from payments.actions.note_bounce import note_bounce
from payments.actions.onboard import give_up_link, keep_link, name_payee
from payments.actions.record_payee import PayeeState, record_payee
from payments.gateway.base import GatewayError
from payments.gateway.stripe_client import asked, client
from payments.models import Payee
from payments.models.payee import GONE

EXPRESS = {
    "fees": {"payer": "application"},
    "losses": {"payments": "application"},
    "requirement_collection": "stripe",
    "stripe_dashboard": {"type": "express"},
}
LOGIN_LASTS = timedelta(minutes=5)
PENDING = "requirements.pending_verification"


def make_link(*, payee_id: int, at: datetime) -> None:
    """A way to Stripe's pages for the worker who waits for one. Raises GatewayUnclear: then
    nothing is lost, and it is asked for again."""
    payee = Payee.objects.get(pk=payee_id)
    try:
        if not payee.reference:
            payee.reference = _opened(payee)
            name_payee(payee_id=payee.pk, reference=payee.reference, country=payee.country)
        url, expires_at = _dashboard(payee, at) if payee.is_ready else _form(payee)
    except GatewayError as error:
        give_up_link(payee_id=payee_id, problem=str(error))
        if payee.reference:
            check_payee(payee_id=payee_id, at=at)  # is it gone? Then the next ask opens another
    else:
        keep_link(payee_id=payee_id, url=url, expires_at=expires_at, at=at)


def _opened(payee: Payee) -> str:
    """The account's name. An account that was opened and not noted here, more than a day ago,
    stays empty at Stripe: nobody was ever led to it."""
    given: Any = {
        "controller": EXPRESS,
        "country": payee.country,
        "capabilities": {"transfers": {"requested": True}},
        "metadata": {"worker": payee.holder},
    }
    options: Any = {"idempotency_key": payee.opening_key}
    return asked(lambda: client().v1.accounts.create(given, options)).id


def _form(payee: Payee) -> tuple[str, datetime]:
    # A link that was used, or ran out, leads back too: the page must not show it again.
    back = f"{settings.MANYHANDS_BASE_URL}{payee.return_path}?back=1"
    given: Any = {
        "account": payee.reference,
        "type": "account_onboarding",
        "return_url": back,
        "refresh_url": back,
    }
    link = asked(lambda: client().v1.account_links.create(given))
    return link.url, datetime.fromtimestamp(link.expires_at, UTC)


def _dashboard(payee: Payee, at: datetime) -> tuple[str, datetime]:
    link = asked(lambda: client().v1.accounts.login_links.create(payee.reference))
    return link.url, at + LOGIN_LASTS


def check_payee(*, payee_id: int, at: datetime) -> Payee:
    """Ask Stripe what state the account is in. Raises GatewayUnclear."""
    payee = Payee.objects.get(pk=payee_id)
    try:
        said = _state(asked(lambda: client().v1.accounts.retrieve(payee.reference)).to_dict())
    except GatewayError:
        said = PayeeState(disabled_reason=GONE)  # the worker took the access away, or closed it
    return record_payee(payee_id=payee_id, reference=payee.reference, said=said, asked_at=at, at=at)


def hear_of_bank_payout(*, payee_id: int, bank_payout: str, at: datetime) -> None:
    """Stripe's own payout to a worker's bank may have come back. Raises GatewayError,
    GatewayUnclear."""
    account = Payee.objects.get(pk=payee_id).reference
    given: Any = {"stripe_account": account}
    found = asked(lambda: client().v1.payouts.retrieve(bank_payout, options=given))
    if found.status == "failed":
        words = (found.failure_message or "It does not say why.").strip()[:100]
        note_bounce(payee_id=payee_id, bank_payout=bank_payout, words=words, at=at)
        check_payee(payee_id=payee_id, at=at)  # Stripe may ask for another bank account now


def _state(account: dict[str, Any]) -> PayeeState:
    needs = account["requirements"]
    bank = _bank(account)
    has_transfers = account["capabilities"].get("transfers") == "active"
    is_ready = has_transfers and account["payouts_enabled"] and not needs["disabled_reason"]
    is_looked_at = not is_ready and bool(needs["pending_verification"])
    return PayeeState(
        is_submitted=account["details_submitted"],
        is_ready=is_ready,
        asked_for=tuple(dict.fromkeys([*needs["past_due"], *needs["currently_due"]])),
        disabled_reason=needs["disabled_reason"] or (PENDING if is_looked_at else ""),
        bank_hint=bank.get("last4") or "",
        fingerprint=bank.get("fingerprint") or "",
    )


def _bank(account: dict[str, Any]) -> dict[str, Any]:
    """The one that our payouts go to: each currency has its own, and the account's own currency
    takes what has none."""
    banks = account.get("external_accounts", {}).get("data", [])
    used = {bank["currency"]: bank for bank in banks if bank.get("default_for_currency")}
    first = banks[0] if banks else {}
    theirs = used.get(account.get("default_currency"), first)
    return used.get(settings.MANYHANDS_CURRENCY.lower(), theirs)
