"""What other distributions bring is found by name, and what is broken breaks nobody else."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from surveillance import plugins, software
from surveillance.activity import sources
from surveillance.detection.detectors import contract
from surveillance.errors import SurveillanceError, VenueError
from tests.given.distributions import install

ONE_TRADE = """
from pydantic import BaseModel, ConfigDict
import pyarrow as pa
from surveillance.activity.batch import Batch


class Keys(BaseModel):
    model_config = ConfigDict(extra="forbid")

    price: str


def pull(venue, window, landed):
    price = venue.settings(Keys).price
    row = {"trade_id": "1", "ts": "2026-03-02T12:00:00Z", "instrument": "B", "price": price}
    yield Batch(venue.name, f"one-{price}", {"trades": pa.Table.from_pylist([row])})
"""
LONG_TRADES = """
from surveillance.activity.catalogue import TEXT, TIME, Column, Table

TABLE = Table("long_trades", "Trades above a size", ("trade_id",), "ts", (
    Column("ts", TIME, "When"), Column("trade_id", TEXT, "Which")))
READS = ("trades",)
SQL = "select ts, trade_id from trades where quantity > 10"
"""
FURTHEST = """
import numpy as np


class Furthest:
    def fit(self, rows):
        self.middle = np.median(rows, axis=0)

    def score(self, rows):
        return np.abs(rows - self.middle).max(axis=1)


def create(settings, seed):
    return Furthest()
"""
BROKEN = "import a_module_that_is_nowhere\n"

Installed = Callable[..., None]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installed]:
    """Install a distribution for this test: its name, one module's text, group and names."""
    added: list[str] = []

    def add(name: str, text: str, group: str, *points: str) -> None:
        module = f"of_{name.replace('-', '_')}"
        offers = {group: dict.fromkeys(points, module)}
        monkeypatch.syspath_prepend(install(tmp_path / name, name, {module: text}, offers))
        added.append(module)

    yield add
    for module in added:
        sys.modules.pop(module, None)


def facts_with(folder: Path, asked: str) -> subprocess.CompletedProcess[str]:
    """Ask about facts in a process of its own, because a process looks for them once."""
    return subprocess.run(
        [sys.executable, "-c", f"from surveillance.activity import facts; print({asked})"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_source_of_another_distribution_is_pulled_by_its_name(
    installed: Installed, tmp_path: Path
) -> None:
    installed("one-trade", ONE_TRADE, plugins.SOURCES, "one")
    venue = sources.parse("venue: v\nsource: one\nprice: '5'\n", tmp_path)
    (batch,) = sources.pull(venue)
    assert batch.tables["trades"]["price"].to_pylist() == ["5"]
    assert "one" in sources.names()


def test_the_keys_of_such_a_source_are_checked_with_line_and_column(
    installed: Installed, tmp_path: Path
) -> None:
    installed("one-trade", ONE_TRADE, plugins.SOURCES, "one")
    with pytest.raises(VenueError, match=r"v\.yml:3:1: colour: expected a key that is known here"):
        sources.parse("venue: v\nsource: one\ncolour: red\nprice: '5'\n", tmp_path, "v.yml")


def test_a_broken_source_fails_only_when_it_is_named(installed: Installed, tmp_path: Path) -> None:
    installed("one-trade", ONE_TRADE, plugins.SOURCES, "one")
    installed("half-done", BROKEN, plugins.SOURCES, "half")
    (batch,) = sources.pull(sources.parse("venue: v\nsource: one\nprice: '5'\n", tmp_path))
    assert batch.source == "v"
    with pytest.raises(SurveillanceError, match=r"of half-done 1\.0 to load .*is_nowhere"):
        sources.parse("venue: v\nsource: half\n", tmp_path)


@pytest.mark.parametrize(
    ("group", "name", "ask"),
    [
        (plugins.SOURCES, "files", sources.names),
        (plugins.DETECTORS, "tails", contract.offered),
        (plugins.DETECTORS, "ecod", contract.offered),
    ],
)
def test_a_name_that_is_shipped_is_refused_and_the_distribution_named(
    installed: Installed, group: str, name: str, ask: Callable[[], object]
) -> None:
    installed("same-name", ONE_TRADE, group, name)
    with pytest.raises(SurveillanceError, match=f"{name!r} of same-name 1.0, which surveillance"):
        ask()


def test_a_name_that_two_distributions_offer_is_refused_and_both_are_named(
    installed: Installed,
) -> None:
    installed("first", ONE_TRADE, plugins.SOURCES, "one")
    installed("second", ONE_TRADE, plugins.SOURCES, "one")
    with pytest.raises(SurveillanceError) as refused:
        sources.names()
    assert "first 1.0" in str(refused.value)
    assert "second 1.0" in str(refused.value)


def test_a_detector_of_another_distribution_is_created_by_its_name(installed: Installed) -> None:
    installed("far-off", FURTHEST, plugins.DETECTORS, "furthest")
    detector = contract.create("furthest", {"seed": 1})
    detector.fit(np.zeros((3, 2)))
    assert detector.score(np.array([[1.0, -4.0]])).tolist() == [4.0]
    assert "furthest" in contract.offered()


def test_a_broken_detector_breaks_no_other(installed: Installed) -> None:
    installed("half-done", BROKEN, plugins.DETECTORS, "half")
    contract.create("tails", {})
    with pytest.raises(SurveillanceError, match=r"'half' of half-done 1\.0 to load"):
        contract.create("half", {})


def test_a_run_records_which_distributions_bring_something(installed: Installed) -> None:
    before = software.libraries()
    installed("far-off", FURTHEST, plugins.DETECTORS, "furthest")
    assert software.libraries() == {**before, "far-off": "1.0"}


def test_a_fact_of_another_distribution_stands_among_the_relations(tmp_path: Path) -> None:
    install(tmp_path, "long", {"long": LONG_TRADES}, {plugins.FACTS: {"long_trades": "long"}})
    asked = facts_with(tmp_path, "list(facts.relations()['long_trades'].schema)")
    assert (asked.returncode, asked.stdout) == (0, "['ts', 'trade_id']\n")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("long_trades", BROKEN, "'long_trades' of long 1.0 to load from long"),
        ("other", LONG_TRADES, "'other' of long 1.0 to offer READS and a TABLE of that name"),
        ("trades", LONG_TRADES, "'trades' of long 1.0, which surveillance has"),
        ("mids", LONG_TRADES, "'mids' of long 1.0, which surveillance has"),
    ],
)
def test_a_fact_that_is_broken_or_misnamed_fails_loudly_with_its_distribution(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    install(tmp_path, "long", {"long": text}, {plugins.FACTS: {name: "long"}})
    asked = facts_with(tmp_path, "facts.facts()")
    assert asked.returncode != 0
    assert message in asked.stderr.splitlines()[-1]
