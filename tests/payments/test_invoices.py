"""Each month's invoice: to the cent what the ledger says, numbered without gaps, then frozen."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from marketplace.accounts.models import Role
from marketplace.clock import now
from marketplace.errors import NotAllowed
from payments import audit, jobs
from payments.actions import issue_invoices as issuing
from payments.actions.issue_invoices import come_to_next, due_runs, issue_invoice
from payments.actions.request_refund import request_refund
from payments.actions.set_billing import set_billing
from payments.models import Billing, Invoice, InvoiceRun
from payments.statements import month_after
from tasks.actions.decide import approve_assignments
from tasks.actions.send_bonus import send_bonus
from tests import world
from tests.fake_gateway import Killed

pytestmark = pytest.mark.django_db
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


@pytest.fixture
def lab(clock, settings):
    """A lab that pays a fee of ten percent; it is March."""
    settings.MANYHANDS_FEE_PERCENT = 10
    clock.set(datetime(2026, 3, 2, 9, tzinfo=UTC))
    return world.a_lab(cents=100_00)


def work(lab, worker, *, reward=120, bonus=50):
    """One answer is approved and thanked for; another is still in work."""
    batch = world.a_batch(lab, rows=1, reward_cents=reward, max_assignments=2, name=f"{reward}")
    done = world.submitted(worker, batch)
    given = {"by": lab.by, "at": now()}
    approve_assignments(assignment_ids=[done.public_id], **given)
    send_bonus(assignment_id=done.public_id, amount_cents=bonus, reason="Thanks.", **given)


def issued(clock, *, month=4, day=1, hour=2):
    clock.set(datetime(2026, month, day, hour, tzinfo=UTC))
    jobs.issue_invoices()
    return list(Invoice.objects.order_by("number"))


def turns(clock, month=MARCH):
    """What a month's run comes to: whether somebody was there, and whether one was issued."""
    clock.set(datetime(2026, 4, 1, 2, tzinfo=UTC))
    run = next(run for run in due_runs(at=clock.now) if run.month == month)
    found = [come_to_next(run_id=run.pk, at=clock.now)]
    while found[-1][0]:
        found.append(come_to_next(run_id=run.pk, at=clock.now))
    return found


def told(invoice):
    return {line["reason"]: (line["count"], line["cents"]) for line in invoice.lines}


def test_a_month_is_told_to_the_cent(lab, clock):
    work(lab, world.a_worker())
    request_refund(by=lab.by, user=lab.user, amount_cents=30_00, currency="USD", at=clock.now)
    jobs.send_refunds()
    (invoice,) = issued(clock)
    assert told(invoice) == {
        "deposit": (1, 100_00),
        "refund_sent": (1, -30_00),
        "reward": (1, -120),
        "fee": (1, -12),
        "bonus": (1, -50),
        "bonus_fee": (1, -5),
    }
    assert (invoice.opening_cents, invoice.closing_cents) == (0, 70_00 - 187)
    assert invoice.fees_cents == 17
    assert invoice.parts == {"requester": 70_00 - 187 - 132, "escrow": 132, "in_refund": 0}
    assert list(audit.differences()) == []


def test_the_next_month_opens_with_what_the_last_closed_with_and_a_quiet_month_has_none(lab, clock):
    worker = world.a_worker()
    work(lab, worker)
    assert len(issued(clock)) == 1
    assert len(issued(clock, month=5)) == 1, "nothing happened in April"
    work(lab, worker, reward=200, bonus=10)
    first, second = issued(clock, month=6)
    assert second.opening_cents == first.closing_cents == 100_00 - 187
    assert (second.month, second.number) == (MAY, 2)
    assert second.closing_cents == second.opening_cents - 220 - 11
    assert list(audit.differences()) == []


def test_what_was_not_returned_from_a_closed_month_is_told_where_it_falls(lab, clock):
    """Money in escrow at the end of a month is the requester's until it is paid."""
    worker = world.a_worker()
    batch = world.a_batch(lab, rows=1, reward_cents=120, max_assignments=1)
    done = world.submitted(worker, batch)
    (first,) = issued(clock)
    assert (first.closing_cents, first.parts["escrow"]) == (100_00, 132)
    approve_assignments(by=lab.by, assignment_ids=[done.public_id], at=clock.now)
    _, second = issued(clock, month=5)
    assert told(second) == {"reward": (1, -120), "fee": (1, -12)}
    assert list(audit.differences()) == []


