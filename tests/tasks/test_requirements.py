"""What may be asked of workers, and that the same in other words is the same."""

import pytest

from marketplace.errors import InvalidInput, NotFound, WrongState
from tasks.actions.accept import accept_next
from tasks.actions.create_hit_type import hit_type_for
from tasks.actions.save_project import create_project, update_project
from tasks.errors import NotEligible
from tasks.queries.browse import Wanted, offers_for
from tasks.requirements import normalised
from tests import world
from tests.world import PROJECT, TERMS
from workers.actions.award_masters import award_masters, withdraw_masters
from workers.actions.block_worker import block_worker
from workers.actions.grant_qualification import grant_qualification, revoke_qualification
from workers.actions.qualification_types import (
    delete_qualification_type,
    update_qualification_type,
)
from workers.eligibility import LOCALE, MASTERS, NUMBER_APPROVED, PERCENT_APPROVED, facts_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(clock):
    return world.a_lab()


@pytest.fixture
def worker(clock):
    return world.a_worker()


def asks(kind, comparator="Exists", *values, **more):
    requirement = {"QualificationTypeId": kind, "Comparator": comparator}
    if values:
        requirement["IntegerValues"] = list(values)
    return requirement | more


def places(comparator, *codes, **more):
    values = [{"Country": code} for code in codes]
    return {
        "QualificationTypeId": LOCALE, "Comparator": comparator, "LocaleValues": values, **more
    }  # fmt: skip


COUNTRIES = [f"{first}{second}" for first in "ABCDEF" for second in "ABCDEF"]


@pytest.mark.parametrize("wrong", [
    asks("3X", "Above", 1), asks("3X", None, 1), {"Comparator": "Exists"}, asks(7), asks(""),
    asks("3X\0"), asks("3" * 65),
    asks("3X", "EqualTo"), asks("3X", "EqualTo", 1, 2), asks("3X", "GreaterThan", 1, 2),
    asks("3X", "In"), asks("3X", "In", *range(16)), asks("3X", "NotIn", *range(16)),
    asks("3X", "In", 2**31), asks("3X", "In", True), asks("3X", "In", "1"), asks("3X", "In", 1.5),
    asks("3X", "Exists", 1), asks("3X", "DoesNotExist", 1),
    asks("3X", "EqualTo", 1, LocaleValues=[{"Country": "US"}]),
    asks("3X", ActionsGuarded="Discover"),
    places("EqualTo", "US", "GB"), places("NotEqualTo", "US", "GB"), places("In"),
    places("In", *COUNTRIES[:31]), places("NotIn", *COUNTRIES[:31]), places("Exists"),
    places("GreaterThan", "US"), places("EqualTo", "us"), places("EqualTo", "USA"),
    places("EqualTo", "U1"), places("EqualTo", "US", IntegerValues=[1]),
    places("EqualTo", "US") | {"LocaleValues": [{"Country": "US", "Subdivision": "pa"}]},
    places("EqualTo", "US") | {"LocaleValues": ["US"]},
])  # fmt: skip
def test_a_requirement_that_cannot_be_is_refused(wrong):
    with pytest.raises(InvalidInput) as refused:
        normalised([wrong])
    assert refused.value.details["field"] == "requirements"


@pytest.mark.parametrize("right", [
    asks("3X", "In", *range(15)), asks("3X", "EqualTo", -(2**31)), asks("3X", "DoesNotExist"),
    places("In", *COUNTRIES[:30]), places("NotEqualTo", "US"),
    places("EqualTo", "US") | {"LocaleValues": [{"Country": "US", "Subdivision": "PA"}]},
])  # fmt: skip
def test_a_requirement_comes_back_as_it_was_given(right):
    assert normalised([right]) == [{**right, "ActionsGuarded": "Accept"}]
    assert normalised(normalised([right])) == normalised([right])


def test_at_most_ten_requirements(lab):
    normalised([asks("3X")] * 10)
    with pytest.raises(InvalidInput, match="10"):
        normalised([asks("3X")] * 11)


