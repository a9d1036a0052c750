"""The operator's money page, and the yearly totals for tax forms."""

import csv
import io
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from marketplace.audit.models import AuditEntry
from marketplace.money import show
from payments import jobs as payment_jobs
from payments import queries
from payments.actions.advance_refund import finish_refund
from payments.actions.receive_gateway_event import Told, receive_gateway_events
from payments.actions.record_dispute import Booking, DisputeState, record_dispute
from payments.actions.request_payout import request_payout
from payments.actions.request_refund import request_refund
from payments.actions.schedule_payouts import due_batches
from payments.actions.set_payout_schedule import set_payout_schedule
from payments.models import Account, Deposit, Dispute, Payout, PayoutBatch, TopUp
from payments.queries import requester_balance
from tasks.actions.decide import approve_assignments
from tasks.actions.send_bonus import send_bonus
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, db):
    """A browser in which staff have signed in."""
    client.force_login(world.a_user("staff@desk.test", is_staff=True))
    return client


@pytest.fixture
def paid(lab, clock):
    """Wanda did a HIT at ten cents, got a bonus of two dollars, and asks for it."""
    worker = world.a_worker("wanda", country="DE")
    assignment = world.submitted(worker, world.a_batch(lab))
    approve_assignments(by=lab.by, assignment_ids=[assignment.public_id], at=clock.now)
    send_bonus(
        by=lab.by, assignment_id=assignment.public_id, amount_cents=200, reason="Well done",
        at=clock.now,
    )  # fmt: skip
    return request_payout(worker=worker.public_id, currency="USD", at=clock.now)


@pytest.fixture
def lab(db):
    return world.a_lab("=Lab", cents=50_00)


def read(response):
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


def test_the_money_page_adds_up_to_zero_and_shows_what_is_on_its_way(desk, paid):
    page = desk.get("/admin/money/").content.decode()
    assert "Sum in USD (must be zero)" in page
    assert "Payouts that have not arrived" in page
    assert "$2.10" in page
    assert "Asked for by workers" in page
    payment_jobs.send_payouts()
    assert "Payouts that have not arrived" not in desk.get("/admin/money/").content.decode()


def test_the_money_page_says_what_failed_and_what_comes_next(desk, paid, clock):
    Payout.objects.update(status="failed", failure="The account is closed.", finished_at=clock.now)
    page = desk.get("/admin/money/").content.decode()
    assert "The account is closed." in page
    assert "The money is back on the worker’s balance." in page


def test_the_money_page_shows_what_waits_for_somebody_outside(desk, lab, clock, settings):
    settings.MANYHANDS_PLAY_SETTLE_SECONDS = 60
    world.deposit(lab, 12_34)
    told = Told(
        event_id="evt_1", kind="transfer.created", object_id="tr_1", account="",
        happened_at=clock.now,
    )  # fmt: skip
    receive_gateway_events([told], gateway="stripe", at=clock.now)
    page = desk.get("/admin/money/").content.decode()
    assert "Deposits that have not settled" in page
    assert "$12.34" in page
    assert "Events not looked at" in page
    assert "Nothing: all that came in or went out is done." not in page


def test_the_money_page_says_what_becomes_of_lost_answers_and_failed_deposits(
    desk, paid, lab, clock, settings
):
    Payout.objects.update(status="unknown", failure="No answer.")
    settings.MANYHANDS_PLAY_SETTLE_SECONDS = 60
    world.deposit(lab, 5_00)
    Deposit.objects.filter(status="pending").update(status="failed", failure="It came to nothing.")
    page = desk.get("/admin/money/").content.decode()
    assert "No answer." in page
    assert "looked up first after 23 hours" in page
    assert "It came to nothing." in page
    assert "Nothing was credited." in page
    clock.forward(days=8)
    assert "It came to nothing." not in desk.get("/admin/money/").content.decode()


def test_a_deposit_that_fails_late_shows_for_a_week_from_then(desk, lab, clock):
    deposits = Deposit.objects.filter(requester=lab.requester)
    clock.forward(days=9)
    deposits.update(status="failed", settled_at=None, failed_at=clock.now, failure="It came back.")
    assert "It came back." in desk.get("/admin/money/").content.decode()
    clock.forward(days=7)
    assert "It came back." not in desk.get("/admin/money/").content.decode()


