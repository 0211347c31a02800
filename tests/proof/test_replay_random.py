"""Proof by chance: any run of any history is the same again, whatever happens after it.

Each history is one lake in which times and sequence numbers tie, rows come in any order, in many
batches, late and corrected. Runs of any window, on any knowledge, by any rules are recorded all
along; then more lands, rules change, files are packed and what they replaced is deleted.
"""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from surveillance.activity.lake import Lake
from surveillance.detection import anomaly, feature_file
from surveillance.model import Run
from surveillance.proof import bundle, runs
from surveillance.proof.replay import replay_in
from surveillance.records import database
from surveillance.rules.book import Entry, Rulebook, read_rule
from tests.given.activities import RULES, plain, shipped
from tests.given.depth import deep
from tests.given.histories import END, first, land, more, window

LOTS, EACH = min(deep(2), 4), min(deep(1), 3)
"""How often more lands, and how many runs are recorded before."""
BUSY = ("pass_through", "self_matched_trades", "structuring")
FED = {"accounts", "orders", "trades", "transfers"}
ARRIVALS = [END + timedelta(hours=hours) for hours in range(6)]
AFTER = END + timedelta(days=30)


class History:
    """One lake and one database, and chance."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - not a secret
        self.lake = Lake(folder / "lake")
        engine = database.engine(f"sqlite:///{folder / 'runs.db'}")
        database.migrate(engine)
        self.session = Session(engine, expire_on_commit=False)
        self.models = anomaly.Models(feature_file.load(RULES / "features.yml"))
        self.rules = {
            name: entry for name, entry in plain(shipped()).entries.items() if _is_fed(entry)
        }
        self.known = first(self.chance, 250)
        land(self.lake, self.chance, self.known, "first", ARRIVALS[:3])

    def record(self) -> Run:
        """Judge some window by some rules on what some moment knew, and keep it."""
        names = {self.chance.choice(BUSY), self.chance.choice(sorted(self.rules))}
        book = Rulebook({name: self.rules[name] for name in sorted(names)})
        as_of = self.chance.choice(ARRIVALS)
        run = runs.execute(
            self.lake, window(self.chance), as_of, book, self.models, threads=self._threads()
        )
        runs.store(self.session, run, book, self.models, AFTER)
        return run

    def go_on(self, lot: int) -> None:
        """Let more land, a rule change, and the lake be packed."""
        arrivals = [self.chance.choice([*ARRIVALS, AFTER])]
        land(self.lake, self.chance, more(self.chance, self.known, 15), f"lot-{lot}", arrivals)
        name = self.chance.choice(sorted(self.rules))
        self.rules[name] = _changed(self.rules[name])
        if self.chance.random() < 0.6:
            self.lake.pack(AFTER, self._threads())
        if self.chance.random() < 0.5:
            self.lake.sweep()

    def _threads(self) -> int:
        return self.chance.choice([1, 2])

    def expect_the_same(self, run: Run) -> None:
        """Replay a run, and now and then verify its bundle."""
        replayed = replay_in(self.session, self.lake, run.id, threads=self._threads())
        assert (replayed.differences, replayed.digest) == ((), run.digest)
        assert replayed.equal


def _is_fed(entry: Entry) -> bool:
    """Say whether a history has what a rule needs; the others would only say that it has not."""
    return {need.partition(".")[0] for need in entry.rule.needs} <= FED


def _changed(entry: Entry) -> Entry:
    version = entry.rule.version
    text = entry.text.replace(f"\nversion: {version}", f"\nversion: {version + 1}", 1)
    return read_rule(text, entry.path)


@pytest.fixture(params=range(deep(1)))
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[History]:
    history = History(tmp_path, request.param)
    yield history
    history.session.close()


@pytest.mark.deep
def test_any_run_is_the_same_again(history: History, tmp_path: Path) -> None:
    recorded = []
    for lot in range(LOTS):
        recorded += [history.record() for _ in range(EACH)]
        history.go_on(lot)
    assert any(verdict.hits for run in recorded for verdict in run.verdicts)

    for run in recorded:
        history.expect_the_same(run)
    for run in recorded[::10]:
        exported = bundle.export(history.session, history.lake, run.id, tmp_path / "evidence.zip")
        assert bundle.verify(exported.path, threads=1).equal
