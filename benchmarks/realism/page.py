"""The page: a table of the markets side by side, the curves, and where the simulation differs."""

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.realism.curves import curves
from benchmarks.realism.flow import Floats, Flow, exceedance, kurtosis, memory, tail
from benchmarks.stamp import Stamp

_SHORT, _LONG, _LAGS = 5.0, 60.0, 60
_ENOUGH = 200
"""So many values make a figure about tails or memory worth writing."""


def pictures(flows: Sequence[Flow]) -> dict[str, str]:
    """Draw every curve: file name to picture."""
    both = (True, True)
    return {
        "tails.svg": _exceeding(
            "Returns of the middle over 5 seconds that moved", "at least so many deviations", flows,
            lambda flow: _scaled(flow.returns(_SHORT)),
        ),
        "memory.svg": curves(
            "Memory of volatility: absolute returns over a minute", "lag in minutes",
            {flow.name: _lags(flow) for flow in flows if len(flow.returns(_LONG)) > _ENOUGH},
            logarithmic=(False, False),
        ),
        "orders.svg": _exceeding(
            "Sizes of orders with a price", "USD or more", flows, lambda flow: flow.order_sizes
        ),
        "trades.svg": _exceeding(
            "Sizes of trades", "USD or more", flows, lambda flow: flow.trade_sizes
        ),
        "lives.svg": _exceeding(
            "Lives of orders that were withdrawn untraded", "seconds or longer", flows,
            lambda flow: np.maximum(flow.lives, 0.001),
        ),
        "spreads.svg": curves(
            "Spread", "basis points or more",
            {flow.name: exceedance(flow.spreads) for flow in flows}, logarithmic=both,
        ),
        "depth.svg": _exceeding(
            "What stands at the best bid", "USD or more", flows, lambda flow: flow.touch
        ),
    }  # fmt: skip


def written(flows: Sequence[Flow], messages: int, seconds: float, stamp: Stamp) -> str:
    """Write the page in Markdown; ``stamp`` says which code simulated."""
    table = [
        "|  | " + " | ".join(flow.name for flow in flows) + " |",
        "|---|" + "---|" * len(flows),
        *(f"| {name} | " + " | ".join(map(cell, flows)) + " |" for name, cell in _ROWS),
    ]
    shown = [
        f"![{name}]({file})"
        for file, name in (
            ("tails.svg", "tails of returns"), ("memory.svg", "memory of volatility"),
            ("orders.svg", "order sizes"), ("trades.svg", "trade sizes"),
            ("lives.svg", "lives of orders"), ("spreads.svg", "spreads"),
            ("depth.svg", "depth at the best bid"),
        )
    ]  # fmt: skip
    took = (
        f"{seconds:.1f} CPU seconds on one core: {seconds / messages * 1e6:.1f} seconds a million."
    )
    parts = (
        "# How like a market the simulated venue is",
        _INTRODUCTION,
        stamped(stamp),
        "\n".join(table),
        f"The simulated week has {messages:,} order messages in all and was made in {took}",
        *shown,
        "## Where it differs",
        "\n".join(_differences(flows[0], *flows[-2:])),
    )
    return "\n\n".join(parts) + "\n"


def stamped(stamp: Stamp) -> str:
    """Say which code the simulated columns are of."""
    return (
        f"Simulated on {stamp['at'][:10]} by code {stamp['code']}, and of that code whatever has "
        "changed since; no rule takes part."
    )


_INTRODUCTION = """\
Written by `python -m benchmarks.realism --bitstamp DIR --binance DIR`. The simulated columns are
the honest people of the shipped week (seed 7, no abuse); the recordings are one exchange's orders
of half an hour and some minutes of another's public feed, on one day each. They are short: what
needs hundreds of values and has fewer is left out (–), and nothing was fitted to them."""


def _scaled(moves: Floats) -> Floats:
    """Return how many deviations each move was, without those of next to nothing."""
    scaled = np.abs(moves / (moves.std() or 1))
    return np.where(scaled > 0.01, scaled, 0.0)


def _lags(flow: Flow) -> list[tuple[float, float]]:
    values = memory(np.abs(flow.returns(_LONG)), _LAGS)
    return [(float(lag), float(value)) for lag, value in enumerate(values, 1)]


def _exceeding(
    title: str, across: str, flows: Sequence[Flow], values: Callable[[Flow], Floats]
) -> str:
    lines = {flow.name: exceedance(values(flow)) for flow in flows if len(values(flow))}
    return curves(title, f"{across}; share of all", lines, logarithmic=(True, True))


