"""`make seeded-bugs` can be run: what it changes is there, and so are the tests that it names."""

import pytest

from tests.seeded_bugs import BUGS, ROOT


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.words)
def test_a_seeded_bug_has_its_place_and_its_test(bug):
    for path, old, new in bug.changes:
        assert (ROOT / path).read_text().count(old) == 1, (path, old)
        assert new != old
    for test in bug.tests:
        path, _, name = test.partition("::")
        assert f"def {name}" in (ROOT / path).read_text(), test
