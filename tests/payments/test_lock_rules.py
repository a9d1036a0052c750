"""The rules that all tests of money are watched by do notice what breaks them."""

import pytest
from django.db import transaction

from payments.actions import record_charge
from payments.models import Deposit
from tests import world
from tests.payments.lock_rules import LockRules

pytestmark = pytest.mark.django_db


@pytest.fixture
def deposit(clock):
    lab = world.a_lab(cents=0)
    given = {"amount_cents": 500, "currency": "USD", "gateway": "play", "created_at": clock.now}
    return Deposit.objects.create(requester=lab.requester, made_by=lab.user, **given)


@pytest.fixture
def lock_rules():
    """Not those of the folder: here they are to be broken."""


def broken(act):
    with LockRules().watching() as rules:
        act()
    return [words.partition(":")[0] for words in rules.broken]


def an_action(code):
    """A function that passes for one of an action's module."""
    names = {"Deposit": Deposit, "transaction": transaction}
    text = "def act(deposit):\n" + "".join(f"    {line}\n" for line in code.splitlines())
    exec(compile(text, record_charge.__file__, "exec"), names)
    return names["act"]


GOOD = """with transaction.atomic():
    kept = Deposit.objects.select_for_update(no_key=True).get(pk=deposit.pk)
    kept.save()
    kept.save()"""
NO_LOCK = GOOD.replace(".select_for_update(no_key=True)", "")
NO_KEY = GOOD.replace("no_key=True", "")
NO_ORDER = """with transaction.atomic():
    list(Deposit.objects.select_for_update(no_key=True).filter(requester=deposit.requester))"""
ALONG = GOOD.replace(").get(", ").select_related('requester').get(")
NO_TRANSACTION = GOOD.replace("transaction.atomic()", "__import__('contextlib').nullcontext()")
BY_ITSELF = """Deposit.objects.bulk_create([deposit], ignore_conflicts=True)
Deposit.objects.filter(pk=deposit.pk).update(failure="No.")"""
MAYBE_MADE = """with transaction.atomic():
    Deposit.objects.bulk_create([deposit], ignore_conflicts=True)
    deposit.save()"""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (GOOD, set()),
        (NO_LOCK, {"act saves a row that it has not locked"}),
        (NO_ORDER, {"act locks rows in no order"}),
        (NO_KEY, {"act locks FOR UPDATE"}),
        (BY_ITSELF, {"act has no transaction around this"}),
        (MAYBE_MADE, {"act saves a row that it has not locked"}),
        (ALONG, {"act locks what it reads along"}),
        (ALONG.replace("no_key=True", "no_key=True, of=('self',)"), set()),
        (
            NO_TRANSACTION,
            {
                "act has no transaction around this",
                "act saves a row that it has not locked",
            },
        ),
    ],
)
def test_each_rule_notices_what_breaks_it(deposit, code, words):
    assert set(broken(lambda: an_action(code)(deposit))) == words


def test_a_lock_of_an_earlier_transaction_counts_for_nothing(deposit):
    act = an_action(f"{GOOD}\n{NO_LOCK}")
    assert set(broken(lambda: act(deposit))) == {"act saves a row that it has not locked"}


def test_what_lies_outside_of_the_actions_is_not_looked_at(deposit):
    assert broken(deposit.save) == []
