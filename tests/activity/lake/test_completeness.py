"""What each feed brought, and where it was silent."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise
from typing import Any

from surveillance.activity.catalogue import TABLES
from surveillance.activity.lake.completeness import Feed, completeness
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

DAY = Window(START, START + timedelta(hours=6))


def feed(table: str, *rows: dict[str, Any], window: Window = DAY) -> Feed:
    with sample_view({table: rows}, DAY) as view:
        return completeness(view, window)[table]


def test_every_table_is_told_of_even_if_it_is_empty() -> None:
    with sample_view({}, DAY) as view:
        feeds = completeness(view, DAY)
    assert list(feeds) == list(TABLES)
    assert feeds["trades"] == {
        "rows": 0,
        "first": None,
        "last": None,
        "arrived": None,
        "missing_numbers": None,
        "longest_silence_s": None,
        "unusual_silence": False,
    }


def test_rows_first_last_and_the_longest_silence_are_told() -> None:
    trades = feed("trades", {"at": "1m"}, {"at": "2m"}, {"at": "750s"})
    assert (trades["rows"], trades["longest_silence_s"]) == (3, 630.0)
    assert trades["first"] == "2026-01-05T00:01:00.000000Z"
    assert trades["last"] == "2026-01-05T00:12:30.000000Z"


def numbered(numbers: Iterable[int]) -> list[dict[str, Any]]:
    return [{"at": f"{number}s", "seq": number} for number in numbers]


def missing(**tables: Iterable[int]) -> dict[str, int | None]:
    rows = {table: numbered(numbers) for table, numbers in tables.items()}
    with sample_view(rows, DAY) as view:
        feeds = completeness(view, DAY)
    return {table: feeds[table]["missing_numbers"] for table in tables}


def test_sequence_numbers_that_never_came_are_counted() -> None:
    lost = [*range(3, 40), *range(42, 90), 91, 91, 92]
    assert missing(orders=lost) == {"orders": 3}


def test_tables_that_share_one_counter_miss_nothing_of_each_other() -> None:
    trades = [*range(1, 101, 5)]
    book = [number for number in range(1, 101) if number not in trades]
    assert missing(trades=trades, book=book) == {"trades": 0, "book": 0}


def test_a_number_that_no_table_has_is_missing_from_the_counter_they_share() -> None:
    trades = [*range(1, 101, 5)]
    book = [number for number in range(1, 101) if number not in {*trades, 50}]
    assert missing(trades=trades, book=book) == {"trades": 1, "book": 1}


def test_a_counter_of_its_own_is_not_filled_by_another() -> None:
    trades = [number for number in range(1, 41) if number != 20]
    assert missing(trades=trades, orders=range(1, 101)) == {"trades": 1, "orders": 0}


def test_nothing_is_said_of_numbers_that_count_what_we_do_not_see() -> None:
    assert missing(trades=range(1, 1000, 7)) == {"trades": None}


def test_a_table_without_sequence_numbers_misses_none() -> None:
    assert feed("accounts", {"at": "1s"})["missing_numbers"] is None


def test_only_the_window_is_told_of_but_states_of_any_age() -> None:
    later = Window(START + timedelta(hours=3), DAY.end)
    assert feed("trades", {"at": "1h"}, {"at": "4h"}, window=later)["rows"] == 1
    assert feed("accounts", {"at": "1h"}, {"at": "4h"}, window=later)["rows"] == 2


def test_a_silence_is_unusual_where_there_is_much_otherwise() -> None:
    steady = [{"at": "1s", "times": 120, "apart": "1s"}]
    assert not feed("trades", *steady)["unusual_silence"]
    assert feed("trades", *steady, {"at": "2h"})["unusual_silence"]
    assert not feed("trades", {"at": "1s"}, {"at": "2h"})["unusual_silence"]


def test_a_feed_of_snapshots_is_not_silent_between_them() -> None:
    snapshots = {"at": "1h", "times": 3, "apart": "1h", "instrument": "X"}
    many = [{**snapshots, "trader_id": f"T{n}"} for n in range(200)]
    assert not feed("positions", *many)["unusual_silence"]


def test_the_longest_silence_is_found_to_the_microsecond() -> None:
    for seconds in ([0, 1.000001, 2, 9.25, 10], [0, 7, 8, 30.5, 31]):
        rows = [{"at": f"{round(at * 1e6)}us", "trade_id": f"t{at}"} for at in seconds]
        gaps = [after - before for before, after in pairwise(seconds)]
        assert feed("trades", *rows)["longest_silence_s"] == round(max(gaps), 3)
