"""The venue files that ship read their samples whole, and value them as somebody does by hand."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from surveillance.activity import sources
from surveillance.activity.lake import Lake
from surveillance.activity.preparing import prepare
from surveillance.activity.venue import examples
from surveillance.errors import SurveillanceError
from surveillance.model import Window

NOW = datetime(2026, 3, 4, tzinfo=UTC)
DAY = Window(datetime(2025, 3, 3, tzinfo=UTC), datetime(2025, 3, 4, tzinfo=UTC))
SHIPPED = [each.name for each in examples.shipped()]


def asked(folder: Path, name: str, sql: str) -> list[dict[str, Any]]:
    """Land the sample of a venue file that ships, of which nothing is refused, and ask."""
    lake = Lake(folder)
    place = examples.find(name).folder
    for batch in sources.pull(sources.load(place / examples.FILE)):
        assert not batch.remarks
        lake.land(batch, NOW)
    refused = lake.quarantined().to_pylist() + lake.remarks().to_pylist()
    assert [row["reason"] for row in refused] == []
    with lake.view(DAY, NOW) as view:
        prepare(view.connection, ["valued_trades", "valued_orders"])
        found: list[dict[str, Any]] = view.arrow(sql).to_pylist()
    return found


def worth(folder: Path, name: str) -> dict[str, tuple[float, str, float]]:
    """Return value, currency and dollars of each trade of a sample."""
    sql = (
        "select t.trade_id, v.value, v.currency, v.usd from trades t join valued_trades v "
        "using (trade_key)"
    )
    rows = asked(folder, name, sql)
    return {
        row["trade_id"]: (float(row["value"]), row["currency"], float(row["usd"])) for row in rows
    }


def test_four_ship() -> None:
    assert SHIPPED == ["binance-futures", "bitmex", "deribit", "fix44"]


@pytest.mark.parametrize("name", SHIPPED)
def test_each_is_called_as_its_folder_and_says_what_it_reads(name: str) -> None:
    example = examples.find(name)

    assert sources.load(example.folder / examples.FILE).name == name
    assert len(example.about) > 20


def test_another_name_lists_those_that_ship() -> None:
    with pytest.raises(SurveillanceError, match=r"expected binance-futures or .*, was 'kraken'"):
        examples.find("kraken")


def test_contracts_of_bitmex_are_worth_what_its_multipliers_say(tmp_path: Path) -> None:
    values = worth(tmp_path, "bitmex")

    # Inverse: 30,000 contracts of 1 USD are 30,000 USD, at 60,000 and at any other price.
    assert values["m-1"] == (30_000, "USD", 30_000)
    # Quanto: 3,000 x 1,000 contracts x 0.000001 BTC = 3 BTC; at 60,000 USD, 180,000 USD.
    assert values["m-2"] == (3, "BTC", 180_000)
    # Linear: 1,000,000 contracts x 0.000001 BTC = 1 BTC; x 60,000 = 60,000 USDT.
    assert values["m-3"] == (60_000, "USDT", 60_000)


def test_two_executions_of_bitmex_are_one_trade_with_both_sides(tmp_path: Path) -> None:
    rows = asked(
        tmp_path, "bitmex", "select buyer_id, seller_id, taker_side, cause from trades order by ts"
    )

    assert [tuple(row.values()) for row in rows] == [
        ("9001", "9002", "sell", None),
        ("9002", "9001", "buy", None),
        ("9002", "9003", "buy", "liquidation"),
    ]


def test_premiums_of_deribit_are_coin(tmp_path: Path) -> None:
    values = worth(tmp_path, "deribit")

    # An option: 0.05 BTC x 10 = 0.5 BTC; x the index of 60,000 = 30,000 USD.
    assert values["o-1"] == (0.5, "BTC", 30_000)
    # The inverse perpetual: an amount of 25,000 counts dollars.
    assert values["p-1"] == (25_000, "USD", 25_000)
    # The linear one: 20 SOL x 140.5 = 2,810 USDC.
    assert values["s-1"] == (2_810, "USDC", 2_810)


def test_an_option_of_deribit_has_its_terms(tmp_path: Path) -> None:
    sql = "select kind, option_kind, strike, expires_at from instruments where kind = 'option'"

    [row] = asked(tmp_path, "deribit", sql)

    assert (row["option_kind"], row["strike"]) == ("call", 65_000)
    assert str(row["expires_at"]) == "2025-03-28 08:00:00"


def test_futures_of_binance_are_price_times_size(tmp_path: Path) -> None:
    values = worth(tmp_path, "binance-futures")

    # 0.5 BTC x 60,000 = 30,000 USDT, which is a dollar each where no market says otherwise.
    assert values["880001"] == (30_000, "USDT", 30_000)
    # 0.2 BTC x 59,000 = 11,800 USDT.
    assert values["42"] == (11_800, "USDT", 11_800)


def test_streams_of_binance_say_who_was_liquidated_and_what_is_open(tmp_path: Path) -> None:
    [closed] = asked(
        tmp_path / "t", "binance-futures", "select * from trades where cause = 'liquidation'"
    )
    events = asked(
        tmp_path / "o",
        "binance-futures",
        "select event, remaining from orders where order_id = '5001' order by ts",
    )

    assert (closed["seller_id"], closed["buyer_id"]) == ("f-3", "f-2")
    # 0.75 ordered, 0.5 filled, and the 0.25 that were left are withdrawn.
    assert [(row["event"], float(row["remaining"])) for row in events] == [
        ("new", 0.75),
        ("fill", 0.25),
        ("cancel", 0.25),
    ]


def test_reports_of_fix_are_orders_and_trades(tmp_path: Path) -> None:
    # 2 x 60,000 = 120,000, in USD as the symbol says.
    assert worth(tmp_path / "w", "fix44") == {"M-1": (120_000, "USD", 120_000)}

    events = asked(tmp_path / "o", "fix44", "select event, order_id from orders order by seq")
    assert [row["event"] for row in events if row["order_id"] == "R-1"] == [
        "new",
        "fill",
        "replace",
        "cancel",
    ]
    [trade] = asked(tmp_path / "t", "fix44", "select * from trades")
    assert (trade["buyer_id"], trade["seller_id"], trade["taker_side"]) == ("AC-2", "AC-1", "buy")


def test_a_bust_that_comes_later_withdraws_the_trade(tmp_path: Path) -> None:
    folder = tmp_path / "fix44"
    examples.find("fix44").write(folder)
    venue, lake = sources.load(folder / examples.FILE), Lake(tmp_path / "lake")
    bust = (
        "8=FIX.4.4|35=8|34=18|1=AC-1|37=R-1|17=x9|150=H|39=4|55=BTC-USD|54=2|32=2|31=60000|"
        "60=20250303-09:05:00.000|880=M-1|10=008|"
    )
    for batch in sources.pull(venue):
        lake.land(batch, NOW)
    (folder / "busts.log").write_text(bust + "\n")
    (folder / "executions.log").unlink()
    later = datetime(2026, 3, 5, tzinfo=UTC)

    for batch in sources.pull(venue):
        lake.land(batch, later)

    counts = []
    for known in (NOW, later):
        with lake.view(DAY, known) as view:
            counts.append(len(view.arrow("select 1 from trades").to_pylist()))
    assert counts == [1, 0]


def test_a_folder_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    with pytest.raises(SurveillanceError, match="expected a folder that is not there yet"):
        examples.find("bitmex").write(tmp_path)
