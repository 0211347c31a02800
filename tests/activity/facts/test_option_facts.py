"""What accounts held at the end of a day, what moves it, and what their options are held for."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from surveillance.activity.preparing import prepare
from surveillance.activity.pricing import Option, value
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

WINDOW = Window(START, START + timedelta(days=2))
YEARS = 30 / 365
TERMS: list[dict[str, Any]] = [
    {"at": "-1d", "instrument": "P", "kind": "perpetual", "underlying": "BTC", "quote": "USD",
     "settlement": "linear"},
    {"at": "-1d", "instrument": "I", "kind": "future", "underlying": "BTC", "quote": "USD",
     "settlement": "inverse", "contract_value": 10},
    *(
        {"at": "-1d", "instrument": name, "kind": "option", "underlying": "BTC", "quote": quote,
         "option_kind": right, "strike": 100, "expires_at": "721h", "settlement": "linear"}
        for name, right, quote in (("C", "call", "USD"), ("D", "put", "USD"), ("B", "call", "BTC"))
    ),
]  # fmt: skip
CALL = value(Option("call", 100.0, YEARS), 105.0, 0.5)
MARKS = [
    {"at": "1h", "instrument": "P", "kind": "mark", "value": "105"},
    {"at": "1h", "instrument": "C", "kind": "mark", "value": f"{CALL.worth:.12f}"},
    {"at": "1h", "instrument": "B", "kind": "mark", "value": f"{CALL.worth / 105:.15f}"},
]
Rows = Mapping[str, Iterable[Mapping[str, Any]]]


def fact(name: str, held: Iterable[Mapping[str, Any]], **more: Any) -> list[dict[str, Any]]:
    rows: Rows = {"instruments": TERMS, "marks": MARKS, "positions": held, **more}
    with sample_view(rows, WINDOW) as view:
        prepare(view.connection, [name])
        found: list[dict[str, Any]] = view.arrow(f"select * from {name} order by all").to_pylist()
    return found


def held(instrument: str, quantity: float, at: str = "1h", **more: Any) -> dict[str, Any]:
    return {"at": at, "trader_id": "a", "instrument": instrument, "quantity": quantity, **more}


def test_an_option_is_valued_at_the_volatility_that_its_mark_tells() -> None:
    by_name = {row["instrument"]: row for row in fact("option_values", [])}
    assert by_name.keys() == {"B", "C"}
    for row in by_name.values():
        assert row["volatility"] == pytest.approx(0.5, rel=1e-6)
        assert (row["forward"], row["delta"]) == (105.0, pytest.approx(CALL.delta))


def test_exposures_are_dollars_of_what_was_held_last_that_day() -> None:
    positions = [held("C", 9), held("C", 2, at="2h"), held("P", -1), held("I", 21)]
    rows = {row["instrument"]: row for row in fact("exposures", positions)}
    assert float(rows["C"]["delta"]) == pytest.approx(2 * 105 * CALL.delta)
    assert float(rows["C"]["vega"]) == pytest.approx(2 * CALL.vega, abs=1e-6)
    assert float(rows["C"]["notional"]) == 210
    assert (float(rows["P"]["delta"]), rows["P"]["vega"]) == (-105, None)
    assert float(rows["I"]["delta"]) == 210


def test_the_way_to_liquidation_is_a_share_of_the_price() -> None:
    (row,) = fact("exposures", [held("P", 1, liquidation_price="94.5")])
    assert row["to_liquidation"] == pytest.approx(0.1)


def test_an_option_without_a_mark_has_a_size_and_no_sensitivities() -> None:
    (row,) = fact("exposures", [held("D", 1)])
    assert (float(row["units"]), row["delta"], row["vega"]) == (1, None, None)


def test_what_was_closed_by_the_end_of_the_day_was_not_held() -> None:
    assert fact("exposures", [held("P", 5), held("P", 0, at="3h")]) == []


def test_a_short_call_on_coins_held_is_covered_and_the_rest_is_naked() -> None:
    rows = fact("strategies", [held("C", -3), held("P", 1)])
    assert {row["strategy"]: float(row["notional"]) for row in rows} == {
        "covered_call": 105.0,
        "naked_short": 210.0,
    }


def test_a_day_without_options_has_no_strategy() -> None:
    assert fact("strategies", [held("P", 1)]) == []
