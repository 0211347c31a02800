"""What the lake promises: nothing is lost, nothing is rounded, and the past stays as it was."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.activity.batch import Batch, Count, Landing
from surveillance.activity.lake import Lake, delta, writing
from surveillance.activity.preparing import prepare
from surveillance.errors import SourceError, SurveillanceError
from surveillance.model import Window
from tests.given.depth import deep

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
LATER = NOON + timedelta(days=1)


def trade(name: str, **values: Any) -> dict[str, Any]:
    """One trade at noon, as a venue would tell it."""
    row = {
        "ts": NOON,
        "seq": 1,
        "trade_id": name,
        "instrument": "BTC",
        "price": "2",
        "quantity": "3",
    }
    return {**row, **values}


def batch(name: str, **tables: list[dict[str, Any]]) -> Batch:
    """Rows under the id ``name``."""
    return Batch("venue", name, {table: _arrow(rows) for table, rows in tables.items()})


def _arrow(rows: list[dict[str, Any]]) -> pa.Table:
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: [row.get(name) for row in rows] for name in names})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake."""
    return Lake(tmp_path / "lake")


def land(lake: Lake, name: str, *rows: dict[str, Any], at: datetime = NOON) -> Count:
    """Land trades, and return what became of them."""
    return lake.land(batch(name, trades=list(rows)), at).counts["trades"]


def trades(lake: Lake, as_of: datetime = LATER, window: Window = DAY) -> list[Mapping[str, Any]]:
    """Return the trades that were known at ``as_of``."""
    with lake.view(window, as_of) as view:
        return view.arrow("select * from trades order by trade_id").to_pylist()  # type: ignore[no-any-return]


def reasons(lake: Lake) -> list[str]:
    """Return why rows were quarantined."""
    return lake.quarantined()["reason"].to_pylist()  # type: ignore[no-any-return]


def test_a_row_comes_back_as_it_was_told(lake: Lake) -> None:
    count = land(lake, "one", trade("a", price="1.00000001", source_line="t.csv:2"))
    assert count == Count(1, 1, 0)
    (row,) = trades(lake)
    assert row["price"] == Decimal("1.00000001")
    assert row["ts"] == NOON.replace(tzinfo=None)
    assert (row["feed"], row["source_line"], row["arrived_at"]) == (
        "venue",
        "t.csv:2",
        NOON.replace(tzinfo=None),
    )


