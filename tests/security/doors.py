"""The kinds of door there are, and what each answers to each visitor."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from marketplace.accounts.models import ROLE_RANK, Role
from tests.security.visitors import Visitor


class Outcome(StrEnum):
    """What a visitor gets."""

    IN = "in"
    SIGN_IN = "asked to sign in"
    JOIN = "sent to join first"
    FORBIDDEN = "forbidden"
    MISSING = "not there"
    NO_METHOD = "not by this method"


@dataclass(frozen=True)
class Door:
    """Who may enter; `role` for members of a requester."""

    kind: str
    role: Role = Role.VIEWER

    def answers(self, visitor: Visitor, belongs_to: str) -> Outcome:
        """`belongs_to` says whose object is behind it: "requester", "worker", "nobody", or ""."""
        if self.kind == "anyone":
            return Outcome.IN
        if self.kind == "nobody":
            return Outcome.MISSING
        if visitor.user is None:
            return Outcome.SIGN_IN
        if self.kind == "signed_in":
            is_foreign = belongs_to not in ("", visitor.name)
            return Outcome.MISSING if is_foreign else Outcome.IN
        if self.kind == "member":
            return self._to_member(visitor, belongs_to)
        if self.kind == "worker":
            return self._to_worker(visitor, belongs_to)
        if self.kind == "staff":
            return Outcome.IN if visitor.is_staff else Outcome.MISSING
        raise ValueError(self.kind)

    def _to_member(self, visitor: Visitor, belongs_to: str) -> Outcome:
        if visitor.role is None:
            return Outcome.JOIN
        if ROLE_RANK[visitor.role] < ROLE_RANK[self.role]:
            return Outcome.FORBIDDEN
        return Outcome.MISSING if visitor.is_stranger and belongs_to else Outcome.IN

    def _to_worker(self, visitor: Visitor, belongs_to: str) -> Outcome:
        if not visitor.is_worker:
            return Outcome.JOIN
        return Outcome.MISSING if visitor.is_stranger and belongs_to else Outcome.IN


ANYONE, SIGNED_IN, STAFF = Door("anyone"), Door("signed_in"), Door("staff")
NOBODY = Door("nobody")
WORKER = Door("worker")
VIEWER, REVIEWER, MANAGER, OWNER = (
    Door("member", role) for role in (Role.VIEWER, Role.REVIEWER, Role.MANAGER, Role.OWNER)
)


OPTIONS = ("data", "csv", "except_for")


@dataclass(frozen=True)
class Route:
    """One line of the table: the door by method (None: not by this method), whose object the
    URL names, and where its parts come from among the props."""

    get: Door | None = None
    post: Door | None = None
    belongs_to: str = ""
    kwargs: dict[str, str] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    csv: str = ""  # the body itself
    token: str = ""  # "requester" or "worker": the REST API, by bearer token
    except_for: dict[str, Outcome] = field(default_factory=dict)

    def expected(self, method: str, visitor: Visitor) -> Outcome:
        """What this visitor must get."""
        door, other = (self.get, self.post) if method == "GET" else (self.post, self.get)
        special = self.except_for.get(f"{method} {visitor.name}")
        if special is not None:
            return special
        if door is not None:
            return self._by_kind(door.answers(visitor, self.belongs_to))
        assert other is not None
        # The API leaves roles to the rules, which a method that isn't there never reaches.
        door = Door(other.kind) if self.token else other
        kept_out = self._by_kind(door.answers(visitor, ""))
        return Outcome.NO_METHOD if kept_out is Outcome.IN else kept_out

    def _by_kind(self, outcome: Outcome) -> Outcome:
        """A program is told what a person would be led to."""
        return Outcome.FORBIDDEN if self.token and outcome is Outcome.JOIN else outcome


def page(
    get: Door | None = None, post: Door | None = None, *, of: str = "", **options: Any
) -> Route:
    """A page about the requester's, or by `of` the worker's, own: kwargs are written as
    `batch_id="batch.pk"`."""
    known = {name: options.pop(name) for name in OPTIONS if name in options}
    return Route(get=get, post=post, belongs_to=of, kwargs=options, **known)


def call(
    token: str, get: Door | None = None, post: Door | None = None, *, of: str = "", **options: Any
) -> Route:
    """A call of the REST API with a requester's or a worker's token."""
    known = {name: options.pop(name) for name in OPTIONS if name in options}
    return Route(get=get, post=post, belongs_to=of, kwargs=options, token=token, **known)