def _median(values: Floats, unit: str = "") -> str:
    if not len(values):
        return "–"
    low, middle, high = np.percentile(values, (10, 50, 90))
    return f"{_round(middle)}{unit} ({_round(low)} – {_round(high)})"


def _round(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _if_enough(values: Floats, figure: Callable[[Floats], float], places: int = 1) -> str:
    return f"{figure(values):.{places}f}" if len(values) >= _ENOUGH else "–"


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


_ROWS: tuple[tuple[str, Callable[[Flow], str]], ...] = (
    ("minutes", lambda flow: _round(flow.seconds / 60)),
    ("deviation of returns over a minute, bp",
     lambda flow: f"{flow.returns(_LONG).std() * 1e4:.1f}"),
    ("5 seconds without a move", lambda flow: _share(float((flow.returns(_SHORT) == 0).sum()),
                                                     len(flow.returns(_SHORT)))),
    ("excess kurtosis over 5 seconds", lambda flow: _if_enough(flow.returns(_SHORT), kurtosis)),
    ("excess kurtosis over a minute", lambda flow: _if_enough(flow.returns(_LONG), kurtosis)),
    ("tail exponent over a minute", lambda flow: _if_enough(flow.returns(_LONG), tail)),
    ("autocorrelation of returns over a minute",
     lambda flow: _if_enough(flow.returns(_LONG), lambda moves: float(memory(moves, 1)[0]), 2)),
    ("of absolute returns, mean of 60 lags", lambda flow: _if_enough(
        flow.returns(_LONG), lambda moves: float(memory(np.abs(moves), _LAGS).mean()), 2)),
    ("spread, bp: median (10 – 90 %)", lambda flow: _median(flow.spreads)),
    ("at the best bid, USD", lambda flow: _median(flow.touch)),
    ("in ten levels, USD", lambda flow: _median(flow.deep)),
    ("trades a minute", lambda flow: _round(60 * len(flow.trade_sizes) / flow.seconds)),
    ("trade size, USD", lambda flow: _median(flow.trade_sizes)),
    ("gaps between trades, deviation / mean", lambda flow: _round(
        float(np.diff(flow.trade_times).std() / np.diff(flow.trade_times).mean()))),
    ("order size, USD", lambda flow: _median(flow.order_sizes)),
    ("life of an order withdrawn, s", lambda flow: _median(flow.lives)),
    ("orders that traded", lambda flow: _share(flow.traded_orders, flow.orders)),
    ("order messages a trade",
     lambda flow: _round(flow.messages / len(flow.trade_sizes)) if flow.messages else "–"),
)  # fmt: skip


def _differences(ours: Flow, real: Flow, far: Flow) -> list[str]:
    """Say what is unlike, with figures."""
    flicker = 100 * float((real.lives < 0.1).mean())
    return [
        f"- **Far fewer withdrawals.** {_round(ours.messages / len(ours.trade_sizes))} order "
        f"messages a trade here, {_round(real.messages / len(real.trade_sizes))} there, where "
        f"{flicker:.0f} in 100 orders withdrawn lived less than a tenth of a second. Machines that "
        "flicker all day are nearly absent here (one account does it), because a week must stay "
        "small enough to judge on a laptop. Rules on fleeting orders are therefore easier here "
        "than on a real exchange.",
        f"- **A wider spread.** {_round(float(np.median(ours.spreads)))} bp here, "
        f"{_round(float(np.median(real.spreads)))} bp (one tick) there: makers look again when the "
        "coin has moved a fifth of a percent, not a tick.",
        "- **Prices in steps.** For the same reason the middle stands still in "
        f"{_share(float((ours.returns(_SHORT) == 0).sum()), len(ours.returns(_SHORT)))} of all "
        "five-second steps, jumps when it moves, and over a minute still follows itself a little, "
        "which real returns do not.",
        "- **Fewer trades.** A trade every "
        f"{ours.seconds / len(ours.trade_sizes):.0f} s in the busiest instrument: the shapes of "
        "sizes and the burstiness of gaps are comparable, the counts are not.",
        "- **No giants.** The largest of a thousand trades are "
        f"{_round(float(np.percentile(ours.trade_sizes, 99.9)))} USD here and "
        f"{_round(float(np.percentile(far.trade_sizes, 99.9)))} on the perpetual: nobody "
        "here takes more than makers show.",
        "- **Impact by decree.** Trades move prices by a rule (half of it gone in a quarter of an "
        "hour), not because anybody learns from them.",
    ]