def test_a_bad_row_goes_to_quarantine_with_its_line(lake: Lake) -> None:
    count = land(
        lake, "one", trade("a"), trade("b", price="cheap", quantity="-1", source_line="t.csv:3")
    )
    assert (count.received, count.landed, count.quarantined) == (2, 1, 1)
    (row,) = lake.quarantined().to_pylist()
    assert row["table_name"] == "trades"
    assert row["source_line"] == "t.csv:3"
    assert row["reason"] == (
        "price: expected DECIMAL(38,18), was 'cheap'; quantity: expected more than 0, was '-1'"
    )
    assert '"price":"cheap"' in row["row"]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (
            {"price": "0.1234567890123456789"},
            "price: expected an exact DECIMAL(38,18), was '0.1234567890123456789'",
        ),
        ({"price": "1e-19"}, "price: expected an exact DECIMAL(38,18), was '1e-19'"),
        ({"price": f"{10**20}"}, f"price: expected DECIMAL(38,18), was '{10**20}'"),
        ({"price": "nan"}, "price: expected DECIMAL(38,18), was 'nan'"),
        ({"price": None}, "price: expected a value, was empty"),
        ({"seq": "1.5"}, "seq: expected an exact BIGINT, was '1.5'"),
        ({"ts": "yesterday"}, "ts: expected TIMESTAMP, was 'yesterday'"),
        (
            {"ts": "infinity"},
            "ts: expected a time since 2009-01-03 and at most a day after it arrived, "
            "was 'infinity'",
        ),
        ({"quantity": "0"}, "quantity: expected more than 0, was '0'"),
        ({"fault": "price: was a joke"}, "price: was a joke"),
        ({"trade_id": "canary:1"}, "trade_id: expected an id of the venue's own, was 'canary:1'"),
        (
            {"buyer_id": "A\u200b"},
            "buyer_id: expected characters that are seen, was 'A\u200b'",
        ),
    ],
)
def test_what_does_not_fit_its_column_is_refused(
    lake: Lake, values: dict[str, Any], reason: str
) -> None:
    assert land(lake, "one", trade("a", **values)) == Count(1, 0, 1)
    assert reasons(lake) == [reason]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"taker_side": "hold"}, "taker_side: expected buy or sell"),
        ({"is_block": "perhaps"}, "is_block: expected BOOLEAN"),
        ({"buyer_fee": "1e-19"}, "buyer_fee: expected an exact DECIMAL(38,18)"),
    ],
)
def test_a_value_that_a_row_can_do_without_becomes_empty_and_is_remarked(
    lake: Lake, values: dict[str, Any], reason: str
) -> None:
    count = land(lake, "one", trade("a", source_line="t.csv:2", **values), trade("b"))
    assert count == Count(2, 2, 0, remarked=1)
    (name,) = values
    assert [row[name] for row in trades(lake)] == [None, None]
    (remark,) = lake.remarks().to_pylist()
    assert (remark["reason"], remark["rows"], remark["source_line"]) == (reason, 1, "t.csv:2")
    assert remark["example"] == f"{reason}, was '{values[name]}'"
    assert reasons(lake) == []


@pytest.mark.parametrize("written", ["BUY", "Buy", "buy"])
def test_a_word_of_an_enumeration_counts_in_either_case(lake: Lake, written: str) -> None:
    assert land(lake, "one", trade("a", taker_side=written)) == Count(1, 1, 0)
    assert trades(lake)[0]["taker_side"] == "buy"


@pytest.mark.parametrize("at", ["2009-01-02 23:59:59", "1970-01-01", "2026-03-03 12:00:00.000001"])
def test_a_trade_before_the_first_venue_or_a_day_ahead_of_its_arrival_is_refused(
    lake: Lake, at: str
) -> None:
    land(lake, "one", trade("a", ts=at), trade("b", ts="2026-03-03 12:00:00"))
    assert reasons(lake) == [
        f"ts: expected a time since 2009-01-03 and at most a day after it arrived, was '{at}'"
    ]
    with lake.view(Window(DAY.start, DAY.end + timedelta(days=1)), LATER) as view:
        assert view.arrow("select trade_id from trades")["trade_id"].to_pylist() == ["b"]


@pytest.mark.parametrize("outside", [{}, {"constituent": None}])
def test_a_mark_needs_no_constituent_and_what_is_one_does(
    lake: Lake, outside: dict[str, Any]
) -> None:
    row = {"instrument": "X", "ts": NOON, "value": Decimal(1), **outside}
    lake.land(batch("m", marks=[{**row, "kind": "mark"}, {**row, "kind": "constituent"}]), NOON)
    with lake.view(DAY, LATER) as view:
        assert view.arrow("select kind, constituent from marks").to_pylist() == [
            {"kind": "mark", "constituent": ""}
        ]
    was = "empty" if outside else "no column"
    assert reasons(lake) == [f"constituent: expected a value, was {was}"]


def test_a_missing_column_that_is_required_is_named(lake: Lake) -> None:
    row = trade("a")
    del row["instrument"]
    land(lake, "one", row)
    assert reasons(lake) == ["instrument: expected a value, was no column"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-02T14:00:00+02:00", NOON),
        ("2026-03-02 12:00:00", NOON),
        ("2026-03-02T12:00:00Z", NOON),
    ],
)
def test_an_offset_of_a_time_is_honoured(lake: Lake, written: str, meant: datetime) -> None:
    land(lake, "one", trade("a", ts=written))
    assert trades(lake)[0]["ts"] == meant.replace(tzinfo=None)


