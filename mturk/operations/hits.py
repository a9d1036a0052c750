"""HITs are looked up, changed and deleted."""

from django.db.models import Q, QuerySet

from marketplace.errors import NotFound
from mturk.operation import Answer, Call, Given, operation
from mturk.operations.hit_types import hit_type_of
from mturk.paging import page
from mturk.shown import hit_shape
from tasks.actions.change_hit import add_assignments, delete_hit, set_expiration, set_reviewing
from tasks.actions.change_hit_type import change_hit_type
from tasks.models import HIT
from tasks.states import HITStatus
from workers.eligibility import COMPUTED
from workers.queries import type_by_id


@operation("GetHIT", mutates=False)
def get(call: Call, given: Given) -> Answer:
    """One HIT, deleted or not."""
    return {"HIT": hit_shape(hit_of(call, given["HITId"]), at=call.at)}


@operation("ListHITs", mutates=False)
def list_all(call: Call, given: Given) -> Answer:
    """All of them that are not deleted, newest first."""
    return _page(call, given, _kept(call))


@operation("ListReviewableHITs", mutates=False)
def list_reviewable(call: Call, given: Given) -> Answer:
    """Finished HITs, of one type or of all, newest first."""
    is_reviewing = given.get("Status", HITStatus.REVIEWABLE) == HITStatus.REVIEWING
    found = _kept(call)
    if hit_type_id := given.get("HITTypeId"):
        found = found.filter(hit_type=hit_type_of(call, hit_type_id))
    # By the clock: expired ones as well that the sweep has not been at.
    is_over = Q(open_slots=0) | Q(expires_at__lte=call.at)
    return _page(call, given, found.filter(is_over, accepted_count=0, is_reviewing=is_reviewing))


@operation("ListHITsForQualificationType", mutates=False)
def list_for_qualification_type(call: Call, given: Given) -> Answer:
    """HITs that ask for a qualification, newest first."""
    kind = given["QualificationTypeId"]
    if kind not in COMPUTED:
        type_by_id(kind, is_sandbox=call.is_sandbox)
    asked = [{"QualificationTypeId": kind}]
    return _page(call, given, _kept(call).filter(hit_type__requirements__contains=asked))


@operation("UpdateExpirationForHIT", mutates=True)
def update_expiration(call: Call, given: Given) -> Answer:
    """Another time; one in the past expires the HIT at once."""
    set_expiration(
        by=call.by,
        hit_id=given["HITId"],
        expires_at=given["ExpireAt"],
        is_sandbox=call.is_sandbox,
        at=call.at,
    )
    return {}


@operation("CreateAdditionalAssignmentsForHIT", mutates=True)
def create_additional_assignments(call: Call, given: Given) -> Answer:
    """More workers, paid for from the balance."""
    add_assignments(
        by=call.by,
        hit_id=given["HITId"],
        extra=given["NumberOfAdditionalAssignments"],
        request_token=given.get("UniqueRequestToken", ""),
        is_sandbox=call.is_sandbox,
        keeps_few=True,
        at=call.at,
    )
    return {}


@operation("UpdateHITReviewStatus", mutates=True)
def update_review_status(call: Call, given: Given) -> Answer:
    """Reviewable to Reviewing, or back with Revert."""
    set_reviewing(
        by=call.by,
        hit_id=given["HITId"],
        is_reviewing=not given.get("Revert", False),
        is_sandbox=call.is_sandbox,
        at=call.at,
    )
    return {}


@operation("UpdateHITTypeOfHIT", mutates=True)
def update_hit_type(call: Call, given: Given) -> Answer:
    """Other terms for a HIT, where they may still change."""
    change_hit_type(
        by=call.by,
        hit_id=given["HITId"],
        hit_type_id=given["HITTypeId"],
        is_sandbox=call.is_sandbox,
        at=call.at,
    )
    return {}


@operation("DeleteHIT", mutates=True)
def delete(call: Call, given: Given) -> Answer:
    """A finished and reviewed HIT is done with; its payments stay."""
    delete_hit(by=call.by, hit_id=given["HITId"], is_sandbox=call.is_sandbox, at=call.at)
    return {}


def hits_of(call: Call) -> QuerySet[HIT]:
    """The requester's HITs on this side."""
    return HIT.objects.filter(
        hit_type__requester=call.by.requester, hit_type__is_sandbox=call.is_sandbox
    )


def hit_of(call: Call, hit_id: str, among: QuerySet[HIT] | None = None) -> HIT:
    """The requester's HIT of this id on this side, read whole unless `among` reads less. Raises
    NotFound."""
    found = _whole(hits_of(call)) if among is None else among
    hit = found.filter(public_id=hit_id).first()
    if hit is None:
        raise NotFound(f"Hit {hit_id} does not exist.", thing="hit")
    return hit


def _whole(hits: QuerySet[HIT]) -> QuerySet[HIT]:
    """With all that hit_shape shows."""
    return hits.select_related("hit_type", "question", "layout", "batch__project").defer(
        "hit_type__search", "layout__layout", "batch__project__layout"
    )


def _kept(call: Call) -> QuerySet[HIT]:
    return _whole(hits_of(call)).filter(disposed_at=None)


def _page(call: Call, given: Given, found: QuerySet[HIT]) -> Answer:
    return page(found, given, name="HITs", show=lambda hit: hit_shape(hit, at=call.at))
