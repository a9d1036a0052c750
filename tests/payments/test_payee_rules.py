"""Where a worker's money goes: asked for, said by the gateway, and what follows, to the field."""

from datetime import timedelta

import pytest

from marketplace.audit.models import AuditEntry
from marketplace.errors import InsufficientFunds, InvalidInput, WrongState
from payments.actions.confirm_transfer import Sent, confirm_transfer
from payments.actions.onboard import ask_to_onboard, give_up_link, keep_link, name_payee
from payments.actions.record_payee import PayeeState, record_payee
from payments.actions.request_payout import request_payout
from payments.actions.set_payout_schedule import set_payout_schedule
from payments.models import Payee, Payout, PayoutBatch, PayoutSettings
from tests.payments.earning import earn

pytestmark = pytest.mark.django_db
MINUTES, DAYS = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def stripe(settings):
    settings.MANYHANDS_GATEWAY = "stripe"


def asked(clock, worker="AW", **changes):
    given = {"country": "US", "return_path": "/work/account/", "actor": "user:1", **changes}
    return ask_to_onboard(worker=worker, **given, at=clock.now)


@pytest.fixture
def payee(clock):
    return asked(clock)


def says(payee, clock, asked_at=None, **said):
    payee.refresh_from_db()
    kept = record_payee(
        payee_id=payee.pk, reference=payee.reference, said=PayeeState(**said),
        asked_at=asked_at or clock.now, at=clock.now,
    )  # fmt: skip
    payee.refresh_from_db()
    assert (kept, kept.is_ready, kept.check_at) == (payee, payee.is_ready, payee.check_at)
    return payee


def ready(payee, clock, fingerprint="bank-1", **said):
    return says(payee, clock, is_submitted=True, is_ready=True, fingerprint=fingerprint, **said)


def test_asking_for_the_way_is_a_row_and_an_entry(payee, clock):
    assert (payee.holder, payee.gateway, payee.country) == ("AW", "stripe", "US")
    assert (payee.created_at, payee.link_asked_at) == (clock.now, clock.now)
    assert (payee.return_path, payee.reference, payee.is_ready) == ("/work/account/", "", False)
    entry = AuditEntry.objects.get(action="ask_to_onboard")
    assert (entry.actor, entry.at) == ("user:1", clock.now)
    assert (entry.subject_kind, entry.subject_id) == ("worker", "AW")


def test_asking_again_forgets_the_old_way_and_nobody_elses(payee, clock):
    other = asked(clock, "AO")
    Payee.objects.create(holder="AW", gateway="another", country="US", created_at=clock.now)
    for each in (payee, other):
        keep_link(payee_id=each.pk, url="https://old/", expires_at=clock.now, at=clock.now)
        give_up_link(payee_id=each.pk, problem="It was refused.")
    before = clock.now
    clock.forward(hours=1)
    again = asked(clock, country="DE", return_path="/elsewhere/")
    assert again.pk == payee.pk
    assert (again.link_asked_at, again.link_url, again.link_expires_at) == (clock.now, "", None)
    assert (again.problem, again.return_path) == ("", "/elsewhere/")
    assert (again.country, again.created_at) == ("DE", before), "no account was opened yet"
    assert again.account_number == 1
    again.refresh_from_db()
    assert (again.country, again.return_path) == ("DE", "/elsewhere/")
    name_payee(payee_id=payee.pk, reference="acct_1", country="DE")
    assert asked(clock, country="FR").country == "DE", "the account is opened there"
    other.refresh_from_db()
    assert (other.link_url, other.problem) == ("https://old/", "It was refused.")


def test_an_account_that_is_gone_is_forgotten_by_the_next_ask_alone(payee, clock):
    name_payee(payee_id=payee.pk, reference="acct_1", country="US")
    first = payee.opening_key
    assert first == f"payee_{payee.public_id}_US"
    for reason, reference in (("listed", "acct_1"), ("gone", ""), ("gone", "")):
        says(payee, clock, disabled_reason=reason)
        assert (payee.reference, payee.account_number) == (reference or "acct_1", 1)
        if reference:
            assert asked(clock, country="DE").reference == reference
            continue
        for _ in range(2):
            again = asked(clock, country="DE")
            assert (again.reference, again.country, again.account_number) == ("", "DE", 2)
            assert again.opening_key == f"payee_{payee.public_id}_DE_2"
        break


def test_where_nobody_is_paid_there_is_nothing_to_set_up(settings, clock):
    settings.MANYHANDS_GATEWAY = "play"
    with pytest.raises(WrongState, match="play money"):
        ask_to_onboard(worker="AW", country="US", return_path="/", actor="user:1", at=clock.now)