def test_a_column_that_nobody_knows_fails_the_batch(lake: Lake) -> None:
    with pytest.raises(SourceError, match="expected columns of the catalogue, was colour"):
        land(lake, "one", trade("a", colour="red"))
    with pytest.raises(SourceError, match="expected a table of the catalogue, was 'rumours'"):
        lake.land(batch("two", rumours=[{"ts": NOON}]), NOON)
    assert lake.versions() == {}


def test_what_a_trade_is_worth_is_reckoned_by_terms_that_may_land_after_it(lake: Lake) -> None:
    linear = {"instrument": "BTC", "settlement": "linear"}
    terms = {"ts": DAY.start, "multiplier": "0.001", **linear}
    after = {"ts": NOON + timedelta(hours=1), "multiplier": "0.002", **linear}
    land(
        lake,
        "one",
        trade("a", price="0.00150000", quantity="1"),
        trade("b", price="1", quantity="1", ts=NOON + timedelta(hours=2)),
        trade("c", price="0.5", quantity="1", instrument="ETH"),
    )
    assert worth(lake) == {"a": Decimal("0.0015"), "b": 1, "c": Decimal("0.5")}
    lake.land(batch("two", instruments=[terms, after]), NOON)
    assert worth(lake) == {"a": Decimal("0.000002"), "b": Decimal("0.002"), "c": Decimal("0.5")}


def worth(lake: Lake) -> dict[str, Decimal]:
    """Return what each trade is worth, by its id."""
    with lake.view(DAY, LATER) as view:
        prepare(view.connection, ["valued_trades"])
        rows = view.arrow("select trade_id, usd from valued_trades join trades using (trade_key)")
    return {row["trade_id"]: row["usd"] for row in rows.to_pylist()}


