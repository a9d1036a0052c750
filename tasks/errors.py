"""What can go wrong with work, in words for workers and requesters."""

from marketplace.errors import DomainError, LimitReached, NotAllowed, WrongState


class NoMoreWork(WrongState):
    """The group has no HIT that this worker could accept."""

    code = "no_more_work"


class HITTaken(WrongState):
    """The HIT's last slot went to somebody else."""

    code = "hit_taken"


class AlreadyDone(WrongState):
    """This worker has had an assignment of this HIT before."""

    code = "already_done"


class TooLate(WrongState):
    """The time allotted had run out."""

    code = "too_late"


class NotEligible(NotAllowed):
    """The worker doesn't meet the group's requirements; `details["unmet"]` has them in words."""

    code = "not_eligible"


class Blocked(NotAllowed):
    """The requester has blocked the worker. Why is the requester's own note."""

    code = "blocked"


class QueueFull(LimitReached):
    """The worker has as many assignments in work as may be had at once."""

    code = "queue_full"


class RejectionIsFinal(DomainError):
    """The time in which a rejection can be undone is over."""

    code = "rejection_final"
    status = 409
