"""Facts about who hands what to whom: handovers, pairs, rings, twins, and trades within a hand."""

from datetime import timedelta
from typing import Any

import pytest

from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

Rows = list[dict[str, Any]]
CROWD: Rows = [
    {"at": "1s", "times": 40, "apart": "10m", "trade_id": "c{n}", "buyer_id": "u{n}",
     "seller_id": "v{n}", "quantity": 2}
]  # fmt: skip


def fact(name: str, **tables: Rows) -> Rows:
    window = Window(START - timedelta(days=9), START + timedelta(days=9))
    with sample_view(tables, window) as view:
        prepare(view.connection, [name])
        rows: Rows = view.arrow(f"select * from {name} order by all").to_pylist()
    return rows


def sold(at: str, seller: str, buyer: str, quantity: float = 10, **more: Any) -> dict[str, Any]:
    return {"at": at, "seller_id": seller, "buyer_id": buyer, "quantity": quantity, **more}


def passed(*trades: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    rows = fact("handovers", trades=list(trades))
    return [(row["seller_id"], row["buyer_id"], row["via"]) for row in rows]


def test_what_is_sold_on_within_seconds_went_through_the_middle() -> None:
    (row,) = fact(
        "handovers",
        trades=[sold("1s", "A", "M", trade_id="x"), sold("4s", "M", "B", trade_id="y")],
    )
    assert (row["seller_id"], row["buyer_id"], row["via"]) == ("A", "B", "M")
    assert row["trade_ids"] == ["x", "y"]


def test_the_middle_may_sell_before_it_buys() -> None:
    assert passed(sold("1s", "M", "B"), sold("4s", "A", "M")) == [("A", "B", "M")]


@pytest.mark.parametrize(
    "later",
    [
        {"at": "30s"},
        {"at": "4s", "quantity": 11},
        {"at": "4s", "price": 102},
        {"at": "4s", "instrument": "Y"},
        {"at": "4s", "buyer_id": "A"},
    ],
    ids=["later", "another size", "another price", "another instrument", "back to the seller"],
)
def test_nobody_is_in_the_middle_of_trades_that_differ(later: dict[str, Any]) -> None:
    vias = [via for _, _, via in passed(sold("1s", "A", "M"), {**sold("", "M", "B"), **later})]
    assert vias == [None, None]


def test_in_a_longer_chain_nobody_is_in_the_middle() -> None:
    chain = (sold("1s", "A", "B"), sold("3s", "B", "C"), sold("5s", "C", "D"))
    assert passed(*chain) == [("A", "B", None), ("B", "C", None), ("C", "D", None)]


def test_what_a_hand_trades_with_itself_is_no_handover() -> None:
    accounts = [{"at": "-1d", "trader_id": name, "owner_id": "O"} for name in ("A", "B")]
    assert fact("handovers", trades=[sold("1s", "A", "B")], accounts=accounts) == []


def linked(*names: str) -> Rows:
    return [{"at": "-2d", "times": 3, "apart": "9h", "trader_id": name, "device_id": "d"}
            for name in names]  # fmt: skip


def test_accounts_of_one_device_are_one_hand() -> None:
    trades = [sold("1s", "A", "B"), sold("9m", "B", "C")]
    (row,) = fact("handovers", trades=trades, logins=linked("A", "B"))
    assert (row["seller_owner_id"], row["buyer_id"]) == ("B", "C")
    rows = fact("self_crosses", trades=trades, logins=linked("A", "B"))
    assert [(row["owner_id"], row["with_"]) for row in rows] == [("A", "A, B"), ("B", "A, B")]


def to_and_fro(times: int) -> Rows:
    return [
        sold("1h", "A", "B", times=times, apart="20m", trade_id="x{n}"),
        sold("70m", "B", "A", times=times, apart="20m", trade_id="y{n}"),
    ]


def test_a_pair_that_meets_both_ways_is_told_from_strangers() -> None:
    rows = fact("meetings", trades=CROWD + to_and_fro(3))
    last = [row for row in rows if row["owner_id"] == "A"][-1]
    assert (last["with_"], last["times"], last["turns"], last["net"]) == ("B", 6, 5, 0)
    assert last["mutual"] == 1
    assert last["rarity"] > 3


def test_those_who_are_all_there_is_meet_as_often_as_chance_says() -> None:
    assert {row["rarity"] for row in fact("meetings", trades=to_and_fro(3))} == {0}


def test_who_only_ever_buys_from_another_is_no_pair() -> None:
    assert fact("meetings", trades=[*CROWD, {**to_and_fro(6)[0]}]) == []


def test_an_order_that_meets_many_of_anothers_meets_it_once() -> None:
    swept = [
        {**row, "sell_order_id": row["trade_id"][0], "buy_order_id": f"{row['trade_id']}b"}
        for row in to_and_fro(3)
    ]
    assert max(row["times"] for row in fact("meetings", trades=CROWD + swept)) == 4


def ring(*places: str, size: float = 500, names: str = "ABC") -> Rows:
    hops = zip(places, names, names[1:] + names[0], strict=True)
    return [sold(at, seller, buyer, size, trade_id=f"{seller}{buyer}")
            for at, seller, buyer in hops]  # fmt: skip


def members(**tables: Rows) -> dict[str, dict[str, Any]]:
    return {row["owner_id"]: row for row in fact("circles", **tables)}


def test_what_comes_back_in_another_product_of_the_asset_is_a_meeting_across() -> None:
    terms: Rows = [
        {"instrument": "X", "underlying": "U", "kind": "spot"},
        {"instrument": "P", "underlying": "U", "kind": "perpetual", "settlement": "linear",
         "contract_value": 0.5, "value_currency": "U"},
        {"instrument": "O", "underlying": "U", "kind": "option"},
    ]  # fmt: skip
    there = [sold("2h", "A", "B", 10, times=3, apart="1h", trade_id="t{n}")]
    back = [sold("150m", "B", "A", 20, times=3, apart="1h", trade_id="b{n}")]
    other = [*CROWD, *there, *({**row, "instrument": "P"} for row in back)]
    rows = fact("meetings", trades=other, instruments=terms)
    last = max(rows, key=lambda row: row["times"])
    assert (last["is_across"], last["times"], last["turns"], last["net"]) == (True, 6, 5, 0)
    assert last["quantity"] == 60
    options = [*CROWD, *there, *({**row, "instrument": "O"} for row in back)]
    assert fact("meetings", trades=options, instruments=terms) == []


def test_what_comes_back_over_three_owners_is_a_circle() -> None:
    rows = members(trades=CROWD + ring("20h", "30h", "47h"))
    assert sorted(rows) == ["A", "B", "C"]
    assert (rows["A"]["with_"], rows["A"]["rounds"], rows["A"]["inside"]) == ("B, C", 1, 1)
    assert rows["A"]["trade_ids"] == ["AB", "BC", "CA"]
    assert rows["A"]["settled_at"] > rows["A"]["ts"] + timedelta(hours=27)


def test_a_hand_in_parts_counts_as_one() -> None:
    parts = [sold("1h", "A", "B", 250, times=2, apart="3m", trade_id="p{n}")]
    rows = members(trades=CROWD + parts + ring("1h", "2h", "3h")[1:])
    assert rows["A"]["trade_ids"] == ["BC", "CA", "p0", "p1"]


@pytest.mark.parametrize(
    "trades",
    [
        ring("1h", "2h", "8d"),
        ring("1h", "2h", "3h")[:2],
        [*ring("1h", "2h", "3h")[:2], sold("3h", "C", "A", 600)],
        ring("1h", "2h", names="AB"),
    ],
    ids=["too late", "not closed", "another size", "a pair"],
)
def test_what_does_not_come_round_is_no_circle(trades: Rows) -> None:
    assert members(trades=CROWD + trades) == {}


def test_in_a_size_that_everybody_trades_one_round_says_little() -> None:
    rare = members(trades=CROWD + ring("1h", "2h", "3h"))["A"]["rarity"]
    assert rare > 3
    assert members(trades=CROWD + ring("1h", "2h", "3h", size=2)) == {}


def test_a_member_who_trades_mostly_with_others_is_hardly_inside() -> None:
    others = [sold("90m", "B", "k{n}", 100, times=9, apart="1m", trade_id="k{n}")]
    rows = members(trades=CROWD + others + ring("1h", "2h", "3h"))
    assert rows["B"]["inside"] < 0.6 < rows["A"]["inside"]


TWINS: Rows = [
    {"at": "2h", "order_id": "a", "trader_id": "A", "side": "sell", "quantity": 500},
    {"at": "7220s", "order_id": "b", "trader_id": "B", "quantity": 520},
]
MET = sold("7220s", "A", "B", 500, sell_order_id="a", buy_order_id="b", trade_id="t")


def test_orders_of_one_size_that_use_each_other_up_are_twins() -> None:
    rows = fact("twin_orders", trades=[*CROWD, MET], orders=TWINS)
    assert [(row["owner_id"], row["with_"]) for row in rows] == [("A", "B"), ("B", "A")]
    twin = rows[0]
    assert (twin["entry_gap"], twin["others"], twin["alike"], twin["mutual"]) == (
        20_000_000, 18, 0, 1,
    )  # fmt: skip
    assert twin["times_usual"] == pytest.approx(250)
    assert (twin["trade_ids"], twin["order_ids"]) == (["t"], ["a", "b"])


@pytest.mark.parametrize(
    "change",
    [{"quantity": 900}, {"at": "1h"}],
    ids=["a larger order", "one that stood for an hour"],
)
def test_orders_that_only_meet_are_no_twins(change: dict[str, Any]) -> None:
    assert (
        fact("twin_orders", trades=[*CROWD, MET], orders=[{**TWINS[0], **change}, TWINS[1]]) == []
    )


def of_one_owner(*trades: dict[str, Any], kind: str = "client") -> dict[str, Any]:
    accounts = [{"at": "-1d", "trader_id": name, "owner_id": "O", "kind": kind}
                for name in ("A", "B")]  # fmt: skip
    (row,) = fact("self_crosses", trades=[*CROWD, *trades], accounts=accounts)
    return row


def test_trades_within_an_owner_are_counted_against_all_that_it_trades() -> None:
    row = of_one_owner(sold("1h", "A", "B"), sold("62m", "B", "A"), sold("63m", "A", "k", 20))
    assert (row["trades"], row["times"], row["quantity"]) == (2, 2, 20)
    assert row["share"] == pytest.approx(2 / 3)
    assert not row["omnibus"]


def test_accounts_that_trade_much_with_others_meet_by_accident() -> None:
    once = sold("1h", "A", "B", 1)
    busy = [
        {**sold("2s", name, "k{n}", 1), "times": 30, "apart": "1m", "trade_id": f"{name}{{n}}"}
        for name in ("A", "B")
    ]
    assert of_one_owner(once)["rarity"] > 1.5
    assert of_one_owner(once, *busy)["rarity"] == 0


def test_accounts_for_the_clients_of_a_broker_are_known_as_such() -> None:
    assert of_one_owner(sold("1h", "A", "B"), kind="omnibus")["omnibus"]


def accounts_of_one_owner(*trades: dict[str, Any]) -> list[tuple[str, str, str]]:
    accounts = [{"at": "-1d", "trader_id": name, "owner_id": "O"} for name in ("A", "B")]
    rows = fact("detours", trades=list(trades), accounts=accounts)
    return sorted((row["hand"], row["via"], row["one_id"] + row["other_id"]) for row in rows)


PASSED = (sold("1s", "A", "M", trade_id="x"), sold("5s", "M", "B", trade_id="y"))


def test_what_comes_back_to_another_account_of_a_hand_went_round_through_the_middle() -> None:
    assert accounts_of_one_owner(*PASSED) == [("O", "M", "AB")] * 2


def test_what_went_to_the_middle_in_parts_counts_together() -> None:
    parts = [sold("5s", "M", "B", part, trade_id=f"y{part}") for part in (6, 4)]
    assert accounts_of_one_owner(PASSED[0], *parts) == [("O", "M", "AB")] * 3


def test_the_other_business_of_the_middle_does_not_matter() -> None:
    others = [sold("2s", "M", "k", 40, trade_id="k"), sold("3s", "l", "M", 7, trade_id="l")]
    assert accounts_of_one_owner(*PASSED, *others) == [("O", "M", "AB")] * 2


@pytest.mark.parametrize(
    "later",
    [
        {"at": "50s"},
        {"quantity": 7},
        {"price": 102},
        {"instrument": "Y"},
        {"buyer_id": "A"},
        {"buyer_id": "k"},
        {"seller_id": "N"},
    ],
    ids=["later", "another size", "another price", "another instrument", "back to the account",
         "to a stranger", "from another"],
)  # fmt: skip
def test_what_the_middle_keeps_or_gives_to_others_is_no_detour(later: dict[str, Any]) -> None:
    assert accounts_of_one_owner(PASSED[0], {**PASSED[1], **later}) == []


def test_a_detour_is_a_trade_within_the_hand_and_no_handover() -> None:
    accounts = [{"at": "-1d", "trader_id": name, "owner_id": "O"} for name in ("A", "B")]
    trades = [*CROWD, *PASSED]
    assert "M" not in {
        row["buyer_id"] for row in fact("handovers", trades=trades, accounts=accounts)
    }
    (row,) = fact("self_crosses", trades=trades, accounts=accounts)
    assert (row["owner_id"], row["via"], row["times"], row["quantity"], row["share"]) == (
        "O", "M", 1, 10, 1,
    )  # fmt: skip


def test_who_meets_the_middle_as_often_with_others_meets_its_other_account_by_accident() -> None:
    busy = [
        {**sold("2h", "A", "k{n}", 1), "times": 30, "apart": "1m", "trade_id": "a{n}"},
        {**sold("2h", "l{n}", "B", 1), "times": 30, "apart": "1m", "trade_id": "b{n}"},
    ]
    apart = [{**trade, "at": at} for trade, at in zip(PASSED, ("3h", "10805s"), strict=True)]
    accounts = [{"at": "-1d", "trader_id": name, "owner_id": "O"} for name in ("A", "B")]
    (row,) = fact("self_crosses", trades=[*CROWD, *busy, *apart], accounts=accounts)
    assert row["rarity"] == 0
