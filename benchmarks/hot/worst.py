"""Accept-next where it is hard: near the end of a group, and where nobody has swept."""

import random
import statistics
import time
from contextlib import suppress
from datetime import timedelta

from django.db import connection, transaction

from benchmarks.hot import seed
from marketplace import clock
from marketplace.accounts.models import User
from marketplace.errors import DomainError
from tasks.actions.accept import accept_next
from workers.actions.become_worker import become_worker
from workers.models import Worker

TIMES = 30
GROUP = 20_000


def tell(owner: User) -> None:
    """Print the median and the worst of accept-next in each case."""
    at = clock.now()
    user = User.objects.create_user("wanda@worst.test", None)
    worker = become_worker(user=user, country="US", at=at)
    group, pk = seed.open_hits(owner, "Worst", GROUP, 10)
    seed.analyse()
    _measure(f"a fresh worker, {GROUP:,} open HITs", worker, group)
    for left in (GROUP // 2, 100, 1, 0):
        _has_done(worker, pk, GROUP - left)
        seed.analyse()
        _measure(f"has done all but {left:,} of {GROUP:,}", worker, group)
    other, pk = seed.open_hits(owner, "Expired", 100_000, 10)
    fresh = User.objects.create_user("walt@worst.test", None)
    _expire_all_but(pk, 10)
    seed.analyse()
    walt = become_worker(user=fresh, country="US", at=at)
    _measure("99,990 of 100,000 expired and not swept", walt, other)


def _measure(case: str, worker: Worker, group: str) -> None:
    times = []
    for _ in range(TIMES):
        since = time.perf_counter()
        with transaction.atomic():
            with suppress(DomainError):
                accept_next(worker=worker, group_id=group, at=clock.now())
            times.append((time.perf_counter() - since) * 1000)
            transaction.set_rollback(True)
    print(f"{case:45} {statistics.median(times):7.1f} ms, at worst {max(times):.1f}")


def _has_done(worker: Worker, group: int, count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tasks_assignment (public_id, hit_id, worker_id, status, accepted_at,"
            " deadline_at, submitted_at, answer, feedback, decided_by)"
            " SELECT '3' || upper(substr(md5(h.id::text || %s), 1, 29)), h.id, %s, 'Submitted',"
            " now(), now() + interval '1 hour', now(), '{}', '', ''"
            " FROM tasks_hit h WHERE h.hit_type_id = %s AND NOT EXISTS (SELECT 1 FROM"
            " tasks_assignment a WHERE a.hit_id = h.id AND a.worker_id = %s)"
            " ORDER BY h.id"
            " LIMIT %s - (SELECT count(*) FROM tasks_assignment WHERE worker_id = %s)",
            [str(random.random()), worker.pk, group, worker.pk, count, worker.pk],
        )


def _expire_all_but(group: int, left: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tasks_hit SET expires_at = %s WHERE hit_type_id = %s AND id NOT IN"
            " (SELECT id FROM tasks_hit WHERE hit_type_id = %s ORDER BY id LIMIT %s)",
            [clock.now() - timedelta(minutes=1), group, group, left],
        )