def test_numbers_have_no_gap_across_requesters_and_months(lab, clock):
    labs = [lab, *(world.a_lab(f"Lab {n}", cents=500) for n in range(3))]
    world.a_lab("Poor Lab", cents=0)
    assert [i.number for i in issued(clock)] == [1, 2, 3, 4]
    world.deposit(labs[2], 500)
    assert [i.number for i in issued(clock, month=5)] == [1, 2, 3, 4, 5]


def test_issuing_twice_makes_one(lab, clock):
    (invoice,) = issued(clock)
    assert issued(clock) == [invoice]
    assert issue_invoice(requester=lab.requester, month=MARCH, at=clock.now) == invoice
    assert jobs.issue_invoices() == 0


def test_a_month_that_is_done_is_done_with(lab, clock, django_assert_num_queries):
    issued(clock)
    assert due_runs(at=clock.now) == []
    run, ended = InvoiceRun.objects.get(), clock.now
    assert run.finished_at == ended
    clock.forward(hours=1)
    assert come_to_next(run_id=run.pk, at=clock.now) == (False, False)
    assert InvoiceRun.objects.get().finished_at == ended
    issued(clock, month=12)
    with django_assert_num_queries(2):  # however many months there were
        assert due_runs(at=clock.now) == []


def test_only_who_has_paid_in_is_come_to(lab, clock):
    world.a_lab("Poor Lab", cents=0)
    world.deposit(world.a_lab("Sandbox Lab", cents=0), 500, "XTS")
    assert turns(clock) == [(True, True), (False, False)]


def test_money_that_is_on_hold_at_the_end_of_its_month_is_told_of(clock, settings):
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_HOURS = 72
    clock.set(datetime(2026, 3, 31, 9, tzinfo=UTC))
    world.a_lab(cents=500)
    (invoice,) = issued(clock)
    assert (told(invoice), invoice.parts) == ({"deposit": (1, 500)}, {"on_hold": 500})
    assert list(audit.differences()) == []


def test_invoices_begin_with_the_first_month_of_live_money(lab, clock):
    clock.set(datetime(2026, 2, 2, 9, tzinfo=UTC))
    world.deposit(lab, 500, "XTS")
    issued(clock)
    assert [run.month for run in InvoiceRun.objects.all()] == [MARCH]


def test_each_currency_that_was_used_in_a_month_has_its_own(lab, clock):
    other = Invoice.objects.create(
        number=1, requester=lab.requester, currency="EUR", month=MARCH, seller="", buyer="",
        opening_cents=0, closing_cents=0, fees_cents=0, lines=[], parts={}, issued_at=clock.now,
    )  # fmt: skip
    first, second = issued(clock)
    assert first == other
    assert (second.number, second.currency, second.issued_at) == (2, "USD", clock.now)


def test_it_waits_for_what_was_begun_in_the_month(lab, clock):
    assert issued(clock, hour=0) == []
    assert len(issued(clock, hour=1)) == 1


def test_months_that_nobody_was_there_for_are_made_up_in_their_order(lab, clock):
    clock.set(datetime(2026, 4, 10, tzinfo=UTC))
    world.deposit(lab, 700)
    assert [i.month for i in issued(clock, month=6)] == [MARCH, APRIL]
    runs = InvoiceRun.objects.order_by("month")
    assert [run.month for run in runs if run.finished_at] == [MARCH, APRIL, MAY]


def test_a_month_that_was_begun_is_ended_before_the_next(lab, clock):
    clock.set(datetime(2026, 5, 1, 2, tzinfo=UTC))
    first, _second = due_runs(at=clock.now)
    come_to_next(run_id=first.pk, at=clock.now)
    assert [run.month for run in due_runs(at=clock.now)] == [MARCH, APRIL]


def test_without_any_money_there_is_nothing_to_issue(clock, db):
    assert jobs.issue_invoices() == 0
    assert not InvoiceRun.objects.exists()


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_a_run_goes_on_where_it_was(lab, clock, limit):
    for number in range(3):
        world.a_lab(f"Lab {number}", cents=500)
    clock.set(datetime(2026, 4, 1, 2, tzinfo=UTC))
    for _turn in range(6):
        jobs.issue_invoices(limit=limit)
    assert [i.number for i in Invoice.objects.order_by("pk")] == [1, 2, 3, 4]
    assert InvoiceRun.objects.get().finished_at