def test_the_money_page_lists_what_requesters_owe_and_since_when(desk, lab, clock):
    assert "Nobody owes anything." in desk.get("/admin/money/").content.decode()
    assert queries.debts("USD") == []
    world.a_batch(lab, rows=1, reward_cents=45_00, max_assignments=1)
    taken(lab, clock, "lost", -50_00)
    clock.forward(days=2)
    other = world.a_lab("Other", cents=1_00)
    taken(other, clock, "lost", -3_00)
    world.deposit(other, 2_00)
    payment_jobs.settle_losses()
    clock.forward(days=1)
    taken(other, clock, "lost", -1_00)
    ours, theirs = lab.requester.public_id, other.requester.public_id
    ((first, cents, since), (second, few, later)) = queries.debts("USD")
    assert (first, second, few, later) == (ours, theirs, 1_00, clock.now)
    assert (clock.now - since).days == 3
    assert cents >= 45_00
    assert queries.debts("XTS") == []
    page = " ".join(desk.get("/admin/money/").content.decode().split())
    assert f"/admin/accounts/requester/{ours}/change/" in page
    assert "What requesters owe after disputes" in page
    assert show(cents + few) in page
    assert "Nobody owes anything." not in page


def test_staff_see_that_a_refund_waits_for_a_dispute(desk, lab, clock):
    given = {"by": lab.by, "user": None, "amount_cents": 100, "currency": "USD"}
    (refund,) = request_refund(**given, at=clock.now)
    url = reverse("admin:payments_refund_change", args=[refund.pk])
    assert "Waiting to be sent" in desk.get(url).content.decode()
    waiting = "<strong>1</strong> refunds waiting to be sent"
    assert waiting in " ".join(desk.get("/admin/").content.decode().split())
    Account.objects.filter(kind="requester").update(is_frozen=True)
    assert "Waits for a dispute" in desk.get(url).content.decode()
    assert waiting not in " ".join(desk.get("/admin/").content.decode().split())


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("warning_needs_response", "the bank only asks"),
        ("needs_response", "the requester’s balance is frozen"),
        ("lost", "What the requester still owes is taken"),
    ],
)
def test_each_dispute_has_a_next_step(desk, lab, clock, status, words):
    deposit = Deposit.objects.get(requester=lab.requester)
    said = DisputeState(
        reference="dp_1", deposit=deposit.name, amount_cents=500, reason="", status=status,
        method="", bookings=(),
    )  # fmt: skip
    record_dispute(gateway="play", said=said, at=clock.now)
    page = desk.get(reverse("admin:payments_dispute_change", args=[Dispute.objects.get().pk]))
    assert words in page.content.decode()


def test_a_batch_says_whether_it_is_prepared_sent_paused_or_done(desk, clock):
    set_payout_schedule(worker="AWORKER", schedule="daily", minimum_cents=100)
    due_batches(at=clock.now)
    batch = PayoutBatch.objects.get(kind="daily")

    def page():
        url = reverse("admin:payments_payoutbatch_change", args=[batch.pk])
        return desk.get(url).content.decode()

    assert "Being prepared" in page()
    assert '<progress max="1" value="0">' in page()
    PayoutBatch.objects.filter(pk=batch.pk).update(paused_at=clock.now, pause_reason="Looking.")
    assert "Paused" in page()
    PayoutBatch.objects.filter(pk=batch.pk).update(paused_at=None, prepared_at=clock.now)
    assert "Done" in page()


def test_an_installation_on_its_first_day_has_a_money_page(desk):
    page = desk.get("/admin/money/").content.decode()
    assert "No money has moved yet." in page
    assert "No payout was made yet." in page


def test_the_pages_are_staffs_alone(client, lab):
    for path in ("/admin/money/", "/admin/yearly/", "/admin/yearly/workers.csv?year=2026"):
        assert client.get(path).status_code == 302
        client.force_login(lab.user)
        assert client.get(path).status_code == 302
        client.logout()


def test_a_year_of_each_worker(desk, paid):
    payment_jobs.send_payouts()
    (line,) = read(desk.get("/admin/yearly/workers.csv", {"year": 2026}))
    assert line == {
        "worker_id": paid.worker, "country": "DE", "currency": "USD", "rewards": "0.10",
        "bonuses": "2.00", "paid_out": "2.10",
    }  # fmt: skip
    assert AuditEntry.objects.filter(action="download_yearly_totals", subject_id="2026").exists()


def test_a_year_of_each_requester_whose_name_no_spreadsheet_runs(desk, paid, lab):
    (line,) = read(desk.get("/admin/yearly/requesters.csv", {"year": 2026}))
    fees = line.pop("fees")
    assert line == {
        "requester_id": lab.requester.public_id, "name": "'=Lab", "currency": "USD",
        "deposits": "50.00", "refunds": "0.00", "disputes": "0.00", "rewards": "0.10",
        "bonuses": "2.00",
    }  # fmt: skip
    assert float(fees) >= 0


