"""What is kept of each difference between two books, and who is told: to the field."""

from datetime import timedelta

import pytest

from marketplace.audit.models import AuditEntry
from marketplace.models import OutboxMessage
from payments.actions import note_differences as noting
from payments.actions.settle_incident import can_be_borne, close_incident
from payments.models import Deposit, Incident, Transfer
from tests import world
from tests.payments.differing import a_line, differs, note, rows

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=1)


@pytest.fixture
def staff(clock):
    return world.a_user("staff@desk.test", is_staff=True)


def letters():
    return list(OutboxMessage.objects.filter(key__startswith="incidents:").order_by("pk"))


def test_an_incident_keeps_what_each_side_has_of_it_and_staff_are_told_in_a_letter(
    clock, staff, settings
):
    world.a_lab(cents=100)
    deposit = Deposit.objects.get()
    fact = f"deposit:{deposit.public_id}"
    a_line(clock, fact, 60, "deposit")
    a_line(clock, fact, 70, "deposit", reference="txn_2")
    found = differs(clock, fact, there=130, here=100, ago=6 * HOURS)
    assert note(clock, found) == (1, 0)
    (row,) = rows()
    assert row == {
        "id": row["id"],
        "kind": "amount",
        "subject": fact,
        "currency": "USD",
        "amount_cents": 30,
        "evidence": {
            "there_cents": 130,
            "here_cents": 100,
            "lines": ["txn_1", "txn_2"],
            "sources": ["ch_txn_1", "ch_txn_2"],
            "transfers": [Transfer.objects.get(reason="deposit").key],
        },
        "began_at": clock.now - 6 * HOURS,
        "opened_at": clock.now,
        "seen_at": clock.now,
        "times": 1,
        "gone_at": None,
        "closed_at": None,
        "closed_by_id": None,
        "reason": "",
    }
    entry = AuditEntry.objects.get(action="open_incident")
    assert (entry.actor, entry.at, entry.reason) == ("system", clock.now, "")
    assert (entry.subject_kind, entry.subject_id) == ("incident", str(row["id"]))
    assert entry.data == {
        "kind": "amount", "about": fact, "amount_cents": 30, "currency": "USD",
    }  # fmt: skip
    (letter,) = letters()
    assert (letter.kind, letter.key) == ("email", f"incidents:{row['id']}:1:0")
    assert letter.due_at == clock.now
    assert letter.payload == {
        "to": staff.email,
        "subject": "Money incident: payouts wait",
        "text": (
            "The marketplace's books and the payment service's differ. No new payout is sent "
            "until this is settled; what is on its way arrives.\n\n"
            f"- Two different amounts: {fact}, $0.30\n\n"
            "What to do about each stands here:\n"
            f"{settings.MANYHANDS_BASE_URL}/admin/payments/incident/\n"
        ),
    }


def test_one_that_is_seen_again_is_brought_up_to_date_and_told_of_no_more(clock, staff):
    note(clock, differs(clock))
    (row,) = rows()
    clock.forward(hours=1)
    assert note(clock, differs(clock, there=9, here=2)) == (1, 0)
    other = differs(clock, there=9, here=2)
    newer = Incident.objects.get(kind="amount")
    assert newer.amount_cents == other.cents == 7, "another kind of difference is another incident"
    assert rows()[0] == {**row, "gone_at": clock.now}
    before = rows()[1]
    clock.forward(hours=1)
    note(clock, differs(clock, there=9, here=1, ago=1000 * HOURS))
    assert rows()[0] == {**row, "gone_at": clock.now - HOURS}
    assert rows()[1] == {
        **before,
        "seen_at": clock.now,
        "amount_cents": 8,
        "evidence": {**before["evidence"], "here_cents": 1},
    }
    assert len(letters()) == AuditEntry.objects.filter(action="open_incident").count() == 2


def test_one_that_comes_back_is_opened_anew_and_told_of_again(clock, staff):
    note(clock, differs(clock))
    (row,) = rows()
    clock.forward(hours=1)
    note(clock)
    assert rows() == [{**row, "gone_at": clock.now}]
    clock.forward(hours=1)
    note(clock)
    assert rows() == [{**row, "gone_at": clock.now - HOURS}], "it is gone since then"
    close_incident(staff=staff, incident=Incident.objects.get(), reason="A slip", at=clock.now)
    clock.forward(hours=1)
    note(clock, differs(clock))
    assert rows() == [
        {
            **row,
            **dict.fromkeys(("opened_at", "seen_at"), clock.now),
            "began_at": clock.now - 7 * HOURS,
            "times": 2,
        }
    ]
    assert AuditEntry.objects.filter(action="open_incident").count() == 2
    keys = [letter.key for letter in letters()]
    assert keys == [f"incidents:{row['id']}:{times}:0" for times in (1, 2)]


def test_each_kind_of_difference_is_gone_when_it_is_not_found_again(clock):
    a_line(clock, "payout:1", 5, "payout")
    assert note(
        clock,
        differs(clock, "payout:1"),
        differs(clock, "payout:2", there=None, here=5),
        differs(clock, "payout:3", there=5, here=6),
        differs(clock, "line:4"),
        differs(clock, "balance:play:USD"),
    ) == (5, 0)
    kinds = {"missing_here", "missing_there", "amount", "unknown", "balance"}
    assert {row["kind"] for row in rows()} == kinds
    assert all(can_be_borne(each) for each in Incident.objects.all())
    clock.forward(hours=1)
    note(clock)
    assert {row["gone_at"] for row in rows()} == {clock.now}


