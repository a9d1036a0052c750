"""Bonuses and the balance over the API."""

import pytest

from payments.actions.make_deposit import make_deposit
from payments.queries import earnings_of
from tasks.models import Bonus
from tests import world
from tests.mturk import wire
from tests.mturk.requests import UNKNOWN, accepted, created, submitted
from tests.mturk.wire import refused


@pytest.fixture
def given(mturk, worker):
    """What a good request says."""
    assignment_id = submitted(worker, created(mturk, MaxAssignments=1)["HITId"])
    return {
        "WorkerId": worker.public_id,
        "AssignmentId": assignment_id,
        "BonusAmount": "1.50",
        "Reason": "Quick & right.",
    }


def test_a_bonus_is_paid_and_listed(mturk, worker, given):
    mturk.send_bonus(**given)
    assert earnings_of(worker.public_id, "USD").available_cents == 150
    (bonus,) = mturk.list_bonus_payments(AssignmentId=given["AssignmentId"])["BonusPayments"]
    assert bonus.pop("GrantTime")
    assert bonus == given


def test_a_token_pays_once_and_names_the_first_bonus(mturk, given):
    mturk.send_bonus(**given, UniqueRequestToken="march")
    first = Bonus.objects.get()
    refused(
        lambda: mturk.send_bonus(**given, UniqueRequestToken="march"),
        "RequestError",
        f"bonus {first.pk}",
        turk="DuplicateRequest",
    )
    mturk.send_bonus(**given, UniqueRequestToken="april")
    mturk.send_bonus(**given)
    assert Bonus.objects.count() == 3


@pytest.mark.parametrize("amount", ["0", "0.00", "a lot", "-1", "1.001", "10000.01", "9" * 30])
def test_an_amount_that_is_none(mturk, given, amount):
    refused(
        lambda: mturk.send_bonus(**{**given, "BonusAmount": amount}),
        "ParameterValidationError",
        "BonusAmount",
        turk="InvalidParameterValue",
    )


def test_a_bonus_needs_a_reason_its_worker_and_submitted_work(mturk, given, worker):
    refused(
        lambda: mturk.send_bonus(**{**given, "Reason": " "}), "ParameterValidationError", "Reason"
    )
    other = world.a_worker("ada")
    refused(
        lambda: mturk.send_bonus(**{**given, "WorkerId": other.public_id}),
        "ParameterValidationError",
        "WorkerId",
    )
    refused(
        lambda: mturk.send_bonus(**{**given, "AssignmentId": UNKNOWN}),
        "RequestError",
        turk="AssignmentDoesNotExist",
    )
    in_work = accepted(worker, created(mturk)["HITId"])
    refused(
        lambda: mturk.send_bonus(**{**given, "AssignmentId": in_work}),
        "RequestError",
        "Submitted",
        turk="InvalidAssignmentState",
    )
    assert not Bonus.objects.exists()


def test_a_bonus_above_the_balance_pays_nobody(mturk, given, worker):
    refused(
        lambda: mturk.send_bonus(**{**given, "BonusAmount": "100"}),
        "RequestError",
        turk="InsufficientFunds",
    )
    assert earnings_of(worker.public_id, "USD").available_cents == 0


def test_bonuses_are_listed_by_hit_or_assignment(mturk, given):
    hit_id = mturk.get_assignment(AssignmentId=given["AssignmentId"])["HIT"]["HITId"]
    for amount in ("0.01", "0.02", "0.03"):
        mturk.send_bonus(**{**given, "BonusAmount": amount})
    pages = mturk.get_paginator("list_bonus_payments").paginate(
        HITId=hit_id, PaginationConfig={"PageSize": 2}
    )
    amounts = [bonus["BonusAmount"] for page in pages for bonus in page["BonusPayments"]]
    assert amounts == ["0.03", "0.02", "0.01"]
    response = refused(mturk.list_bonus_payments, "ParameterValidationError", "HITId")
    assert response["TurkErrorCode"] == "AWS.MissingParameters"
    refused(
        lambda: mturk.list_bonus_payments(HITId=UNKNOWN), "RequestError", turk="HITDoesNotExist"
    )


def test_a_deposit_under_way_is_on_hold(mturk, lab, settings):
    assert mturk.get_account_balance()["OnHoldBalance"] == "0.00"
    settings.MANYHANDS_PLAY_SETTLE_SECONDS = 3600
    at = lab.requester.created_at
    make_deposit(by=lab.by, user=lab.user, amount_cents=5_00, currency="USD", at=at)
    balance = mturk.get_account_balance()
    assert (balance["AvailableBalance"], balance["OnHoldBalance"]) == ("100.00", "5.00")


def test_each_side_has_its_own_balance(key, lab):
    live = wire.a_client(key)
    sandbox = wire.a_client(key, region="sandbox")
    assert live.get_account_balance()["AvailableBalance"] == "100.00"
    assert sandbox.get_account_balance()["AvailableBalance"] == "10000.00"
