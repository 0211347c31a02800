"""One number a trader for each named expression, and faults at their place in the file."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.activity.facts import facts
from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.detection import feature_file, features
from surveillance.errors import RuleError
from surveillance.model import Window
from tests.given.depth import deep

SHIPPED = Path(__file__).parents[2] / "rules" / "features.yml"
DAYS = 2
WINDOW = Window(START, START + timedelta(days=DAYS))

Rows = Mapping[str, Iterable[Mapping[str, Any]]]


@lru_cache(maxsize=1)
def shipped() -> feature_file.Features:
    """The file that the product ships."""
    return feature_file.load(SHIPPED)


def table(rows: Rows) -> pa.Table:
    definitions = shipped()
    with sample_view(rows, WINDOW) as view:
        prepare(view.connection, sorted(definitions.reads & facts().keys()))
        return features.features(view, definitions)


def of(rows: Rows, trader: str) -> dict[str, Any]:
    traders: list[dict[str, Any]] = table(rows).to_pylist()
    return {row["trader_id"]: row for row in traders}[trader]


def faults(text: str) -> list[str]:
    with pytest.raises(RuleError) as raised:
        feature_file.parse(text, "f.yml")
    return [str(fault) for fault in raised.value.faults]


TRADES: list[dict[str, Any]] = [
    {"at": "1h", "buyer_id": "a", "seller_id": "b", "price": "100", "taker_side": "buy"},
    {"at": "2h", "buyer_id": "b", "seller_id": "a", "price": "100", "taker_side": "buy"},
    {"at": "30h", "buyer_id": "a", "seller_id": "c", "price": "200", "instrument": "Y"},
]


def test_trading_is_counted_a_day_and_valued_exactly() -> None:
    a = of({"trades": TRADES}, "a")
    assert a["trades_per_day"] == 3 / DAYS
    assert a["volume"] == 400
    assert a["daily_notional"] == 200
    assert a["trading_days"] == 2
    assert a["taker_share"] == 0.5
    assert a["buy_share"] == 0.75
    assert a["imbalance"] == 0.5
    assert a["concentration"] == 0.5
    assert a["round_trip_share"] == 0.5
    assert a["holding_time"] == 3600
    assert a["night_share"] == pytest.approx(2 / 3)
    assert a["counterparties"] == 2


def test_every_share_of_a_kind_is_of_what_is_known() -> None:
    instruments = [{"instrument": "X", "kind": "perpetual"}]
    b = of({"trades": TRADES, "instruments": instruments}, "b")
    c = of({"trades": TRADES, "instruments": instruments}, "c")
    assert (b["perpetual_share"], b["option_share"]) == (1, 0)
    assert c["perpetual_share"] is None


def test_orders_tell_how_many_are_cancelled_and_how_soon() -> None:
    orders = [
        {"at": "1s", "order_id": "1", "trader_id": "a", "quantity": "1"},
        {"at": "1500ms", "order_id": "1", "trader_id": "a", "event": "cancel"},
        {"at": "2s", "order_id": "2", "trader_id": "a", "quantity": "3", "side": "sell"},
        {"at": "5s", "order_id": "2", "trader_id": "a", "event": "cancel", "side": "sell"},
        {"at": "6s", "order_id": "3", "trader_id": "a", "quantity": "2"},
        {"at": "7s", "order_id": "4", "trader_id": "a", "quantity": "2"},
    ]
    a = of({"orders": orders}, "a")
    assert a["orders_per_day"] == 4 / DAYS
    assert a["cancel_ratio"] == 0.5
    assert a["quick_cancel_ratio"] == 0.25
    assert a["order_lifetime"] == 1.75
    assert a["order_size_spread"] == pytest.approx((2 / 3) ** 0.5 / 2)
    assert a["order_imbalance"] == 0.5
    assert a["orders_span"] == 6
    assert a["trades"] is None


def test_orders_tell_a_clock_from_chance_and_one_size_from_many() -> None:
    clock = [
        {"at": f"{n}m", "order_id": f"c{n}", "trader_id": "c", "quantity": "2",
         "side": ("buy", "sell")[n % 2]}
        for n in range(10)
    ]  # fmt: skip
    loose = [
        {"at": f"{n * n * n}m", "order_id": f"l{n}", "trader_id": "l", "quantity": f"{n + 1}"}
        for n in range(10)
    ]
    rows = of({"orders": clock + loose}, "c"), of({"orders": clock + loose}, "l")
    assert [row["order_gap_spread"] for row in rows] == [0, pytest.approx(0.9413, abs=1e-4)]
    assert rows[0]["order_gap"] == 60
    assert [row["beat"] for row in rows] == [1, pytest.approx(2 / 9)]
    assert [row["modal_size_share"] for row in rows] == [1, 0.1]
    assert [row["side_flips"] for row in rows] == [1, 0]
    assert [row["two_sided_share"] for row in rows] == [1, 0]


def test_two_legs_of_one_coin_within_a_minute_are_hedged() -> None:
    instruments = [
        {"at": "-1d", "instrument": name, "kind": kind, "underlying": "BTC"}
        for name, kind in (("S", "spot"), ("P", "perpetual"))
    ]
    legs = [("a", "S", "buy", "1h"), ("a", "P", "sell", "3610s"), ("b", "S", "buy", "2h")]
    trades = [
        {"at": at, "instrument": name, "price": "100",
         "buyer_id": who if side == "buy" else "x", "seller_id": who if side == "sell" else "x"}
        for who, name, side, at in legs
    ]  # fmt: skip
    rows: Rows = {"trades": trades, "instruments": instruments}
    assert [of(rows, who)["hedged_share"] for who in "ab"] == [1, 0]


def test_swaps_and_requests_tell_who_deals_where() -> None:
    swaps = [
        {"at": f"{n}m", "trader_id": "a", "pool": "p", "asset_in": asset, "asset_out": other,
         "block": n, "position": 0, "log_index": 0, "tx_hash": f"h{n}", "gas_usd": "2"}
        for n, (asset, other) in enumerate([("X", "Y"), ("Y", "X"), ("Y", "X")])
    ]  # fmt: skip
    rfqs = [{"at": "1h", "rfq_id": "r", "trader_id": "c", "winner_id": "d"}]
    rows: Rows = {"swaps": swaps, "rfqs": rfqs}
    swapper = of(rows, "a")
    assert [swapper[name] for name in ("swaps", "swap_gap", "swap_gas")] == [3, 60, 2]
    assert swapper["swap_flips"] == 0.5
    assert (of(rows, "c")["requests"], of(rows, "d")["quotes_won"]) == (1, 1)
    assert swapper["quotes_won"] is None


def test_who_only_made_took_nothing_which_is_known() -> None:
    trades = [{"at": "1h", "buyer_id": "a", "seller_id": "b", "taker_side": "buy"}]
    assert of({"trades": trades}, "b")["taker_share"] == 0


def test_every_shipped_feature_says_what_it_tells_apart() -> None:
    assert all(feature.why for feature in shipped().features.values())


def test_nothing_of_who_somebody_is_is_a_feature() -> None:
    for name, feature in shipped().features.items():
        assert feature.from_ not in ("accounts", "kyc", "staff"), name
    words = shipped().words or frozenset()
    assert not words & {"accounts", "kyc", "nationality", "birth_date", "residence"}


def test_transfers_tell_what_passes_through_and_from_how_many() -> None:
    transfers = [
        {"at": "1h", "trader_id": "a", "direction": "in", "usd": "900", "counterparty_id": "x"},
        {"at": "2h", "trader_id": "a", "direction": "in", "usd": "100", "counterparty_id": "y"},
        {"at": "150m", "trader_id": "a", "direction": "out", "usd": "950", "address": "z"},
        {"at": "3h", "trader_id": "b", "direction": "in", "usd": "10", "counterparty_id": "x"},
    ]
    a = of({"transfers": transfers}, "a")
    assert (a["in_degree"], a["out_degree"]) == (2, 1)
    assert a["pass_through"] == 0.95
    assert a["round_share"] == pytest.approx(2 / 3)
    assert a["in_size"] == 500
    assert a["transfer_gap"] == 0.75
    assert a["quick_transfer_share"] == pytest.approx(1 / 3)
    b = of({"transfers": transfers}, "b")
    assert (b["amount_out"], b["transfer_gap"], b["out_size"]) == (0, None, None)


@pytest.mark.parametrize(
    ("terms", "leverage"),
    [
        ({"settlement": "inverse", "contract_value": 10}, 2),
        ({"settlement": "linear", "multiplier": "0.1"}, 10),
        ({"kind": "perpetual", "underlying": "BTC", "quote": "USD", "multiplier": 1}, None),
    ],
)
def test_leverage_is_of_what_a_contract_is_worth(
    terms: dict[str, Any], leverage: float | None
) -> None:
    held = {"at": "1h", "trader_id": "a", "quantity": -20, "entry_price": 500, "margin": 100}
    rows: Rows = {"positions": [held], "instruments": [{"at": "-9d", "instrument": "X", **terms}]}
    assert of(rows, "a")["leverage"] == leverage


def test_positions_tell_the_leverage() -> None:
    positions = [
        {"trader_id": "a", "quantity": "-3", "entry_price": "100", "margin": "30"},
    ]
    assert of({"positions": positions}, "a")["leverage"] == 10


def test_nobody_with_activity_gives_an_empty_table_of_every_feature() -> None:
    empty = table({})
    assert empty.num_rows == 0
    assert empty.column_names == ["trader_id", *shipped().features]
    assert {str(empty.schema.field(name).type) for name in empty.column_names[1:]} == {"double"}


@settings(max_examples=deep(2, 4), deadline=None)
@given(st.permutations(range(40)))
def test_the_order_in_which_rows_arrived_changes_no_bit(order: list[int]) -> None:
    rows = [
        {
            "at": f"{index}m",
            "seq": index,
            "trade_id": str(index),
            "buyer_id": f"t{index % 3}",
            "seller_id": f"t{(index + 1) % 3}",
            "price": f"{index}.123",
            "quantity": f"0.{index + 1}",
        }
        for index in range(40)
    ]
    in_order = table({"trades": rows})
    assert in_order["trader_id"].to_pylist() == ["t0", "t1", "t2"]
    assert table({"trades": [rows[index] for index in order]}).equals(in_order)


HEAD = "features:\n  n: {from: fills, meaning: m, unit: u, value: "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("features:\n  n: {from: fills, value: count(*)}\n", "f.yml:2:3: features.n: expected the"),
        ("features: {}\n", "f.yml:1:1: features: expected"),
        (HEAD + "count(*) + nonsense}\n", "f.yml:2:"),
        (HEAD + "max(trader_id)}\n", "f.yml:2:41: features.n.value: expected a number, was V"),
        (HEAD + "notional}\n", "f.yml:2:41: features.n.value: expected one number a trader"),
        (HEAD + "random()}\n", "f.yml:2:"),
        (
            HEAD.replace("fills", "marks") + "count(*)}\n",
            "f.yml:2:7: features.n.from: expected rows",
        ),
        (
            HEAD.replace("fills", "nowhere") + "count(*)}\n",
            "f.yml:2:7: features.n.from: expected a",
        ),
        (
            "relations: {r: select 1 as x}\n" + HEAD + "count(*)}\n",
            "f.yml:1:13: relations.r: expect",
        ),
        ("relations: {r: drop table x}\n" + HEAD + "count(*)}\n", "f.yml:1:16: relations.r: "),
    ],
)
def test_a_fault_stands_where_it_was_written(text: str, expected: str) -> None:
    assert faults(text)[0].startswith(expected)


def test_all_faults_of_a_file_are_named_at_once() -> None:
    text = "features:\n" + "".join(
        f"  f{n}: {{from: {source}, value: {value}, meaning: m, unit: u}}\n"
        for n, (source, value) in enumerate(
            [("nowhere", "count(*)"), ("fills", "now()"), ("fills", "count(*)"), ("fills", "price")]
        )
    )
    assert len(faults(text)) == 3


def test_two_files_of_the_same_text_have_one_digest() -> None:
    text = SHIPPED.read_text()
    assert feature_file.parse(text, "x").digest == shipped().digest
    assert feature_file.parse(text + "# more\n", "x").digest != shipped().digest