def test_what_is_young_is_in_flight_and_what_was_not_compared_is_not_judged(clock):
    note(clock, differs(clock, currency="EUR"), currencies=["EUR"])
    before = rows()
    clock.forward(hours=1)
    found = [
        differs(clock, "line:young", ago=timedelta(hours=6, microseconds=-1)),
        differs(clock, "line:younger", ago=0 * HOURS),
        differs(clock, "line:old"),
        differs(clock, "line:euros", currency="EUR"),
    ]
    assert note(clock, *found) == (1, 2)
    assert rows()[:-1] == before
    assert rows()[-1]["subject"] == "line:old"
    note(clock, differs(clock, there=None, here=5))
    assert rows()[0] == before[0], "the same name in another currency"


def test_five_hundred_of_one_comparison_are_kept_and_the_rest_is_not_judged(clock, staff):
    note(clock, differs(clock, "line:500"), differs(clock, "line:501"))
    clock.forward(hours=1)
    many = [differs(clock, f"line:{number:03}") for number in range(502)]
    assert note(clock, *many) == (502, 0)
    assert Incident.objects.count() == 502
    assert Incident.objects.filter(gone_at=None).count() == 502
    assert Incident.objects.filter(seen_at=clock.now).count() == 500


@pytest.mark.parametrize(
    ("number", "rest"), [(9, []), (10, []), (11, ["… and 1 more."]), (13, ["… and 3 more."])]
)
def test_a_letter_names_ten_and_counts_the_rest(clock, staff, number, rest):
    note(clock, *[differs(clock, f"line:{n:02}") for n in range(number)])
    (letter,) = letters()
    lines = letter.payload["text"].split("\n\n")[1].splitlines()
    what = "A line in the gateway’s books that is none of ours"
    assert lines == [f"- {what}: line:{n:02}, $0.05" for n in range(min(number, 10))] + rest


def test_all_staff_in_good_standing_are_told_or_the_operators_address_alone(clock, staff, settings):
    world.a_user("nobody@desk.test")
    world.a_user("left@desk.test", is_staff=True, is_active=False)
    world.a_user("suspended@desk.test", is_staff=True, suspended_at=clock.now)
    second = world.a_user("second@desk.test", is_staff=True)
    staff.save()  # the row is behind the second one now
    note(clock, differs(clock))
    pk = Incident.objects.get().pk
    assert [(each.key, each.payload["to"]) for each in letters()] == [
        (f"incidents:{pk}:1:0", staff.email),
        (f"incidents:{pk}:1:1", second.email),
    ]
    settings.MANYHANDS_CONTACT = "money@ours.test"
    note(clock, differs(clock, "line:b"))
    assert [each.payload["to"] for each in letters()[2:]] == ["money@ours.test"]


def test_the_audits_first_twenty_sentences_are_kept_each_part_by_itself(clock, staff):
    sentences = [f"account {n} is wrong" for n in range(21)]
    note(clock, differs(clock, "ledger"))
    for part in ("ledger", "work"):
        noting.note_books(sentences, part=part, at=clock.now)
    other, mine, work = rows()
    assert other["gone_at"] is None, "a difference of that name is none of the audit's"
    assert mine == {
        **work,
        "id": mine["id"],
        "kind": "books",
        "subject": "ledger",
        "currency": "",
        "amount_cents": 0,
        "evidence": {"sentences": sentences[:20], "number": 21},
        "began_at": clock.now,
    }
    assert letters()[1].payload["text"].split("\n\n")[1] == (
        "- The ledger’s audit found a difference: ledger"
    )
    clock.forward(hours=1)
    noting.note_books([], part="ledger", at=clock.now)
    assert rows() == [other, {**mine, "gone_at": clock.now}, work]
    note(clock)
    assert rows()[2] == work, "a comparison knows nothing of the audit"


def test_books_that_nobody_can_read_for_days_are_one_until_somebody_can(clock, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    world.a_lab(cents=100)
    Deposit.objects.update(gateway="stripe")
    note(clock, differs(clock))
    other = rows()
    clock.forward(days=3)
    noting.note_unread(failure="No answer.", at=clock.now)
    assert rows() == other
    clock.forward(hours=1)
    noting.note_unread(failure="No answer.", at=clock.now)
    (mine,) = rows()[1:]
    assert mine == {
        **other[0],
        "id": mine["id"],
        "kind": "unread",
        "subject": "stripe",
        "amount_cents": 0,
        "evidence": {"sentences": ["No answer."]},
        **dict.fromkeys(("began_at", "opened_at", "seen_at"), clock.now),
    }
    noting.note_unread(failure="", at=clock.now)
    assert rows()[1] == {**mine, "evidence": {"sentences": []}}
    note(clock, differs(clock))
    assert rows()[1]["gone_at"] is None, "a comparison can't know"
    settings.STRIPE_SECRET_KEY = ""
    noting.note_unread(failure="", at=clock.now)
    assert [row["gone_at"] for row in rows()] == [None, clock.now]


def test_one_fact_that_differs_in_two_currencies_is_an_incident_in_each(clock, staff):
    both = [differs(clock, "payout:1", currency=name) for name in ("EUR", "USD")]
    for _ in range(2):
        assert note(clock, *both, currencies=["EUR", "USD"]) == (2, 0)
    assert [(row["currency"], row["times"], row["gone_at"]) for row in rows()] == [
        ("EUR", 1, None), ("USD", 1, None),
    ]  # fmt: skip
    note(clock, both[0], currencies=["EUR", "USD"])
    assert [row["gone_at"] for row in rows()] == [None, clock.now]
