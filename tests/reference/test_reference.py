"""The reference says what is so: of every table, key and name, and the page is the same."""

from pathlib import Path

import pytest

from surveillance.activity.catalogue import units
from surveillance.activity.facts import relations
from surveillance.config import Settings
from surveillance.detection.detectors import offered
from surveillance.errors import SurveillanceError
from surveillance.language.units import WORDS, unit_named
from surveillance.reference import lists, named, whole
from surveillance.reports.pages import kinds

CHECKOUT = Path(__file__).parents[2]
AGAIN = "it is written by: surveillance reference > docs/reference.md"


@pytest.fixture(scope="module")
def settings() -> Settings:
    """The settings of this checkout, whatever the environment says."""
    return Settings(rules=CHECKOUT / "rules", templates=CHECKOUT / "templates")


def test_the_page_is_what_the_command_prints(settings: Settings) -> None:
    assert (CHECKOUT / "docs" / "reference.md").read_text() == whole(settings) + "\n", AGAIN


def test_it_names_no_place_of_this_machine(settings: Settings) -> None:
    assert str(CHECKOUT) not in whole(settings)


@pytest.mark.parametrize("name", relations())
def test_every_column_of_a_table_has_its_type_unit_and_meaning(
    name: str, settings: Settings
) -> None:
    shown, table = named(name, settings), relations()[name]
    for column in table.columns:
        [line] = [each for each in shown.splitlines() if each.startswith(f"| `{column.name}` |")]
        assert column.type in line
        assert units(table.schema).get(column.name, "") in line
        assert column.meaning.replace("|", r"\|") in line


def test_every_unit_that_is_told_apart_is_explained() -> None:
    used = {unit for table in relations().values() for unit in units(table.schema).values()}

    assert used | set(WORDS.values()) | {unit_named("share")} <= lists.UNITS.keys()
    assert all(word in lists.units() for word in WORDS)


@pytest.mark.parametrize("section", ["rule", "venue", "settings"])
def test_every_key_of_a_file_is_explained(section: str, settings: Settings) -> None:
    rows = [line for line in named(section, settings).splitlines() if line.startswith("| `")]

    assert len(rows) > 10
    assert [row for row in rows if not row.split(" | ")[3].strip(" |")] == []


def test_detectors_and_reports_are_those_that_there_are(settings: Settings) -> None:
    assert all(f"| `{name}` |" in lists.detectors() for name in offered())
    shown = lists.reports(settings.templates)
    assert all(kind.title in shown for kind in kinds(settings.templates / "reports"))


def test_a_name_that_is_none_is_answered_with_what_was_meant(settings: Settings) -> None:
    with pytest.raises(SurveillanceError, match="was 'trade'; did you mean trades"):
        named("trade", settings)
    with pytest.raises(SurveillanceError, match="was 'xyzzy'; sections: tables, facts, units"):
        named("xyzzy", settings)
