"""Facts that are kept whole: found as they were made and asked for, and never as others."""

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from surveillance.activity.asking import Ask
from surveillance.activity.demand import whole as all_of
from surveillance.activity.kept import whole
from surveillance.activity.kept.whole import Whole
from surveillance.activity.lake import Lake
from surveillance.activity.lake.view import KEPT, View
from surveillance.activity.preparing import prepare
from surveillance.errors import SurveillanceError
from surveillance.model import Window
from tests.given.histories import END, START, Rows, first, land

DAY = timedelta(days=1)
FIRST = Window(START, START + DAY)
LATER = END + DAY
FILLS = all_of("fills")


@pytest.fixture(scope="module")
def known() -> Rows:
    return first(random.Random(1), 30)  # noqa: S311 - not a secret


@pytest.fixture(scope="module")
def landed_lake(tmp_path_factory: pytest.TempPathFactory, known: Rows) -> Path:
    """A lake with trades and accounts, and of its first day two facts kept; to be copied."""
    lake = Lake(tmp_path_factory.mktemp("landed") / "lake")
    rows = {name: known[name] for name in ("accounts", "trades")}
    land(lake, random.Random(1), rows, "first", [END])  # noqa: S311
    with looking(lake) as kept:
        prepare(kept.view.connection, ["fills"])
        kept.keep("fills", FILLS)
        kept.keep("owners", all_of("owners"))
    return lake.root


@pytest.fixture
def lake(landed_lake: Path, tmp_path: Path) -> Lake:
    return Lake(shutil.copytree(landed_lake, tmp_path / "lake"))


@contextmanager
def looking(lake: Lake, window: Window = FIRST) -> Iterator[Whole]:
    with lake.view(window, LATER, keeps=True) as view:
        yield Whole(view)


def rows_of(view: View, name: str) -> list[dict[str, Any]]:
    return list(view.arrow(f"select * from {name} order by all").to_pylist())


def found(lake: Lake, name: str = "fills", ask: Ask = FILLS, window: Window = FIRST) -> bool:
    with looking(lake, window) as kept:
        return kept.found(name, ask) is not None


def test_what_is_shown_are_the_rows_that_were_made(lake: Lake) -> None:
    with looking(lake) as kept, looking(lake) as anew:
        file = kept.found("fills", FILLS)
        assert file is not None
        kept.show("fills", file)
        prepare(anew.view.connection, ["fills"])
        assert rows_of(kept.view, "fills") == rows_of(anew.view, "fills") != []


def test_a_fact_is_found_as_it_was_asked_for_and_not_as_another_asks(lake: Lake) -> None:
    assert found(lake)
    assert not found(lake, ask=replace(FILLS, columns=FILLS.columns - {"price"}))
    assert not found(lake, ask=replace(FILLS, rows=frozenset(("price > 1",))))
    assert not found(lake, ask=replace(FILLS, since=START))


def test_of_another_window_who_owns_what_is_found_and_nothing_else(lake: Lake) -> None:
    other = Window(START, END)
    assert not found(lake, window=other)
    assert found(lake, "owners", all_of("owners"), other)


def test_a_correction_makes_a_fact_anew_and_packing_does_not(lake: Lake, known: Rows) -> None:
    lake.pack(LATER)
    assert found(lake)
    again = next(row for row in known["trades"] if row["ts"] < START + DAY)
    land(lake, random.Random(1), {"trades": [again | {"price": 1}]}, "late", [END])  # noqa: S311
    assert not found(lake)
    assert found(lake, "owners", all_of("owners"))


def test_a_file_that_was_changed_is_named(lake: Lake) -> None:
    with looking(lake) as kept:
        file = kept.found("fills", FILLS)
        assert file is not None
        file.write_bytes(file.read_bytes()[:-1] + b"?")
        with pytest.raises(SurveillanceError, match=f"{file.name} as it was kept, was changed"):
            kept.show("fills", file)


def test_what_reads_more_than_tables_is_not_kept() -> None:
    assert whole.can_be("order_life")
    assert not whole.can_be("policies")
    assert not whole.can_be("split_sums")


def test_beyond_some_bytes_what_nobody_looks_at_goes_and_what_is_in_use_stays(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lake.root / KEPT / whole.FOLDER
    fills, owners = (next(folder.glob(f"{name}-*/*.parquet")) for name in ("fills", "owners"))
    assert whole.has_room(folder)
    monkeypatch.setattr(whole, "_MOST", 1)
    assert not whole.has_room(folder)
    assert fills.exists()
    long_ago = fills.stat().st_mtime - 2 * DAY.total_seconds()
    os.utime(fills, (long_ago, long_ago))
    assert not whole.has_room(folder)
    assert [file.exists() for file in (fills, owners)] == [False, True]


def test_what_is_counted_of_a_table_is_counted_once_until_it_changes(
    lake: Lake, known: Rows
) -> None:
    for count in (7, 8):
        with looking(lake) as kept:
            assert kept.counts("of trades", "trades", lambda: [count, 0]) == (7, 0)  # noqa: B023
            assert kept.counts("of others", "trades", lambda: [count, 1]) == (7, 1)  # noqa: B023
    again = next(row for row in known["trades"] if row["ts"] < START + DAY)
    land(lake, random.Random(1), {"trades": [again | {"price": 1}]}, "late", [END])  # noqa: S311
    with looking(lake) as kept:
        assert kept.counts("of trades", "trades", lambda: [9]) == (9,)


def test_a_sweep_takes_all_of_it(lake: Lake) -> None:
    assert whole.sweep(lake.root / KEPT) == 2
    assert not found(lake)
