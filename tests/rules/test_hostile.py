"""Every hostile or broken text is refused in words, at its line and column."""

from collections.abc import Callable
from pathlib import Path

import pytest

from surveillance.activity import sources
from surveillance.detection import feature_file
from surveillance.detection.segments import settings
from surveillance.errors import Fault, FileError
from surveillance.rules.book import read_rule
from tests.given.hostile import FAMILIES, FEATURES, SEGMENTS, VENUES

RULES = [
    pytest.param(*case, id=f"{family}: {name}")
    for family, cases in FAMILIES.items()
    for name, case in cases.items()
]


def refused(read: Callable[[str], object], marked: str, message: str) -> None:
    """Expect a fault at the mark, with these words, among the faults of a text."""
    before, _, after = marked.partition("«")
    with pytest.raises(FileError) as caught:
        read(before + after)
    lines = before.split("\n")
    place = (len(lines), len(lines[-1]) + 1)
    faults = [_told(fault) for fault in caught.value.faults]
    assert any((line, column) == place and message in words for line, column, words in faults), (
        faults
    )


def _told(fault: Fault) -> tuple[int, int, str]:
    return fault.line, fault.column, str(fault)


@pytest.mark.parametrize(("marked", "message"), RULES)
def test_a_hostile_rule_is_refused_at_its_place(marked: str, message: str) -> None:
    refused(lambda text: read_rule(text, "rules/manipulation/probe.yml"), marked, message)


@pytest.mark.parametrize(("marked", "message"), FEATURES.values(), ids=FEATURES)
def test_a_hostile_feature_is_refused_at_its_place(marked: str, message: str) -> None:
    text = f"features:\n  probe:\n    from: fills\n    «value: |-\n      {marked}\n"
    text += "    meaning: x\n    unit: x\n"
    at_value = text if "«" not in marked else text.replace("«", "", 1)
    refused(lambda given: feature_file.parse(given, "features.yml"), at_value, message)


@pytest.mark.parametrize(("marked", "message"), VENUES.values(), ids=VENUES)
def test_a_hostile_select_of_a_venue_is_refused_at_its_place(
    marked: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "raw.csv").write_text("id,price\na,1\n")

    def pulled(text: str) -> object:
        return list(sources.pull(sources.parse(text, tmp_path)))

    head = "venue: probe\nsource: files\nfiles: {raw: {glob: raw.csv}}\n"
    refused(pulled, f"{head}tables:\n  trades: |-\n    {marked}\n", message)


@pytest.mark.parametrize(("marked", "message"), SEGMENTS.values(), ids=SEGMENTS)
def test_hostile_settings_of_segments_are_refused_at_their_place(
    marked: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "segments.yml"

    def load(text: str) -> object:
        path.write_text(text)
        return settings.load(path)

    refused(load, marked, message)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "segments.yml"
    path.write_bytes(b"a: \xff\xfe\n")
    with pytest.raises(FileError, match="expected a readable UTF-8 file"):
        settings.load(path)


def test_no_more_of_a_huge_file_is_read_than_people_write(tmp_path: Path) -> None:
    path = tmp_path / "segments.yml"
    with path.open("wb") as file:
        file.truncate(100_000_000_000)  # a hundred gigabytes, none of them on the disk
    with pytest.raises(FileError, match="expected at most 256000 characters"):
        settings.load(path)
