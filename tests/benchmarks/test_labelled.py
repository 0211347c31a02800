"""Labelled sets: how far a number is moved, and what the page says of it."""

from benchmarks.labelled.judged import Counted
from benchmarks.labelled.moved import Moved, _ends
from benchmarks.labelled.page import Judged, page
from benchmarks.stamp import Stamp
from surveillance.rules.variant import Dial

STAMP = Stamp(at="2026-03-02", code="c", rules="r")
FOUND = Counted("spoofing", 1.0, 0.5, 4, ("a", "b"), 1)


def dial(value: float, unit: str) -> Dial:
    return Dial("line", ("parameters", "line", "value"), value, unit, "engineering default")


def test_a_number_is_moved_a_fifth_to_either_side() -> None:
    assert set(_ends(dial(5.0, "times"))) == {4.0, 6.0}
    assert set(_ends(dial(10, "orders"))) == {8, 12}


def test_a_whole_number_of_which_no_other_is_within_a_fifth_stays() -> None:
    assert set(_ends(dial(3, "orders"))) == set()


def test_a_share_is_never_more_than_whole() -> None:
    assert set(_ends(dial(0.9, "share of the layers"))) == {0.72, 1.0}
    assert list(_ends(dial(0, "orders"))) == []


def test_a_page_counts_scenarios_and_names_rules_that_accuse_the_clean() -> None:
    text = page("c", STAMP, [Judged("set", [FOUND], 1000, {"layering": 2})], [])
    assert "| spoofing | 1.000 | 0.500 | 4 | 2 | 1 |" in text
    assert "Alerts on the 1,000 clean: layering 2." in text
    assert "a fifth lower" not in text


def test_only_what_moving_a_number_costs_is_told_row_by_row() -> None:
    moves = [Moved("layering", "ratio", 4.0, 0, 0), Moved("layering", "ratio", 6.0, 1, 0)]
    text = page("c", STAMP, [], moves)
    assert "2\nvalues, of which 1 cost" in text
    assert "| layering | ratio | 6 | 1 | 0 |" in text
    assert "| layering | ratio | 4 |" not in text
