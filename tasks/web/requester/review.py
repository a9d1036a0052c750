"""The review table, and decisions on what is checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace import clock, ids, money
from marketplace.accounts.models import Role
from marketplace.hurry import hurry
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.errors import refusals_shown_in
from payments.queries import requester_balance
from tasks.actions.decide import Decided, approve_assignments, reject_assignments
from tasks.actions.review_run import start_run_on
from tasks.actions.send_bonus import send_bonus
from tasks.annotations.brief import brief, names_in, values_by_name
from tasks.files.answering import with_names
from tasks.models import Assignment, Attachment, Batch, ReviewItem
from tasks.queries import results as queries
from tasks.queries.batches import counts_of
from tasks.queries.files import attachments_of
from tasks.queries.results import Filter
from tasks.states import AssignmentStatus
from tasks.web.requester.answers import answer_context
from tasks.web.requester.files import let_media_in
from tasks.web.requester.forms import BonusForm, ReasonForm
from tasks.web.requester.lookups import own_batch, own_hit, own_submission
from tasks.web.requester.rights import rights_of

SIZES = (25, 50, 100)
STATUSES = {
    "Submitted": gettext_lazy("To review"),
    "Approved": gettext_lazy("Approved"),
    "Rejected": gettext_lazy("Rejected"),
    "": gettext_lazy("All"),
}
SHOWN_AT_FIRST = 3
CELL = 160


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """An input or an answer field as a column of the table."""

    key: str
    name: str
    is_shown: bool


def filter_from(query: QueryDict) -> Filter:
    """What the address asks for; without a status, what waits for review."""
    status = query.get("status", AssignmentStatus.SUBMITTED)
    return Filter(
        status=status if status in STATUSES else AssignmentStatus.SUBMITTED,
        worker=_typed(query, "worker")[:20],
        answer=_typed(query, "answer")[:200],
    )


def _typed(query: QueryDict, name: str) -> str:
    """A word to search for; the database takes no NUL character, and nobody types one."""
    return query.get(name, "").replace("\0", "").strip()


@requester_view()
@require_safe
def review(request: MemberRequest, batch_id: int) -> HttpResponse:
    """The answers of a batch that match the filter, a page at a time."""
    batch = own_batch(request, batch_id)
    wanted = filter_from(request.GET)
    size = next((n for n in SIZES if request.GET.get("size") == str(n)), SIZES[0])
    found = queries.answers_in(batch, wanted).select_related("hit", "worker")
    shown, previous, following = _page(request, found, size)
    columns = _columns(request, batch)
    matching = _sums(batch, wanted)
    context = {
        "batch": batch,
        "filter": wanted,
        "statuses": STATUSES.items(),
        "sizes": SIZES,
        "size": size,
        "columns": columns,
        "rows": _rows(shown, columns),
        "previous": previous,
        "next": following,
        "matching": matching,
        "back": request.GET.urlencode(),
        "filter_query": _filter_query(wanted),
        "shown": answer_context(request, shown[0]) if shown else None,
        **rights_of(request),
    }
    return let_media_in(render(request, "tasks/requester/review.html", context))


def _page(request: HttpRequest, found: Any, size: int) -> tuple[list[Assignment], str, str]:
    """A page of answers and the queries of the pages beside it; keys are "<hit>-<assignment>"."""
    later, earlier = _key(request.GET.get("after", "")), _key(request.GET.get("before", ""))
    if earlier:
        rows = list(queries.before(found, earlier)[: size + 1])
        has_previous, has_next = len(rows) > size, True
        rows = rows[:size][::-1]
    else:
        rows = list((queries.after(found, later) if later else found)[: size + 1])
        has_previous, has_next = later is not None, len(rows) > size
        rows = rows[:size]
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)

    def address(name: str, row: Assignment) -> str:
        return f"?{query.urlencode()}&{urlencode({name: f'{row.hit_id}-{row.pk}'})}"

    return (
        rows,
        address("before", rows[0]) if rows and has_previous else "",
        address("after", rows[-1]) if rows and has_next else "",
    )


def _key(text: str) -> tuple[int, int] | None:
    hit, _dash, pk = text.partition("-")
    if not (text.isascii() and hit.isdigit() and pk.isdigit() and len(text) < 38):
        return None
    return int(hit), int(pk)


def _columns(request: HttpRequest, batch: Batch) -> list[Column]:
    sample = queries.sampled_answers(batch)
    answers = sorted({name for answer in sample for name in names_in(answer)})
    keys = [f"Input.{name}" for name in batch.columns] + [f"Answer.{name}" for name in answers]
    chosen = set(request.GET.getlist("col")) & set(keys)
    if not chosen:
        chosen = {f"Input.{name}" for name in batch.columns[:1]}
        chosen |= {f"Answer.{name}" for name in answers[:SHOWN_AT_FIRST]}
    return [Column(key=k, name=k.partition(".")[2], is_shown=k in chosen) for k in keys]


def _rows(shown: list[Assignment], columns: list[Column]) -> list[dict[str, Any]]:
    files = attachments_of(shown)
    return [_row(each, columns, files.get(each.pk, [])) for each in shown]


def _row(assignment: Assignment, columns: list[Column], files: list[Attachment]) -> dict[str, Any]:
    values = []
    said = values_by_name(assignment.answer)
    for column in columns:
        if column.is_shown:
            text = _value(assignment, column, said, files)
            values.append((column.name, text if len(text) <= CELL else f"{text[:CELL]}…"))
    return {"assignment": assignment, "values": values}


def _value(
    assignment: Assignment, column: Column, said: Mapping[str, Any], files: list[Attachment]
) -> str:
    if column.key.startswith("Input."):
        return str(assignment.hit.inputs.get(column.name, ""))
    return brief(with_names(said.get(column.name), files))


def _sums(batch: Batch, wanted: Filter) -> dict[str, int]:
    """How many match, and what approving them pays: rewards and fees, in cents.

    A whole status is read from the batch's counters; only a search has to count.
    """
    if wanted.worker or wanted.answer:
        answers = queries.answers_in(batch, wanted).order_by().count()
    else:
        counts = counts_of(batch)
        answers = {
            AssignmentStatus.SUBMITTED.value: counts.submitted,
            AssignmentStatus.APPROVED.value: counts.approved,
            AssignmentStatus.REJECTED.value: counts.rejected,
        }.get(wanted.status, counts.submitted + counts.reviewed)
    return {"answers": answers, "cents": answers * (batch.reward_cents + batch.fee_cents)}


def _filter_query(wanted: Filter) -> str:
    return urlencode({"status": wanted.status, "worker": wanted.worker, "answer": wanted.answer})


@requester_view(Role.REVIEWER)
@require_POST
def decide(request: MemberRequest, batch_id: int) -> HttpResponse:
    """Approve, reject or undo the rejection of what is checked."""
    batch = own_batch(request, batch_id)
    _decide(request, Assignment.objects.filter(hit__batch=batch), batch.reward_cents)
    back = reverse("requester:review", args=[batch.pk])
    return redirect(f"{back}?{request.POST.get('back', '')}")


@requester_view(Role.REVIEWER)
@require_POST
def decide_hit(request: MemberRequest, hit_id: str) -> HttpResponse:
    """The same, of one HIT's answers."""
    hit = own_hit(request, hit_id)
    _decide(request, Assignment.objects.filter(hit=hit), hit.reward_cents)
    return redirect("requester:hit", hit.public_id)


