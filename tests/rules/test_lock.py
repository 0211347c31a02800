"""The lock: what was published keeps its meaning, and nothing is ever taken out."""

import json
from pathlib import Path

import pytest

from surveillance.errors import RuleError
from surveillance.rules.book import Rulebook, read_rulebook
from surveillance.rules.lock import NAME, check_lock, read_lock, write_lock
from tests.given.texts import AGGREGATE, QUERY

OTHER = QUERY.replace("id: probe", "id: quest")


def book(text: str = AGGREGATE, version: int = 1, *more: str) -> Rulebook:
    texts = [text.replace("version: 1", f"version: {version}"), *more]
    return read_rulebook({f"{number}.yml": each for number, each in enumerate(texts)})


CHANGED = AGGREGATE.replace("value: 2", "value: 3")


def test_the_first_lock_names_every_rule(tmp_path: Path) -> None:
    locked = book(AGGREGATE, 1, OTHER)
    assert write_lock(locked, tmp_path) == ["probe@1", "quest@1"]
    check_lock(locked, tmp_path)
    assert read_lock(tmp_path)["probe"] == {"1": locked.entries["probe"].digest}


def test_behaviour_that_changes_without_a_new_version_is_refused(tmp_path: Path) -> None:
    write_lock(book(), tmp_path)
    before = (tmp_path / NAME).read_bytes()
    for attempt in (check_lock, write_lock):
        with pytest.raises(
            RuleError, match="expected version 2 for changed behaviour, was still 1"
        ):
            attempt(book(CHANGED), tmp_path)
    assert (tmp_path / NAME).read_bytes() == before


def test_prose_is_free(tmp_path: Path) -> None:
    write_lock(book(), tmp_path)
    check_lock(book(AGGREGATE.replace("runbook: Look.", "runbook: Look harder.")), tmp_path)


def test_a_new_version_is_added_beside_the_old_ones(tmp_path: Path) -> None:
    write_lock(book(), tmp_path)
    first = read_lock(tmp_path)["probe"]["1"]
    assert write_lock(book(CHANGED, 2), tmp_path) == ["probe@2"]
    assert read_lock(tmp_path)["probe"]["1"] == first
    assert list(read_lock(tmp_path)["probe"]) == ["1", "2"]
    check_lock(book(CHANGED, 2), tmp_path)


def test_a_version_may_not_be_skipped_or_gone_back_to(tmp_path: Path) -> None:
    write_lock(book(), tmp_path)
    with pytest.raises(RuleError, match="expected version 2, was 3"):
        write_lock(book(CHANGED, 3), tmp_path)
    write_lock(book(CHANGED, 2), tmp_path)
    with pytest.raises(RuleError, match="expected the latest version 2, was 1"):
        check_lock(book(), tmp_path)


def test_a_rule_that_is_not_locked_is_said(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"expected to be in rules[.]lock, was not"):
        check_lock(book(), tmp_path)


def test_a_rule_that_is_gone_stays_in_the_lock(tmp_path: Path) -> None:
    write_lock(book(AGGREGATE, 1, OTHER), tmp_path)
    write_lock(book(), tmp_path)
    assert set(read_lock(tmp_path)) == {"probe", "quest"}


def test_a_rule_that_was_never_locked_may_bring_any_version(tmp_path: Path) -> None:
    write_lock(book(version=4), tmp_path)
    check_lock(book(version=4), tmp_path)


def test_versions_stand_in_order_of_number(tmp_path: Path) -> None:
    for version in range(1, 12):
        text = AGGREGATE.replace("value: 2", f"value: {version + 1}")
        write_lock(book(text, version), tmp_path)
    assert list(json.loads((tmp_path / NAME).read_text())["probe"])[-3:] == ["9", "10", "11"]


def test_writing_a_lock_again_changes_nothing(tmp_path: Path) -> None:
    write_lock(book(), tmp_path)
    before = (tmp_path / NAME).read_bytes()
    assert write_lock(book(), tmp_path) == []
    assert (tmp_path / NAME).read_bytes() == before


@pytest.mark.parametrize("text", ["{", "[1, 2]", '{"probe": 3}'])
def test_a_lock_that_cannot_be_read_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(RuleError, match="expected the JSON of a lock"):
        read_lock(tmp_path)