@pytest.mark.parametrize("country", ["", "U", "USA"])
def test_a_country_has_two_letters(clock, country):
    with pytest.raises(InvalidInput) as caught:
        asked(clock, country=country)
    assert caught.value.details["field"] == "country"
    assert not Payee.objects.exists()


def test_the_way_is_kept_until_it_ends_and_is_looked_after_in_two_minutes(payee, clock):
    other = asked(clock, "AO")
    give_up_link(payee_id=payee.pk, problem="?" * 1000)
    payee.refresh_from_db()
    assert (payee.link_asked_at, payee.problem) == (None, "?" * 300)
    ends = clock.now + 5 * MINUTES
    Payee.objects.filter(pk=payee.pk).update(link_asked_at=clock.now)
    keep_link(payee_id=payee.pk, url="https://form/", expires_at=ends, at=clock.now)
    payee.refresh_from_db()
    assert (payee.link_asked_at, payee.link_url, payee.link_expires_at) == (
        None, "https://form/", ends,
    )  # fmt: skip
    assert (payee.check_at, payee.problem) == (clock.now + 2 * MINUTES, "")
    other.refresh_from_db()
    assert (other.link_asked_at, other.link_url, other.problem) == (clock.now, "", "")


def test_the_first_name_that_the_gateway_gives_stays(payee, clock):
    other = asked(clock, "AO")
    for name in ("acct_1", "acct_2"):
        name_payee(payee_id=payee.pk, reference=name, country=name[-1] * 2)
    named = set(Payee.objects.values_list("holder", "reference", "country"))
    assert named == {("AW", "acct_1", "11"), ("AO", "", "US")}
    assert other.reference == ""


def test_what_the_gateway_says_is_kept_as_far_as_there_is_room(payee, clock):
    keep_link(payee_id=payee.pk, url="https://x/", expires_at=clock.now, at=clock.now)
    says(
        payee, clock, is_submitted=True, asked_for=("a", "b"), disabled_reason="d" * 200,
        bank_hint="h" * 40, fingerprint="f" * 200,
    )  # fmt: skip
    assert (payee.is_submitted, payee.is_ready, payee.asked_for) == (True, False, ["a", "b"])
    assert (payee.disabled_reason, payee.bank_hint) == ("d" * 120, "h" * 20)
    assert (payee.fingerprint, payee.is_duplicate) == ("f" * 120, False)
    assert payee.checked_at == clock.now
    assert payee.link_url == "https://x/", "it is not done: the way still leads there"
    ready(payee, clock)
    assert (payee.link_url, payee.link_expires_at) == ("", None)


def test_an_account_of_which_nothing_is_said_is_gone_but_its_bank_account_is_remembered(
    payee, clock
):
    ready(payee, clock, asked_for=("a",), disabled_reason="d", bank_hint="h")
    says(payee, clock)
    assert (payee.is_submitted, payee.is_ready, payee.asked_for) == (False, False, [])
    assert (payee.disabled_reason, payee.bank_hint) == ("", "")
    assert (payee.fingerprint, payee.changed_at) == ("bank-1", None)
    ready(payee, clock, "f" * 200)
    changed_at = payee.changed_at
    clock.forward(hours=1)
    assert ready(payee, clock, "f" * 200).changed_at == changed_at, "it is the same one"


def test_two_workers_with_one_bank_account_are_one_until_the_second_names_another(payee, clock):
    second = asked(clock, "AO")
    for each in (payee, second, second):
        ready(each, clock)
    assert (payee.is_duplicate, second.is_duplicate) == (False, True)
    assert (second.fingerprint, second.is_ready, second.checked_at) == ("bank-1", True, clock.now)
    assert not ready(second, clock, "bank-2").is_duplicate
    assert not ready(payee, clock).is_duplicate


def test_one_who_is_ready_is_asked_about_weekly_and_others_from_minutes_to_a_day(payee, clock):
    began = clock.now
    waits = {}
    for age in (0 * MINUTES, 8 * MINUTES, 12 * MINUTES, 2 * DAYS, 4 * DAYS, 9 * DAYS):
        clock.set(began + age)
        waits[age] = says(payee, clock).check_at - clock.now
    assert waits == {
        0 * MINUTES: 2 * MINUTES, 8 * MINUTES: 2 * MINUTES, 12 * MINUTES: 3 * MINUTES,
        2 * DAYS: DAYS / 2, 4 * DAYS: DAYS, 9 * DAYS: DAYS,
    }  # fmt: skip
    assert ready(payee, clock).check_at == clock.now + 7 * DAYS