def _decide(request: MemberRequest, among: QuerySet[Assignment], reward_cents: int) -> None:
    checked = request.POST.getlist("assignment")[: max(SIZES)]
    wanted = [name for name in checked if "\0" not in name]
    chosen = list(among.filter(public_id__in=wanted).values_list("public_id", flat=True))
    decision = request.POST.get("decision")
    if not chosen:
        messages.warning(request, _("Check at least one answer first."))
    elif decision == "reject":
        form = ReasonForm(request.POST)
        if form.is_valid():
            decided = _reject(request, chosen, form.cleaned_data["reason"])
            _tell(request, reward_cents, "reject", decided)
        else:
            messages.error(request, _("A rejection needs a reason of at most 1,024 characters."))
    elif decision in ("approve", "undo"):
        decided = approve_assignments(
            by=request.acting,
            assignment_ids=chosen,
            at=clock.now(),
            undo_rejection=decision == "undo",
        )
        _tell(request, reward_cents, decision, decided)


def _reject(request: MemberRequest, chosen: list[str], reason: str) -> Decided:
    return reject_assignments(
        by=request.acting, assignment_ids=chosen, at=clock.now(), feedback=reason
    )


def _tell(request: MemberRequest, reward_cents: int, what: str, decided: Decided) -> None:
    count = len(decided.done)
    if count and what in ("approve", "undo"):
        paid = money.show(count * reward_cents, money.currency_of(is_sandbox=request.is_sandbox))
        words = (
            ngettext(
                "%(count)d answer approved; %(paid)s paid.",
                "%(count)d answers approved; %(paid)s paid.",
                count,
            )
            if what == "approve"
            else ngettext(
                "%(count)d rejection undone: the answer is approved, and %(paid)s paid.",
                "%(count)d rejections undone: the answers are approved, and %(paid)s paid.",
                count,
            )
        )
        messages.success(request, words % {"count": count, "paid": paid})
    elif count:
        words = ngettext("%(count)d answer rejected.", "%(count)d answers rejected.", count)
        messages.success(request, words % {"count": count})
    for refusal in list(decided.refused.values())[:5]:
        messages.error(request, refusal.message)


