"""Packing: fewer files, the same rows at every moment and every version, and nothing laundered."""

import random
import shutil
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.activity import catalogue
from surveillance.activity.batch import Batch
from surveillance.activity.lake import Lake, packing
from surveillance.activity.lake.seal import landed, seal
from surveillance.errors import SurveillanceError
from surveillance.model import Window
from tests.given.depth import deep
from tests.given.histories import END, Rows, first, land, more

ALWAYS = Window(END - timedelta(days=30), END + timedelta(days=30))
LATER = END + timedelta(days=1)
TABLES = ("accounts", "orders", "trades", "transfers")


def seen(lake: Lake, versions: dict[str, int], as_of: Any, window: Window = ALWAYS) -> list[Any]:
    """Every row that a view shows, in an order of its own."""
    with lake.view(window, as_of, versions) as view:
        return [
            sorted(map(str, view.arrow(f"select * from {name}").to_pylist())) for name in TABLES
        ]


def pinned(lake: Lake, versions: dict[str, int]) -> dict[str, tuple[str, ...]]:
    """What a manifest would pin of each table."""
    return {name: landed(files, versions[name]) for name, files in lake.files().items()}


def history(root: Path, seed: int) -> tuple[Lake, Rows, random.Random]:
    chance = random.Random(seed)  # noqa: S311 - not a secret
    lake, known = Lake(root), first(chance, 30)
    land(lake, chance, known, "first", [END, END])
    return lake, known, chance


@pytest.fixture(scope="module")
def landed_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that three batches came to, corrections among them; to be copied."""
    root = tmp_path_factory.mktemp("landed") / "lake"
    lake, known, chance = history(root, 1)
    land(lake, chance, more(chance, known, 4), "late", [LATER])
    return root


@pytest.fixture
def lake(landed_lake: Path, tmp_path: Path) -> Lake:
    """A lake of a test's own that three batches came to."""
    return Lake(shutil.copytree(landed_lake, tmp_path / "lake"))


@settings(max_examples=deep(2, 4), deadline=None)
@given(st.integers(0, 2**32))
def test_a_packed_lake_shows_the_same_at_every_version_and_moment(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    lake, known, chance = history(tmp_path_factory.mktemp("packed") / "lake", seed)
    before = []
    for lot in range(3):
        as_of = chance.choice([END, LATER])
        versions = lake.versions()
        before.append((versions, as_of, seen(lake, versions, as_of), pinned(lake, versions)))
        land(lake, chance, more(chance, known, 4), f"{lot}", [chance.choice([END, LATER])])
        if lot != 1:
            lake.pack(LATER)
            lake.sweep()

    for versions, as_of, rows, names in before:
        assert seen(lake, versions, as_of) == rows
        assert pinned(lake, versions) == names
        assert lake.broken(ALWAYS, as_of, versions) == []


def test_a_lake_made_before_its_tables_grew_shows_the_same_and_takes_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        for name, grown in (("trades", 3), ("accounts", 1)):
            table = catalogue.TABLES[name]
            earlier.setitem(catalogue.TABLES, name, replace(table, columns=table.columns[:-grown]))
        lake, known, chance = history(tmp_path / "lake", 5)
        versions, columns = lake.versions(), "trade_id, seq, price, buyer_id"
        with lake.view(ALWAYS, END, versions) as view:
            before = view.arrow(f"select {columns} from trades order by all")
    with lake.view(ALWAYS, END, versions) as view:
        assert view.arrow(f"select {columns} from trades order by all") == before
        assert not view.has("trades.seller_fee")
    land(lake, chance, more(chance, known, 4), "grown", [LATER])
    fee = {**known["trades"][0], "trade_id": "paid", "seller_fee": Decimal("1.5")}
    lake.land(Batch("venue", "paid", {"trades": pa.Table.from_pylist([fee])}), LATER)
    after = seen(lake, lake.versions(), LATER)
    lake.pack(LATER)
    assert seen(lake, lake.versions(), LATER) == after
    with lake.view(ALWAYS, LATER) as view:
        paid = view.arrow("select trade_id from trades where seller_fee is not null")
        assert paid.to_pylist() == [{"trade_id": "paid"}]
    with lake.view(ALWAYS, END, versions) as view:
        assert view.arrow(f"select {columns} from trades order by all") == before


def test_packing_leaves_a_file_of_fresh_rows_and_one_of_revisions(lake: Lake) -> None:
    was = lake.versions()
    packed = lake.pack(LATER)

    assert {packing.table for packing in packed} == set(TABLES)
    assert all(len(packing.replaces) > 1 for packing in packed)
    assert {name: len(files) for name, files in lake.files().items()}["trades"] == 2
    assert lake.versions() == was
    assert lake.pack(LATER) == []


def test_what_was_replaced_stays_until_it_is_swept(lake: Lake) -> None:
    before = {path.name for path in lake.root.glob("*/*.parquet")}
    replaced = {name for packing in lake.pack(LATER) for name in packing.replaces}

    assert {path.name for path in lake.root.glob("*/*.parquet")} > before
    assert lake.sweep() == len(replaced)
    assert not {path.name for path in lake.root.glob("*/*.parquet")} & replaced
    assert lake.sweep() == 0


def test_a_packed_lake_can_be_landed_in_and_packed_again(lake: Lake) -> None:
    lake.pack(LATER)
    chance = random.Random(1)  # noqa: S311 - not a secret
    corrected = [row | {"price": row["price"] + 1} for row in first(chance, 30)["trades"][:5]]
    land(lake, chance, {"trades": corrected}, "again", [LATER])
    (again,) = lake.pack(LATER)

    assert (again.table, len(again.replaces)) == ("trades", 2)
    assert len([file for file in lake.files()["trades"] if seal(file.path.name).is_packed]) == 2


def test_large_files_are_left_alone(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "FILE_ROWS", 5)
    packed = [packing.table for packing in lake.pack(LATER)]

    assert "orders" not in packed


def test_a_file_that_was_changed_is_not_packed(lake: Lake) -> None:
    path = sorted((lake.root / "trades").glob("*.parquet"))[0]
    body = bytearray(path.read_bytes())
    body[99] ^= 1
    path.write_bytes(body)

    with pytest.raises(SurveillanceError, match=rf"expected trades/{path.name} with its sha256"):
        lake.pack(LATER)
    assert not any(seal(file.path.name).is_packed for file in lake.files()["trades"])


def test_only_names_that_the_lake_gives_are_read() -> None:
    assert seal(f"landed-00000003-b-7-0000-{'a' * 64}.parquet") == (3, 3, "b-7", "a" * 64, False)
    assert seal(f"revised-00000003.00000009-packed-0000-{'a' * 64}.parquet").last == 9
    with pytest.raises(SurveillanceError, match="expected a file named by its"):
        seal("x.parquet")


def test_of_two_corrections_that_arrive_together_the_last_to_land_wins(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    row = {"ts": END, "seq": 1, "trade_id": "t", "instrument": "X", "price": "1", "quantity": "1"}
    for number in range(1, 5):
        rows = pa.Table.from_pylist([{**row, "price": str(number)}])
        lake.land(Batch("venue", f"b{number}", {"trades": rows}), END)
    versions = lake.versions()
    lake.pack(LATER)
    lake.sweep()

    for version in range(1, versions["trades"] + 1):
        with lake.view(ALWAYS, END, {"trades": version}) as view:
            assert view.arrow("select price from trades")["price"].to_pylist() == [version]
