"""A proposed venue file is one, and says of the files what a person would."""

import gzip
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.activity import sources
from surveillance.activity.catalogue import TABLES
from surveillance.activity.lake import Lake
from surveillance.activity.venue.draft import Draft, draft
from surveillance.errors import SourceError
from surveillance.model import Window
from tests.given.depth import deep

NOW = datetime(2026, 3, 4, tzinfo=UTC)
ALWAYS = Window(datetime(2009, 1, 3, tzinfo=UTC), NOW)
Rows = list[dict[str, Any]]


def written(folder: Path, name: str, *lines: str) -> Path:
    """Write a file of lines and return it."""
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def landed(folder: Path, proposed: Draft, table: str, columns: str = "*") -> Rows:
    """Land what a draft reads, of which nothing may be refused, and return a table's rows."""
    lake = Lake(folder / "lake")
    for batch in sources.pull(sources.parse(proposed.text, proposed.folder)):
        lake.land(batch, NOW)
    assert [row["reason"] for row in lake.quarantined().to_pylist()] == []
    with lake.view(ALWAYS, NOW) as view:
        found: Rows = view.arrow(f"select {columns} from {table} order by ts, seq").to_pylist()
    return found


STAMPS = {
    "1740992400": "s",
    "1740992400.25": "s with a fraction",
    "1740992400250": "ms",
    "1740992400250125": "us",
    "1740992400250125999": "ns",
    "2025-03-03T09:00:00.250Z": "ISO",
    "20250303-09:00:00.250": "FIX",
    "2025/03/03 09:00:00": "slashes",
    "23/03/2025 09:00": "day first",
}
EXPECTED = {
    "s": "2025-03-03 09:00:00",
    "s with a fraction": "2025-03-03 09:00:00.250000",
    "ms": "2025-03-03 09:00:00.250000",
    "us": "2025-03-03 09:00:00.250125",
    "ns": "2025-03-03 09:00:00.250125",
    "ISO": "2025-03-03 09:00:00.250000",
    "FIX": "2025-03-03 09:00:00.250000",
    "slashes": "2025-03-03 09:00:00",
    "day first": "2025-03-23 09:00:00",
}


@pytest.mark.parametrize("stamp", STAMPS, ids=STAMPS.values())
def test_the_unit_of_a_stamp_is_recognised_by_its_size(stamp: str, tmp_path: Path) -> None:
    path = written(
        tmp_path, "tape.csv", "TradeId,Executed At,Symbol,Px,Qty", f"1,{stamp},ETHUSDT,2500,3"
    )

    (row,) = landed(tmp_path, draft([path]), "trades")

    assert str(row["ts"]) == EXPECTED[STAMPS[stamp]]


def test_stamps_of_two_units_are_no_time_and_that_is_said(tmp_path: Path) -> None:
    path = written(
        tmp_path, "trades.csv", "id,time,symbol,price,qty", "1,1740992400,X-Y,1,1",
        "2,1740992400250,X-Y,1,1",
    )  # fmt: skip

    assert draft([path]).missing == ("trades.ts of trades.csv",)
    assert "time counts ms and s: say which is when" in draft([path]).text


def test_a_few_broken_stamps_hide_no_unit(tmp_path: Path) -> None:
    path = written(
        tmp_path, "trades.csv", "id,at,sym,price,qty", "1,1740992400250,X-Y,1,1", "2,n/a,X-Y,1,1"
    )

    assert "ts: at is milliseconds since 1970" in draft([path]).text


def test_nanoseconds_keep_the_order_of_what_happened(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "trades.csv",
        "id,ts_ns,symbol,price,qty",
        "late,1740992400250125900,X-Y,1,1",
        "early,1740992400250125100,X-Y,1,1",
    )

    rows = landed(tmp_path, draft([path]), "trades")

    assert [row["trade_id"] for row in rows] == ["early", "late"]


def test_a_stamp_without_an_offset_is_a_question(tmp_path: Path) -> None:
    head = "id,time,symbol,price,qty"
    local = written(tmp_path, "local.csv", head, "1,2025-03-03 09:00:00,X-Y,1,1")
    zoned = written(tmp_path, "zoned.csv", head, "1,2025-03-03 09:00:00Z,X-Y,1,1")

    assert "have no offset: which zone are they of?\ntime_zone: UTC" in draft([local]).text
    assert "time_zone" not in draft([zoned]).text


ORDERS = (
    "OrderID;Time;Sym;Side;OrdType;Status;Limit Price;Qty;Account",
    "7;2025-03-03T09:00:00Z;BTCUSDT;B;LMT;NEW;60.000,50;1.250,5;a-1",
    "7;2025-03-03T09:00:09Z;BTCUSDT;B;LMT;CANCELED;60.000,50;1.250,5;a-1",
)


