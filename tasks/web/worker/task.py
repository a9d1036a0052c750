"""The work page: one assignment, its frame, and what becomes of it.

How things stand is asked of the server each time. What the frame says is a hint to ask now.
"""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from marketplace import clock
from marketplace.errors import DomainError
from tasks.actions.accept import accept_next
from tasks.actions.give_back import GRACE, return_assignment
from tasks.actions.note_breakage import note_breakage
from tasks.files.answering import with_names
from tasks.models import Assignment
from tasks.queries.browse import MEASURED_FROM
from tasks.queries.files import attachments_of
from tasks.queries.working import assignment_of
from tasks.states import AssignmentStatus
from tasks.web.worker.frame import task_frame
from workers.actions.set_wants_next import set_wants_next
from workers.web.access import WorkerRequest, worker_view


@worker_view
@never_cache
@require_safe
def task(request: WorkerRequest, assignment_id: str) -> HttpResponse:
    """Do the work; or, once it is over, read how it ended and go on."""
    assignment = assignment_of(request.worker, assignment_id)
    group = assignment.hit.hit_type
    context = {
        "assignment": assignment,
        "hit": assignment.hit,
        "group": group,
        "currency": group.currency,
        "is_measured": group.measured_count >= MEASURED_FROM and group.cents_per_hour is not None,
        "worker": request.worker,
        "now": clock.now(),
    }
    if not _is_in_work(assignment):
        # A fragment of the page's own polling must never be mistaken for work that goes on.
        return render(request, "tasks/worker/ended.html", context | _ended(assignment))
    frame = task_frame(request, assignment)
    seconds = max(1, int((assignment.deadline_at - assignment.accepted_at).total_seconds()))
    response = render(
        request, "tasks/worker/task.html", context | {"frame": frame, "seconds": seconds}
    )
    return frame.let_into(response)


@worker_view
@never_cache
@require_safe
def state(request: WorkerRequest, assignment_id: str) -> JsonResponse:
    """How the assignment stands, for the work page's script."""
    assignment = assignment_of(request.worker, assignment_id)
    return JsonResponse(
        {
            "status": assignment.status,
            "is_in_work": _is_in_work(assignment),
            "is_submitted": assignment.submitted_at is not None,
            "wants_next": request.worker.wants_next,
        }
    )


@worker_view
@require_POST
def next_task(request: WorkerRequest, assignment_id: str) -> HttpResponse:
    """Accept the next HIT of the same group; where there is none, back to where work is found."""
    group = assignment_of(request.worker, assignment_id).hit.hit_type
    try:
        taken = accept_next(worker=request.worker, group_id=group.public_id, at=clock.now())
    except DomainError as error:
        messages.info(request, error.message)
        return redirect("work:browse")
    return redirect("work:task", taken.assignment_id)


@worker_view
@require_POST
def give_back(request: WorkerRequest, assignment_id: str) -> HttpResponse:
    """Return the HIT for others to do."""
    returned = return_assignment(worker=request.worker, assignment_id=assignment_id, at=clock.now())
    if returned.status == AssignmentStatus.RETURNED:
        messages.success(request, _("Returned. It does not count against you."))
    else:
        messages.info(request, _("Its time had run out before. It does not count against you."))
    if request.POST.get("to") == "queue":
        return redirect("work:queue")
    return redirect("work:browse")


@worker_view
@require_POST
def broken(request: WorkerRequest, assignment_id: str) -> HttpResponse:
    """The task's page says that something in it broke; the requester is to know."""
    note_breakage(
        worker=request.worker,
        assignment_id=assignment_id,
        kind=request.POST.get("kind", ""),
        detail=request.POST.get("detail", ""),
        at=clock.now(),
    )
    return HttpResponse(status=204)


@worker_view
@require_POST
def wants_next(request: WorkerRequest) -> HttpResponse:
    """Keep whether the next HIT comes by itself."""
    set_wants_next(worker=request.worker, wants_next=request.POST.get("wants_next") == "on")
    return HttpResponse(status=204)


def _is_in_work(assignment: Assignment) -> bool:
    """Whether an answer would still be taken."""
    return (
        assignment.status == AssignmentStatus.ACCEPTED
        and assignment.deadline_at + GRACE >= clock.now()
    )


def _ended(assignment: Assignment) -> dict[str, object]:
    """How it ended, in a word and a sentence."""
    status = AssignmentStatus(assignment.status)
    due = assignment.auto_approve_at
    if status == AssignmentStatus.SUBMITTED and due and due - clock.now() < timedelta(0):
        due = None
    answer = assignment.answer or {}
    files = attachments_of([assignment]).get(assignment.pk, [])
    bonuses = list(assignment.bonuses.order_by("pk"))
    return {
        "bonuses": bonuses,
        "earned_cents": assignment.hit.reward_cents + sum(b.amount_cents for b in bonuses),
        "status": AssignmentStatus.ABANDONED if status == AssignmentStatus.ACCEPTED else status,
        "decided_by": due,
        "answer": [
            (name, ", ".join(value) if isinstance(value, list) else value)
            for name, value in ((n, with_names(v, files)) for n, v in answer.items())
        ],
    }
