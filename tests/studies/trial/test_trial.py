"""What a venue file brings is counted and valued, and nothing of it is kept."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from surveillance.activity import sources
from surveillance.rules.schema import Rule
from surveillance.studies.trial import Trial, tried
from surveillance.studies.versions import written
from tests.given.activities import RULES

NOW = datetime(2026, 3, 4, tzinfo=UTC)
HEAD = "id,time,symbol,price,qty,buyer,seller"
VENUE = """venue: shop
source: files
{more}
files: {{tape: {{glob: "*.csv"}}}}
tables:
  trades: |
    select time as ts, _line as seq, id as trade_id, symbol as instrument, price, qty as quantity,
      buyer as buyer_id, seller as seller_id
    from tape
"""


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    return written(RULES)


def trial(folder: Path, rules: list[Rule], *lines: str, more: str = "") -> Trial:
    """Try a venue of some trades."""
    (folder / "trades.csv").write_text("\n".join((HEAD, *lines)) + "\n")
    return tried(sources.parse(VENUE.format(more=more), folder), rules, NOW)


def trade(number: int, price: str = "100", symbol: str = "AB-USD") -> str:
    return f"{number},2025-03-03T09:00:{number:02}.5Z,{symbol},{price},2,b,s"


def test_rows_are_counted_by_table_with_their_span_and_unit(
    tmp_path: Path, rules: list[Rule]
) -> None:
    found = trial(tmp_path, rules, *(trade(n) for n in range(20)), trade(20, "n/a"))

    [table] = found.tables
    assert (table["received"], table["landed"], table["quarantined"]) == (21, 20, 1)
    assert (str(table["first"]), table["unit"]) == ("2025-03-03 09:00:00.500000", "ms")
    assert found.fits


def test_more_than_one_in_twenty_refused_does_not_fit(tmp_path: Path, rules: list[Rule]) -> None:
    assert not trial(tmp_path, rules, *(trade(n) for n in range(9)), trade(9, "n/a")).fits


def test_nothing_landed_does_not_fit(tmp_path: Path, rules: list[Rule]) -> None:
    assert not trial(tmp_path, rules, trade(1, "x")).fits
    assert not trial(tmp_path, rules).fits


def test_lines_that_never_became_rows_count_as_refused(tmp_path: Path, rules: list[Rule]) -> None:
    found = trial(tmp_path, rules, *(trade(n) for n in range(9)), "1,2,3")

    (trades,) = (table for table in found.tables if table["table"] == "trades")
    assert trades["quarantined"] == 1
    assert not found.fits


def test_one_reason_has_one_line_with_the_first_example(tmp_path: Path, rules: list[Rule]) -> None:
    found = trial(tmp_path, rules, trade(1), trade(2, "n/a"), trade(3, "??"))

    [reason] = found.reasons
    assert (reason["what"], reason["rows"], reason["where"]) == ("refused", 2, "trades.csv:3")
    assert reason["reason"].startswith("price: expected DECIMAL")
    assert "'n/a'" in reason["example"]


def test_values_are_shown_of_as_many_instruments_as_there_is_room(
    tmp_path: Path, rules: list[Rule]
) -> None:
    symbols = ["AB-USD", "CD-USDT", "EF-USDC", "GH-USD"]
    lines = [trade(n, "1.50", symbols[n % 4]) for n in range(12)]

    shown = trial(tmp_path, rules, *lines).values

    assert len(shown) == 5
    assert {row["instrument"] for row in shown} == set(symbols)
    # 1.50 x 2 = 3
    assert {(row["value"], row["usd"]) for row in shown} == {("3", "3")}


def test_what_has_no_worth_is_named(tmp_path: Path, rules: list[Rule]) -> None:
    found = trial(tmp_path, rules, trade(1, symbol="AB-SOL"), trade(2))

    assert found.unknown["instruments_without_terms"] == ["AB-SOL", "AB-USD"]
    assert found.unknown["currencies_without_a_rate"] == ["SOL"]


def test_rules_are_on_or_one_column_away(tmp_path: Path, rules: list[Rule]) -> None:
    found = trial(tmp_path, rules, trade(1)).rules

    assert "self_matched_trades" in found.on
    assert "momentum_ignition" in found.next["trades.taker_side"]
    assert "painting_the_tape" not in found.next["trades.taker_side"]  # it lacks orders as well
    assert found.off["painting_the_tape"] == ("trades.taker_side", "orders.order_id")
    assert len(found.on) + len(found.off) + len(found.untraded) == len(rules)
    lengths = [len(names) for names in found.next.values()]
    assert lengths == sorted(lengths, reverse=True)


def test_what_the_venue_does_not_trade_is_not_missed(tmp_path: Path, rules: list[Rule]) -> None:
    found = trial(tmp_path, rules, trade(1), more="products: [spot]").rules

    assert found.untraded["expiry_pinning"] == (
        "Switched off by the venue file of shop: no future or option is traded"
    )
    assert "squeeze" in found.untraded
    assert "expiry_pinning" not in found.off
    assert "spoofing" in found.off


def test_what_is_told_switches_a_rule_on_whatever_the_venue_says_it_trades(
    tmp_path: Path, rules: list[Rule]
) -> None:
    found = trial(tmp_path, rules, trade(1), more="products: [option]").rules

    assert "self_matched_trades" in found.on