def test_words_marks_and_delimiter_of_orders_are_recognised(tmp_path: Path) -> None:
    rows = landed(tmp_path, draft([written(tmp_path, "o.csv", *ORDERS)]), "orders")

    assert [(row["event"], row["side"], row["type"]) for row in rows] == [
        ("new", "buy", "limit"),
        ("cancel", "buy", "limit"),
    ]
    assert (float(rows[0]["price"]), float(rows[0]["quantity"])) == (60000.5, 1250.5)
    assert rows[0]["trader_id"] == "a-1"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
def test_how_letters_are_written_and_a_file_is_packed_does_not_matter(
    encoding: str, tmp_path: Path
) -> None:
    lines = [line.replace("a-1", "Zoë") for line in ORDERS]
    path = tmp_path / "orders.dat"
    path.write_bytes(gzip.compress("\n".join(lines).encode(encoding)))

    rows = landed(tmp_path, draft([path]), "orders")

    assert [row["trader_id"] for row in rows] == ["Zoë", "Zoë"]


def test_an_unknown_word_is_a_question(tmp_path: Path) -> None:
    lines = [line.replace("CANCELED", "VANISHED") for line in ORDERS]

    text = draft([written(tmp_path, "orders.csv", *lines, lines[1].replace("7;", "8;"))]).text

    assert 'orders.event: {}  # QUESTION: what means "VANISHED"?' in text


def test_lines_of_json_are_read_by_their_paths(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "stream.txt",
        '17 {"e":"trade","data":{"T":1740992400250,"s":"BTCUSDT","t":5,"p":"9","q":"2","m":true}}',
        '18 {"e":"trade","data":{"T":1740992400251,"s":"BTCUSDT","t":6,"p":"8","q":"3","m":false}}',
    )

    rows = landed(tmp_path, draft([path]), "trades")

    assert [(row["trade_id"], row["taker_side"]) for row in rows] == [("5", "sell"), ("6", "buy")]


def test_a_document_is_read_at_the_list_that_it_holds(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "withdrawals.json",
        '{"code": 0, "data": {"page": 1, "list": [{"withdrawalId": "w-1", "coin": "ETH",',
        '"amount": "1.5", "address": "0xAb", "userId": 4, "createTime": 1740992400250}]}}',
    )

    (row,) = landed(tmp_path, draft([path]), "transfers")

    assert (row["transfer_id"], row["direction"], row["asset"]) == ("w-1", "out", "ETH")
    assert (row["trader_id"], row["address"]) == ("4", "0xAb")


def test_tags_of_fix_are_columns(tmp_path: Path) -> None:
    line = (
        "8=FIX.4.4|35=8|34=9|1=AC|37=R|17=x|150={}|55=BTC-USD|54=1|40=2|38=3|44=5|"
        "60=20250303-09:00:0{}|10=0|"
    )
    path = written(tmp_path, "gate.log", line.format("0", 0), line.format("4", 1))

    rows = landed(tmp_path, draft([path]), "orders")

    assert [(row["event"], row["side"], row["seq"]) for row in rows] == [
        ("new", "buy", 9),
        ("cancel", "buy", 9),
    ]


def test_equal_rows_of_a_statement_without_ids_stay_two(tmp_path: Path) -> None:
    row = "2025-03-03T09:00:00Z,X-Y,5,1"

    proposed = draft([written(tmp_path, "trades.csv", "time,pair,price,amount", row, row)])

    assert len({row["trade_id"] for row in landed(tmp_path, proposed, "trades")}) == 2


def test_a_statement_of_fills_says_who_bought_and_who_took(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "fills.csv",
        "tradeId,time,pair,side,price,executed,fee,role,account,orderId",
        "1,2025-03-03T09:00:00Z,ETHUSDT,BUY,2500,0.5ETH,0.1,Taker,a,o-1",
        "2,2025-03-03T09:00:01Z,ETHUSDT,SELL,2501,0.7ETH,0.2,Maker,a,o-2",
    )

    bought, sold = landed(tmp_path, draft([path]), "trades")

    assert (bought["buyer_id"], bought["seller_id"], bought["buy_order_id"]) == ("a", None, "o-1")
    assert (sold["buyer_id"], sold["seller_id"], sold["sell_order_id"]) == (None, "a", "o-2")
    assert (bought["taker_side"], sold["taker_side"]) == ("buy", "buy")
    assert (float(bought["quantity"]), float(sold["seller_fee"])) == (0.5, 0.2)


def test_two_rows_that_tell_the_sides_of_one_trade_are_one(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "fills.csv",
        "tradeId,time,pair,side,price,qty,liquidity,account,orderId",
        "1,2025-03-03T09:00:00Z,ETHUSDT,B,2500,3,taker,a,o-1",
        "1,2025-03-03T09:00:00Z,ETHUSDT,S,2500,3,maker,b,o-2",
        "1,2025-03-03T09:00:05Z,AB-USD,S,9,4,taker,b,o-3",
        "1,2025-03-03T09:00:05Z,AB-USD,B,9,4,maker,c,o-4",
    )

    rows = landed(tmp_path, draft([path]), "trades")

    assert [(row["buyer_id"], row["seller_id"], row["taker_side"]) for row in rows] == [
        ("a", "b", "buy"),
        ("c", "b", "sell"),
    ]
    assert [row["sell_order_id"] for row in rows] == ["o-2", "o-3"]


