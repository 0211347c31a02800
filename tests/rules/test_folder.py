"""What a list says of the rules of a folder: what their files say now, read for it once."""

from pathlib import Path

import pytest

from surveillance.errors import RuleError
from surveillance.rules.book import load_rulebook
from surveillance.rules.folder import listed
from tests.given.texts import AGGREGATE


@pytest.fixture
def folder(tmp_path: Path, own_cache: Path) -> Path:
    rules = tmp_path / "rules"
    (rules / "manipulation").mkdir(parents=True)
    (rules / "manipulation" / "probe.yml").write_text(AGGREGATE, encoding="utf-8")
    (rules / "segments.yml").write_text("not: a rule", encoding="utf-8")
    return rules


def test_a_list_says_what_the_rulebook_says_the_first_time_and_again(
    folder: Path, own_cache: Path
) -> None:
    entry = load_rulebook(folder).entries["probe"]
    first, again = listed(folder), listed(folder)
    assert first == again
    [probe] = first
    assert (probe.id, probe.digest) == ("probe", entry.digest)
    assert list(probe.needs) == entry.rule.needs
    assert (probe.title, probe.severity) == (entry.rule.title, entry.rule.severity)


def test_a_file_that_was_changed_is_read_anew(folder: Path) -> None:
    [before] = listed(folder)
    path = folder / "manipulation" / "probe.yml"
    path.write_text(AGGREGATE.replace("version: 1", "version: 2"), encoding="utf-8")
    [after] = listed(folder)
    assert (before.version, after.version) == (1, 2)


def test_a_rule_in_another_folder_is_a_fault_though_its_text_was_listed(folder: Path) -> None:
    listed(folder)
    (folder / "manipulation").rename(folder / "kyc_aml")
    with pytest.raises(RuleError, match="expected the name of the folder"):
        listed(folder)


def test_every_fault_of_every_file_is_named(folder: Path) -> None:
    (folder / "manipulation" / "other.yml").write_text("not: a rule", encoding="utf-8")
    (folder / "manipulation" / "third.yml").mkdir()
    with pytest.raises(RuleError, match=r"(?s)other\.yml.*third\.yml"):
        listed(folder)