def test_addresses_are_written_as_they_came(lake: Lake) -> None:
    addresses = ["0xABcd", "BC1QAR0", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"]
    rows = [
        {"ts": NOON, "address": address, "category": "mixer", "source": "list"}
        for address in addresses
    ]
    lake.land(batch("one", address_labels=rows), NOON)
    with lake.view(DAY, LATER) as view:
        landed = view.arrow("select address from address_labels order by 1")["address"].to_pylist()
    assert landed == sorted(addresses)


def test_the_same_batch_again_changes_nothing_and_says_so(lake: Lake) -> None:
    rows = batch("one", trades=[trade("a"), trade("b", price="?")])
    lake.land(rows, NOON)
    before = (lake.versions(), trades(lake), lake.quarantined())
    again = lake.land(rows, LATER)
    assert again.already
    assert again.counts["trades"] == Count(2, 1, 1, repeated=1)
    assert (lake.versions(), trades(lake), lake.quarantined()) == before


def test_the_same_rows_in_another_batch_are_not_written_twice(lake: Lake) -> None:
    land(lake, "one", trade("a"), trade("c", price="?"))
    count = land(lake, "two", trade("a"), trade("b"), trade("c", price="?"), at=LATER)
    assert count == Count(3, 2, 1, repeated=1)
    assert [row["arrived_at"].day for row in trades(lake)] == [2, 3]
    assert lake.quarantined().num_rows == 1


def test_a_landing_cut_short_between_two_tables_is_completed_by_repeating_it(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = batch(
        "one",
        accounts=[{"ts": NOON, "trader_id": "A"}, {"ts": None, "trader_id": "B"}],
        trades=[trade("a"), trade("b", price="?")],
    )

    def cut(folder: Path, *args: Any, **kwargs: Any) -> None:
        if folder.name == "trades":
            raise KeyboardInterrupt
        delta.commit(folder, *args, **kwargs)

    monkeypatch.setattr("surveillance.activity.lake.landing.commit", cut)
    with pytest.raises(KeyboardInterrupt):
        lake.land(rows, NOON)
    assert lake.versions().keys() == {"accounts"}
    monkeypatch.undo()
    done = lake.land(rows, NOON)
    assert done.counts == {"accounts": Count(2, 1, 1, repeated=1), "trades": Count(2, 1, 1)}
    assert len(trades(lake)) == 1
    assert lake.quarantined().num_rows == 2


def test_a_correction_replaces_the_row_from_its_arrival_on(lake: Lake) -> None:
    land(lake, "one", trade("a"), trade("b"))
    count = land(lake, "two", trade("a", price="9"), at=NOON + timedelta(hours=1))
    assert count == Count(1, 1, 0, revised=1)
    land(lake, "three", trade("a", price="8"), at=NOON + timedelta(hours=2))

    def price(hours: float) -> Decimal:
        return trades(lake, NOON + timedelta(hours=hours))[0]["price"]  # type: ignore[no-any-return]

    assert [price(hours) for hours in (0, 0.9, 1, 2)] == [2, 2, 9, 8]
    assert len(trades(lake)) == 2


def test_a_correction_of_the_time_leaves_no_second_copy(lake: Lake) -> None:
    land(lake, "one", trade("a"))
    land(lake, "two", trade("a", ts=NOON + timedelta(days=2)), at=LATER)
    assert trades(lake) == []
    assert len(trades(lake, as_of=NOON)) == 1


def test_a_correction_that_is_taken_back_counts(lake: Lake) -> None:
    for number, price in enumerate(("2", "3", "2")):
        land(lake, str(number), trade("a", price=price), at=NOON + timedelta(hours=number))
    assert [row["price"] for row in trades(lake)] == [2]


def test_of_two_rows_with_one_key_the_later_wins_and_an_identical_one_is_a_duplicate(
    lake: Lake,
) -> None:
    count = land(lake, "one", trade("a"), trade("a"), trade("a", price="5", seq=2))
    assert count == Count(3, 2, 1, revised=1)
    assert reasons(lake) == ["trade_id: expected each key once, was an identical row again"]
    assert [row["price"] for row in trades(lake)] == [5]


def test_a_key_with_an_empty_part_is_still_a_key(lake: Lake) -> None:
    level = {"ts": NOON, "seq": 1, "instrument": "BTC", "side": "buy", "level": None, "price": "1"}
    lake.land(batch("one", book=[{**level, "quantity": "1"}]), NOON)
    landed = lake.land(batch("two", book=[{**level, "quantity": "2"}]), LATER)
    assert landed.counts["book"].revised == 1
    with lake.view(DAY, LATER) as view:
        assert view.arrow("select quantity from book")["quantity"].to_pylist() == [2]


def test_a_view_is_half_open_and_knows_nothing_of_later(lake: Lake) -> None:
    times = [DAY.start, DAY.end - timedelta(microseconds=1), DAY.end]
    land(lake, "one", *(trade(str(number), ts=ts) for number, ts in enumerate(times)), at=LATER)
    assert [row["trade_id"] for row in trades(lake, LATER)] == ["0", "1"]
    assert trades(lake, LATER - timedelta(microseconds=1)) == []


def test_state_stays_in_view_however_old(lake: Lake) -> None:
    old = {"ts": DAY.start - timedelta(days=900), "trader_id": "A"}
    new = {"ts": DAY.end, "trader_id": "B"}
    lake.land(batch("one", accounts=[old, new]), NOON)
    with lake.view(DAY, LATER) as view:
        assert view.arrow("select trader_id from accounts")["trader_id"].to_pylist() == ["A"]


def test_who_stands_behind_an_account_is_known_whatever_the_window(lake: Lake) -> None:
    days = [DAY.start - timedelta(days=80), NOON, DAY.end]
    signed = [{"ts": at, "seq": n, "trader_id": "A"} for n, at in enumerate(days)]
    lake.land(batch("one", logins=signed), LATER)
    late = [{"ts": NOON, "seq": 9, "trader_id": "A"}]
    lake.land(batch("two", logins=late), LATER + timedelta(seconds=1))
    with lake.view(DAY, LATER) as view:
        assert view.arrow("from logins")["seq"].to_pylist() == [1]
        assert view.arrow("from known_logins order by seq")["seq"].to_pylist() == [0, 1, 2]


def test_a_pinned_version_stays_as_it_was(lake: Lake) -> None:
    land(lake, "one", trade("a"))
    pinned = lake.versions()
    land(lake, "two", trade("a", price="9"), trade("b"), at=NOON)
    lake.land(batch("three", accounts=[{"ts": NOON, "trader_id": "A"}]), NOON)
    with lake.view(DAY, LATER, versions=pinned, threads=1) as view:
        assert view.versions == pinned
        assert view.arrow("select price from trades")["price"].to_pylist() == [2]
        assert not view.has("accounts")
        with view.narrow(Window(NOON, DAY.end)) as narrow:
            assert narrow.arrow("select price from trades")["price"].to_pylist() == [2]
        with view.narrow(Window(DAY.start, NOON)) as narrow:
            assert not narrow.has("trades")


def test_a_view_says_what_it_has(lake: Lake) -> None:
    land(lake, "one", trade("a", buyer_id="A"))
    with lake.view(DAY, LATER) as view:
        assert view.has("trades")
        assert view.has("trades.buyer_id")
        assert not view.has("trades.seller_id")
        assert not view.has("orders")


def test_a_view_does_not_mind_a_result_left_half_read(lake: Lake) -> None:
    land(lake, "one", trade("a"), trade("b"))
    with lake.view(DAY, LATER) as view:
        view.connection.execute("select * from trades").fetchone()
        assert view.arrow("select * from trades").num_rows == 2


@pytest.mark.parametrize(
    "reach",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "attach '/tmp/elsewhere.db'",
        "copy (select 1) to '/tmp/elsewhere.csv'",
        "set enable_external_access = true",
        "set threads = 9",
    ],
)
def test_a_view_reaches_nothing_but_the_lake(lake: Lake, reach: str) -> None:
    land(lake, "one", trade("a"))
    with lake.view(DAY, LATER) as view, pytest.raises(duckdb.Error):
        view.connection.execute(reach)


def test_an_empty_lake_has_empty_tables_and_no_span(lake: Lake) -> None:
    assert lake.span() is None
    assert lake.quarantined().num_rows == 0
    assert trades(lake) == []


def test_the_span_runs_from_the_first_activity_to_just_after_the_last(lake: Lake) -> None:
    land(lake, "one", trade("a"), trade("b", ts=NOON + timedelta(microseconds=7)))
    lake.land(batch("two", accounts=[{"ts": DAY.start, "trader_id": "A"}]), NOON)
    assert lake.span() == Window(NOON, NOON + timedelta(microseconds=8))


def test_lines_that_never_became_rows_are_counted_and_kept(lake: Lake) -> None:
    lines = pa.table({"reason": ["half a line"], "row": ["1,2"], "source_line": ["t.csv:9"]})
    landed = lake.land(Batch("venue", "one", {}, {"messages": lines}), NOON)
    assert landed == Landing("one", {"messages": Count(1, 0, 1)})
    assert lake.quarantined()["table_name"].to_pylist() == ["messages"]


def test_a_folder_of_something_else_is_not_a_lake(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_text("sea")
    for place in (tmp_path, tmp_path / "holiday.jpg"):
        with pytest.raises(SurveillanceError, match="expected a lake or an empty folder"):
            Lake(place)


def test_a_lake_whose_first_landing_was_cut_short_is_still_a_lake(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("surveillance.activity.lake.landing.commit", cut)
    with pytest.raises(KeyboardInterrupt):
        land(lake, "one", trade("a"))
    monkeypatch.undo()
    assert land(Lake(lake.root), "one", trade("a")) == Count(1, 1, 0)


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"short")])
def test_a_file_lost_or_cut_is_named(lake: Lake, harm: Callable[[Path], Any]) -> None:
    land(lake, "one", trade("a"))
    (file,) = (lake.root / "trades").glob("*.parquet")
    harm(file)
    with pytest.raises(SurveillanceError, match=rf"expected .*{file.name} with \d+ bytes, was"):
        lake.view(DAY, LATER)


