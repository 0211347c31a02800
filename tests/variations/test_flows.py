"""Money that hides where it comes from, in disguise, and honest money like it."""

from pathlib import Path

import pytest

from surveillance.rules.book import Rulebook
from surveillance.studies.variations import Case, read
from tests.given.activities import shipped
from tests.given.depth import one_in
from tests.given.variations import alike, named, wrong

RULES = (
    "address_exposure",
    "convert_and_leave",
    "dormant_activation",
    "expired_kyc",
    "fan_in",
    "fan_out",
    "gather_scatter",
    "high_risk_jurisdiction",
    "identity_churn",
    "money_circle",
    "pass_through",
    "payment_in_parts",
    "peel_chain",
    "scatter_gather",
    "shared_identity",
    "strange_access",
    "structuring",
    "travel_rule_data",
    "travel_rule_splitting",
    "unlike_profile",
    "unverified_credential",
)
CASES = read(Path(__file__).with_name("flows.yml"))


@pytest.mark.deep
@pytest.mark.parametrize("cases", alike(one_in(5, CASES)), ids=named)
def test_the_guilty_are_named_and_nobody_who_stands_beside(cases: list[Case]) -> None:
    assert wrong(cases, Rulebook({name: shipped().entries[name] for name in RULES})) == {}
