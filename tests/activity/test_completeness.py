"""What each feed brought, and where it was silent."""

from datetime import timedelta
from typing import Any

from surveillance.activity.catalogue import TABLES
from surveillance.activity.completeness import completeness
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

DAY = Window(START, START + timedelta(hours=6))


def told(table: str, *rows: dict[str, Any], window: Window = DAY) -> dict[str, Any]:
    with sample_view({table: rows}, DAY) as view:
        return completeness(view, window)[table]


def test_every_table_is_told_of_even_if_it_is_empty() -> None:
    with sample_view({}, DAY) as view:
        found = completeness(view, DAY)
    assert list(found) == list(TABLES)
    assert found["trades"] == {
        "rows": 0,
        "first": None,
        "last": None,
        "arrived": None,
        "missing_numbers": None,
        "longest_silence_s": None,
        "unusual_silence": False,
    }


def test_rows_first_last_and_the_longest_silence_are_told() -> None:
    found = told("trades", {"at": "1m"}, {"at": "2m"}, {"at": "750s"})
    assert (found["rows"], found["longest_silence_s"]) == (3, 630.0)
    assert found["first"] == "2026-01-05T00:01:00.000000Z"
    assert found["last"] == "2026-01-05T00:12:30.000000Z"


def test_sequence_numbers_that_never_came_are_counted() -> None:
    found = told("orders", *({"at": f"{n}s", "seq": n} for n in (3, 4, 7, 7, 9)))
    assert found["missing_numbers"] == 3


def test_a_table_without_sequence_numbers_misses_none() -> None:
    assert told("accounts", {"at": "1s"})["missing_numbers"] is None


def test_only_the_window_is_told_of_but_states_of_any_age() -> None:
    later = Window(START + timedelta(hours=3), DAY.end)
    assert told("trades", {"at": "1h"}, {"at": "4h"}, window=later)["rows"] == 1
    assert told("accounts", {"at": "1h"}, {"at": "4h"}, window=later)["rows"] == 2


def test_a_silence_is_unusual_where_there_is_much_otherwise() -> None:
    steady = [{"at": "1s", "times": 120, "apart": "1s"}]
    assert not told("trades", *steady)["unusual_silence"]
    assert told("trades", *steady, {"at": "2h"})["unusual_silence"]
    assert not told("trades", {"at": "1s"}, {"at": "2h"})["unusual_silence"]
