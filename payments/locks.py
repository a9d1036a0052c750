"""The order in which accounts are locked: by id, always, so that no two movements deadlock.

The order across the whole marketplace is assignments, HITs, workers, accounts; each by id.
"""

from collections.abc import Iterable

from payments.models import Account


def lock_accounts(account_ids: Iterable[int]) -> tuple[dict[int, int], set[int]]:
    """Lock the accounts that keep a balance until the transaction ends; {id: balance cents}, and
    the ids of those that are frozen.

    FOR NO KEY UPDATE: a transfer's foreign keys take FOR KEY SHARE on the same rows, and
    FOR UPDATE would deadlock with another movement's.
    """
    rows = (
        Account.objects.filter(pk__in=set(account_ids), balance_cents__isnull=False)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", "balance_cents", "is_frozen")
    )
    balances, frozen = {}, set()
    for pk, balance, is_frozen in rows:
        assert balance is not None  # by the filter above
        balances[pk] = balance
        if is_frozen:
            frozen.add(pk)
    return balances, frozen
