"""The two books, side by side: what the ledger says, and what happened at Stripe."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from payments.models import Account, Deposit, Payee, Payout, Refund, Transfer
from payments.models.account import AccountKind


@dataclass
class Verdict:
    """Counted by payout and to the cent."""

    sent: int = 0
    refused: int = 0
    duplicates: int = 0
    losses: int = 0
    cents_adrift: int = 0
    words: list[str] = field(default_factory=list)


def compare(truth: dict[str, Any]) -> Verdict:
    """Every payout, deposit and refund that has reached its end; every worker; all the money."""
    verdict = Verdict()
    _payouts(verdict, truth["transfers"])
    _workers(verdict, truth["transfers"])
    _deposits(verdict, truth["paid"])
    _refunds(verdict, truth["refunds"])
    _all_the_money(verdict, truth["balance"])
    return verdict


def _payouts(verdict: Verdict, transfers: list[tuple[str, str, str, int]]) -> None:
    there = defaultdict(list)
    for _pk, group, destination, cents in transfers:
        there[group].append((destination, cents))
    for payout in Payout.objects.all():
        found = there.pop(payout.transfer_group, [])
        is_sent = payout.status == "sent"
        verdict.sent += is_sent
        verdict.refused += payout.status == "failed"
        verdict.duplicates += max(0, len(found) - 1)
        if len(found) > 1:
            verdict.words.append(f"{payout} was sent {len(found)} times")
        if is_sent and (payout.destination, payout.amount_cents) not in found:
            verdict.losses += 1
            verdict.words.append(f"{payout} of {payout.amount_cents} cents: Stripe has {found}")
        if not is_sent and found:
            verdict.duplicates += payout.status == "failed"  # the worker has the money twice
            verdict.words.append(f"{payout}: Stripe has {found}")
    for group, found in there.items():
        verdict.duplicates += len(found)
        verdict.words.append(f"transfers {found} under {group} are nobody's")


def _workers(verdict: Verdict, transfers: list[tuple[str, str, str, int]]) -> None:
    """What each worker earned is on the balance, or at Stripe, and nowhere else."""
    arrived: Counter[str] = Counter()
    for _pk, _group, destination, cents in transfers:
        arrived[destination] += cents
    accounts = {a.pk: a.holder for a in Account.objects.filter(kind=AccountKind.WORKER)}
    earned: Counter[str] = Counter()
    rewards = Transfer.objects.filter(credit__in=accounts, reason="reward")
    for account, cents in rewards.values_list("credit", "amount_cents"):
        earned[accounts[account]] += cents
    kept: Counter[str] = Counter()
    kinds = (AccountKind.WORKER, AccountKind.IN_PAYOUT)
    held = Account.objects.filter(kind__in=kinds)
    for holder, balance in held.values_list("holder", "balance_cents"):
        kept[holder] += balance or 0
    for holder, reference in Payee.objects.values_list("holder", "reference"):
        gap = earned[holder] - kept[holder] - arrived[reference]
        verdict.cents_adrift += abs(gap)
        if gap:
            verdict.words.append(f"{holder}: {gap} of {earned[holder]} cents are nowhere")


def _deposits(verdict: Verdict, paid: list[tuple[str, str, int]]) -> None:
    settled = Deposit.objects.filter(status="settled")
    here = {f"deposit_{deposit.public_id}": deposit.amount_cents for deposit in settled}
    _same(verdict, here, paid)


def _refunds(verdict: Verdict, given: list[tuple[str, str, int]]) -> None:
    sent = Refund.objects.filter(status="sent")
    _same(verdict, {refund.name: refund.amount_cents for refund in sent}, given)


def _same(verdict: Verdict, here: dict[str, int], found: list[tuple[str, str, int]]) -> None:
    there: Counter[str] = Counter(dict.fromkeys(here, 0))
    for _pk, key, cents in found:
        there[key] += cents
    for key, cents in there.items():
        gap = cents - here.get(key, 0)
        verdict.cents_adrift += abs(gap)
        if gap:
            verdict.words.append(f"{key}: {here.get(key, 0)} cents here, {cents} at Stripe")


def _all_the_money(verdict: Verdict, at_stripe: int) -> None:
    """The clearing account is what Stripe holds for the marketplace."""
    clearing = Account.objects.get(kind=AccountKind.CLEARING, currency="USD").pk
    moved = Transfer.objects.values_list("debit", "credit", "amount_cents")
    owed = sum(c for d, _c, c in moved.filter(debit=clearing)) - sum(
        c for _d, _c, c in moved.filter(credit=clearing)
    )
    verdict.cents_adrift += abs(owed - at_stripe)
    if owed != at_stripe:
        verdict.words.append(f"the clearing account says {owed} cents, Stripe has {at_stripe}")