@requester_view(Role.REVIEWER)
@require_http_methods(["GET", "POST"])
def decide_all(request: MemberRequest, batch_id: int) -> HttpResponse:
    """Approve or reject everything that matches the filter: the number and the sum, then go."""
    batch = own_batch(request, batch_id)
    wanted = filter_from(request.GET)
    decision = "reject" if request.GET.get("decision") == "reject" else "approve"
    is_undo = wanted.status == AssignmentStatus.REJECTED and decision == "approve"
    if not is_undo:
        wanted = Filter(
            status=AssignmentStatus.SUBMITTED, worker=wanted.worker, answer=wanted.answer
        )
    chosen = queries.answers_in(batch, wanted)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and (decision == "approve" or form.is_valid()):
        reason = form.cleaned_data["reason"] if decision == "reject" else ""
        with refusals_shown_in(form):
            run = start_run_on(
                by=request.acting,
                batch=batch,
                chosen=chosen,
                decision=ReviewItem.Decision(decision),
                feedback=reason,
                at=clock.now(),
            )
            hurry("tasks.run_reviews")
            return redirect("requester:run", batch.pk, run.pk)
    context = {
        "batch": batch,
        "filter": wanted,
        "filter_query": _filter_query(wanted),
        "decision": decision,
        "is_undo": is_undo,
        "form": form,
        "matching": _sums(batch, wanted),
    }
    return render(request, "tasks/requester/decide_all.html", context)


@requester_view(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def bonus(request: MemberRequest, assignment_id: str) -> HttpResponse:
    """Give a bonus for one answer. The page's own token makes a double press pay once."""
    assignment = own_submission(request, assignment_id)
    currency = assignment.hit.hit_type.currency
    form = BonusForm(request.POST or None, initial={"token": ids.secret("bonus")})
    if form.is_valid():
        with refusals_shown_in(form):
            sent = send_bonus(
                by=request.acting,
                assignment_id=assignment.public_id,
                amount_cents=form.cleaned_data["amount"],
                reason=form.cleaned_data["reason"],
                request_token=form.cleaned_data["token"],
                at=clock.now(),
            )
            amount = money.show(sent.amount_cents, currency)
            messages.success(request, _("The bonus of %(amount)s is paid.") % {"amount": amount})
            return redirect(_page_of(assignment))
    context = {
        "assignment": assignment,
        "back": _page_of(assignment),
        "form": form,
        "currency": currency,
        "balance_cents": requester_balance(request.acting.requester.public_id, currency),
        "has_fee": settings.MANYHANDS_FEE_PERCENT > 0,
    }
    return render(request, "tasks/requester/bonus.html", context)


def _page_of(assignment: Assignment) -> str:
    """Where the answer is shown: its own page, or among those to a HIT that a program made."""
    hit = assignment.hit
    if hit.batch_id is None:
        return reverse("requester:hit", args=[hit.public_id])
    return reverse("requester:answer", args=[hit.batch_id, assignment.public_id])