def test_a_broken_file_is_explained(lake: Lake) -> None:
    land(lake, "one", trade("a"))
    (file,) = (lake.root / "trades").glob("*.parquet")
    file.write_bytes(bytes(file.stat().st_size))
    with pytest.raises(SurveillanceError, match="expected a readable lake"):
        lake.view(DAY, LATER)


def test_a_version_that_never_was_is_explained(lake: Lake) -> None:
    land(lake, "one", trade("a"))
    with pytest.raises(SurveillanceError, match="at version 99"):
        lake.view(DAY, LATER, versions={"trades": 99})


def test_a_large_landing_becomes_several_files(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "FILE_ROWS", 2)
    assert land(lake, "one", *(trade(str(number)) for number in range(5))) == Count(5, 5, 0)
    assert len(list((lake.root / "trades").glob("*.parquet"))) == 3
    assert len(trades(lake)) == 5


number = st.decimals(-(10**20), 10**20, allow_nan=False, places=None) | st.decimals(
    -1000, 1000, places=20
)


def exactly(price: Decimal) -> Decimal:
    """Return a price of eighteen places."""
    return price.quantize(Decimal("1e-18"), context=Context(prec=60))


@settings(max_examples=deep(6, 15), deadline=None)
@given(st.lists(number, min_size=1, max_size=20))
def test_a_price_lands_exactly_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory, prices: list[Decimal]
) -> None:
    lake = Lake(tmp_path_factory.mktemp("exact") / "lake")
    rows = [trade(str(n), price=str(price), quantity="1") for n, price in enumerate(prices)]
    count = land(lake, "one", *rows)
    landed = {row["trade_id"]: row["price"] for row in trades(lake)}
    for place, price in enumerate(prices):
        fits = price == exactly(price) and abs(price) < 10**20
        assert (str(place) in landed) == fits
        assert landed.get(str(place), price) == price
    assert count.received == count.landed + count.quarantined
    assert count.landed == len(landed)


history = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(1, 3), st.integers(0, 36), st.integers(0, 5)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=deep(3, 6), deadline=None)
@given(history)
def test_a_view_shows_the_last_row_of_each_key_that_had_arrived(
    tmp_path_factory: pytest.TempPathFactory, arrivals: list[tuple[str, int, int, int]]
) -> None:
    lake = Lake(tmp_path_factory.mktemp("known") / "lake")
    steps = sorted(arrivals, key=lambda step: step[3])
    for place, (name, price, hour, arrival) in enumerate(steps):
        row = trade(name, price=str(price), ts=DAY.start + timedelta(hours=hour))
        land(lake, str(place), row, at=NOON + timedelta(hours=arrival))
    for moment in range(6):
        known = {step[0]: step for step in steps if step[3] <= moment}
        expected = sorted((name, price) for name, price, hour, _ in known.values() if hour < 24)
        rows = trades(lake, NOON + timedelta(hours=moment))
        assert [(row["trade_id"], int(row["price"])) for row in rows] == expected


def test_what_happens_to_a_table_that_was_read_is_seen(lake: Lake) -> None:
    land(lake, "one", trade("a"))
    (file,) = lake.files()["trades"]
    land(lake, "two", trade("b"))
    assert len(lake.files()["trades"]) == 2

    file.path.unlink()
    with pytest.raises(SurveillanceError, match="was missing"):
        lake.files()
