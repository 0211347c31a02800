"""Spoofing and layering in disguise, and honest twins of them, judged by the family's rules."""

from pathlib import Path

import pytest

from surveillance.rules.book import Rulebook
from surveillance.studies.variations import Case, read
from tests.given.activities import shipped
from tests.given.depth import one_in
from tests.given.variations import alike, named, wrong

RULES = ("collusive_spoofing", "fleeting_orders", "flip_spoofing", "layering", "spoofing")
CASES = read(Path(__file__).with_name("spoofing.yml"))


@pytest.mark.deep
@pytest.mark.parametrize("cases", alike(one_in(5, CASES)), ids=named)
def test_the_guilty_are_named_and_nobody_who_stands_beside(cases: list[Case]) -> None:
    assert wrong(cases, Rulebook({name: shipped().entries[name] for name in RULES})) == {}
