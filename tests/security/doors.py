"""The kinds of door there are, and what each answers to each visitor."""

from dataclasses import dataclass, field
from enum import StrEnum

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
        return Outcome.MISSING

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


@dataclass(frozen=True)
class Route:
    """One line of the table: the door by method (None: not by this method), whose object the
    URL names, and where its parts come from among the props."""

    get: Door | None = None
    post: Door | None = None
    belongs_to: str = ""
    kwargs: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    token: str = ""  # "requester" or "worker": the REST API, by bearer token
    except_for: dict[str, Outcome] = field(default_factory=dict)

    def expected(self, method: str, visitor: Visitor) -> Outcome:
        """What this visitor must get."""
        door, other = (self.get, self.post) if method == "GET" else (self.post, self.get)
        special = self.except_for.get(f"{method} {visitor.name}")
        if special is not None:
            return special
        if door is not None:
            return door.answers(visitor, self.belongs_to)
        assert other is not None
        kept_out = other.answers(visitor, "")
        return Outcome.NO_METHOD if kept_out is Outcome.IN else kept_out
