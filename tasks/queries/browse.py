"""Finding work: the groups of one side that a worker may discover, from the groups table alone.

No HIT is counted or read here, so that a page costs the same at a thousand open HITs and at a
million. Requirements are evaluated in memory, over a bounded number of groups a page.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.functions import Coalesce

from marketplace.errors import NotFound
from tasks.models import HIT, HITType
from workers import eligibility
from workers.eligibility import Facts, Kind
from workers.queries import blocking

MEASURED_FROM = 5
"""A median of fewer submissions says too little to be shown, sorted by or asked for."""

ROUNDS = 5
"""A page looks at this many times its size before it gives what it has found."""

# What sorts, as an expression that is never null: rows page by (key, id), both falling.
_RATE = Case(
    When(measured_count__gte=MEASURED_FROM, then=Coalesce(F("cents_per_hour"), 0)), default=0
)
_SORTS: dict[str, Any] = {
    "newest": F("newest_hit_at"),  # as the index of open groups has it; never null on one
    "reward": F("reward_cents"),
    "pay": _RATE,
    "hits": F("hits_available"),
}
SORTS = tuple(_SORTS)
PAGE_SIZES = (20, 50, 100)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a worker looks for."""

    search: str = ""
    least_reward_cents: int = 0
    least_cents_per_hour: int = 0
    only_qualified: bool = False
    sort: str = "newest"
    size: int = PAGE_SIZES[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A requirement in words, and whether this worker meets it."""

    words: str
    is_met: bool
    request_id: str = ""
    """The qualification type, where the worker could request it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """A group as one worker sees it."""

    group: HITType
    conditions: list[Condition]
    can_preview: bool
    can_accept: bool

    @property
    def is_measured(self) -> bool:
        """Whether its pay per hour rests on enough submissions to be said."""
        return self.group.measured_count >= MEASURED_FROM and bool(self.group.median_seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Offers, and where the next page starts ("" on the last)."""

    offers: list[Offer]
    next: str


def open_groups(*, is_sandbox: bool, at: datetime) -> QuerySet[HITType]:
    """Groups of one side with work that can be accepted now."""
    return HITType.objects.filter(
        is_sandbox=is_sandbox,
        hits_available__gt=0,
        taken_down_at=None,
        last_expiry_at__gt=at,
        requester__suspended_at=None,
    ).select_related("requester")


def offer_of(group: HITType, facts: Facts, kinds: Mapping[str, Kind] | None = None) -> Offer | None:
    """The group as a worker with these facts sees it; None where it must stay undiscovered.

    `kinds` (eligibility.kinds_in) names what its requirements ask for; looked up if not given.
    """
    if eligibility.unmet(group.requirements, facts, action="discover"):
        return None
    if kinds is None:
        kinds = eligibility.kinds_in(group.requirements)
    return Offer(
        group=group,
        conditions=[_condition(requirement, facts, kinds) for requirement in group.requirements],
        can_preview=not eligibility.unmet(group.requirements, facts, action="preview"),
        can_accept=not eligibility.unmet(group.requirements, facts, action="accept"),
    )


def _condition(
    requirement: Mapping[str, Any], facts: Facts, kinds: Mapping[str, Kind]
) -> Condition:
    kind = requirement["QualificationTypeId"]
    is_met = eligibility.is_met(requirement, facts)
    can_request = not is_met and kind in kinds and kinds[kind].is_requestable
    return Condition(
        words=eligibility.in_words(requirement, kinds),
        is_met=is_met,
        request_id=kind if can_request else "",
    )


def offers_for(
    facts: Facts, *, is_sandbox: bool, wanted: Wanted, at: datetime, after: str = ""
) -> Page:
    """A page of the work that a worker with these facts may discover; not that of requesters
    who have blocked the worker.

    `after` is a former page's `next`. A page may come out short where most groups are not for
    this worker: its `next` goes on from there.
    """
    groups = _wanted(open_groups(is_sandbox=is_sandbox, at=at), wanted)
    if facts.worker_id is not None:
        groups = groups.exclude(requester__in=blocking(facts.worker_id, is_sandbox=is_sandbox))
    found: list[HITType] = []
    last: HITType | None = None
    is_more = False
    for group in _rows(groups, wanted, after):
        if is_more := len(found) == wanted.size:
            break
        last = group
        stands_between = "accept" if wanted.only_qualified else "discover"
        if not eligibility.unmet(group.requirements, facts, action=stands_between):
            found.append(group)
    kinds = eligibility.kinds_in(asked for group in found for asked in group.requirements)
    offers = [offer for group in found if (offer := offer_of(group, facts, kinds))]
    looked_at_all = not is_more and getattr(last, "is_last", True)
    return Page(offers=offers, next="" if looked_at_all or last is None else _cursor(last))


def group_for(public_id: str, *, is_sandbox: bool) -> HITType:
    """The group, of this side and open to workers. Raises NotFound with what to do."""
    group = HITType.objects.select_related("requester").filter(public_id=public_id).first()
    if group is None or group.taken_down_at or group.requester.suspended_at:
        raise NotFound("There is no such group of HITs, or it has been taken down.")
    if group.is_sandbox != is_sandbox:
        side = "the sandbox" if group.is_sandbox else "live"
        raise NotFound(f"This work is on the other side: go to {side} to see it.")
    return group


def sample_of(group: HITType, *, at: datetime) -> HIT | None:
    """One HIT of the group that can be accepted now, to preview."""
    return (
        HIT.objects.filter(hit_type=group, open_slots__gt=0, expires_at__gt=at)
        .select_related("question")
        .order_by("shuffle")
        .first()
    )


def hit_for(public_id: str, *, is_sandbox: bool) -> HIT:
    """One HIT of a group that workers of this side can see. Raises NotFound."""
    hit = (
        HIT.objects.filter(public_id=public_id, disposed_at=None)
        .select_related("question", "hit_type")
        .first()
    )
    if hit is None:
        raise NotFound("There is no such HIT, or it is gone.")
    hit.hit_type = group_for(hit.hit_type.public_id, is_sandbox=is_sandbox)
    return hit


def _wanted(groups: QuerySet[HITType], wanted: Wanted) -> QuerySet[HITType]:
    if wanted.search:
        query = SearchQuery(wanted.search, config="english", search_type="websearch")
        groups = groups.filter(Q(search=query) | Q(requester__name__icontains=wanted.search))
    if wanted.least_reward_cents:
        groups = groups.filter(reward_cents__gte=wanted.least_reward_cents)
    if wanted.least_cents_per_hour:
        groups = groups.filter(
            measured_count__gte=MEASURED_FROM, cents_per_hour__gte=wanted.least_cents_per_hour
        )
    return groups.defer("search")


def _rows(groups: QuerySet[HITType], wanted: Wanted, after: str) -> Iterator[HITType]:
    """Groups in order from `after` on, a bounded number; the very last one `is_last`."""
    ordered = groups.annotate(sort_key=_SORTS[wanted.sort]).order_by("-sort_key", "-pk")
    if position := _position(after, is_time=wanted.sort == "newest"):
        key, pk = position
        ordered = ordered.filter(Q(sort_key__lt=key) | Q(sort_key=key, pk__lt=pk))
    bound = ROUNDS * wanted.size
    found = list(ordered[: bound + 1])
    if 0 < len(found) <= bound:
        found[-1].is_last = True  # type: ignore[attr-defined]
    for group in found[:bound]:
        group.is_last = getattr(group, "is_last", False)  # type: ignore[attr-defined]
        yield group


def _cursor(group: HITType) -> str:
    key = group.sort_key  # type: ignore[attr-defined]
    return f"{key.isoformat() if isinstance(key, datetime) else key}~{group.pk}"


def _position(after: str, *, is_time: bool) -> tuple[datetime | int, int] | None:
    """What a cursor says; None where it says nothing that can be used."""
    key, _tilde, pk = after.partition("~")
    try:
        number = int(pk)
        position = _moment(key) if is_time else int(key)
    except (ValueError, OverflowError):
        return None
    return (position, number) if 0 <= number < 2**63 and _fits(position) else None


def _moment(text: str) -> datetime:
    """The time in UTC: PostgreSQL takes no offset of 16 hours or more."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its offset")
    return moment.astimezone(UTC)


def _fits(key: datetime | int) -> bool:
    return isinstance(key, datetime) or abs(key) < 2**63
