"""Wash trades, matched orders and rings in every disguise, and honest trading like them."""

from pathlib import Path

import pytest

from surveillance.rules.book import Rulebook
from surveillance.studies.variations import Case, read
from tests.given.activities import shipped
from tests.given.depth import one_in
from tests.given.variations import alike, named, wrong

RULES = (
    "circular_trades",
    "concealed_ownership",
    "matched_orders",
    "money_passing",
    "painting_the_tape",
    "prearranged_trades",
    "self_matched_trades",
)
CASES = read(Path(__file__).with_name("wash.yml"))


@pytest.mark.deep
@pytest.mark.parametrize("cases", alike(one_in(5, CASES)), ids=named)
def test_the_guilty_are_named_and_nobody_beside_them(cases: list[Case]) -> None:
    assert wrong(cases, Rulebook({name: shipped().entries[name] for name in RULES})) == {}