@pytest.mark.parametrize(
    ("said", "guarded"),
    [
        ({}, "Accept"),
        ({"RequiredToPreview": False}, "Accept"),
        ({"RequiredToPreview": True}, "PreviewAndAccept"),
        ({"RequiredToPreview": True, "ActionsGuarded": "DiscoverPreviewAndAccept"},
         "DiscoverPreviewAndAccept"),
        ({"ActionsGuarded": "PreviewAndAccept"}, "PreviewAndAccept"),
    ],
)  # fmt: skip
def test_the_deprecated_way_to_guard_previews_means_the_same(said, guarded):
    assert normalised([asks("3X", **said)])[0]["ActionsGuarded"] == guarded


def test_the_same_requirements_in_other_words_give_the_same_type(lab, clock):
    percent = {"QualificationTypeId": PERCENT_APPROVED, "IntegerValues": [95]}
    ways = [
        {**percent, "Comparator": "GreaterThan"},
        {"Comparator": "GreaterThan", **percent, "RequiredToPreview": False},
        {"ActionsGuarded": "Accept", "Comparator": "GreaterThan", "LocaleValues": [], **percent},
    ]
    made = {
        hit_type_for(
            requester=lab.requester,
            is_sandbox=False,
            terms={**TERMS, "requirements": [way]},
            at=clock.now,
        ).pk
        for way in ways
    }
    assert len(made) == 1


def test_what_is_asked_for_has_to_exist_here_and_be_active(lab, clock):
    sandbox = world.a_qualification(lab, "Sandbox", is_sandbox=True)
    deleted = world.a_qualification(lab, "Deleted")
    delete_qualification_type(by=lab.by, kind=deleted, at=clock.now)
    asleep = world.a_qualification(lab, "Asleep", status="Inactive")
    cases = [
        ("3NOTHING", NotFound),
        (sandbox.public_id, NotFound),
        (deleted.public_id, NotFound),
        (MASTERS[True], NotFound),
        (asleep.public_id, WrongState),
    ]
    for kind, error in cases:
        terms = {**TERMS, "requirements": [asks(kind)]}
        with pytest.raises(error) as refused:
            hit_type_for(requester=lab.requester, is_sandbox=False, terms=terms, at=clock.now)
        assert refused.value.details["thing"] == "qualification_type"
        with pytest.raises(error):
            create_project(by=lab.by, is_sandbox=False, values=PROJECT | terms, at=clock.now)


def test_another_requesters_type_and_masters_may_be_asked_for(lab, clock):
    theirs = world.a_qualification(world.a_lab("Other Lab"))
    requirements = [asks(theirs.public_id), asks(MASTERS[False])]
    assert world.a_project(lab, requirements=requirements).requirements == normalised(requirements)


def test_a_project_whose_qualification_fell_asleep_can_still_be_renamed(lab, clock):
    kind = world.a_qualification(lab)
    project = world.a_project(lab, requirements=[asks(kind.public_id)])
    update_qualification_type(by=lab.by, kind=kind, values={"status": "Inactive"}, at=clock.now)
    update_project(by=lab.by, project=project, values={"name": "Renamed"}, at=clock.now)
    project.refresh_from_db()
    assert project.name == "Renamed"


# Who may accept


def accepts(worker, batch, clock):
    """Whether the worker gets a HIT of the batch."""
    try:
        accept_next(worker=worker, group_id=batch.hit_type.public_id, at=clock.now)
    except NotEligible:
        return False
    return True


def test_a_granted_value_opens_the_door_while_it_is_granted(lab, worker, clock):
    kind = world.a_qualification(lab)
    batch = world.a_batch(lab, requirements=[asks(kind.public_id, "GreaterThan", 80)])
    assert not accepts(worker, batch, clock)
    grant_qualification(by=lab.by, kind=kind, worker=worker, value=80, at=clock.now)
    assert not accepts(worker, batch, clock)
    grant_qualification(by=lab.by, kind=kind, worker=worker, value=81, at=clock.now)
    assert accepts(worker, batch, clock)
    revoke_qualification(by=lab.by, kind=kind, worker=worker, at=clock.now)
    assert not accepts(worker, batch, clock)


def test_work_that_excludes_by_a_qualification(lab, worker, clock):
    kind = world.a_qualification(lab)
    batch = world.a_batch(lab, requirements=[asks(kind.public_id, "DoesNotExist")])
    assert accepts(worker, batch, clock)
    grant_qualification(by=lab.by, kind=kind, worker=worker, at=clock.now)
    assert not accepts(worker, batch, clock)


