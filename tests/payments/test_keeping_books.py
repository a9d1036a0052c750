"""The rules of keeping a gateway's books, line by line, without a gateway."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments import audit, ledger
from payments.actions import note_differences
from payments.actions.keep_balance_transactions import (
    Line,
    begin_reading,
    keep_funds,
    keep_page,
)
from payments.actions.run_reconciliation import begin_reconciliation
from payments.models import (
    Account,
    AccountKind,
    BalanceTransaction,
    BooksReading,
    Deposit,
    Incident,
    Payout,
    Reconciliation,
    Transfer,
)
from payments.reconciliation import Difference, differences
from tests import world

pytestmark = pytest.mark.django_db


def a_line(clock, reference="txn_1", cents=500, **more):
    given = {"kind": "other", "currency": "USD", "amount_cents": cents}
    given |= {"created_at": clock.now, "available_at": clock.now}
    given |= {"source": "", "about": "", "named": "", **more}
    return Line(reference=reference, **given)


def kept(clock, *lines, gateway="stripe", **more):
    return keep_page(gateway=gateway, lines=lines, at=clock.now, **more)


def booked():
    """{key: (from, to, cents, reason, reference)} of all that moved."""
    return {
        move.key: (
            move.debit.kind, move.credit.kind, move.amount_cents, move.reason, move.reference
        )
        for move in Transfer.objects.select_related("debit", "credit")
    }  # fmt: skip


def test_the_operators_affairs_at_the_gateway_stand_in_accounts_of_their_own(clock):
    kept(
        clock,
        a_line(clock, "txn_1", 500, about="operator", kind="topup"),
        a_line(clock, "txn_2", -300, about="operator", fee_cents=25, kind="bank_payout_failure"),
        a_line(clock, "txn_3", -7, about="cost"),
        a_line(clock, "txn_4", -90, about="reserve"),
        a_line(clock, "txn_5", 1, about="reserve"),
        a_line(clock, "txn_6", -1),
    )
    assert booked() == {
        "books:txn_1": ("clearing", "operator", 500, "operator", "txn_1"),
        "books:txn_2": ("operator", "clearing", 300, "operator", "txn_2"),
        "books:txn_2:fee": ("stripe_fees", "clearing", 25, "gateway_cost", "txn_2"),
        "books:txn_3": ("stripe_fees", "clearing", 7, "gateway_cost", "txn_3"),
        "books:txn_4": ("reserve", "clearing", 90, "reserve", "txn_4"),
        "books:txn_5": ("clearing", "reserve", 1, "reserve", "txn_5"),
    }
    assert [(each.fact, each.cents) for each in differences()] == [("line:txn_6", -1)]
    assert Transfer.objects.get(key="books:txn_1").note == "topup"
    for key in ("books:txn_2", "books:txn_2:fee"):
        assert Transfer.objects.get(key=key).note == "bank payout failure"
    assert set(Account.objects.values_list("holder", flat=True)) == {""}, "the platform's own"
    assert list(audit.differences()) == []


def test_a_line_is_kept_with_all_that_the_gateway_said_as_far_as_there_is_room(clock):
    later = clock.now + timedelta(days=2)
    said = {"kind": "k" * 61, "category": "c" * 61, "source": "s" * 121, "fee_cents": 30}
    kept(clock, a_line(clock, **said, available_at=later, currency="EUR"), a_line(clock, "txn_2"))
    first, second = BalanceTransaction.objects.order_by("reference").values()
    assert {**first, "id": 0} == {
        "id": 0, "gateway": "stripe", "reference": "txn_1", "kind": "k" * 60,
        "category": "c" * 60, "amount_cents": 500, "fee_cents": 30, "net_cents": 470,
        "currency": "EUR", "created_at": clock.now, "available_at": later, "source": "s" * 120,
        "about": "", "fact": "line:txn_1", "kept_at": clock.now,
    }  # fmt: skip
    assert (second["category"], second["fee_cents"], second["net_cents"]) == ("", 0, 500)


def test_a_line_is_about_what_is_named_here_and_nobodys_where_nothing_is(clock):
    """What is still unpaid here has no name of the gateway's yet, and another gateway's is its own.
    A line without a name is about none of them."""
    lab = world.a_lab(cents=0)
    given = {"requester": lab.requester, "amount_cents": 500, "currency": "USD"}
    given["created_at"] = clock.now
    Deposit.objects.create(**given, gateway="play", charge_reference="pi_9")
    Deposit.objects.create(**given, gateway="stripe")
    paid = Deposit.objects.create(**given, gateway="stripe", charge_reference="pi_1")
    given = {"amount_cents": 500, "currency": "USD", "created_at": clock.now, "due_at": clock.now}
    Payout.objects.create(**given, worker="A9", gateway="play", gateway_reference="tr_9")
    Payout.objects.create(**given, worker="A0", gateway="stripe")
    sent = Payout.objects.create(**given, worker="A1", gateway="stripe", gateway_reference="tr_1")
    own = uuid.uuid4()
    lines = {
        ("deposit", "pi_1"): ("deposit", f"deposit:{paid.public_id}"),
        ("back", "tr_1"): ("payout", f"payout:{sent.public_id}"),
        **{
            (about, str(own)): (about, f"{about}:{own}")
            for about in ("deposit", "refund", "payout")
        },
        **{
            (about, named): ("", None)
            for about in ("deposit", "refund", "payout")
            for named in ("", "pi_9", "tr_9")
        },
        ("back", ""): ("", None),
        ("back", "tr_9"): ("", "line:tr_9"),
        ("dispute", ""): ("dispute", None),
    }
    kept(
        clock,
        *(
            a_line(clock, f"txn_{number}", about=about, named=named)
            for number, (about, named) in enumerate(lines)
        ),
    )
    rows = BalanceTransaction.objects.order_by("pk").values_list("about", "fact")
    assert list(rows) == [
        (about, fact or f"line:txn_{number}") for number, (about, fact) in enumerate(lines.values())
    ]


def test_a_line_that_says_the_same_again_is_not_written_again(clock):
    kept(clock, a_line(clock, fee_cents=3), a_line(clock, "txn_2"))
    with CaptureQueriesContext(connection) as asked:
        assert kept(clock, a_line(clock, fee_cents=3)) == 0
    table = BalanceTransaction._meta.db_table
    touching = [each["sql"] for each in asked if table in each["sql"]]
    assert [sql for sql in touching if not sql.startswith("SELECT")] == []
    with CaptureQueriesContext(connection) as asked:
        kept(clock, a_line(clock, fee_cents=4))
    (locking,) = [e["sql"] for e in asked if table in e["sql"] and e["sql"].startswith("SELECT")]
    assert "'txn_1'" in locking, "the page's lines are locked, and not all that there ever were"


def test_a_line_is_kept_once_per_gateway_and_as_it_is_now(clock):
    assert kept(clock, a_line(clock), a_line(clock, "txn_2")) == 2
    assert kept(clock, a_line(clock), a_line(clock, "txn_3")) == 1
    assert kept(clock, a_line(clock), gateway="play") == 1
    assert kept(clock, a_line(clock, cents=400, fee_cents=3)) == 0
    rows = BalanceTransaction.objects.filter(reference="txn_1").order_by("gateway")
    assert [(r.gateway, r.amount_cents, r.fee_cents, r.net_cents) for r in rows] == [
        ("play", 500, 0, 500),
        ("stripe", 400, 3, 397),
    ]


def test_a_reading_goes_back_two_days_and_moves_on_only_at_its_end(clock):
    start, long_ago = clock.now, clock.now - timedelta(days=90)
    first = begin_reading(gateway="stripe", first_since=long_ago, at=start)
    assert first.since == long_ago - timedelta(hours=48)
    kept(clock, a_line(clock), page_after="txn_1")
    clock.forward(hours=1)
    again = begin_reading(gateway="stripe", first_since=long_ago, at=clock.now)
    assert (again.began_at, again.since, again.page_after) == (start, first.since, "txn_1")
    assert BooksReading.objects.get().read_up_to is None
    kept(clock, page_after=None)
    assert BooksReading.objects.get().page_after == "txn_1"
    kept(clock, page_after="")
    assert BooksReading.objects.get().read_up_to == start
    third = begin_reading(gateway="stripe", first_since=long_ago, at=clock.now)
    assert (third.began_at, third.since) == (clock.now, start - timedelta(hours=48))


def test_what_a_balance_has_beside_its_lines_is_the_operators_at_first_and_apart_later(clock):
    kept(clock, a_line(clock, about="operator"), a_line(clock, "p", 44), gateway="stripe")
    kept(clock, a_line(clock, "play_1", 7), gateway="play")
    keep_funds(gateway="stripe", funds={"USD": (600, 144), "EUR": (0, 5)}, at=clock.now)
    reading = BooksReading.objects.get(gateway="stripe")
    assert reading.funds["USD"] == {"available": 600, "pending": 144, "apart": 200}
    assert (reading.funds_at, reading.apart_since) == (clock.now, None)
    opening = ("clearing", "operator", 200, "operator", "balance:stripe:USD")
    assert booked()["opening:stripe:USD"] == opening
    assert booked()["opening:stripe:EUR"][2] == 5
    since = clock.now + timedelta(hours=1)
    for cents in (601, 602):
        clock.forward(hours=1)
        keep_funds(gateway="stripe", funds={"USD": (cents, 144), "EUR": (5, 0)}, at=clock.now)
        assert BooksReading.objects.get(gateway="stripe").apart_since == since
    (apart,) = [each for each in differences() if each.fact == "balance:stripe:USD"]
    assert (apart.cents, apart.latest_at) == (2, since)
    keep_funds(gateway="stripe", funds={"USD": (600, 144), "EUR": (5, 0)}, at=clock.now)
    assert BooksReading.objects.get(gateway="stripe").apart_since is None
    assert len([key for key in booked() if key.startswith("opening")]) == 2


def test_less_in_a_balance_than_its_lines_say_is_what_the_operator_had_taken_out(clock):
    kept(clock, a_line(clock), gateway="stripe")
    for _ in range(2):
        keep_funds(gateway="stripe", funds={"USD": (300, 0)}, at=clock.now)
        opening = ("operator", "clearing", 200, "operator", "balance:stripe:USD")
        assert booked() == {"opening:stripe:USD": opening}
        assert BooksReading.objects.get().apart_since is None
    note = Transfer.objects.get().note
    assert note == "At the gateway before it was used here"


def test_a_currency_that_a_gateway_holds_no_more_is_none(clock):
    kept(clock, a_line(clock, about="operator"), a_line(clock, "out", -500, about="operator"))
    keep_funds(gateway="stripe", funds={}, at=clock.now)
    assert BooksReading.objects.get().funds == {"USD": {"available": 0, "pending": 0, "apart": 0}}
    assert ledger.balance(ledger.account(AccountKind.OPERATOR, "", "USD")) == 0


def a_difference(clock, fact="line:x", currency="USD", there=5, here=None, hours=7):
    return Difference(
        fact=fact,
        currency=currency,
        there_cents=there,
        here_cents=here,
        latest_at=clock.now - timedelta(hours=hours),
    )


def noted(clock, *found, currencies=("USD",)):
    return note_differences.note_differences(list(found), currencies=currencies, at=clock.now)


def test_six_hours_are_in_flight_and_only_what_was_compared_is_judged(clock):
    early = a_difference(clock, "line:early", hours=6 - 1 / 60)
    late = a_difference(clock, "line:late", hours=6)
    other = a_difference(clock, "line:other", currency="EUR")
    assert noted(clock, early, late, other) == (1, 1)
    incident = Incident.objects.get()
    assert (incident.kind, incident.subject, incident.currency) == ("unknown", "line:late", "USD")
    assert (incident.amount_cents, incident.times) == (5, 1)
    assert incident.began_at == late.latest_at
    noted(clock, currencies=("EUR",))
    assert Incident.objects.get().stands
    noted(clock)
    assert Incident.objects.get().gone_at == clock.now


def test_what_is_wrong_follows_from_which_side_is_silent(clock):
    noted(
        clock,
        a_difference(clock, "payout:1", there=None, here=-5),
        a_difference(clock, "payout:2", there=-6, here=-5),
        a_difference(clock, "balance:stripe:USD"),
    )
    assert dict(Incident.objects.values_list("kind", "amount_cents")) == {
        "missing_there": 5,
        "amount": -1,
        "balance": 5,
    }


def test_one_that_changes_its_kind_is_another_and_the_first_is_gone(clock):
    noted(clock, a_difference(clock, "payout:2", there=None, here=-5))
    noted(clock, a_difference(clock, "payout:2", there=-6, here=-5))
    assert list(Incident.objects.filter(gone_at=None).values_list("kind", flat=True)) == ["amount"]
    assert Incident.objects.count() == 2


def test_a_run_that_has_no_end_is_ended_by_the_next(clock):
    died = begin_reconciliation(at=clock.now)
    clock.forward(minutes=5)
    begin_reconciliation(at=clock.now)
    died.refresh_from_db()
    assert died.ended_at == clock.now
    assert "the next one went on" in died.failure
    assert Reconciliation.objects.filter(ended_at=None).count() == 1


@pytest.mark.parametrize("about", ["deposit", "payout", ""])
@pytest.mark.parametrize("read", ["before", "with it", "after"])
def test_what_undoes_another_line_is_about_the_same_whichever_is_read_first(clock, about, read):
    """A transfer's reversal, and a debit's failure: named by the object that was undone."""
    own = str(uuid.uuid4()) if about else ""
    made = a_line(clock, "txn_1", -500, about=about, named=own, source="tr_1")
    back = a_line(clock, "txn_2", 500, about="back", named="tr_1", source="trr_1")
    other = a_line(clock, "txn_3", 700, about="back", named="tr_2", source="trr_2")
    pages = {"before": [[back], [made]], "with it": [[back, made]], "after": [[made], [back]]}
    kept(clock, other)
    for page in pages[read]:
        kept(clock, *page)
    fact = f"{about}:{own}" if about else "line:txn_1"
    rows = BalanceTransaction.objects.order_by("reference").values_list("about", "fact", "source")
    assert list(rows) == [
        (about, fact, "tr_1"), (about, fact, "trr_1"), ("", "line:tr_2", "trr_2")
    ]  # fmt: skip
    assert [(each.fact, each.cents) for each in differences()] == [("line:tr_2", 700)]


@pytest.mark.parametrize("is_first", [True, False])
def test_what_the_operator_did_keeps_a_fact_of_its_own_though_it_is_undone(clock, is_first):
    made = a_line(clock, "txn_1", -500, about="operator", source="tr_1")
    back = a_line(clock, "txn_2", 500, about="back", named="tr_1")
    for line in (made, back) if is_first else (back, made):
        kept(clock, line)
    rows = BalanceTransaction.objects.order_by("reference").values_list("about", "fact")
    assert list(rows) == [("operator", "line:txn_1"), ("", "line:tr_1")]


def test_another_gateways_lines_are_not_what_is_undone(clock):
    kept(clock, a_line(clock, "txn_2", 500, about="back", named="tr_1"), gateway="play")
    kept(clock, a_line(clock, "txn_1", -500, source="tr_1"))
    kept(clock, a_line(clock, "txn_3", 500, about="back", named="tr_1"), gateway="play")
    facts = BalanceTransaction.objects.order_by("reference").values_list("fact", flat=True)
    assert list(facts) == ["line:txn_1", "line:tr_1", "line:tr_1"]
