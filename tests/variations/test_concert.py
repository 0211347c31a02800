"""Conduct of which one part lies with somebody else or in another product, and its twins."""

from pathlib import Path

import pytest

from surveillance.rules.book import Rulebook
from surveillance.studies.variations import Case, read
from tests.given.activities import shipped
from tests.given.depth import one_in
from tests.given.variations import alike, named, wrong

RULES = ("collusive_spoofing", "flip_spoofing", "matched_orders", "spoofing")
CASES = read(Path(__file__).with_name("concert.yml"))


@pytest.mark.deep
@pytest.mark.parametrize("cases", alike(one_in(5, CASES)), ids=named)
def test_parts_that_belong_together_are_seen_together(cases: list[Case]) -> None:
    assert wrong(cases, Rulebook({name: shipped().entries[name] for name in RULES})) == {}
