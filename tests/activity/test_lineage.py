"""Facts are part of the rules that read them, and their code is what their version says."""

import ast
import json
from pathlib import Path
from types import ModuleType

import pytest

from surveillance.activity import facts, lineage
from surveillance.errors import SurveillanceError
from surveillance.rules.book import load_rulebook
from tests.given.activities import RULES


def test_the_facts_are_those_that_are_locked() -> None:
    lineage.expect_locked()
    assert json.loads(lineage.LOCK.read_text()) == lineage.current()


def test_a_fact_that_is_edited_under_its_version_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = lineage.current()
    locked["mids"]["code"] = "another"
    del locked["fills"]
    monkeypatch.setattr(lineage, "LOCK", tmp_path / "facts.lock")
    lineage.LOCK.write_text(json.dumps(locked))

    with pytest.raises(SurveillanceError, match="mids: expected VERSION 2 for changed code") as of:
        lineage.expect_locked()
    assert "fills: expected to be in facts.lock in version 1" in str(of.value)


def test_comments_and_docstrings_are_no_code(tmp_path: Path) -> None:
    prose = '"""What it is."""\n\n# Why.\nSQL = "select 1"\n"""Of one."""\n'
    tree = ast.parse(prose)

    assert lineage._without_prose(prose, tree) == 'SQL = "select 1"'


def test_code_reaches_through_what_a_fact_is_made_with() -> None:
    code = lineage.canonical_code("surveillance.activity.facts.valued_trades")

    assert "surveillance.activity.valuation" in code
    assert "surveillance.activity.facts.rates" in code


def test_a_fact_in_a_new_version_changes_the_rules_above_it_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    book = load_rulebook(RULES)
    before = {name: entry.digest for name, entry in book.entries.items()}
    prices = facts.facts()["prevailing"]
    assert isinstance(prices, ModuleType)
    monkeypatch.setattr(prices, "VERSION", 2, raising=False)

    changed = {name for name, entry in book.entries.items() if entry.digest != before[name]}
    above = {n for n, e in book.entries.items() if "prevailing" in facts.needed(e.compiled.tables)}
    assert changed == above
    assert 0 < len(changed) < len(book.entries)