@pytest.mark.parametrize(
    "content",
    [
        'id,time,symbol,price,qty,"two\nlines"\n1,2025-03-03T09:00:00Z,X-Y,1,1,z\n',
        '{"id":1,"time":"2025-03-03T09:00:00Z","symbol":"X-Y","price":1,"qty":1,"a\\"b":2,"c\\nd":3}',
        'id,time,symbol,price,qty,"it\'s ""so"""\n1,2025-03-03T09:00:00Z,X-Y,1,1,z\n',
    ],
)
def test_names_that_break_lines_or_quotes_break_no_draft(content: str, tmp_path: Path) -> None:
    (tmp_path / "trades").write_text(content)

    (row,) = landed(tmp_path, draft([tmp_path / "trades"]), "trades")

    assert row["trade_id"] == "1"


def test_files_of_many_days_are_one_relation(tmp_path: Path) -> None:
    head = "id,time,symbol,price,qty"
    days = [
        written(tmp_path, f"trades-2025-03-0{n}.csv", head, f"{n},2025-03-0{n}T09:00:00Z,X-Y,1,1")
        for n in (1, 2, 3)
    ]

    proposed = draft(days)

    assert 'glob: "trades-*-*-*.csv"' in proposed.text
    assert len(landed(tmp_path, proposed, "trades")) == 3


def test_two_files_of_one_table_are_told_together(tmp_path: Path) -> None:
    deposits = written(tmp_path, "deposits.csv", "id,time,user,coin,amount,txid", *(
        ["d-1,2025-03-03T09:00:00Z,u,BTC,1,t-1"]))  # fmt: skip
    paid = written(tmp_path, "withdrawals.csv", "id,time,user,coin,amount,address", *(
        ["w-1,2025-03-03T10:00:00Z,u,BTC,2,x"]))  # fmt: skip

    rows = landed(tmp_path, draft([deposits, paid]), "transfers")

    assert [(row["direction"], row["tx_hash"], row["address"]) for row in rows] == [
        ("in", "t-1", None),
        ("out", None, "x"),
    ]


def test_accounts_without_a_date_hold_for_ever_and_that_is_asked(tmp_path: Path) -> None:
    proposed = draft([written(tmp_path, "accounts.csv", "trader,owner", "t-1,Owner A")])

    batches = list(sources.pull(sources.parse(proposed.text, tmp_path)))

    assert [batch.tables["accounts"].num_rows for batch in batches] == [1]
    assert "QUESTION: since when does this hold?" in proposed.text


def test_what_is_no_table_or_lacks_a_column_is_said(tmp_path: Path) -> None:
    weather = written(tmp_path, "weather.csv", "city,degrees", "Oslo,4", "Rome,17")
    trades = written(tmp_path, "trades.csv", "id,time,symbol,qty", "1,2025-03-03T09:00:00Z,X-Y,1")

    proposed = draft([weather, trades])

    assert proposed.strangers == (weather,)
    assert proposed.missing == ("trades.price of trades.csv",)
    assert "# MISSING: price" in proposed.text


def test_a_file_that_holds_nothing_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")

    with pytest.raises(SourceError, match=r"expected records in .*empty.csv, was an empty file"):
        draft([tmp_path / "empty.csv"])


NAMES = st.sampled_from(
    (
        *("id", "time", "ts", "Timestamp", "symbol", "Pair", "market", "price", "Px", "size"),
        *("qty", "Amount", "side", "Type", "status", "user", "account", "orderId", "trade_id"),
        *("fee", "coin", "address", "owner", "country", "order", "group", "select", "note"),
    )
)
VALUES = st.one_of(
    st.sampled_from(
        ["buy", "SELL", "B", "NEW", "canceled", "BTC-USD", "0.5BTC", "1,5", "1,000.50", "", "n/a"]
    ),
    st.integers(-5, 2 * 10**19).map(str),
    st.decimals(-5, 10**6, places=4).map(str),
    st.datetimes(timezones=st.sampled_from((UTC, None))).map(str),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=6),
)


@settings(max_examples=deep(30, 100))
@given(st.data())
def test_the_draft_of_any_table_is_a_venue_file_that_can_be_pulled(data: st.DataObject) -> None:
    names = data.draw(st.lists(NAMES, min_size=1, max_size=8))
    rows = data.draw(
        st.lists(st.lists(VALUES, min_size=len(names), max_size=len(names)), max_size=4)
    )
    cells = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), "data.csv", ",".join(names), *cells)

        proposed = draft([path])

        venue = sources.parse(proposed.text, proposed.folder)
        brought = {table for batch in sources.pull(venue) for table in batch.tables}
        assert brought <= TABLES.keys()
        assert proposed.strangers or set(venue.document.data["tables"]) <= TABLES.keys()
