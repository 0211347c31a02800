"""Who of a list somebody may be: by what kind of name it is, and by country."""

from datetime import datetime

import pytest

from surveillance.screening import countries
from surveillance.screening.screen import ALIKE, ListedName, Party, Screen

SINCE = datetime(2026, 1, 1)  # noqa: DTZ001 - as the lake gives it


def listed(name: str, entity: str | None) -> ListedName:
    """A strong name of a list, known by itself."""
    return ListedName("L", name, name, entity, None, None, "strong", SINCE, None)


SCREEN = Screen(
    [
        listed("Crystalord Trading GmbH", "legal"),
        listed("Public Joint Stock Company Northern Bank", "legal"),
        listed("ABDULRAHMAN, Farid", "natural"),
    ]
)


@pytest.mark.parametrize("name", ["CRYSTALORD TRADING LLC", "Northern Bank PJSC"])
@pytest.mark.parametrize("entity", [None, "legal"])
def test_a_legal_form_makes_a_company_of_whom_nobody_knows_the_kind(
    name: str, entity: str | None
) -> None:
    (match,) = SCREEN.matches(Party(name, entity))
    assert match.score >= ALIKE
    assert not SCREEN.matches(Party(name, "natural"))


def test_a_person_of_unknown_kind_is_compared_with_people_and_companies_as_before() -> None:
    (match,) = SCREEN.matches(Party("Farid Abdul-Rahman"))
    assert match.listed.entity == "natural"
    assert not SCREEN.matches(Party("Farid Trading Ltd"))
    assert not SCREEN.matches(Party("Farid Abdul-Rahman", "legal"))


@pytest.mark.parametrize(
    ("written", "code"),
    [("Türkiye", "TR"), ("Viet Nam", "VN"), ("United States of America", "US"),
     ("United Kingdom of Great Britain and Northern Ireland", "GB"), ("de", "DE")],
)  # fmt: skip
def test_countries_are_known_as_the_united_nations_write_them(written: str, code: str) -> None:
    assert countries.codes(written) == {code}
