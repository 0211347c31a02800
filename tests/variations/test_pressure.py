"""Prices pressed for a position, searches and volume in one hand, in disguise, and honest twins."""

from pathlib import Path

import pytest

from surveillance.rules.book import Rulebook
from surveillance.studies.variations import Case, read, tried
from tests.given.activities import shipped
from tests.given.depth import one_in

RULES = (
    "cross_product_manipulation",
    "funding_manipulation",
    "index_constituent_manipulation",
    "pinging",
    "volume_share",
)
CASES = read(Path(__file__).with_name("pressure.yml"))


@pytest.mark.deep
@pytest.mark.parametrize("case", one_in(5, CASES), ids=lambda case: case.id)
def test_the_guilty_are_named_and_nobody_who_stands_beside(case: Case) -> None:
    family = Rulebook({name: shipped().entries[name] for name in RULES})
    (outcome,) = tried([case], family)
    assert outcome.as_expected, outcome.alerts
