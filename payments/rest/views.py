"""Money over the API: the requester's balance, the worker's earnings."""

import uuid

from django.http import HttpResponse, JsonResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from marketplace import clock
from marketplace.errors import NotFound
from marketplace.hurry import hurry
from marketplace.rest.docs import SANDBOX, listing
from marketplace.rest.once import IDEMPOTENCY_KEY, once
from marketplace.rest.paging import page_of
from marketplace.rest.views import ApiView, RequesterView, WorkerView
from payments.actions.make_deposit import make_deposit
from payments.actions.request_payout import request_payout
from payments.models import AccountKind
from payments.models import Deposit as DepositRow
from payments.models import Payout as PayoutRow
from payments.queries import (
    account_id_of,
    earnings_of,
    line_of,
    payouts_of,
    requester_balance,
    statement_of,
)
from payments.rest.shapes import (
    BalanceOut,
    DepositIn,
    DepositOut,
    EarningsOut,
    LineOut,
    PayoutIn,
    PayoutOut,
)


def _statement(view: ApiView, kind: AccountKind, holder: str) -> JsonResponse:
    """A page of what moved on one account."""
    account = account_id_of(kind, holder, view.currency)
    page = page_of(view.request, statement_of(kind, holder, view.currency))
    lines = [line_of(transfer, account_id=account or 0) for transfer in page.rows]
    return JsonResponse({"results": LineOut(lines, many=True).data, "next": page.next})


class Balance(RequesterView):
    """The requester's balance."""

    @extend_schema(operation_id="get_balance", parameters=[SANDBOX], responses=BalanceOut)
    def get(self, request: Request) -> HttpResponse:
        """What can be spent."""
        cents = requester_balance(self.by.requester.public_id, self.currency)
        return self.show(BalanceOut, {"currency": self.currency, "available_cents": cents})


class Statement(RequesterView):
    """The requester's statement."""

    @extend_schema(operation_id="get_statement", **listing(LineOut, SANDBOX))
    def get(self, request: Request) -> HttpResponse:
        """Every movement on the balance, newest first."""
        return _statement(self, AccountKind.REQUESTER, self.by.requester.public_id)


class Deposits(RequesterView):
    """Adding money."""

    @extend_schema(operation_id="list_deposits", **listing(DepositOut, SANDBOX))
    def get(self, request: Request) -> HttpResponse:
        """Deposits, newest first."""
        mine = DepositRow.objects.filter(requester=self.by.requester, currency=self.currency)
        return self.list(DepositOut, mine)

    @extend_schema(
        operation_id="make_deposit",
        parameters=[SANDBOX, IDEMPOTENCY_KEY],
        request=DepositIn,
        responses={201: DepositOut},
    )
    @once
    def post(self, request: Request) -> HttpResponse:
        """Ask for a deposit. It is on the balance when its status is `settled`."""
        deposit = make_deposit(
            by=self.by,
            user=self.user,
            amount_cents=self.read(DepositIn)["amount_cents"],
            currency=self.currency,
            at=clock.now(),
        )
        hurry("payments.settle_deposits")
        return self.show(DepositOut, deposit, status=201)


class Deposit(RequesterView):
    """One deposit."""

    @extend_schema(operation_id="get_deposit", responses=DepositOut)
    def get(self, request: Request, deposit_id: uuid.UUID) -> HttpResponse:
        """One deposit."""
        found = DepositRow.objects.filter(requester=self.by.requester, public_id=deposit_id).first()
        if found is None:
            raise NotFound("There is no such deposit.")
        return self.show(DepositOut, found)


class Earnings(WorkerView):
    """The worker's money."""

    @extend_schema(operation_id="get_earnings", parameters=[SANDBOX], responses=EarningsOut)
    def get(self, request: Request) -> HttpResponse:
        """What is available, on its way, and was paid out. What waits for review is no money
        yet: see the dashboard."""
        earned = earnings_of(self.worker.public_id, self.currency)
        return self.show(
            EarningsOut,
            {
                "currency": self.currency,
                "available_cents": earned.available_cents,
                "in_payout_cents": earned.in_payout_cents,
                "paid_cents": earned.paid_cents,
            },
        )


class EarningsStatement(WorkerView):
    """The worker's statement."""

    @extend_schema(operation_id="get_earnings_statement", **listing(LineOut, SANDBOX))
    def get(self, request: Request) -> HttpResponse:
        """Every movement on your earnings, newest first."""
        return _statement(self, AccountKind.WORKER, self.worker.public_id)


class Payouts(WorkerView):
    """Taking earnings out."""

    @extend_schema(operation_id="list_payouts", **listing(PayoutOut, SANDBOX))
    def get(self, request: Request) -> HttpResponse:
        """Your payouts, newest first."""
        return self.list(PayoutOut, payouts_of(self.worker.public_id, self.currency))

    @extend_schema(
        operation_id="request_payout",
        parameters=[SANDBOX, IDEMPOTENCY_KEY],
        request=PayoutIn,
        responses={201: PayoutOut},
    )
    @once
    def post(self, request: Request) -> HttpResponse:
        """Have earnings paid out. One payout at a time."""
        payout = request_payout(
            worker=self.worker.public_id,
            currency=self.currency,
            amount_cents=self.read(PayoutIn).get("amount_cents"),
            at=clock.now(),
        )
        hurry("payments.send_payouts")
        return self.show(PayoutOut, payout, status=201)


class Payout(WorkerView):
    """One payout."""

    @extend_schema(operation_id="get_payout", responses=PayoutOut)
    def get(self, request: Request, payout_id: uuid.UUID) -> HttpResponse:
        """One of your payouts."""
        mine = PayoutRow.objects.filter(worker=self.worker.public_id, public_id=payout_id)
        found = mine.first()
        if found is None:
            raise NotFound("There is no such payout of yours.")
        return self.show(PayoutOut, found)
