"""What each feed brought, and where it was silent."""

from datetime import timedelta
from itertools import pairwise
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


def test_the_longest_silence_is_found_wherever_it_lies() -> None:
    for micros in ([0, 1, 2, 3, 4, 5, 6, 7, 900], [0, 7, 8, 9, 30, 31, 32, 33, 34], [5, 5, 5]):
        rows = [{"at": f"{at}ms", "trade_id": f"t{at}-{n}"} for n, at in enumerate(micros)]
        gaps = [after - before for before, after in pairwise(micros)]
        assert told("trades", *rows)["longest_silence_s"] == max(gaps) / 1000


def test_numbers_far_apart_or_below_zero_are_counted_too() -> None:
    seqs = [-70, -69, 0, 1, 63, 64, 1_000_000]
    rows = [{"at": f"{n}s", "trade_id": f"t{n}", "seq": seq} for n, seq in enumerate(seqs)]
    assert told("trades", *rows)["missing_numbers"] == 1_000_071 - len(seqs)