def test_an_answer_counts_unless_a_later_one_is_here(payee, clock):
    ready(payee, clock)
    says(payee, clock, asked_at=clock.now - timedelta(microseconds=1))
    assert payee.is_ready
    says(payee, clock, asked_at=clock.now)
    assert not payee.is_ready


def test_another_bank_account_holds_back_what_waits_for_this_worker_and_is_in_the_trail(
    payee, clock
):
    ready(payee, clock)
    name_payee(payee_id=payee.pk, reference="acct_1", country="US")
    other = ready(asked(clock, "AO"), clock, "bank-9")
    for worker in ("AW", "AO"):
        earn(clock, worker, 500)
        request_payout(worker=worker, currency="USD", at=clock.now)
    earn(clock, "AW", 500, "XTS")
    sandbox = request_payout(worker="AW", currency="XTS", at=clock.now)
    later = clock.now + 3 * DAYS
    mine = Payout.objects.get(worker="AW", currency="USD")
    assert mine.destination == "acct_1"
    ready(payee, clock, "bank-2", bank_hint="6789")
    assert (payee.changed_at, payee.held_until()) == (clock.now, clock.now + 2 * DAYS)
    due = dict(Payout.objects.filter(currency="USD").values_list("worker", "due_at"))
    assert due == {"AW": clock.now + 2 * DAYS, "AO": clock.now}
    sandbox.refresh_from_db()
    assert sandbox.due_at == clock.now, "another gateway's money has another way out"
    entry = AuditEntry.objects.get(action="payout_destination_changed")
    assert (entry.actor, entry.at) == ("system", clock.now)
    assert (entry.subject_kind, entry.subject_id) == ("worker", "AW")
    assert entry.data == {"gateway": "stripe", "bank_hint": "6789"}
    Payout.objects.filter(worker="AW").update(due_at=later)
    ready(payee, clock, "bank-3")
    mine.refresh_from_db()
    assert mine.due_at == later, "no sooner than it was"
    Payout.objects.filter(worker="AO").update(status="sending")
    ready(other, clock, "bank-10")
    assert Payout.objects.get(worker="AO").due_at == clock.now, "it is with the gateway already"


def test_what_is_asked_for_after_a_change_waits_for_its_hold(payee, clock):
    ready(payee, clock)
    ready(payee, clock, "bank-2")
    earn(clock, "AW", 500)
    clock.forward(hours=1)
    payout = request_payout(worker="AW", currency="USD", at=clock.now)
    assert payout.due_at == payee.changed_at + 2 * DAYS
    Payee.objects.update(changed_at=clock.now - 3 * DAYS)
    Payout.objects.update(status="sent", finished_at=clock.now)
    earn(clock, "AW", 300)
    assert request_payout(worker="AW", currency="USD", at=clock.now).due_at == clock.now


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"is_submitted": False, "is_ready": True}, "Say first where"),
        ({"is_submitted": True, "is_ready": True, "is_duplicate": True}, "another worker's"),
        ({"is_submitted": True, "is_ready": False}, "still wants to know"),
    ],
)
def test_nobody_is_paid_who_is_not_ready_and_alone_with_the_account(payee, clock, state, words):
    earn(clock, "AW", 500)
    earn(clock, "ANEW", 500)
    Payee.objects.update(**state)
    with pytest.raises(WrongState, match=words):
        request_payout(worker="AW", currency="USD", at=clock.now)
    with pytest.raises(WrongState, match="Say first where"):
        request_payout(worker="ANEW", currency="USD", at=clock.now)
    assert not Payout.objects.exists()
    earn(clock, "AW", 500, "XTS")
    sandbox = request_payout(worker="AW", currency="XTS", at=clock.now)
    assert (sandbox.gateway, sandbox.destination) == ("play", "AW")


def test_the_least_can_be_paid_out_and_not_a_cent_less(payee, clock, settings):
    ready(payee, clock)
    earn(clock, "AW", 100)
    with pytest.raises(InvalidInput, match=r"at least \$1.00; this would be \$0.99") as caught:
        request_payout(worker="AW", currency="USD", amount_cents=99, at=clock.now)
    assert caught.value.details["field"] == "amount"
    with pytest.raises(InsufficientFunds) as lacking:
        request_payout(worker="AW", currency="USD", amount_cents=103, at=clock.now)
    assert lacking.value.details["missing_cents"] == 3
    settings.MANYHANDS_MINIMUM_PAYOUT_CENTS = 0
    with pytest.raises(InvalidInput, match=r"at least \$0.01"):
        request_payout(worker="AW", currency="USD", amount_cents=0, at=clock.now)
    assert request_payout(worker="AW", currency="USD", amount_cents=1, at=clock.now)


