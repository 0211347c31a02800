"""What an option is worth, and how that moves with price, volatility and time, by Black (1976).

On the forward and without interest, as venues of coins mark their options. QuantLib reckons it: a
well-kept library without dependencies, whose numbers do not hang on threads. It values one option
at a time, which is no loss, because an option is valued once for all who hold it.
"""

from dataclasses import dataclass

from surveillance.times import DAY

YEAR = 365 * DAY
"""Microseconds a year, as options on coins count time."""
_ACCURACY = 1e-9
_MOST = 20.0
"""Volatility beyond which a price says nothing of it: 2,000 % a year."""


@dataclass(frozen=True, slots=True)
class Option:
    """The terms of an option that count: ``right`` is call or put, ``years`` are left."""

    right: str
    strike: float
    years: float


@dataclass(frozen=True, slots=True)
class Value:
    """Worth of an option on one unit, in the currency of the forward, and its sensitivities.

    ``delta`` is in units of the underlying, ``gamma`` in those for a move of the forward by 1 %;
    ``vega`` is money for a point (0.01) of volatility, ``theta`` money for a day that passes.
    """

    worth: float
    delta: float
    gamma: float
    vega: float
    theta: float


def value(option: Option, forward: float, volatility: float) -> Value:
    """Value an option; volatility is a share a year. What has expired is worth its payoff."""
    import QuantLib

    spread = volatility * max(option.years, 0.0) ** 0.5
    if spread <= 0:
        return _at_expiry(option, forward)
    payoff = QuantLib.PlainVanillaPayoff(_right(option.right), option.strike)
    black = QuantLib.BlackCalculator(payoff, forward, spread)
    return Value(
        worth=black.value(),
        delta=black.deltaForward(),
        gamma=black.gammaForward() * forward / 100,
        vega=black.vega(option.years) / 100,
        theta=black.theta(forward, option.years) / 365,
    )


def implied(option: Option, forward: float, worth: float) -> float | None:
    """Return the volatility at which an option is worth that; nothing where no volatility does."""
    import QuantLib

    sign = 1 if option.right == "call" else -1
    payoff = max(sign * (forward - option.strike), 0.0)
    most = forward if option.right == "call" else option.strike
    if option.years <= 0 or not payoff < worth < most:
        return None
    try:
        spread = QuantLib.blackFormulaImpliedStdDev(
            _right(option.right), option.strike, forward, worth, 1.0, 0.0, QuantLib.nullDouble(),
            _ACCURACY,
        )  # fmt: skip
    except RuntimeError:  # the search did not end: the price lies on its bound
        return None
    volatility = float(spread / option.years**0.5)
    return volatility if 0 < volatility <= _MOST else None


def _at_expiry(option: Option, forward: float) -> Value:
    sign = 1 if option.right == "call" else -1
    pays = sign * (forward - option.strike)
    return Value(max(pays, 0.0), float(sign) if pays > 0 else 0.0, 0.0, 0.0, 0.0)


def _right(right: str) -> int:
    import QuantLib

    return int(QuantLib.Option.Call if right == "call" else QuantLib.Option.Put)
