"""When books are compared, what is kept of it, and what is looked at once more: to the field."""

import uuid
from datetime import timedelta

import pytest
from django.db.models import QuerySet

from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed
from payments.actions.keep_method import MethodFacts, keep_method
from payments.actions.run_reconciliation import (
    ask_for_reconciliation,
    begin_reconciliation,
    finish_reconciliation,
    is_reconciliation_due,
    look_again,
)
from payments.actions.save_method import payer_of
from payments.models import Deposit, GatewayEvent, Incident, Reconciliation
from tests import world
from tests.payments.differing import a_line, differs, note

pytestmark = pytest.mark.django_db
MINUTES, HOURS = timedelta(minutes=1), timedelta(hours=1)
MOMENT = timedelta(microseconds=1)
CARD = MethodFacts(
    reference="pm_1", kind="card", brand="visa", last4="4242", exp_month=4, exp_year=2029
)


@pytest.fixture
def staff(clock):
    return world.a_user("staff@desk.test", is_staff=True)


def rows():
    """All that is kept of each, the oldest first."""
    return list(Reconciliation.objects.order_by("pk").values())


def ended(clock, run=None, **changes):
    given = {"lines": 0, "currencies": ["USD"], "failure": "", **changes}
    run = run or begin_reconciliation(at=clock.now)
    return finish_reconciliation(run=run, **given, at=clock.now)


# --- Asked for, begun, ended ----------------------------------------------------------------------


def test_staff_ask_for_one_and_it_is_the_same_until_it_begins(clock, staff):
    first = ask_for_reconciliation(staff=staff, at=clock.now)
    (row,) = rows()
    assert row == {
        "id": first.pk, "asked_at": clock.now, "asked_by_id": staff.pk, "began_at": None,
        "ended_at": None, "lines": 0, "differences": 0, "in_flight": 0, "failure": "",
    }  # fmt: skip
    clock.forward(minutes=1)
    other = world.a_user("other@desk.test", is_staff=True)
    assert ask_for_reconciliation(staff=other, at=clock.now) == first
    assert rows() == [row]
    entries = AuditEntry.objects.filter(action="ask_for_reconciliation").order_by("pk")
    assert [(each.actor, each.at) for each in entries] == [
        (f"user:{staff.pk}", row["asked_at"]), (f"user:{other.pk}", clock.now),
    ]  # fmt: skip
    about = {(e.subject_kind, e.subject_id, e.reason, str(e.data)) for e in entries}
    assert about == {("reconciliation", str(first.pk), "", "{}")}
    begun = begin_reconciliation(at=clock.now)
    assert begun == first
    assert rows() == [{**row, "began_at": clock.now}]
    assert ask_for_reconciliation(staff=staff, at=clock.now) != first
    with pytest.raises(NotAllowed):
        ask_for_reconciliation(staff=world.a_user("nobody@desk.test"), at=clock.now)
    assert Reconciliation.objects.count() == 2


def test_one_that_begins_just_as_it_is_asked_for_again_is_the_same(clock, staff, monkeypatch):
    """The job takes it between the two statements: what it reads is of now, as was wanted."""
    ended(clock)
    first = ask_for_reconciliation(staff=staff, at=clock.now)
    insert = QuerySet.bulk_create

    def begins_after(self, objs, **given):
        made = insert(self, objs, **given)
        if self.model is Reconciliation:
            begin_reconciliation(at=clock.now)
        return made

    monkeypatch.setattr(QuerySet, "bulk_create", begins_after)
    assert ask_for_reconciliation(staff=staff, at=clock.now) == first
    assert [(row["began_at"], row["ended_at"]) for row in rows()] == [
        (clock.now, clock.now), (clock.now, None),
    ]  # fmt: skip
    entries = AuditEntry.objects.filter(action="ask_for_reconciliation")
    assert [entry.subject_id for entry in entries] == [str(first.pk)] * 2