def test_the_days_requests_are_one_batch_in_each_currency(payee, clock):
    ready(payee, clock)
    earn(clock, "AW", 500)
    earn(clock, "AW", 500, "XTS")
    earn(clock, "AO", 500, "XTS")
    batches = [
        request_payout(worker=worker, currency=currency, at=clock.now).batch
        for worker, currency in (("AW", "USD"), ("AW", "XTS"), ("AO", "XTS"))
    ]
    assert batches[1] == batches[2] != batches[0]
    assert [batch.currency for batch in batches[:2]] == ["USD", "XTS"]
    clock.forward(days=1)
    earn(clock, "AX", 500, "XTS")
    tomorrow = request_payout(worker="AX", currency="XTS", at=clock.now).batch
    assert tomorrow not in batches
    assert {batch.prepared_at for batch in batches} == {batches[0].payouts.get().created_at}
    own = PayoutBatch.objects.create(kind="daily", on=clock.now.date(), currency="XTS")
    earn(clock, "AY", 500, "XTS")
    assert request_payout(worker="AY", currency="XTS", batch=own, at=clock.now).batch == own


def test_a_schedule_is_kept_per_worker_and_can_be_changed(clock):
    set_payout_schedule(worker="AO", schedule="weekly", minimum_cents=100)
    for schedule, cents in (("daily", 500), ("request", 100)):
        kept = set_payout_schedule(worker="AW", schedule=schedule, minimum_cents=cents)
        assert (kept.worker, kept.schedule, kept.minimum_cents) == ("AW", schedule, cents)
    assert PayoutSettings.objects.count() == 2
    for wrong, field in (({"schedule": "hourly"}, "schedule"), ({"minimum_cents": 99}, "minimum")):
        given = {"worker": "AW", "schedule": "daily", "minimum_cents": 100, **wrong}
        with pytest.raises(InvalidInput) as caught:
            set_payout_schedule(**given)
        assert caught.value.details["field"] == field


@pytest.fixture
def payout(payee, clock):
    ready(payee, clock)
    name_payee(payee_id=payee.pk, reference="acct_1", country="US")
    earn(clock, "AW", 500)
    made = request_payout(worker="AW", currency="USD", at=clock.now)
    made.status = "unknown"
    made.save()
    return made


def hears(payout, clock, gateway="stripe", **changes):
    sent = {
        "reference": "tr_1", "transfer_group": payout.transfer_group, "destination": "acct_1",
        "amount_cents": 500, "currency": "USD", **changes,
    }  # fmt: skip
    words = confirm_transfer(gateway=gateway, sent=Sent(**sent), at=clock.now)
    payout.refresh_from_db()
    return words


@pytest.mark.parametrize("status", ["sending", "unknown"])
def test_a_transfer_that_the_gateway_tells_of_ends_the_payout_that_waits_for_it(
    payout, clock, status
):
    Payout.objects.update(status=status)
    assert hears(payout, clock) == ""
    assert (payout.status, payout.gateway_reference) == ("sent", "tr_1")
    assert payout.finished_at == clock.now
    assert hears(payout, clock) == "", "told again"
    earn(clock, "AW", 501)
    second = request_payout(worker="AW", currency="USD", at=clock.now)
    Payout.objects.filter(pk=second.pk).update(status=status)
    assert hears(second, clock, reference="tr_3", amount_cents=501) == ""
    assert second.gateway_reference == "tr_3"
    assert hears(payout, clock, reference="tr_2") == (
        "transfer tr_2 of 500 cents is a second one beside tr_1"
    )


@pytest.mark.parametrize(
    "change", [{"amount_cents": 501}, {"destination": "acct_2"}, {"currency": "EUR"}]
)
def test_a_transfer_of_something_else_is_said_and_ends_nothing(payout, clock, change):
    words = hears(payout, clock, **change)
    assert words.endswith("is not what the payout asked for")
    assert payout.status == "unknown"


@pytest.mark.parametrize("status", ["held", "failed"])
def test_a_transfer_for_a_payout_that_waits_for_none_is_said_and_moves_nothing(
    payout, clock, status
):
    ended = clock.now if status == "failed" else None
    Payout.objects.update(status=status, finished_at=ended)
    assert hears(payout, clock) == f"transfer tr_1 of 500 cents left for a payout that is {status}"
    assert payout.status == status


def test_a_transfer_that_is_none_of_ours_is_passed_over(payout, clock):
    assert hears(payout, clock, gateway="play") == ""
    assert hears(payout, clock, transfer_group="") == ""
    assert hears(payout, clock, transfer_group="somebody_elses") == ""
    assert payout.status == "unknown"
