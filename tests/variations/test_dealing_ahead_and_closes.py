"""Front-running and pushed closes in disguises, and their honest twins, by the family's rules."""

from pathlib import Path

import pytest

from surveillance.rules.book import Rulebook
from surveillance.studies.variations import Case, read
from tests.given.activities import shipped
from tests.given.depth import one_in
from tests.given.variations import alike, named, wrong

HERE = Path(__file__).parent
RULES = (
    "ahead_of_client_order",
    "ahead_of_rfq",
    "ahead_of_stops",
    "marking_the_close",
    "ramping",
)
CASES = [case for name in ("dealing_ahead", "closes") for case in read(HERE / f"{name}.yml")]


@pytest.mark.deep
@pytest.mark.parametrize("cases", alike(one_in(5, CASES)), ids=named)
def test_the_guilty_are_found_and_nobody_else_is_named(cases: list[Case]) -> None:
    assert wrong(cases, Rulebook({name: shipped().entries[name] for name in RULES})) == {}
