"""The operations, a module for each kind of thing. Importing this package registers them."""

from mturk.operations import (
    assignments,
    bonuses,
    creating,
    hit_types,
    hits,
    notifications,
    qualifications,
    review_policies,
    workers,
)

__all__ = [
    "assignments",
    "bonuses",
    "creating",
    "hit_types",
    "hits",
    "notifications",
    "qualifications",
    "review_policies",
    "workers",
]
