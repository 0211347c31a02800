"""What is said of who stands behind whom, by the day on which a trader came."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from surveillance.activity.batch import Batch
from surveillance.activity.kept import results
from surveillance.activity.kept.whole import Whole
from surveillance.activity.lake import Lake
from surveillance.activity.preparing import prepare
from surveillance.model import Window
from surveillance.times import DAY, epoch_us
from tests.given.histories import END, START

FIRST = epoch_us(START) // DAY


def account(trader: str, day: int, owner: str = "O1") -> Mapping[str, Any]:
    ts = (START + timedelta(days=day)).replace(tzinfo=None)
    return {"ts": ts, "trader_id": trader, "owner_id": owner}


def landed(lake: Lake, batch: str, *rows: Mapping[str, Any]) -> None:
    tables = {"accounts": pa.Table.from_pylist([dict(row) for row in rows])}
    assert lake.land(Batch("venue", batch, tables), END).quarantined == 0


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    landed(lake, "first", account("T1", 0), account("T2", 0), account("T3", 1))
    return lake


@pytest.fixture
def whole(lake: Lake) -> Iterator[Whole]:
    with lake.view(Window(START, END), END, keeps=True) as view:
        yield Whole(view)


def test_a_trader_counts_from_the_day_on_which_it_came(whole: Whole) -> None:
    prepare(whole.view.connection, ["owners"])
    said = results.by_day(whole, "owners")
    assert {day: rows for day, (rows, _) in said.items()} == {FIRST: 2, FIRST + 1: 1}


def test_what_was_noted_is_said_without_the_fact(lake: Lake, whole: Whole) -> None:
    assert not results.is_told(whole, "owners")
    prepare(whole.view.connection, ["owners"])
    said = results.by_day(whole, "owners")
    with lake.view(Window(START, END), END, keeps=True) as view:
        assert results.is_told(Whole(view), "owners")
        assert results.by_day(Whole(view), "owners") == said


def test_a_customer_who_comes_later_changes_no_day_before(lake: Lake, whole: Whole) -> None:
    prepare(whole.view.connection, ["owners"])
    before = results.by_day(whole, "owners")
    landed(lake, "late", account("T4", 1))
    with lake.view(Window(START, END), END, keeps=True) as view:
        assert not results.is_told(Whole(view), "owners")
        prepare(view.connection, ["owners"])
        after = results.by_day(Whole(view), "owners")
    assert (after[FIRST], after[FIRST + 1][0]) == (before[FIRST], 2)