def test_a_deleted_or_inactive_type_still_counts_for_work_under_way(lab, worker, clock):
    kind = world.a_qualification(lab)
    batch = world.a_batch(lab, requirements=[asks(kind.public_id)])
    grant_qualification(by=lab.by, kind=kind, worker=worker, at=clock.now)
    update_qualification_type(by=lab.by, kind=kind, values={"status": "Inactive"}, at=clock.now)
    assert accepts(worker, batch, clock)
    delete_qualification_type(by=lab.by, kind=kind, at=clock.now)
    assert accepts(worker, batch, clock)


def test_masters_are_made_by_staff_on_both_sides(lab, worker, clock):
    staff = world.a_user("staff@site.test", is_staff=True)
    batch = world.a_batch(lab, requirements=[asks(MASTERS[False])])
    assert not accepts(worker, batch, clock)
    award_masters(staff=staff, worker=worker, reason="Years of good work.", at=clock.now)
    assert accepts(worker, batch, clock)
    assert set(MASTERS.values()) <= set(facts_of(worker).granted)
    withdraw_masters(staff=staff, worker=worker, reason="Sold the account.", at=clock.now)
    assert not accepts(worker, batch, clock)


def test_the_refusal_names_the_qualification_and_not_its_id(lab, worker, clock):
    kind = world.a_qualification(lab, "Careful reader")
    batch = world.a_batch(lab, requirements=[asks(kind.public_id)])
    with pytest.raises(NotEligible) as refused:
        accept_next(worker=worker, group_id=batch.hit_type.public_id, at=clock.now)
    assert refused.value.details["unmet"] == ["Careful reader has been granted"]


def test_entry_costs_no_query_more_where_nothing_granted_is_asked(
    lab, worker, clock, django_assert_num_queries
):
    computed = [asks(NUMBER_APPROVED, "LessThan", 5), places("In", "US")]
    with django_assert_num_queries(0):
        facts_of(worker, computed)
    with django_assert_num_queries(1):
        facts_of(worker, [*computed, asks("3X"), asks("3Y")])
    with django_assert_num_queries(1):
        facts_of(worker)


# What is found


def found(worker, clock, **wanted):
    page = offers_for(facts_of(worker), is_sandbox=False, wanted=Wanted(**wanted), at=clock.now)
    return page.offers


def test_the_list_of_work_says_what_can_be_requested(lab, worker, clock):
    kind = world.a_qualification(lab, "Careful reader")
    world.a_batch(lab, requirements=[asks(kind.public_id), asks(MASTERS[False])])
    careful, masters = found(worker, clock)[0].conditions
    assert (careful.words, careful.request_id) == (
        "Careful reader has been granted",
        kind.public_id,
    )
    assert masters.request_id == ""
    assert found(worker, clock, only_qualified=True) == []
    grant_qualification(by=lab.by, kind=kind, worker=worker, at=clock.now)
    assert found(worker, clock)[0].conditions[0].request_id == ""


def test_a_page_of_work_costs_the_same_number_of_queries_however_much_is_on_it(
    lab, worker, clock, django_assert_max_num_queries
):
    for number in range(4):
        kind = world.a_qualification(lab, f"Skill {number}")
        world.a_batch(lab, title=f"Work {number}", requirements=[asks(kind.public_id)])
    with django_assert_max_num_queries(3):
        assert len(found(worker, clock)) == 4


def test_hidden_work_shows_with_the_qualification_that_it_asks(lab, worker, clock):
    kind = world.a_qualification(lab)
    hidden = asks(kind.public_id, ActionsGuarded="DiscoverPreviewAndAccept")
    world.a_batch(lab, requirements=[hidden])
    assert found(worker, clock) == []
    grant_qualification(by=lab.by, kind=kind, worker=worker, at=clock.now)
    assert len(found(worker, clock)) == 1


def test_the_work_of_who_has_blocked_the_worker_is_not_found(lab, worker, clock):
    world.a_batch(lab)
    block_worker(by=lab.by, worker=worker, is_sandbox=True, reason="Spam.", at=clock.now)
    assert len(found(worker, clock)) == 1
    block_worker(by=lab.by, worker=worker, is_sandbox=False, reason="Spam.", at=clock.now)
    assert found(worker, clock) == []
    assert len(found(world.a_worker("otto"), clock)) == 1
