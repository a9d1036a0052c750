"""Rows written back in one statement are as the instances say, and no other row is touched."""

from datetime import timedelta

import pytest

from marketplace import clock
from marketplace.rows import write_back
from tasks.models import HIT
from tests import world

pytestmark = pytest.mark.django_db


def test_each_row_gets_its_own_values_in_one_statement(django_assert_num_queries):
    hits = list(world.a_batch(world.a_lab(), rows=3).all_hits.order_by("pk"))
    for number, hit in enumerate(hits[:2]):
        hit.annotation = f"it's {number}; %s"
        hit.expires_at = clock.now() + timedelta(days=number)
        hit.max_assignments = 7  # not named below
    hits[1].disposed_at = None
    with django_assert_num_queries(1):
        write_back(hits[:2], ["annotation", "expires_at", "disposed_at"])
    for hit in hits[:2]:
        kept = HIT.objects.get(pk=hit.pk)
        assert (kept.annotation, kept.expires_at) == (hit.annotation, hit.expires_at)
        assert kept.max_assignments == 2
    assert HIT.objects.get(pk=hits[2].pk).annotation == hits[2].annotation


def test_no_rows_are_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        write_back([], ["annotation"])
