"""What is drawn below the line: every stratum, the same each time; and what labels say of it."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.studies.tuning.sample import Entered, allocated, drawn, estimated
from tests.given.known import NOON, hit

STRATA = st.dictionaries(
    st.tuples(st.sampled_from(["", "busy", "new"]), st.sampled_from([None, 2, 3.5, 4])),
    st.integers(1, 60),
    min_size=1,
)


def population(strata: dict[tuple[str, Any], int]) -> list[Entered]:
    """Return so many hits of each segment and value at which they enter."""
    of = [(segment, value) for (segment, value), count in strata.items() for _ in range(count)]
    return [
        (
            replace(
                hit("t", 70.0, trader_id=f"T{number}", segment=segment, measures={"m": number}),
                at=NOON + timedelta(seconds=number),
            ),
            value,
        )
        for number, (segment, value) in enumerate(of)
    ]


@given(STRATA, st.integers(1, 300))
def test_every_stratum_is_drawn_and_none_beyond_what_it_has(
    strata: dict[tuple[str, Any], int], size: int
) -> None:
    below = drawn(population(strata), "seed", size)

    shares = Counter(row["stratum"] for row in below["sample"])
    whole = sum(strata.values())
    assert len(below["sample"]) == min(whole, max(size, len(strata)))
    for number, stratum in enumerate(below["strata"]):
        assert stratum["population"] == strata[stratum["segment"], stratum["enters_at"]]
        assert 1 <= stratum["drawn"] == shares[number] <= stratum["population"]


def test_shares_follow_the_sizes() -> None:
    assert allocated([800, 150, 50], 100) == [80, 15, 5]
    assert allocated([998, 1, 1], 10) == [8, 1, 1]
    assert allocated([1, 1, 1], 1) == [1, 1, 1]
    assert allocated([], 10) == []


def test_the_sample_is_the_same_twice_whatever_the_order_and_another_for_another_seed() -> None:
    people = population({("busy", 3.5): 50, ("new", None): 50})

    assert drawn(people, "a", 20) == drawn(people[::-1], "a", 20)
    assert drawn(people, "a", 20)["sample"] != drawn(people, "b", 20)["sample"]


def test_the_size_is_by_formula_unless_it_is_asked() -> None:
    people = population({("busy", 3.5): 1000})

    assert (drawn(people, "a")["asked"], len(drawn(people, "a")["sample"])) == (88, 88)
    assert drawn([], "a")["sample"] == []


def labelled(strata: dict[tuple[str, Any], int], good: int, size: int = 10_000) -> Any:
    """Estimate where the hits whose measure is below ``good`` are productive."""
    below = drawn(population(strata), "seed", size)
    labels = {row["hit_id"]: int(str(row["measures"]["m"])) < good for row in below["sample"]}
    return estimated(below, labels, 5)


def test_where_everything_is_labelled_nothing_is_left_to_guess() -> None:
    missed = labelled({("busy", 4): 30, ("new", 3.5): 10}, 7)["all"]

    assert (missed["missed"], missed["missed_interval"]) == (7.0, (7, 7))


def test_strata_weigh_as_much_as_they_hold() -> None:
    below = drawn(population({("busy", 4): 90, ("new", 4): 10}), "seed", 20)
    labels = {row["hit_id"]: row["segment"] == "new" for row in below["sample"]}
    missed: Any = estimated(below, labels, 5)["all"]

    assert missed["missed"] == 10.0
    assert missed["missed_interval"][0] <= 10 <= missed["missed_interval"][1]


def test_a_move_of_the_line_takes_in_what_enters_on_the_way() -> None:
    estimate = labelled({("busy", 4): 30, ("busy", 2): 20, ("busy", None): 5}, 40)
    moves = {move["value"]: move["population"] for move in estimate["moves"]}

    assert moves == {4: 30, 2: 50}
    assert estimate["all"]["population"] == 55


def test_what_is_not_labelled_is_left_out_and_counted() -> None:
    below = drawn(population({("busy", 4): 30, ("new", 4): 20}), "seed", 20)
    labels = {row["hit_id"]: True for row in below["sample"] if row["segment"] == "new"}
    missed = estimated(below, labels, 5)["all"]

    assert (missed["not_covered"], missed["missed"]) == (30, 20.0)
    nothing = estimated(below, {}, 5)["all"]
    assert (nothing["missed"], nothing["not_covered"]) == (None, 50)


@given(STRATA, st.integers(1, 60), st.integers(0, 300))
def test_the_truth_and_the_estimate_lie_in_what_can_be(
    strata: dict[tuple[str, Any], int], size: int, good: int
) -> None:
    missed = labelled(strata, good, size)["all"]
    low, high = missed["missed_interval"]

    assert missed["productive_seen"] <= low <= high
    assert high <= missed["population"] - (missed["labelled"] - missed["productive_seen"]) + 0.05
    assert low - 0.06 <= missed["missed"] <= high + 0.06


def test_a_sample_without_anything_productive_does_not_say_that_nothing_is_there() -> None:
    missed = labelled({("busy", 4): 1000}, 0, 50)["all"]

    assert missed["missed"] == 0
    assert missed["missed_interval"][1] == pytest.approx(71, abs=1)
