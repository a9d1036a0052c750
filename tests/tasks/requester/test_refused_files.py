"""A file with problems stands in the list until a better one takes its place."""

import pytest

from tasks.queries.batches import batches_of, in_progress
from tests import world

pytestmark = pytest.mark.django_db


def test_a_refused_file_is_listed_until_a_later_one_of_its_project_is_there():
    lab = world.a_lab()
    project = world.a_project(lab)
    refused = world.an_upload(lab, project, b"wrong\nrow\n")
    other = world.an_upload(lab, world.a_project(lab, name="Another"), b"wrong\nrow\n")

    def listed():
        return set(in_progress(batches_of(lab.requester, is_sandbox=False)))

    assert listed() == {refused, other}
    better = world.an_upload(lab, project, ["row"])
    assert listed() == {better, other}
