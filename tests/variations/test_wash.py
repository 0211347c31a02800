"""Wash trades, matched orders and rings in every disguise, and honest trading like them."""

from pathlib import Path

import pytest

from surveillance.rules.book import Rulebook, load_rulebook
from surveillance.studies.variations import Case, read, tried

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


@pytest.fixture(scope="module")
def family() -> Rulebook:
    shipped = load_rulebook(Path(__file__).parents[2] / "rules")
    return Rulebook({name: shipped.entries[name] for name in RULES})


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_the_guilty_are_named_and_nobody_beside_them(case: Case, family: Rulebook) -> None:
    (outcome,) = tried([case], family)
    assert outcome.as_expected, (outcome.missed, outcome.accused, outcome.unable)