def test_one_that_died_is_ended_by_the_next_and_no_other_is_touched(clock, staff):
    ended(clock)
    clock.forward(minutes=1)
    died = begin_reconciliation(at=clock.now)
    done, dead = rows()
    assert dead == {
        **done, "id": died.pk, "asked_at": clock.now, "began_at": clock.now, "ended_at": None,
    }  # fmt: skip
    clock.forward(minutes=1)
    waiting = ask_for_reconciliation(staff=staff, at=clock.now)
    clock.forward(minutes=1)
    assert begin_reconciliation(at=clock.now) == waiting
    assert rows() == [
        done,
        {
            **dead,
            "ended_at": clock.now,
            "failure": "The process ended before it did; the next one went on.",
        },
        {
            **dead,
            "id": waiting.pk,
            "asked_at": clock.now - MINUTES,
            "asked_by_id": staff.pk,
            "began_at": clock.now,
        },
    ]


def test_what_one_found_is_kept_and_what_could_not_be_read_as_far_as_there_is_room(clock, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    world.a_lab(cents=100)
    Deposit.objects.update(gateway="stripe")
    clock.forward(days=4)
    for number, age in enumerate((7, 7, 1)):
        line = a_line(clock, f"line:{number}", 5, "dispute", reference=f"txn_{number}")
        line.created_at -= age * HOURS
        line.gateway = "stripe"
        line.save()
    fact = f"deposit:{Deposit.objects.get().public_id}"
    line = a_line(clock, fact, 60, "deposit", reference="txn_d")
    line.created_at -= 7 * HOURS
    line.gateway = "stripe"
    line.save()
    other = begin_reconciliation(at=clock.now)
    run = begin_reconciliation(at=clock.now)
    (before, row) = rows()
    clock.forward(minutes=1)
    done = ended(clock, run, lines=3, failure="f" * 400)
    assert rows() == [
        before,
        {
            **row,
            "ended_at": clock.now,
            "lines": 3,
            "differences": 3,
            "in_flight": 1,
            "failure": "f" * 300,
        },
    ]
    assert (done.pk, done.lines, done.failure) == (run.pk, 3, "f" * 300)
    assert other.pk == before["id"]
    kinds = Incident.objects.order_by("pk").values_list("kind", "subject")
    assert set(kinds) == {
        ("amount", fact),
        ("missing_here", "line:0"), ("missing_here", "line:1"), ("unread", "stripe"),
    }  # fmt: skip
    assert Incident.objects.get(kind="unread").evidence == {"sentences": ["f" * 400]}
    asked = GatewayEvent.objects.order_by("pk").values_list("event_id", flat=True)
    assert set(asked) == {"books:txn_0", "books:txn_1", "books:txn_2"}, "those in flight too"


# --- When -----------------------------------------------------------------------------------------


def is_due(clock, after):
    return is_reconciliation_due(at=clock.now + after)


def test_the_first_is_due_at_once_and_one_that_was_asked_for_or_died_too(clock, staff):
    assert is_due(clock, 0 * HOURS)
    ended(clock)
    assert not is_due(clock, 0 * HOURS)
    ask_for_reconciliation(staff=staff, at=clock.now)
    assert is_due(clock, 0 * HOURS)
    begin_reconciliation(at=clock.now)
    assert is_due(clock, 0 * HOURS)
    ended(clock)
    assert not is_due(clock, 23 * HOURS - MOMENT), "the last one came to its end"


def test_where_nothing_is_open_the_next_is_due_in_a_day(clock, staff):
    ended(clock, failure="No answer.")
    clock.forward(hours=1)
    ended(clock)
    for subject, changes in (
        ("line:a", {"gone_at": clock.now}),
        ("line:b", {"gone_at": clock.now, "closed_at": clock.now, "reason": "A slip."}),
    ):
        note(clock, differs(clock, subject))
        Incident.objects.filter(subject=subject).update(**changes)
    assert not is_due(clock, 23 * HOURS - MOMENT)
    assert is_due(clock, 23 * HOURS)


@pytest.mark.parametrize("what", ["failure", "in flight", "incident"])
def test_while_something_is_open_the_next_is_due_in_an_hour(clock, what):
    if what == "in flight":
        a_line(clock, "line:a", 5)
    ended(clock, failure="No answer." if what == "failure" else "")
    if what == "incident":
        note(clock, differs(clock))
    assert not is_due(clock, 55 * MINUTES - MOMENT)
    assert is_due(clock, 55 * MINUTES)


# --- Looked at once more --------------------------------------------------------------------------


@pytest.fixture
def lines(clock):
    """One of each kind that Stripe's books have, and some that are nothing to look at."""
    known = {
        "refund": "refund:1", "payout": "payout:1",
        "dispute": "line:d", "operator": "line:o", "": "line:n",
    }  # fmt: skip
    made = {
        about: a_line(clock, fact, 5, about, reference=f"txn_{about}")
        for about, fact in known.items()
    }
    for each in made.values():
        each.gateway = "stripe"
        each.save()
    return made


def events():
    return list(GatewayEvent.objects.order_by("event_id").values())


def test_a_refund_of_which_both_sides_tell_differently_may_have_come_back(clock, lines):
    assert look_again([differs(clock, "refund:1", there=0, here=-5)], at=clock.now) == 1
    assert [(row["kind"], row["object_id"]) for row in events()] == [
        ("refund.updated", "ch_txn_refund")
    ]


def test_what_the_ledger_lacks_is_put_into_the_inbox_once_as_its_event_would_be(clock, lines):
    clock.forward(hours=1)
    a_line(clock, "payout:1", 5, "payout", reference="play_payout_1")
    unasked = a_line(clock, "payout:2", 5, "payout", reference="txn_x")
    unasked.gateway = "stripe"
    unasked.save()
    missing = [differs(clock, each.fact) for each in lines.values()]
    missing.append(differs(clock, "payout:2", here=3))
    assert look_again(missing, at=clock.now) == 3
    kinds = {
        "dispute": "charge.dispute.updated",
        "payout": "transfer.created",
        "refund": "refund.updated",
    }
    assert events() == [
        {
            "id": row["id"],
            "gateway": "stripe",
            "event_id": f"books:txn_{about}",
            "kind": kind,
            "object_id": f"ch_txn_{about}",
            "account": "",
            "happened_at": clock.now - HOURS,
            "received_at": clock.now,
            "was_polled": True,
            "due_at": clock.now,
            "attempts": 0,
            "processed_at": None,
            "problem": "",
        }
        for row, (about, kind) in zip(events(), kinds.items(), strict=True)
    ]
    before = events()
    clock.forward(hours=1)
    assert look_again([*missing, differs(clock, "payout:2")], at=clock.now) == 1
    assert [row for row in events() if row["event_id"] != "books:txn_x"] == before


PAGE, CHARGE = "checkout.session.completed", "payment_intent.succeeded"


@pytest.mark.parametrize(
    ("is_saved", "changes", "event"),
    [
        (False, {}, (PAGE, "cs_1")),
        (True, {}, (CHARGE, "cs_1")),
        (True, {"needs_payer": True}, (PAGE, "cs_1")),
        (False, {"public_id": uuid.uuid4()}, (PAGE, "ch_txn_1")),
        (False, {"gateway_reference": ""}, None),
    ],
    ids=["paid on a page", "charged", "charged and confirmed", "unknown", "still asked for"],
)
def test_a_payment_is_looked_at_by_the_page_or_the_charge_that_it_came_by(
    clock, is_saved, changes, event
):
    lab = world.a_lab(cents=100)
    world.deposit(world.a_lab("Other"), 200)
    deposit = Deposit.objects.get(requester=lab.requester)
    if is_saved:
        payer = payer_of(lab.requester, gateway="play", at=clock.now)
        deposit.method = keep_method(payer=payer, told=CARD, at=clock.now)
    fact = f"deposit:{deposit.public_id}"
    for name, value in {"gateway_reference": "cs_1", **changes}.items():
        setattr(deposit, name, value)
    deposit.save()
    line = a_line(clock, fact, 5, "deposit")
    line.gateway = "stripe"
    line.save()
    assert look_again([differs(clock, fact)], at=clock.now) == (1 if event else 0)
    assert [(row["kind"], row["object_id"]) for row in events()] == ([event] if event else [])
