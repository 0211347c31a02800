"""Swaps of a block in the order of execution: the price that each paid, and whose it was."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

from surveillance.chart.axis import Scale, price_scale, price_ticks
from surveillance.chart.marks import (
    BOTTOM,
    GRID,
    INK,
    LEFT,
    OTHER,
    QUIET,
    RIGHT,
    STRONG,
    TOP,
    Drawing,
    dot,
    label,
    line,
)
from surveillance.surroundings import Swap

_MOST = 9
_ROOM = 46
"""Below the prices, for the words of each swap."""


def draw(swaps: Sequence[Swap]) -> Drawing:
    """Draw swaps of one pool, at most 9: of more the evidence and what lies nearest to it."""
    shown = _nearest(swaps)
    base = next(swap.asset_out for swap in shown if swap.is_evidence)
    quote = next(swap.asset_in for swap in shown if swap.is_evidence)
    prices = [_price(swap, base) for swap in shown]
    y = price_scale(prices, BOTTOM - _ROOM, TOP + 8)
    step = Decimal(RIGHT - LEFT) / len(shown)
    places = [LEFT + step * place + step / 2 for place in range(len(shown))]
    elements = [*_grid(y, f"{quote} per {base}")]
    points = list(zip(places, prices, strict=True))
    for (x1, p1), (x2, p2) in pairwise(points):
        elements.append(line(x1, y(p1), x2, y(p2), stroke=GRID, stroke_width=1.4))
    for x, swap, price in zip(places, shown, prices, strict=True):
        elements += _swap(swap, x, y(price), base)
    left = (f"{len(shown)} of {len(swaps)} swaps drawn",) if len(shown) < len(swaps) else ()
    listed = "; ".join(f"{_words(swap, base)} by {swap.trader_id}" for swap in shown)
    return Drawing(tuple(elements), _legend(), left, f"block {shown[0].block}: {listed}")


def _nearest(swaps: Sequence[Swap]) -> list[Swap]:
    """Return the evidence and the largest between, in the order of execution."""
    ranked = sorted(swaps, key=lambda s: (not s.is_evidence, -Decimal(s.amount_in)))[:_MOST]
    return [swap for swap in swaps if swap in ranked]


def _price(swap: Swap, base: str) -> Decimal:
    paid, got = Decimal(swap.amount_in), Decimal(swap.amount_out)
    return paid / got if swap.asset_out == base else got / paid


def _words(swap: Swap, base: str) -> str:
    is_buy = swap.asset_out == base
    amount = Decimal(swap.amount_out if is_buy else swap.amount_in)
    return f"{'bought' if is_buy else 'sold'} {amount:,.4g} {base}"


def _grid(y: Scale, unit: str) -> Iterable[str]:
    yield label(12, TOP - 3, unit, 8)
    for value, words in price_ticks(y):
        yield line(LEFT, y(value), RIGHT, y(value), stroke=GRID, stroke_width=0.8)
        yield label(LEFT - 6, y(value) + 3, words, text_anchor="end")


def _swap(swap: Swap, x: Decimal, y: Decimal, base: str) -> Iterable[str]:
    side = "buy" if swap.asset_out == base else "sell"
    colour = (STRONG if swap.is_evidence else OTHER)[side]
    ink, weight = (INK, "bold") if swap.is_evidence else (QUIET, "normal")
    yield line(x, y, x, BOTTOM - _ROOM + 6, stroke=GRID, stroke_width=0.8)
    yield dot(x, y, side, colour, 5.5)
    words = (swap.trader_id, _words(swap, base), f"place {swap.place} of the block")
    for row, text in enumerate(words):
        at = Decimal(BOTTOM - _ROOM + 18 + 12 * row)
        yield label(x, at, text, 8, ink, text_anchor="middle", font_weight=weight)


def _legend() -> tuple[tuple[str, str], ...]:
    zero, six = Decimal(0), Decimal(6)
    own = dot(-six, zero, "buy", STRONG["buy"]) + dot(six, zero, "sell", STRONG["sell"])
    others = dot(-six, zero, "buy", OTHER["buy"]) + dot(six, zero, "sell", OTHER["sell"])
    return ((own, "the subject bought, sold"), (others, "others in between"))
