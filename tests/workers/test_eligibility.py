"""Requirements: every comparator, over every kind of value."""

import pytest

from workers.eligibility import (
    ADULT,
    LOCALE,
    NUMBER_APPROVED,
    PERCENT_APPROVED,
    PERCENT_REJECTED,
    Facts,
    in_words,
    is_met,
    unmet,
)

SKILL = "3SKILL"


def facts(country="US", subdivision="PA", approved=0, rejected=0, **granted):
    """A worker's facts."""
    return Facts(
        country=country,
        subdivision=subdivision,
        approved=approved,
        rejected=rejected,
        granted={SKILL: granted["skill"]} if "skill" in granted else {},
    )


def number(comparator, *values, kind=SKILL):
    """A requirement on an integer."""
    return {"QualificationTypeId": kind, "Comparator": comparator, "IntegerValues": list(values)}


def place(comparator, *places):
    """A requirement on where the worker lives: "US", "US-PA"."""
    values = []
    for code in places:
        country, _hyphen, part = code.partition("-")
        values.append({"Country": country, **({"Subdivision": part} if part else {})})
    return {"QualificationTypeId": LOCALE, "Comparator": comparator, "LocaleValues": values}


@pytest.mark.parametrize(
    ("comparator", "values", "met_by", "unmet_by"),
    [
        ("EqualTo", [80], [80], [79, 81]),
        ("NotEqualTo", [80], [79, 81], [80]),
        ("LessThan", [80], [79, 0, -5], [80, 81]),
        ("LessThanOrEqualTo", [80], [80, 79], [81]),
        ("GreaterThan", [80], [81], [80, 79]),
        ("GreaterThanOrEqualTo", [80], [80, 81], [79]),
        ("In", [1, 3], [1, 3], [2, 0]),
        ("NotIn", [1, 3], [2, 0], [1, 3]),
        ("Exists", [], [0, 80], []),
        ("DoesNotExist", [], [], [0, 80]),
    ],
)
def test_a_comparator_over_a_score(comparator, values, met_by, unmet_by):
    requirement = number(comparator, *values)
    assert all(is_met(requirement, facts(skill=value)) for value in met_by)
    assert not any(is_met(requirement, facts(skill=value)) for value in unmet_by)


@pytest.mark.parametrize(
    "comparator",
    ["EqualTo", "NotEqualTo", "LessThan", "LessThanOrEqualTo", "GreaterThan",
     "GreaterThanOrEqualTo", "In", "NotIn", "Exists"],
)  # fmt: skip
def test_a_score_that_was_never_granted_meets_nothing_but_does_not_exist(comparator):
    assert not is_met(number(comparator, 80), facts())
    assert is_met(number("DoesNotExist"), facts())


@pytest.mark.parametrize(
    ("comparator", "places", "met_by", "unmet_by"),
    [
        ("EqualTo", ["US"], ["US", "US-PA", "US-CA"], ["CA", "DE-BE"]),
        ("EqualTo", ["US-PA"], ["US-PA"], ["US", "US-CA", "DE-PA"]),
        ("NotEqualTo", ["US"], ["CA", "DE-BE"], ["US", "US-PA"]),
        ("NotEqualTo", ["US-PA"], ["US", "US-CA", "DE"], ["US-PA"]),
        ("In", ["US-PA", "CA"], ["US-PA", "CA", "CA-ON"], ["US", "US-CA", "DE"]),
        ("NotIn", ["US-PA", "CA"], ["US", "US-CA", "DE"], ["US-PA", "CA", "CA-ON"]),
        ("EqualTo", ["US", "GB"], ["US-PA", "GB"], ["FR"]),  # not by the book, but sent
    ],
)
def test_a_comparator_over_places(comparator, places, met_by, unmet_by):
    requirement = place(comparator, *places)
    for wanted, codes in ((True, met_by), (False, unmet_by)):
        for code in codes:
            country, _hyphen, part = code.partition("-")
            assert is_met(requirement, facts(country, part)) is wanted, code


@pytest.mark.parametrize(
    ("approved", "rejected", "percent"),
    [(0, 0, 100), (0, 99, 100), (95, 5, 95), (949, 51, 94), (0, 100, 0), (100, 0, 100)],
)
def test_the_approval_rate_reads_a_hundred_until_a_hundred_were_reviewed(
    approved, rejected, percent
):
    worker = facts(approved=approved, rejected=rejected)
    assert is_met(number("EqualTo", percent, kind=PERCENT_APPROVED), worker)


def test_the_number_of_approved_hits_counts():
    requirement = number("GreaterThanOrEqualTo", 500, kind=NUMBER_APPROVED)
    assert not is_met(requirement, facts(approved=499))
    assert is_met(requirement, facts(approved=500))


@pytest.mark.parametrize(
    ("guarded", "stops"),
    [
        (None, {"accept"}),
        ("Accept", {"accept"}),
        ("PreviewAndAccept", {"accept", "preview"}),
        ("DiscoverPreviewAndAccept", {"accept", "preview", "discover"}),
    ],
)
def test_a_requirement_guards_what_it_says_and_no_more(guarded, stops):
    requirement = place("EqualTo", "DE")
    if guarded:
        requirement["ActionsGuarded"] = guarded
    for action in ("accept", "preview", "discover"):
        assert bool(unmet([requirement], facts(), action=action)) == (action in stops)
        assert unmet([requirement], facts("DE", ""), action=action) == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("00000000000000000000", 100),  # submitted
        ("00000000000000000070", 0),  # abandoned
        ("000000000000000000E0", 0),  # returned
        ("000000000000000000S0", 0),  # rejected
    ],
)
def test_a_retired_type_keeps_nobody_new_out(kind, value):
    assert is_met(number("EqualTo", value, kind=kind), facts())


def test_the_rejection_rate_is_what_is_left_of_the_approval_rate():
    assert is_met(number("EqualTo", 6, kind=PERCENT_REJECTED), facts(approved=949, rejected=51))


def test_adult_content_is_for_who_says_so():
    says = Facts(country="US", subdivision="", approved=0, rejected=0, is_adult=True)
    for requirement in (number("EqualTo", 1, kind=ADULT), number("Exists", kind=ADULT)):
        assert is_met(requirement, says)
        assert not is_met(requirement, facts())


def test_every_requirement_has_to_be_met():
    both = [place("EqualTo", "US"), number("GreaterThan", 80)]
    assert unmet(both, facts(skill=90), action="accept") == []
    assert unmet(both, facts(skill=80), action="accept") == [both[1]]
    assert unmet(both, facts("DE", "", skill=80), action="accept") == both


@pytest.mark.parametrize(
    ("requirement", "words"),
    [
        (place("EqualTo", "US-PA"), "Location is US-PA"),
        (place("In", "US", "CA-ON"), "Location is one of US, CA-ON"),
        (
            number("GreaterThanOrEqualTo", 95, kind=PERCENT_APPROVED),
            "Approval rate (%) is at least 95",
        ),
        (number("Exists"), "3SKILL has been granted"),
    ],
)
def test_a_requirement_is_said_in_words(requirement, words):
    assert in_words(requirement) == words
