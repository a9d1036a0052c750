"""Reviewing over the API: approve, reject, undo, give a bonus."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from marketplace import clock
from marketplace.rest.once import IDEMPOTENCY_KEY, once
from marketplace.rest.views import RequesterView
from tasks.actions.decide import Decided, approve_assignments, only, reject_assignments
from tasks.actions.send_bonus import send_bonus
from tasks.queries import api
from tasks.rest.shapes import (
    ApproveMany,
    ApproveOne,
    BonusIn,
    BonusOut,
    DecidedOut,
    RejectMany,
    RejectOne,
    SubmissionOut,
)


def _told(decided: Decided) -> JsonResponse:
    refused = [
        {"id": public_id, "code": error.code, "detail": error.message}
        for public_id, error in decided.refused.items()
    ]
    return JsonResponse({"done": decided.done, "refused": refused})


class Submission(RequesterView):
    """One submission."""

    @extend_schema(operation_id="get_assignment", responses=SubmissionOut)
    def get(self, request: Request, assignment_id: str) -> HttpResponse:
        """One submission with its answer."""
        return self.show(SubmissionOut, api.submission_of(self.by.requester, assignment_id))


class ApproveAll(RequesterView):
    """Many at once: much quicker than one by one."""

    @extend_schema(operation_id="approve_assignments", request=ApproveMany, responses=DecidedOut)
    def post(self, request: Request) -> HttpResponse:
        """Approve and pay up to 500. What can't be approved is named with its reason, and the
        rest goes through."""
        values = self.read(ApproveMany)
        return _told(
            approve_assignments(
                by=self.by,
                assignment_ids=values["assignment_ids"],
                feedback=values["feedback"],
                undo_rejection=values["undo_rejections"],
                at=clock.now(),
            )
        )


class RejectAll(RequesterView):
    """Many at once, with one reason."""

    @extend_schema(operation_id="reject_assignments", request=RejectMany, responses=DecidedOut)
    def post(self, request: Request) -> HttpResponse:
        """Reject up to 500. Nothing is paid; the money stays in escrow through the time for
        appeals."""
        values = self.read(RejectMany)
        return _told(
            reject_assignments(
                by=self.by,
                assignment_ids=values["assignment_ids"],
                feedback=values["reason"],
                at=clock.now(),
            )
        )


class DecideOne(RequesterView):
    """What the views that decide on one have in common."""

    def decided(self, decision: Decided, assignment_id: str) -> HttpResponse:
        """The assignment as it is now, or the refusal."""
        only(decision, assignment_id)
        return self.show(SubmissionOut, api.submission_of(self.by.requester, assignment_id))


class Approve(DecideOne):
    """Approving one."""

    undo_rejection = False

    @extend_schema(operation_id="approve_assignment", request=ApproveOne, responses=SubmissionOut)
    def post(self, request: Request, assignment_id: str) -> HttpResponse:
        """Approve and pay."""
        decision = approve_assignments(
            by=self.by,
            assignment_ids=[assignment_id],
            feedback=self.read(ApproveOne)["feedback"],
            undo_rejection=self.undo_rejection,
            at=clock.now(),
        )
        return self.decided(decision, assignment_id)


class UndoRejection(Approve):
    """Approving one that was rejected."""

    undo_rejection = True

    @extend_schema(operation_id="undo_rejection", request=ApproveOne, responses=SubmissionOut)
    def post(self, request: Request, assignment_id: str) -> HttpResponse:
        """Approve and pay a rejected assignment, within 30 days of its rejection."""
        return super().post(request, assignment_id)


class Reject(DecideOne):
    """Rejecting one."""

    @extend_schema(operation_id="reject_assignment", request=RejectOne, responses=SubmissionOut)
    def post(self, request: Request, assignment_id: str) -> HttpResponse:
        """Reject, with the reason that the worker sees."""
        decision = reject_assignments(
            by=self.by,
            assignment_ids=[assignment_id],
            feedback=self.read(RejectOne)["reason"],
            at=clock.now(),
        )
        return self.decided(decision, assignment_id)


class Bonus(RequesterView):
    """Money on top."""

    @extend_schema(
        operation_id="send_bonus",
        parameters=[IDEMPOTENCY_KEY],
        request=BonusIn,
        responses={201: BonusOut},
    )
    @once
    def post(self, request: Request, assignment_id: str) -> HttpResponse:
        """Pay a bonus at once. A second one with the same `request_token` is refused with 409."""
        values: dict[str, Any] = self.read(BonusIn)
        bonus = send_bonus(by=self.by, assignment_id=assignment_id, at=clock.now(), **values)
        return self.show(BonusOut, bonus, status=201)
