"""HITs over the API, for the requester."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from marketplace import clock
from marketplace.rest.docs import SANDBOX, listing, parameter
from marketplace.rest.once import IDEMPOTENCY_KEY, once
from marketplace.rest.views import RequesterView
from tasks.actions.change_hit import add_assignments, delete_hit, set_expiration
from tasks.queries import api
from tasks.rest.batches import BY_HIT_STATUS, BY_STATUS, REVIEWED_OR_TO_REVIEW
from tasks.rest.shapes import Expiration, HITOut, MoreAssignments, SubmissionOut
from tasks.states import HITStatus


class HITs(RequesterView):
    """All HITs of a requester, whichever batch they are of."""

    @extend_schema(
        operation_id="list_hits",
        **listing(HITOut, SANDBOX, parameter("group", "Only of this group."), BY_HIT_STATUS),
    )
    def get(self, request: Request) -> HttpResponse:
        """HITs on one side, newest first."""
        found = api.hits_of(
            self.by.requester,
            is_sandbox=self.is_sandbox,
            group_id=self.text("group", most=64),
            status=self.choice("status", HITStatus.values),
        )
        return self.list(HITOut, found)


class HIT(RequesterView):
    """One HIT."""

    @extend_schema(operation_id="get_hit", responses=HITOut)
    def get(self, request: Request, hit_id: str) -> HttpResponse:
        """One HIT with its counters."""
        return self.show(HITOut, api.hit_of(self.by.requester, hit_id))

    @extend_schema(operation_id="delete_hit", responses={204: None})
    def delete(self, request: Request, hit_id: str) -> HttpResponse:
        """Dispose of a HIT that is finished and reviewed. Its payments stay."""
        delete_hit(by=self.by, hit_id=hit_id, at=clock.now())
        return HttpResponse(status=204)


class SetExpiration(RequesterView):
    """More time, or less."""

    @extend_schema(
        operation_id="set_hit_expiration",
        parameters=[IDEMPOTENCY_KEY],
        request=Expiration,
        responses=HITOut,
    )
    @once
    def post(self, request: Request, hit_id: str) -> HttpResponse:
        """Let the HIT expire at another time. Assignments that had closed unused open again,
        and are paid for again."""
        until = self.read(Expiration)["expires_at"]
        set_expiration(by=self.by, hit_id=hit_id, expires_at=until, at=clock.now())
        return self.show(HITOut, api.hit_of(self.by.requester, hit_id))


class AddAssignments(RequesterView):
    """More workers."""

    @extend_schema(
        operation_id="add_assignments",
        parameters=[IDEMPOTENCY_KEY],
        request=MoreAssignments,
        responses=HITOut,
    )
    @once
    def post(self, request: Request, hit_id: str) -> HttpResponse:
        """Let more workers do the HIT, paid for from the balance."""
        extra = self.read(MoreAssignments)["extra"]
        add_assignments(by=self.by, hit_id=hit_id, extra=extra, at=clock.now())
        return self.show(HITOut, api.hit_of(self.by.requester, hit_id))


class HITSubmissions(RequesterView):
    """What was submitted to one HIT."""

    @extend_schema(operation_id="list_assignments_of_hit", **listing(SubmissionOut, BY_STATUS))
    def get(self, request: Request, hit_id: str) -> HttpResponse:
        """In the order in which they were accepted."""
        hit = api.hit_of(self.by.requester, hit_id)
        status = self.choice("status", REVIEWED_OR_TO_REVIEW)
        return self.list(SubmissionOut, api.submissions_to(hit, status=status), by=("id",))
