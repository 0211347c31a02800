"""Option legs of one account on one coin, taken together as the strategies that traders know.

A rule for each strategy says which legs it is made of; legs are used up in the order of the rules,
the most particular first, and by strike and expiry within one, so that the same legs always give
the same answer.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby

UNIT = 100_000_000
"""Sizes are whole hundred-millionths of a unit, so that legs match exactly."""
STRATEGIES = (
    "box", "condor", "butterfly", "straddle", "strangle", "vertical", "calendar",
    "covered_call", "protective_put", "naked_short", "long_option",
)  # fmt: skip
"""What legs can be together. A condor is of one right or of both, as is a butterfly; a calendar may
have two strikes; a covered call is a short call on coins held, or a short put on coins owed."""

_BOOK = 16
"""Legs of an expiry beyond which an account makes a market: any four would fit by chance."""


@dataclass(slots=True)
class Leg:
    """What is held of one option: ``units`` below 0 are short; those not yet taken."""

    right: str
    strike: float
    expiry: int
    units: int

    @property
    def sign(self) -> int:
        """Return 1 for a long leg, -1 for a short one."""
        return 1 if self.units > 0 else -1

    @property
    def is_bullish(self) -> bool:
        """Return whether it gains when the price rises."""
        return (self.right == "call") == (self.units > 0)


Legs = Sequence[Leg]


def recognised(legs: Legs, outright: int) -> dict[str, int]:
    """Return the size of the option legs in each strategy; ``outright`` is held without options."""
    rest = sorted(
        (Leg(leg.right, leg.strike, leg.expiry, leg.units) for leg in legs if leg.units),
        key=lambda leg: (leg.expiry, leg.strike, leg.right),
    )
    found = Counter[str]()
    for strategy, size, is_one in _RULES:
        for taken in _candidates(rest, size, strategy):
            if is_one(taken):
                found[strategy] += _take(taken)
    for leg in rest:
        outright = _cover(leg, outright, found)
    for leg in rest:
        if leg.units:
            found["long_option" if leg.units > 0 else "naked_short"] += abs(leg.units)
    return {strategy: units for strategy, units in found.items() if units}


def _candidates(legs: Legs, size: int, strategy: str) -> Iterator[Legs]:
    """Yield groups of legs of one expiry, or for calendars of any; only of what is left."""
    left = [leg for leg in legs if leg.units]
    by_expiry = [list(group) for _, group in groupby(left, lambda leg: leg.expiry)]
    for pool in [left] if strategy == "calendar" else by_expiry:
        if size == 2 or len(pool) <= _BOOK:
            for group in combinations(pool, size):
                if all(leg.units for leg in group):
                    yield group


def _take(legs: Legs) -> int:
    """Use up as much of the legs as they have in common; of a butterfly of three, twice inside."""
    weights = (1, 2, 1) if len(legs) == 3 else (1,) * len(legs)
    common = min(abs(leg.units) // weight for leg, weight in zip(legs, weights, strict=True))
    for leg, weight in zip(legs, weights, strict=True):
        leg.units -= leg.sign * weight * common
    return common * sum(weights)


def _cover(leg: Leg, outright: int, found: Counter[str]) -> int:
    """Set an option against what is held outright the other way; return what is left of that."""
    if not leg.units or leg.is_bullish == (outright > 0) or not outright:
        return outright
    common = min(abs(leg.units), abs(outright))
    found["covered_call" if leg.units < 0 else "protective_put"] += common
    leg.units -= leg.sign * common
    return outright - (common if outright > 0 else -common)


def _is_box(legs: Legs) -> bool:
    """A bull spread of calls and a bear spread of puts at the same strikes, or the reverse."""
    if sorted(leg.right for leg in legs) != ["call", "call", "put", "put"]:
        return False
    low = {leg.right: leg for leg in legs if leg.strike == legs[0].strike}
    high = {leg.right: leg for leg in legs if leg.strike == legs[-1].strike}
    return (
        len(low) == len(high) == 2
        and legs[0].strike < legs[-1].strike
        and low["call"].sign == -high["call"].sign == -low["put"].sign == high["put"].sign
    )


def _is_condor(legs: Legs) -> bool:
    """Four strikes, the outer two one way and the inner two the other, of one right or of both."""
    strikes = [leg.strike for leg in legs]
    rights = [leg.right for leg in legs]
    signs = [leg.sign for leg in legs]
    return (
        len(set(strikes)) == 4
        and (len(set(rights)) == 1 or rights == ["put", "put", "call", "call"])
        and signs[0] == signs[3] == -signs[1] == -signs[2]
    )


def _is_butterfly(legs: Legs) -> bool:
    """Three strikes, the inner twice; or puts below and calls above that meet in the middle."""
    signs = [leg.sign for leg in legs]
    if len(legs) == 3:
        return (
            len({leg.right for leg in legs}) == 1
            and legs[0].strike < legs[1].strike < legs[2].strike
            and signs[0] == signs[2] == -signs[1]
        )
    by_right = sorted(legs, key=lambda leg: (leg.strike, leg.right == "call"))
    return (
        [leg.right for leg in by_right] == ["put", "put", "call", "call"]
        and by_right[0].strike < by_right[1].strike == by_right[2].strike < by_right[3].strike
        and by_right[0].sign == by_right[3].sign == -by_right[1].sign == -by_right[2].sign
    )


def _is_pair(legs: Legs) -> bool:
    return {leg.right for leg in legs} == {"call", "put"} and legs[0].sign == legs[1].sign


def _is_straddle(legs: Legs) -> bool:
    """A call and a put at one strike, the same way."""
    return _is_pair(legs) and legs[0].strike == legs[1].strike


def _is_strangle(legs: Legs) -> bool:
    """A put and a call at two strikes, the same way."""
    return _is_pair(legs) and legs[0].strike != legs[1].strike


def _is_spread(legs: Legs) -> bool:
    return legs[0].right == legs[1].right and legs[0].sign == -legs[1].sign


def _is_vertical(legs: Legs) -> bool:
    """Two strikes of one right, one long and one short."""
    return _is_spread(legs) and legs[0].strike != legs[1].strike


def _is_calendar(legs: Legs) -> bool:
    """Two expiries of one right, one long and one short."""
    return _is_spread(legs) and legs[0].expiry != legs[1].expiry


_RULES: tuple[tuple[str, int, Callable[[Legs], bool]], ...] = (
    ("box", 4, _is_box),
    ("butterfly", 4, _is_butterfly),
    ("condor", 4, _is_condor),
    ("butterfly", 3, _is_butterfly),
    ("straddle", 2, _is_straddle),
    ("strangle", 2, _is_strangle),
    ("vertical", 2, _is_vertical),
    ("calendar", 2, _is_calendar),
)
