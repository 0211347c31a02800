"""Files become rows: every line is landed or set aside with its place, none is lost or invented."""

import gzip
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from surveillance.activity import sources
from surveillance.activity.lake import Lake
from surveillance.activity.sources import files
from surveillance.errors import SourceAbort, SourceError, VenueError
from surveillance.model import Window

NOW = datetime(2026, 12, 1, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SELECT = (
    "select ts, _line as seq, id as trade_id, 'BTC' as instrument, price, quantity from messages"
)
HEAD = "ts,id,price,quantity\n"
VENUES = Path(__file__).parents[2] / "venues"


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """The folder where a venue drops its files."""
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def pull(
    drop: Path,
    select: str = SELECT,
    glob: str = "*.csv*",
    form: str = "csv",
    window: Window | None = None,
) -> Lake:
    """Land everything that a venue with one relation and one table has."""
    text = (
        f"venue: shop\nsource: files\nfiles:\n  messages: {{glob: '{glob}', format: {form}}}\n"
        f"tables:\n  trades: |\n    {select}\n"
    )
    lake = Lake(drop.parent / "lake")
    for batch in sources.pull(sources.parse(text, drop, "shop.yml"), window):
        lake.land(batch, NOW)
    return lake


def rows(lake: Lake) -> list[dict[str, Any]]:
    """Return every trade of a lake."""
    forever = Window(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
    with lake.view(forever, NOW) as view:
        return view.arrow("select * from trades order by seq, trade_id").to_pylist()  # type: ignore[no-any-return]


def refused(lake: Lake) -> list[tuple[str, str, str]]:
    """Return table, line and reason of every row set aside."""
    return [
        (row["table_name"], row["source_line"], row["reason"])
        for row in lake.quarantined().to_pylist()
    ]


def test_a_file_lands_with_the_line_of_each_row(drop: Path) -> None:
    (drop / "a.csv").write_text(HEAD + "2026-03-02T12:00:00Z,a,1.5,2\n2026-03-02 13:00,b,2,3\n")
    trades = rows(pull(drop))
    assert [(row["trade_id"], row["source_line"]) for row in trades] == [
        ("a", "a.csv:2"),
        ("b", "a.csv:3"),
    ]


def test_a_gzip_file_and_a_plain_one_are_read_alike(drop: Path) -> None:
    (drop / "a.csv").write_text(HEAD + "2026-03-02,a,1,1\n")
    (drop / "b.csv.gz").write_bytes(gzip.compress((HEAD + "2026-03-02,b,1,1\n").encode()))
    assert [row["source_line"] for row in rows(pull(drop))] == ["a.csv:2", "b.csv.gz:2"]


def test_a_malformed_line_is_set_aside_and_the_others_keep_their_numbers(drop: Path) -> None:
    lines = ["2026-03-02,a,1,1", "half", "2026-03-02,b,1,1,1", "2026-03-02,c,1,1"]
    (drop / "a.csv").write_text(HEAD + "\n".join(lines) + "\n")
    lake = pull(drop)
    assert [row["source_line"] for row in rows(lake)] == ["a.csv:2", "a.csv:5"]
    assert [(table, line) for table, line, _ in refused(lake)] == [
        ("trades", "a.csv:3"),
        ("trades", "a.csv:4"),
    ]
    assert lake.quarantined()["row"].to_pylist() == ["half", "2026-03-02,b,1,1,1"]


def test_a_line_that_is_not_utf_8_is_set_aside_where_others_are(drop: Path) -> None:
    lines = b"2026-03-02,caf\xe9,1,1\n" + "2026-03-02,Jörg,1,1\n".encode()
    (drop / "a.csv").write_bytes(HEAD.encode() + lines)
    lake = pull(drop)
    assert [row["trade_id"] for row in rows(lake)] == ["Jörg"]
    assert [line for _, line, _ in refused(lake)] == ["a.csv:2"]


def test_a_value_that_cannot_be_computed_costs_its_row_and_no_other(drop: Path) -> None:
    (drop / "a.csv").write_text(HEAD + "1000,a,1,1\nsoon,b,1,1\n2000,c,1,1\n")
    at = "timestamp '2026-03-02' + to_microseconds(cast(ts as bigint) * 1000) as ts"
    lake = pull(drop, SELECT.replace("select ts", f"select {at}"))
    assert [row["trade_id"] for row in rows(lake)] == ["a", "c"]
    ((table, line, reason),) = refused(lake)
    assert (table, line) == ("trades", "a.csv:3")
    assert reason.startswith("ts: expected CAST('2026-03-02' AS TIMESTAMP) + ")
    assert "was ts 'soon'" in reason


@pytest.mark.parametrize("kind", ["decimal(18, 8)", "bigint", "decimal(38, 0)"])
def test_a_cast_refuses_what_it_would_round(drop: Path, kind: str) -> None:
    (drop / "a.csv").write_text(HEAD + "2026-03-02,a,3,1\n2026-03-02,b,0.123456789,1\n")
    lake = pull(drop, SELECT.replace("price", f"cast(price as {kind}) * 2 as price"))
    assert [row["trade_id"] for row in rows(lake)] == ["a"]
    assert "was price '0.123456789'" in refused(lake)[0][2]


def test_a_cast_behind_a_condition_is_only_tried_where_it_holds(drop: Path) -> None:
    (drop / "a.csv").write_text(HEAD + "2026-03-02,a,market,1\n2026-03-02,b,3,1\n")
    price = "case when price = 'market' then 1 else cast(price as decimal(18, 8)) end as price"
    lake = pull(drop, SELECT.replace("price", price))
    assert [row["price"] for row in rows(lake)] == [1, 3]


def test_every_branch_of_a_union_keeps_its_lines_and_its_faults(drop: Path) -> None:
    (drop / "a.csv").write_text(HEAD + "2026-03-02,a,1,1\n2026-03-02,b,x,1\n")
    side = SELECT.replace("price", "cast(price as decimal(18, 8)) as price")
    other = side.replace("id as", "concat(id, '2') as").replace("_line as seq", "10 + _line")
    lake = pull(drop, f"{side} union all {other}")
    assert [row["source_line"] for row in rows(lake)] == ["a.csv:2", "a.csv:2"]
    assert [line for _, line, _ in refused(lake)] == ["a.csv:3", "a.csv:3"]


def test_lines_are_kept_through_with_and_joins(drop: Path) -> None:
    (drop / "a.csv").write_text(HEAD + "2026-03-02,a,1,1\n2026-03-02,b,2,1\n")
    joined = (
        "with m as (select ts, id, price from messages), n as (select * from m) "
        "select n.ts, 1 as seq, n.id as trade_id, 'BTC' as instrument, o.price, o.quantity "
        "from n join messages o on o.id = n.id"
    )
    assert [row["source_line"] for row in rows(pull(drop, joined))] == ["a.csv:2", "a.csv:3"]


def test_json_lines_are_read_after_their_prefix(drop: Path) -> None:
    lines = ['17 {"at": "2026-03-02", "p": "1.5"}', '18 {"at": ', "19 nothing", '20 {"p": "2"}']
    (drop / "a.jsonl").write_text("\n".join(lines) + "\n")
    select = (
        "select body->>'$.at' as ts, cast(trim(prefix) as bigint) as seq, 'a' as trade_id, "
        "'BTC' as instrument, body->>'$.p' as price, 1 as quantity from messages"
    )
    lake = pull(drop, select, "*.jsonl", "jsonl")
    assert [(row["seq"], row["price"]) for row in rows(lake)] == [(17, Decimal("1.5"))]
    assert sorted((table, line) for table, line, _ in refused(lake)) == [
        ("trades", "a.jsonl:2"),
        ("trades", "a.jsonl:3"),
        ("trades", "a.jsonl:4"),
    ]


def test_text_has_one_column_whatever_stands_in_it(drop: Path) -> None:
    (drop / "a.txt").write_text('one "quoted, text\nt\\wo\n')
    select = (
        "select timestamp '2026-03-02' as ts, _line as seq, line as trade_id, 'BTC' as instrument, "
        "1 as price, 1 as quantity from messages"
    )
    lake = pull(drop, select, "*.txt", "text")
    assert [row["trade_id"] for row in rows(lake)] == ['one "quoted, text', "t\\wo"]


def test_parquet_keeps_its_types(drop: Path) -> None:
    (drop / "a.csv").write_text(HEAD + "2026-03-02,a,1.5,1\n")
    lake = pull(drop)
    with lake.view(Window(NOON - timedelta(days=1), NOON), NOW) as view:
        pq.write_table(view.arrow("select ts, trade_id, price from trades"), drop / "b.parquet")
    select = (
        "select ts, 7 as seq, concat(trade_id, '2') as trade_id, 'BTC' as instrument, price, "
        "1 as quantity from messages"
    )
    trades = rows(pull(drop, select, "*.parquet", "parquet"))
    assert [(row["trade_id"], row["price"], row["source_line"]) for row in trades] == [
        ("a", trades[0]["price"], "a.csv:2"),
        ("a2", trades[0]["price"], "b.parquet:1"),
    ]


def test_a_pattern_that_finds_nothing_is_answered_with_folder_and_pattern(drop: Path) -> None:
    with pytest.raises(SourceAbort, match=rf"expected files '\*.csv\*' in {drop}, was none"):
        pull(drop)


@pytest.mark.parametrize("glob", ["../*.csv", "/etc/pass*"])
def test_a_pattern_leads_nowhere_else(drop: Path, glob: str) -> None:
    (drop.parent / "secret.csv").write_text(HEAD)
    with pytest.raises(SourceAbort, match="expected a pattern within"):
        pull(drop, glob=glob)


@pytest.mark.parametrize(
    "body", [b"\x1f\x8b no gzip", gzip.compress(HEAD.encode() * 9999)[:-60], b""]
)
def test_a_file_that_cannot_be_read_fails_the_pull_by_name(drop: Path, body: bytes) -> None:
    (drop / "a.csv.gz").write_bytes(body)
    with pytest.raises(SourceError, match=r"a\.csv\.gz"):
        pull(drop)


def test_an_empty_file_fails_the_pull_and_one_with_a_header_alone_does_not(drop: Path) -> None:
    (drop / "a.csv").write_text(HEAD)
    assert rows(pull(drop)) == []
    (drop / "a.csv").write_text("")
    with pytest.raises(SourceError, match=r"expected a line of column names in .*a.csv"):
        pull(drop)


@pytest.mark.parametrize(
    ("select", "fault"),
    [
        (
            "select nothing from messages",
            "shop.yml:7:12: tables.trades: expected column nothing in a.csv, was ",
        ),
        (
            "select colour from messages",
            "shop.yml:6:3: tables.trades: expected columns of trades, was colour",
        ),
        (
            "select colour as trade_key from messages",
            "shop.yml:6:3: tables.trades: expected columns of trades, was trade_key",
        ),
        ("select 1 from '/etc/passwd'", "shop.yml:7:"),
        ("drop table messages", "shop.yml:7:"),
    ],
)
def test_a_select_that_does_not_fit_is_a_fault_of_the_venue_file(
    drop: Path, select: str, fault: str
) -> None:
    (drop / "a.csv").write_text("colour\nred\n")
    with pytest.raises(VenueError) as caught:
        pull(drop, select)
    assert str(caught.value).startswith(fault)


def test_a_new_file_brings_its_own_rows_and_nothing_twice(drop: Path) -> None:
    (drop / "a.csv").write_text(HEAD + "2026-03-02,a,1,1\n2026-03-02,x,?,1\n")
    pull(drop)
    (drop / "b.csv").write_text(HEAD + "2026-03-02,b,1,1\n")
    lake = pull(drop)
    assert [row["trade_id"] for row in rows(lake)] == ["a", "b"]
    assert len(refused(lake)) == 1
    assert not list((lake.root / "trades").glob("revised-*"))


def test_a_window_takes_what_lies_in_it_and_what_has_no_time(drop: Path) -> None:
    times = ["2026-03-02T11:59:59Z", "2026-03-02T14:00:00+02:00", "2026-03-02T13:00:00Z", "soon"]
    body = "".join(f"{time},{place},1,1\n" for place, time in enumerate(times))
    (drop / "a.csv").write_text(HEAD + body)
    lake = pull(drop, window=Window(NOON, NOON + timedelta(hours=1)))
    assert [row["trade_id"] for row in rows(lake)] == ["1"]
    assert [line for _, line, _ in refused(lake)] == ["a.csv:5"]


def test_a_large_table_comes_in_batches_that_are_the_same_each_time(
    drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "BATCH_ROWS", 10)
    (drop / "a.csv").write_text(HEAD + "".join(f"2026-03-02,{n},1,1\n" for n in range(95)))
    lake = pull(drop)
    assert len(rows(lake)) == 95
    assert lake.versions()["trades"] > 5
    versions = lake.versions()
    assert pull(drop).versions() == versions


STATEMENT = (
    "select time as ts, 0 as seq, md5(concat_ws('|', time, price, size)) || '-' || "
    "occurrence(time, price, size) as trade_id, 'BTC' as instrument, price, size as quantity "
    "from messages"
)


@pytest.mark.parametrize("second", [[3, 0, 1, 2], [2, 3, 0, 1], [0, 1]])
def test_equal_rows_of_overlapping_statements_without_ids_land_once_each(
    drop: Path, second: list[int]
) -> None:
    lines = ["2026-03-02 10:00,1,30"] * 3 + ["2026-03-02 10:05,1,40"]
    for name, order in (("a.csv", [0, 1, 2, 3]), ("b.csv", second)):
        body = "".join(lines[place] + "\n" for place in order)
        (drop / name).write_text("time,price,size\n" + body)
    lake = pull(drop, STATEMENT)
    assert sorted(row["quantity"] for row in rows(lake)) == [30, 30, 30, 40]
    assert refused(lake) == []
    assert not list((lake.root / "trades").glob("revised-*"))


@pytest.mark.parametrize(
    ("written", "setting"),
    [
        ('"60,000.50"', 'thousands: ","'),
        ('"60.000,50"', 'decimal: ","'),
        ('"0,5"', 'decimal: ","'),
        ('"60,000"', 'thousands: ","` or `decimal: ","'),
        ("60 000.5", 'thousands: " "'),
        ("60'000", 'thousands: "\'"'),
    ],
)
@pytest.mark.parametrize("price", ["price", "cast(price as decimal(18, 8)) * 2"])
def test_a_number_in_marks_that_nobody_stated_is_refused_with_the_setting(
    drop: Path, written: str, setting: str, price: str
) -> None:
    (drop / "a.csv").write_text(HEAD + f"2026-03-02,a,{written},1\n2026-03-02,b,1,1\n")
    lake = pull(drop, SELECT.replace("price", f"{price} as price"))
    assert [row["trade_id"] for row in rows(lake)] == ["b"]
    ((table, line, reason),) = refused(lake)
    assert (table, line) == ("trades", "a.csv:2")
    assert f"say `{setting}`" in reason


def test_a_fault_of_a_joined_relation_names_its_own_file_and_line(drop: Path) -> None:
    (drop / "a.csv").write_text(HEAD + "2026-03-02,a,1,1\n2026-03-02,b,1,1\n")
    (drop / "rates.txt").write_text("key,rate\na,2\nb,two\n")
    select = SELECT.replace("price", "cast(rate as decimal(18, 8)) as price")
    select = select.replace("_line", "messages._line")
    text = (
        "venue: shop\nsource: files\nfiles:\n  messages: {glob: '*.csv'}\n"
        f"  rates: {{glob: rates.txt}}\ntables:\n  trades: |\n    {select} join rates on key = id\n"
    )
    lake = Lake(drop.parent / "lake")
    for batch in sources.pull(sources.parse(text, drop, "shop.yml")):
        lake.land(batch, NOW)
    ((_, line, reason),) = refused(lake)
    assert line == "a.csv:3"
    assert "'two' (rates.txt:3)" in reason


def batches(drop: Path, landed: set[str], select: str = SELECT) -> list[str]:
    """Return the ids of what a pull yields; ``landed`` grows by them."""
    text = (
        "venue: shop\nsource: files\nfiles:\n  messages: {glob: '*.csv'}\n"
        f"tables:\n  trades: |\n    {select}\n"
    )
    venue = sources.parse(text, drop, "shop.yml")
    ids = [batch.id for batch in sources.pull(venue, landed=landed.__contains__)]
    landed.update(ids)
    return ids


def test_what_has_landed_is_not_read_again_file_by_file(drop: Path) -> None:
    landed: set[str] = set()
    (drop / "a.csv").write_text(HEAD + "2026-03-02,a,1,1\nhalf\n")
    (drop / "b.csv").write_text(HEAD + "2026-03-02,b,1,1\n")
    assert len(batches(drop, landed)) == 3  # the lines set aside, and a batch of each file
    assert batches(drop, landed) == []
    (drop / "c.csv").write_text(HEAD + "2026-03-02,c,1,1\n")
    assert len(batches(drop, landed)) == 1
    (drop / "b.csv").write_text(HEAD + "2026-03-02,b,2,1\n")
    assert len(batches(drop, landed)) == 1
    assert batches(drop, landed) == []


@pytest.mark.parametrize(
    "select",
    [
        SELECT.replace("_line as seq", "row_number() over (order by ts, id) as seq"),
        SELECT.replace("select ts", "select distinct ts"),
        SELECT.replace("from messages", "from messages where id in (select id from messages)"),
    ],
)
def test_a_select_that_sees_other_rows_sees_all_files_again(drop: Path, select: str) -> None:
    landed: set[str] = set()
    for name in "ab":
        (drop / f"{name}.csv").write_text(HEAD + f"2026-03-02,{name},1,1\n")
    assert len(batches(drop, landed, select)) == 1
    assert batches(drop, landed, select) == []
    (drop / "c.csv").write_text(HEAD + "2026-03-02,c,1,1\n")
    assert len(batches(drop, landed, select)) == 1
    assert sorted(row["trade_id"] for row in rows(pull(drop, select))) == ["a", "b", "c"]


def test_a_large_file_whose_landing_was_cut_short_is_read_again(
    drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "BATCH_ROWS", 10)
    (drop / "a.csv").write_text(HEAD + "".join(f"2026-03-02,{n},1,1\n" for n in range(35)))
    landed: set[str] = set()
    ids = batches(drop, landed)
    assert len(ids) == 4
    assert batches(drop, set(ids[:-1])) == ids
    assert batches(drop, set(ids)) == []


@pytest.mark.parametrize("path", sorted(VENUES.glob("*.yml")), ids=lambda path: path.stem)
def test_every_venue_file_of_the_tests_can_be_read(path: Path) -> None:
    assert sources.load(path).name == path.stem


def test_a_file_without_a_column_that_others_have_is_named_with_it(drop: Path) -> None:
    (drop / "a.csv").write_text(HEAD + "2026-03-02,a,1,1\n")
    (drop / "b.csv").write_text("ts,id,price,qty,quality\n2026-03-02,b,1,1,good\n")
    text = (
        "venue: shop\nsource: files\nfiles:\n  messages: {glob: '*.csv'}\n"
        f"tables:\n  trades: |\n    {SELECT}\n"
    )
    batches = list(sources.pull(sources.parse(text, drop, "shop.yml")))
    said = [remark for batch in batches for remark in batch.remarks]
    assert said == ["b.csv: expected columns as in other files, was without quantity"]
