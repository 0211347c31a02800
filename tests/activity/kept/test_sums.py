"""What rows come to by the hour, added up from files: the same as counted over the view."""

import random
import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.activity.catalogue import TABLES
from surveillance.activity.contract import quoted
from surveillance.activity.kept import sums
from surveillance.activity.lake import Lake
from surveillance.activity.lake.view import KEPT, KNOWN, View
from surveillance.errors import SurveillanceError
from surveillance.model import Window
from tests.given.depth import deep
from tests.given.histories import END, START, Rows, first, land, more

LATER = END + timedelta(days=1)
HOURS = timedelta(hours=1)
_KNOWN = {whole: name for name, whole in KNOWN.items()}
NAMES = ("trades", "known_accounts")


def counted(view: View, name: str) -> Mapping[int, tuple[int, int]]:
    """What a view's own rows come to, each of them hashed."""
    columns = ", ".join(map(quoted, TABLES[_KNOWN.get(name, name)].schema))
    rows = view.connection.execute(
        f"select epoch_us(ts) // 3600000000, count(*), sum(cast(hash({columns}) as hugeint)) "
        f"from {name} group by all"
    ).fetchall()
    return {hour: (count, hashes) for hour, count, hashes in rows}


def history(root: Path, seed: int) -> tuple[Lake, Rows, random.Random]:
    chance = random.Random(seed)  # noqa: S311 - not a secret
    lake, known = Lake(root), first(chance, 30)
    land(lake, chance, few(known), "first", [END, END])
    return lake, known, chance


def few(rows: Rows) -> Rows:
    """Those of two tables: of one that a window shows, and of one that is known whatever it is."""
    return {name: rows[name] for name in ("accounts", "trades")}


def taken_back(chance: random.Random, known: Rows) -> Rows:
    """Some trades as the venue takes them back."""
    rows = chance.sample(known["trades"], 3)
    return {"trades": [row | {"withdrawn": True} for row in rows]}


def hours(chance: random.Random) -> Window:
    start = START + chance.randrange(40) * HOURS
    return Window(start, start + chance.randrange(1, 24) * HOURS)


@settings(max_examples=deep(1, 4), deadline=None)
@given(st.integers(0, 2**32))
def test_sums_of_files_are_those_of_the_rows_of_any_view_whatever_landed_and_was_packed(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    lake, known, chance = history(tmp_path_factory.mktemp("sums") / "lake", seed)
    pinned = [lake.versions()]
    for lot, late in enumerate((few(more(chance, known, 4)), taken_back(chance, known))):
        land(lake, chance, late, f"{lot}", [chance.choice([END, LATER])])
        if chance.random() < 0.5:
            lake.pack(LATER)
        pinned.append(lake.versions())
        for as_of in (END, LATER):
            with lake.view(hours(chance), as_of, chance.choice(pinned), keeps=True) as view:
                assert {name: sums.by_hour(view, name, view.window) for name in NAMES} == {
                    name: counted(view, name) for name in NAMES
                }


@pytest.fixture(scope="module")
def landed_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with corrections; to be copied."""
    lake, known, chance = history(tmp_path_factory.mktemp("landed") / "lake", 1)
    land(lake, chance, few(more(chance, known, 4)), "late", [LATER])
    return lake.root


@pytest.fixture
def lake(landed_lake: Path, tmp_path: Path) -> Lake:
    return Lake(shutil.copytree(landed_lake, tmp_path / "lake"))


def looked(lake: Lake) -> Mapping[int, tuple[int, int]]:
    with lake.view(Window(START, END), LATER, keeps=True) as view:
        return sums.by_hour(view, "trades", view.window)


def kept(lake: Lake, name: str = "*") -> list[Path]:
    return sorted((lake.root / KEPT / sums.FOLDER).glob(f"trades-*/{name}"))


def test_what_a_file_comes_to_is_counted_once(lake: Lake) -> None:
    before = looked(lake)
    stamps = {file: file.stat().st_mtime_ns for file in kept(lake)}
    assert len(kept(lake, "landed-*")) == 3
    assert len(kept(lake, "together-*")) == 1
    assert looked(lake) == before
    assert {file: file.stat().st_mtime_ns for file in kept(lake)} == stamps


@pytest.mark.parametrize("name", ["landed-*", "together-*"])
def test_a_sum_that_was_changed_is_named(lake: Lake, name: str) -> None:
    looked(lake)
    file = kept(lake, name)[0]
    file.write_text(file.read_text().replace("[", "[1", 1))
    with pytest.raises(SurveillanceError, match=rf"{file.name} as it was kept, was changed"):
        looked(lake)


def test_a_sweep_leaves_what_each_file_comes_to_and_takes_the_rest(lake: Lake) -> None:
    before = looked(lake)
    former = lake.root / KEPT / sums.FOLDER / "trades-0123456789ab" / "landed-1.json"
    former.parent.mkdir()
    former.touch()
    lake.pack(LATER)
    assert looked(lake) == before
    assert sums.sweep(lake.root / KEPT) == 3 + 2 + 1
    assert [file.name[:6] for file in kept(lake)] == ["landed"]
    assert looked(lake) == before
