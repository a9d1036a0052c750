"""Working over the API: find, accept, submit, return."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpResponse, JsonResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from marketplace import clock
from marketplace.errors import InvalidInput, NotFound
from marketplace.hurry import hurry
from marketplace.rest.docs import SANDBOX, listing, parameter, whole_list
from marketplace.rest.paging import limit_of
from marketplace.rest.views import WorkerView
from tasks.actions.accept import Accepted, accept_hit, accept_next
from tasks.actions.give_back import return_assignment
from tasks.actions.submit import Answer, submit
from tasks.queries import api, browse, working
from tasks.questions.addresses import task_address
from tasks.rest.work_shapes import (
    AcceptedOut,
    AnswerIn,
    DashboardOut,
    GroupOut,
    MineOut,
    MineWhole,
    SubmittedOut,
)
from tasks.states import AssignmentStatus
from workers import eligibility


class Groups(WorkerView):
    """Finding work."""

    @extend_schema(
        operation_id="list_groups",
        **listing(
            GroupOut,
            SANDBOX,
            parameter("search", "Words in the title, description, keywords or requester."),
            parameter("least_reward_cents", "At least this reward.", kind=OpenApiTypes.INT),
            parameter("least_cents_per_hour", "At least this pay.", kind=OpenApiTypes.INT),
            parameter("qualified", "true: only what I may accept.", kind=OpenApiTypes.BOOL),
            parameter("sort", "newest unless said.", enum=browse.SORTS),
        ),
    )
    def get(self, request: Request) -> HttpResponse:
        """Groups with HITs to accept. A page may be short where few groups are for you: follow
        `next` until it is null."""
        wanted = browse.Wanted(
            search=self.text("search"),
            least_reward_cents=min(self.number("least_reward_cents") or 0, 2**31 - 1),
            least_cents_per_hour=min(self.number("least_cents_per_hour") or 0, 2**31 - 1),
            only_qualified=self.flag("qualified"),
            sort=self.choice("sort", browse.SORTS, "newest"),
            size=limit_of(request),
        )
        page = browse.offers_for(
            eligibility.facts_of(self.worker),
            is_sandbox=self.is_sandbox,
            wanted=wanted,
            at=clock.now(),
            after=self.text("after"),
        )
        following = None
        if page.next:
            parameters = request.query_params.dict() | {"after": page.next}
            following = request.build_absolute_uri(f"{request.path}?{urlencode(parameters)}")
        return JsonResponse({"results": GroupOut(page.offers, many=True).data, "next": following})


class Group(WorkerView):
    """One group."""

    @extend_schema(operation_id="get_group", parameters=[SANDBOX], responses=GroupOut)
    def get(self, request: Request, group_id: str) -> HttpResponse:
        """One group, whether or not it has HITs left."""
        group = browse.group_for(group_id, is_sandbox=self.is_sandbox)
        offer = browse.offer_of(group, eligibility.facts_of(self.worker, group.requirements))
        if offer is None:
            raise NotFound("There is no such group of HITs, or it has been taken down.")
        return self.show(GroupOut, offer)


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _told(accepted: Accepted) -> JsonResponse:
    # By hand: a serializer would cost more than the rest of the view.
    return JsonResponse(
        {
            "id": accepted.assignment_id,
            "hit_id": accepted.hit_id,
            "group_id": accepted.group_id,
            "status": "Accepted",
            "accepted_at": _time(accepted.accepted_at),
            "deadline_at": _time(accepted.deadline_at),
        },
        status=201,
    )


class AcceptNext(WorkerView):
    """The next HIT of a group."""

    @extend_schema(operation_id="accept_next", request=None, responses={201: AcceptedOut})
    def post(self, request: Request, group_id: str) -> HttpResponse:
        """Accept a HIT of the group that you have never had.

        409 `no_more_work` where there is none, 403 `not_eligible` with `unmet`, 429
        `queue_full` with as many in work as one may have.
        """
        return _told(accept_next(worker=self.worker, group_id=group_id, at=clock.now()))


class AcceptHIT(WorkerView):
    """A HIT by name."""

    @extend_schema(operation_id="accept_hit", request=None, responses={201: AcceptedOut})
    def post(self, request: Request, hit_id: str) -> HttpResponse:
        """Accept this HIT. 409 `hit_taken` or `already_done` where it is too late for that."""
        return _told(accept_hit(worker=self.worker, hit_id=hit_id, at=clock.now()))


class Submit(WorkerView):
    """The answer."""

    @extend_schema(operation_id="submit_assignment", request=AnswerIn, responses=SubmittedOut)
    def post(self, request: Request, assignment_id: str) -> HttpResponse:
        """Submit. Doing it again changes nothing: the first answer stands, with `is_repeat`."""
        done = submit(
            assignment_id=assignment_id,
            answer=_answer(request.data),
            worker=self.worker,
            at=clock.now(),
        )
        if done.is_due:
            hurry("tasks.auto_approve")
        return JsonResponse(
            {
                "id": done.assignment_id,
                "status": "Submitted",
                "submitted_at": _time(done.submitted_at),
                "is_repeat": done.is_repeat,
            }
        )


def _answer(data: object) -> Answer:
    answer = data.get("answer") if isinstance(data, Mapping) else None
    if not isinstance(answer, Mapping):
        raise InvalidInput('Send {"answer": {field: text}}.', field="answer")
    for name, value in answer.items():
        texts = value if isinstance(value, list) else [value]
        if not all(isinstance(text, str) for text in texts):
            raise InvalidInput(
                f"The field “{name[:100]}” of an answer is text, or a list of texts.",
                field="answer",
            )
    return answer


class Return(WorkerView):
    """Giving a HIT back."""

    @extend_schema(operation_id="return_assignment", request=None, responses=MineOut)
    def post(self, request: Request, assignment_id: str) -> HttpResponse:
        """Give the HIT back, without penalty. Doing it again changes nothing."""
        return_assignment(worker=self.worker, assignment_id=assignment_id, at=clock.now())
        return self.show(MineOut, working.assignment_of(self.worker, assignment_id))


class Mine(WorkerView):
    """One assignment with its task."""

    @extend_schema(operation_id="get_my_assignment", responses=MineWhole)
    def get(self, request: Request, assignment_id: str) -> HttpResponse:
        """One of your assignments, with what to do it with."""
        assignment = working.assignment_of(self.worker, assignment_id)
        here = self.request.build_absolute_uri("/").rstrip("/")
        is_in_work = assignment.status == AssignmentStatus.ACCEPTED
        assignment.task_url = (  # type: ignore[attr-defined]
            task_address(assignment, here=here) if is_in_work else None
        )
        return self.show(MineWhole, assignment)


class History(WorkerView):
    """Everything ever accepted."""

    @extend_schema(
        operation_id="list_my_assignments",
        **listing(
            MineOut, SANDBOX, parameter("status", "Only these.", enum=AssignmentStatus.values)
        ),
    )
    def get(self, request: Request) -> HttpResponse:
        """Your assignments on one side, newest first."""
        status = self.choice("status", AssignmentStatus.values)
        return self.list(
            MineOut, api.history_of(self.worker, is_sandbox=self.is_sandbox, status=status)
        )


class Queue(WorkerView):
    """What is in work."""

    @extend_schema(
        operation_id="get_queue", parameters=[SANDBOX], responses=whole_list("Queue", MineOut)
    )
    def get(self, request: Request) -> HttpResponse:
        """What you have accepted and can still submit, what is due first at the top."""
        found = working.queue_of(self.worker, is_sandbox=self.is_sandbox, at=clock.now())
        return JsonResponse({"results": MineOut(found, many=True).data})


class Dashboard(WorkerView):
    """How the work stands."""

    @extend_schema(operation_id="get_dashboard", parameters=[SANDBOX], responses=DashboardOut)
    def get(self, request: Request) -> HttpResponse:
        """Your totals, and the days of the last 45 on which you submitted."""
        return self.show(
            DashboardOut,
            {
                "totals": working.totals_of(self.worker, is_sandbox=self.is_sandbox),
                "days": working.days_of(self.worker, is_sandbox=self.is_sandbox, at=clock.now()),
            },
        )
