"""Terms that could never hold are refused when they are written."""

import pytest

from marketplace.errors import InvalidInput
from tasks.terms import check_terms
from tests.world import TERMS
from workers.eligibility import LOCALE


def _requires(comparator):
    requirement = {
        "QualificationTypeId": LOCALE,
        "Comparator": comparator,
        "LocaleValues": [{"Country": "US"}],
    }
    return {**TERMS, "requirements": [requirement]}


@pytest.mark.parametrize("comparator", ["EqualTo", "NotEqualTo", "In", "NotIn"])
def test_a_location_can_be_one_of_some_or_none_of_them(comparator):
    check_terms(_requires(comparator))


@pytest.mark.parametrize("comparator", ["GreaterThan", "LessThanOrEqualTo", "Exists"])
def test_a_location_is_not_more_or_less_than_another(comparator):
    with pytest.raises(InvalidInput, match=comparator):
        check_terms(_requires(comparator))
