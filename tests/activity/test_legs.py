"""Option legs taken together as the strategies that traders know."""

import pytest

from surveillance.activity.legs import STRATEGIES, UNIT, Leg, recognised

NEAR, FAR = 1, 2


def legs(text: str) -> list[Leg]:
    """Read legs such as ``+2 call 100 near``."""
    rows = [part.split() for part in text.split(",")]
    return [
        Leg(right, float(strike), NEAR if at == "near" else FAR, int(units) * UNIT)
        for units, right, strike, at in rows
    ]


@pytest.mark.parametrize(
    ("held", "outright", "expected"),
    [
        ("-1 call 110 near", 1, {"covered_call": 1}),
        ("-1 put 90 near", -1, {"covered_call": 1}),
        ("+1 put 90 near", 1, {"protective_put": 1}),
        ("-1 call 110 near", 0, {"naked_short": 1}),
        ("-1 call 110 near", -1, {"naked_short": 1}),
        ("-3 call 110 near", 1, {"covered_call": 1, "naked_short": 2}),
        ("+1 call 110 near", 1, {"long_option": 1}),
        ("+1 call 100 near, -1 call 110 near", 0, {"vertical": 2}),
        ("+1 call 100 near, -2 call 110 near", 0, {"vertical": 2, "naked_short": 1}),
        ("-1 call 100 near, +1 call 100 far", 0, {"calendar": 2}),
        ("-1 put 100 near, +1 put 90 far", 0, {"calendar": 2}),
        ("+1 call 100 near, +1 put 100 near", 0, {"straddle": 2}),
        ("-1 call 110 near, -1 put 90 near", 0, {"strangle": 2}),
        ("-1 call 110 near, -1 put 90 far", 0, {"naked_short": 2}),
        ("+1 call 90 near, -2 call 100 near, +1 call 110 near", 0, {"butterfly": 4}),
        (
            "+1 put 90 near, -1 put 100 near, -1 call 100 near, +1 call 110 near",
            0,
            {"butterfly": 4},
        ),
        (
            "+1 call 80 near, -1 call 90 near, -1 call 100 near, +1 call 110 near",
            0,
            {"condor": 4},
        ),
        ("+1 put 80 near, -1 put 90 near, -1 call 100 near, +1 call 110 near", 0, {"condor": 4}),
        ("+1 call 90 near, -1 call 110 near, -1 put 90 near, +1 put 110 near", 0, {"box": 4}),
        ("+1 call 100 near, -1 put 100 near", 0, {"long_option": 1, "naked_short": 1}),
    ],
)
def test_legs_are_what_they_are_together(
    held: str, outright: int, expected: dict[str, int]
) -> None:
    found = recognised(legs(held), outright * UNIT)
    assert found == {name: units * UNIT for name, units in expected.items()}
    assert found.keys() <= set(STRATEGIES)


def test_the_order_in_which_legs_are_told_changes_nothing() -> None:
    held = legs("+1 call 90 near, -2 call 100 near, +1 call 110 near, -1 put 90 far, +2 put 80 far")
    assert recognised(held, UNIT) == recognised(held[::-1], UNIT)


def test_every_leg_is_in_one_strategy_and_none_is_lost() -> None:
    held = legs("+3 call 90 near, -2 call 100 near, -4 put 90 near, +1 put 80 far, -2 call 90 far")
    assert sum(recognised(held, 2 * UNIT).values()) == 12 * UNIT


def test_a_book_of_many_legs_is_not_searched_for_what_fits_by_chance() -> None:
    held = legs(", ".join(f"{(-1) ** n * 2} call {100 + n} near" for n in range(40)))
    assert set(recognised(held, 0)) == {"vertical"}