def test_a_process_killed_between_two_leaves_neither_half_nor_gap(lab, clock, monkeypatch):
    world.a_lab("Second Lab", cents=500)
    clock.set(datetime(2026, 4, 1, 2, tzinfo=UTC))
    (run,) = due_runs(at=clock.now)
    seller = issuing._seller
    with monkeypatch.context() as patch:
        patch.setattr(issuing, "_seller", lambda: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            come_to_next(run_id=run.pk, at=clock.now)
    assert issuing._seller is seller
    assert (Invoice.objects.count(), InvoiceRun.objects.get().reached) == (0, 0)
    jobs.issue_invoices()
    assert [i.number for i in Invoice.objects.order_by("pk")] == [1, 2]


def test_an_issued_one_keeps_its_words_whatever_changes(lab, clock, settings):
    settings.MANYHANDS_OPERATOR_NAME = "Manyhands GmbH"
    settings.MANYHANDS_OPERATOR_ADDRESS = ["Am Weg 1", "10115 Berlin"]
    settings.MANYHANDS_OPERATOR_TAX_ID = "DE1"
    values = {"name": "Vision Ltd", "address": "1 High St\n\nLeeds", "tax_id": "GB1"}
    set_billing(by=lab.by, **values, at=clock.now)
    (first,) = issued(clock)
    settings.MANYHANDS_OPERATOR_NAME = "Other"
    settings.MANYHANDS_OPERATOR_ADDRESS = ["", "10115 Berlin"]
    settings.MANYHANDS_OPERATOR_TAX_ID = ""
    set_billing(by=lab.by, name="Another", address="", tax_id="", at=clock.now)
    world.deposit(lab, 500)
    first, second = issued(clock, month=5)
    assert first.seller == "Manyhands GmbH\nAm Weg 1\n10115 Berlin\nDE1"
    assert first.buyer == "Vision Ltd\n1 High St\nLeeds\nGB1"
    assert second.buyer == "Another"
    assert second.seller == "Other\n10115 Berlin"


def test_billing_details_that_the_trail_does_not_have_are_not_set(lab, clock, monkeypatch):
    def dies(**_given):
        raise Killed

    monkeypatch.setattr("payments.actions.set_billing.trail.record", dies)
    with pytest.raises(Killed):
        set_billing(by=lab.by, name="Nobody", address="", tax_id="", at=clock.now)
    assert not Billing.objects.exclude(name="").exists()


def test_billing_details_take_an_owner(lab, clock):
    manager = world.a_member(lab.requester, world.a_user("m@lab.test"), Role.MANAGER)
    with pytest.raises(NotAllowed):
        set_billing(by=manager, name="x", address="", tax_id="", at=clock.now)


@pytest.mark.parametrize("write", ["update(buyer='x')", "delete()"])
def test_the_database_refuses_to_rewrite_one(lab, clock, write):
    issued(clock)
    rows = Invoice.objects.all()
    act = {"update(buyer='x')": lambda: rows.update(buyer="x"), "delete()": rows.delete}[write]
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        act()


def test_sandbox_money_has_no_invoice(lab, clock):
    world.deposit(lab, 500, "XTS")
    (invoice,) = issued(clock)
    assert told(invoice) == {"deposit": (1, 100_00)}


def test_a_years_end_is_followed_by_january():
    assert month_after(date(2026, 12, 1)) == date(2027, 1, 1)
    assert month_after(MARCH) == APRIL


DAMAGE = {
    "its invoice says": "UPDATE payments_invoice SET lines = jsonb_set(lines, '{0,cents}', '9999')",
    "does not add up": "UPDATE payments_invoice SET closing_cents = closing_cents + 1",
    "fees": "UPDATE payments_invoice SET fees_cents = 1",
    "highest number": "UPDATE payments_invoice SET number = 7",
    "0": "DELETE FROM payments_invoice",
}


@pytest.mark.parametrize(("words", "damage"), DAMAGE.items())
def test_the_audit_finds_an_invoice_that_is_not_what_the_ledger_says(lab, clock, words, damage):
    issued(clock)
    assert list(audit.differences()) == []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(damage)
        cursor.execute("SET LOCAL session_replication_role = origin")
    found = [sentence for sentence in audit.differences() if "invoice" in sentence]
    assert found
    assert words in " ".join(found)


def test_the_audit_finds_money_that_was_moved_into_a_month_that_is_closed(lab, clock):
    issued(clock)
    clock.set(datetime(2026, 3, 31, 23, tzinfo=UTC) + timedelta(minutes=30))
    world.deposit(lab, 300)
    assert any("its invoice says 10000" in sentence for sentence in audit.differences())


def test_rows_are_known_by_what_a_person_calls_them():
    assert str(Billing(name="Vision Lab")) == "Vision Lab"
    assert str(InvoiceRun(month=MARCH)) == "2026-03"
