"""Positions, money and prices in the hands of one who has several accounts, and honest twins."""

from pathlib import Path

import pytest

from surveillance.rules.book import Rulebook
from surveillance.studies.variations import Case, read, tried
from tests.given.activities import shipped
from tests.given.depth import one_in

RULES = (
    "concealed_ownership",
    "expiry_pinning",
    "liquidation_hunting",
    "mark_price_manipulation",
    "money_passing",
    "order_to_trade",
    "painting_the_tape",
    "toxic_self_liquidation",
)
CASES = read(Path(__file__).with_name("positions.yml"))


@pytest.mark.deep
@pytest.mark.parametrize("case", one_in(5, CASES), ids=lambda case: case.id)
def test_the_guilty_are_named_and_nobody_who_stands_beside(case: Case) -> None:
    family = Rulebook({name: shipped().entries[name] for name in RULES})
    (outcome,) = tried([case], family)
    assert outcome.as_expected, outcome.alerts
