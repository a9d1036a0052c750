"""Receipts, invoices and billing details, as a requester reads them."""

import csv
import io
import uuid
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from marketplace.accounts.models import Role
from payments import jobs
from payments.actions.request_refund import request_refund
from payments.models import Invoice
from tasks.actions.decide import approve_assignments
from tests import world
from tests.payments.wallets import PlayWallet, press, saved, settle

DOCUMENTS, BILLING = reverse("money:documents"), reverse("money:billing")


def text(answer):
    return answer.content.decode()


@pytest.fixture
def lab(db, clock, settings):
    """A lab of March 2026, with a fee of ten percent."""
    settings.MANYHANDS_FEE_PERCENT = 10
    clock.set(datetime(2026, 3, 2, 9, tzinfo=UTC))
    return world.a_lab()


@pytest.fixture
def april(owner, lab, clock):
    """A rewarded answer later, it is April."""
    batch = world.a_batch(lab, rows=1, reward_cents=120, max_assignments=1)
    done = world.submitted(world.a_worker(), batch)
    approve_assignments(by=lab.by, assignment_ids=[done.public_id], at=clock.now)
    clock.set(datetime(2026, 4, 1, 2, tzinfo=UTC))
    jobs.issue_invoices()
    owner.force_login(lab.user)
    return Invoice.objects.get()


def test_a_receipt_says_who_paid_what_with_what_and_what_went_back(owner, lab, clock):
    owner.post(BILLING, {"name": "Vision Ltd", "address": "1 High St\nLeeds", "tax_id": "GB1"})
    saved(PlayWallet(), lab)
    deposit = press(lab, 500, token=uuid.uuid4())
    address = reverse("money:receipt", args=[deposit.public_id])
    assert owner.get(address).status_code == 404, "nothing has settled"
    settle(deposit)
    owner.post(BILLING, {"name": "Another"})
    shown = text(owner.get(address))
    assert f"Receipt R-{deposit.pk:06d}" in shown
    assert "Vision Ltd<br>1 High St<br>Leeds<br>GB1" in shown
    assert "Visa card ending 4242" in shown
    assert "Refunded" not in shown
    request_refund(by=lab.by, user=lab.user, amount_cents=200, currency="USD", at=clock.now)
    jobs.send_refunds()
    shown = text(owner.get(address))
    assert "$2.00" in shown
    assert "$3.00" in shown


def test_an_invoice_shows_the_fees_and_the_whole_account(owner, april):
    shown = text(owner.get(reverse("money:invoice", args=[april.number])))
    for words in ("Invoice INV-000001", "March 2026", "Service fee on rewards", "$0.12",
                  "Opening balance", "$98.68", "Free to spend $98.68"):  # fmt: skip
        assert words in shown, words


def test_the_file_of_an_invoice_adds_up(owner, april):
    answer = owner.get(reverse("money:invoice_csv", args=[april.number]))
    assert answer["Content-Disposition"] == 'attachment; filename="INV-000001.csv"'
    head, *rows = csv.reader(io.StringIO(text(answer)))
    assert head == ["Invoice", "Month", "Line", "Count", "Amount", "Currency"]
    assert [(row[2], row[4]) for row in rows] == [
        ("Opening balance", "0.00"),
        ("Deposits", "100.00"),
        ("Rewards to workers", "-1.20"),
        ("Service fee on rewards", "-0.12"),
        ("Closing balance", "98.68"),
    ]


def test_a_month_without_fees_owes_nothing(owner, lab, clock):
    clock.set(datetime(2026, 4, 1, 2, tzinfo=UTC))
    jobs.issue_invoices()
    owner.force_login(lab.user)
    assert "Nothing is due" in text(owner.get(reverse("money:invoice", args=[1])))


def test_documents_are_listed_by_month_newest_first(owner, lab, april, clock):
    world.deposit(lab, 700)
    months = owner.get(DOCUMENTS).context["months"]
    assert [(f"{m.first:%Y-%m}", m.invoice, len(m.receipts)) for m in months] == [
        ("2026-04", None, 1),
        ("2026-03", april, 1),
    ]
    shown = text(owner.get("/money/"))
    assert "INV-000001" in shown
    assert "Receipt for $7.00" in shown


def test_without_any_the_page_says_where_they_come_from(client, db):
    poor = world.a_lab("Poor Lab", cents=0)
    client.force_login(poor.user)
    assert "Your first deposit brings" in text(client.get(DOCUMENTS))


def test_somebody_elses_documents_are_not_there(client, lab, april):
    client.force_login(world.a_lab("Other Lab").user)
    for name in ("money:invoice", "money:invoice_csv"):
        assert client.get(reverse(name, args=[april.number])).status_code == 404


def test_sandbox_deposits_have_receipts_and_no_invoices(owner, lab, april):
    world.deposit(lab, 500, "XTS")
    lab.user.is_in_sandbox = True
    lab.user.save()
    (month,) = owner.get(DOCUMENTS).context["months"]
    assert (month.invoice, len(month.receipts)) == (None, 1)


def test_billing_details_are_an_owners_to_fill_in(owner, client, lab):
    assert owner.get(BILLING).context["form"]["name"].value() == "Vision Lab"
    owner.post(BILLING, {"name": "Vision Ltd", "address": "1 High St"})
    assert owner.get(BILLING).context["form"]["address"].value() == "1 High St"
    assert BILLING in text(owner.get(DOCUMENTS))
    manager = world.a_user("m@lab.test")
    world.a_member(lab.requester, manager, Role.MANAGER)
    client.force_login(manager)
    assert BILLING not in text(client.get(DOCUMENTS))
    assert client.get(BILLING).status_code == 403