def taken(lab, clock, status, *bookings):
    """What the payer's bank takes, and gives back."""
    deposit = Deposit.objects.filter(requester=lab.requester).latest("pk")
    said = DisputeState(
        reference=f"dp_{deposit.pk}", deposit=deposit.name, amount_cents=500, reason="",
        status=status, method="",
        bookings=[
            Booking(reference=f"txn_{deposit.pk}_{number}", amount_cents=cents, fee_cents=1500)
            for number, cents in enumerate(bookings)
        ],
    )  # fmt: skip
    record_dispute(gateway="play", said=said, at=clock.now)


def test_what_went_back_and_what_disputes_took_are_columns_of_a_requesters_year(desk, lab, clock):
    def year(number):
        (line,) = read(desk.get("/admin/yearly/requesters.csv", {"year": number}))
        return line["deposits"], line["refunds"], line["disputes"]

    clock.set(datetime(2026, 11, 1, tzinfo=UTC))
    given = {"by": lab.by, "user": None, "currency": "USD", "at": clock.now}
    sent, failed, waiting = (
        request_refund(**given, amount_cents=cents)[0] for cents in (10_00, 5_00, 1_00)
    )
    finish_refund(refund=sent, at=clock.now, reference="re_1")
    finish_refund(refund=failed, at=clock.now, failure="Closed.")
    assert waiting.status == "held"
    world.deposit(lab, 7_00)
    taken(lab, clock, "lost", -7_00)
    world.deposit(lab, 6_00)
    spent = requester_balance(lab.requester.public_id, "USD") - 4_00
    request_refund(**given, amount_cents=spent)
    taken(lab, clock, "needs_response", -6_00)
    other = world.a_lab("Other", cents=1_00)
    world.deposit(other, 1_00, "XTS")
    rows = read(desk.get("/admin/yearly/requesters.csv", {"year": 2026}))
    theirs = next(row for row in rows if row["requester_id"] == other.requester.public_id)
    assert (theirs["deposits"], theirs["refunds"], theirs["disputes"]) == ("1.00", "0.00", "0.00")
    mine = next(row for row in rows if row["requester_id"] == lab.requester.public_id)
    assert (mine["deposits"], mine["refunds"], mine["disputes"]) == ("63.00", "10.00", "13.00")
    clock.set(datetime(2027, 1, 1, tzinfo=UTC))
    taken(lab, clock, "won", -6_00, 6_00)
    finish_refund(refund=sent, at=clock.now, failure="The bank sent it back.")
    assert year(2027) == ("0.00", "-10.00", "-6.00")


def test_another_year_and_play_money_are_left_out(desk, paid, lab, clock):
    assert read(desk.get("/admin/yearly/workers.csv", {"year": 2025})) == []
    clock.set(datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    world.deposit(lab, 1_00)
    clock.set(datetime(2027, 1, 1, tzinfo=UTC))
    world.deposit(lab, 2_00)
    world.deposit(lab, 4_00, "XTS")
    (line,) = read(desk.get("/admin/yearly/requesters.csv", {"year": 2027}))
    assert line["deposits"] == "2.00"
    (line,) = read(desk.get("/admin/yearly/requesters.csv", {"year": 2026}))
    assert line["deposits"] == "51.00"


@pytest.mark.parametrize("year", ["", "soon", "1", "99999"])
def test_a_year_that_is_none_is_refused_with_words(desk, year):
    refused = desk.get("/admin/yearly/workers.csv", {"year": year})
    assert refused.status_code == 400
    assert "errorlist" in refused.content.decode()
    assert desk.get("/admin/yearly/cats.csv", {"year": 2026}).status_code == 404


def test_where_play_money_pays_for_live_work_the_pages_say_so(desk, settings):
    for page in (reverse("admin:money"), reverse("admin:yearly")):
        for gateway, is_said in (("play", True), ("stripe", False)):
            settings.MANYHANDS_GATEWAY = gateway
            shown = desk.get(page).content.decode()
            assert ("nobody is charged or paid" in shown) is is_said


def test_each_top_up_of_the_list_has_a_name_to_open_it_by(desk, lab, clock):
    given = {"threshold_cents": 12_50, "amount_cents": 20_00}
    made = TopUp.objects.create(
        requester=lab.requester, due_at=clock.now, changed_at=clock.now, **given
    )
    page = desk.get(reverse("admin:payments_topup_changelist")).content.decode()
    address = reverse("admin:payments_topup_change", args=[made.pk])
    assert f'<a href="{address}">$20.00 below $12.50</a>' in page
