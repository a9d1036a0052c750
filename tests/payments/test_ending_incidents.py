"""How staff end a money incident: which they can bear, which they can close, and what is kept."""

import pytest

from marketplace.audit.models import AuditEntry
from marketplace.errors import InvalidInput, NotAllowed, WrongState
from payments import audit
from payments.actions import note_differences as noting
from payments.actions.settle_incident import bear_difference, can_be_borne, close_incident
from payments.models import BalanceTransaction, Incident, Transfer
from tests import world
from tests.payments.differing import a_line, differs, note, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(clock):
    return world.a_user("staff@desk.test", is_staff=True)


def opened(clock, **changes):
    """A line of five cents in the gateway's books that nobody asked for, and its incident."""
    a_line(clock, "line:a", 5)
    found = {"fact": "line:a", **changes}
    note(clock, differs(clock, **found), currencies=["USD", "EUR"])
    return Incident.objects.get()


def settled(act, staff, incident, clock, reason=" It was me. "):
    return act(staff=staff, incident=incident, reason=reason, at=clock.now)


def test_the_operator_bears_a_difference_as_large_as_it_is_now(clock, staff):
    incident = opened(clock, there=7)
    other = differs(clock, "line:b")
    note(clock, differs(clock), other)
    a_line(clock, "line:b", 9, reference="txn_2")
    clock.forward(hours=1)
    before = rows()
    done = settled(bear_difference, staff, incident, clock)
    assert rows()[1] == before[1]
    assert rows()[0] == {
        **before[0], "gone_at": clock.now, "closed_at": clock.now, "closed_by_id": staff.pk,
        "reason": "It was me.",
    }  # fmt: skip
    assert (done.pk, done.closed_at) == (incident.pk, clock.now)
    move = Transfer.objects.get()
    assert (move.key, move.reason) == (f"difference:{incident.pk}:1", "difference")
    assert (move.amount_cents, move.currency, move.at) == (5, "USD", clock.now)
    assert (move.debit.kind, move.credit.kind) == ("clearing", "operator")
    assert (move.reference, move.note) == ("line:a", f"incident {incident.pk}")
    entry = AuditEntry.objects.get(action="bear_difference")
    assert (entry.actor, entry.at, entry.reason) == (f"user:{staff.pk}", clock.now, "It was me.")
    assert (entry.subject_kind, entry.subject_id) == ("incident", str(incident.pk))
    assert entry.data == {"transfer": move.key, "amount": "$0.05"}
    assert list(audit.differences()) == []


def test_each_time_that_one_is_borne_has_its_own_key(clock, staff):
    world.a_lab(cents=100)
    incident = opened(clock)
    other = a_line(clock, "line:b", 9, reference="txn_b")
    note(clock, differs(clock), differs(clock, "line:b"))
    settled(bear_difference, staff, Incident.objects.get(subject="line:b"), clock)
    for number, cents in enumerate((5, 8, 2, 3), 1):
        BalanceTransaction.objects.exclude(pk=other.pk).update(net_cents=cents)
        note(clock, differs(clock))
        settled(bear_difference, staff, incident, clock)
        assert Transfer.objects.latest("pk").key == f"difference:{incident.pk}:{number}"
    moves = Transfer.objects.filter(reference="line:a").order_by("pk")
    assert [(move.amount_cents, move.debit.kind) for move in moves] == [
        (5, "clearing"), (3, "clearing"), (6, "operator"), (1, "clearing"),
    ]  # fmt: skip


def test_what_is_borne_is_the_difference_in_the_incidents_currency(clock, staff):
    incident = opened(clock, currency="EUR")
    with pytest.raises(WrongState, match="no difference of amounts to bear"):
        settled(bear_difference, staff, incident, clock)
    a_line(clock, "line:a", 8, currency="EUR", reference="txn_2")
    settled(bear_difference, staff, incident, clock)
    assert Transfer.objects.values_list("currency", "amount_cents").get() == ("EUR", 8)


def test_one_that_is_closed_or_gone_or_no_difference_of_amounts_is_not_borne(clock, staff):
    incident = opened(clock)
    note(clock)
    with pytest.raises(WrongState, match="no difference of amounts to bear"):
        settled(bear_difference, staff, incident, clock)
    incident.refresh_from_db()
    assert not can_be_borne(incident)
    gone_at = clock.now
    clock.forward(hours=1)
    closed = settled(close_incident, staff, incident, clock)
    assert (closed.gone_at, closed.closed_at, closed.closed_by) == (gone_at, clock.now, staff)
    entry = AuditEntry.objects.get(action="close_incident")
    assert (entry.actor, entry.at, entry.reason) == (f"user:{staff.pk}", clock.now, "It was me.")
    assert (entry.subject_kind, entry.subject_id) == ("incident", str(incident.pk))
    assert entry.data == {}
    for act in (close_incident, bear_difference):
        with pytest.raises(WrongState, match="closed already"):
            settled(act, staff, incident, clock)
    a_line(clock, "ledger", 5, reference="txn_2")
    noting.note_books(["A cent is missing."], part="ledger", at=clock.now)
    books = Incident.objects.get(kind="books")
    assert not can_be_borne(books)
    Incident.objects.update(currency="USD")
    with pytest.raises(WrongState, match="no difference of amounts to bear"):
        settled(bear_difference, staff, books, clock)
    with pytest.raises(WrongState, match="still stands"):
        settled(close_incident, staff, books, clock)
    assert not Transfer.objects.exists()


@pytest.mark.parametrize("act", [close_incident, bear_difference])
def test_it_takes_staff_and_a_reason(clock, staff, act):
    incident = opened(clock)
    if act is close_incident:
        note(clock)
    before = rows()
    with pytest.raises(NotAllowed):
        settled(act, world.a_user("nobody@desk.test"), incident, clock)
    with pytest.raises(InvalidInput):
        settled(act, staff, incident, clock, reason=" ")
    assert rows() == before
    assert not Transfer.objects.exists()
