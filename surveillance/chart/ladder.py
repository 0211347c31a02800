"""The order book at a handful of moments, side by side: what a reader on paper has for a replay.

Every panel has the same scale. Bids grow to the left of the prices and asks to the right; what is
strong in colour is the subject's own.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from surveillance.chart.marks import (
    GRID,
    INK,
    PALE,
    QUIET,
    STRONG,
    element,
    label,
    line,
    standalone,
)
from surveillance.playback import LEVELS, Book, Change, Playback, Step
from surveillance.times import format_time

_ACROSS = 3
_PANEL, _ROW, _BAR = 232, Decimal("9.6"), Decimal(54)
_HEAD, _TOP = 34, 50
_TALL = 2 * LEVELS * _ROW + 62
_LONGEST = 92
_DEEPER = 4
"""Of the levels of a side, so many may be the subject's own beyond the top ones."""


def frames_svg(playback: Playback, *, title: str) -> str:
    """Draw the marked steps of a playback as a standalone SVG of 720, the same bytes each time."""
    frames = playback.marked()
    rows = -(-len(frames) // _ACROSS)
    height = _TOP + rows * _TALL
    largest = max((Decimal(c[2]) for *_, book in frames for c in _seen(book)), default=Decimal(1))
    moments = "; ".join(f"{name} at {_clock(playback.steps[n])}" for n, name, _ in frames)
    parts = (
        label(12, 20, title[:_LONGEST], 12, INK, font_weight="bold"),
        *_legend(),
        *(
            element(
                "g",
                "".join(_panel(name, playback.steps[n], book, largest)),
                transform=f"translate({12 + place % _ACROSS * _PANEL} "
                f"{_TOP + place // _ACROSS * _TALL:f})",
            )
            for place, (n, name, book) in enumerate(frames)
        ),
    )
    return standalone(parts, height, title=title, description=f"The order book {moments}.")


def rows_of(levels: Sequence[Change]) -> list[Change]:
    """Return at most ten levels of a side: the best, and of the subject's own those beyond."""
    deeper = [level for level in levels[LEVELS:] if Decimal(level[3])][:_DEEPER]
    return [*levels[: LEVELS - len(deeper)], *deeper]


def brief(quantity: str | Decimal) -> str:
    """Write a quantity with five digits at most, as a picture has room for."""
    value = Decimal(quantity)
    places = max(0, min(8, 4 - value.adjusted())) if value else 0
    return f"{round(value, places).normalize():,f}" if value else "0"


def _seen(book: Book) -> Iterator[Change]:
    yield from rows_of(book.bids)
    yield from rows_of(book.asks)


def _clock(step: Step) -> str:
    return format_time(step.ts)[11:-1]


def _legend() -> Iterable[str]:
    at = 12
    for colour, words in (
        (STRONG["buy"], "bids of the subject"),
        (PALE["buy"], "other bids"),
        (STRONG["sell"], "asks of the subject"),
        (PALE["sell"], "other asks"),
    ):
        yield element("rect", x=at, y=_HEAD - 7, width=9, height=9, fill=colour)
        yield label(at + 13, _HEAD + 1, words, 8.5)
        at += 34 + 6 * len(words)
    yield label(at, _HEAD + 1, "contracts shown, one scale for all", 8.5)


def _panel(name: str, step: Step, book: Book, largest: Decimal) -> Iterator[str]:
    yield label(0, 12, name, 9.5, INK, font_weight="bold")
    yield label(_PANEL - 18, 12, _clock(step), 8.5, text_anchor="end")
    middle = 22 + LEVELS * _ROW
    for place, level in enumerate(rows_of(book.asks)):
        yield from _level(level, middle - (place + 1) * _ROW, largest)
    for place, level in enumerate(rows_of(book.bids)):
        yield from _level(level, middle + 4 + place * _ROW, largest)
    yield line(0, middle + 2, _PANEL - 18, middle + 2, stroke=QUIET, stroke_width=0.6)
    yield line(0, 17, _PANEL - 18, 17, stroke=GRID, stroke_width=0.8)
    foot = middle + LEVELS * _ROW + 17
    yield label(0, foot, f"bid depth {_depth(book, 'buy')}", 8, STRONG["buy"])
    yield label(_PANEL - 18, foot, f"ask {_depth(book, 'sell')}", 8, STRONG["sell"],
                text_anchor="end")  # fmt: skip


def _depth(book: Book, side: str) -> str:
    shown, own = book.depth(side)
    return f"{brief(shown)}, own {round(own * 100 / shown):d} %" if own else brief(shown)


def _level(level: Change, top: Decimal, largest: Decimal) -> Iterator[str]:
    side, price, shown, own, _ = level
    sign, centre = (-1 if side == "buy" else 1), Decimal(_PANEL - 18) / 2
    edge = centre + sign * 26
    scale = _BAR / largest
    widths = (Decimal(own) * scale, (Decimal(shown) - Decimal(own)) * scale)
    for colour, wide in ((STRONG[side], widths[0]), (PALE[side], widths[1])):
        if wide:
            left = edge if sign > 0 else edge - wide
            yield element("rect", x=left, y=top + 1, width=wide, height=_ROW - 2, fill=colour)
        edge += sign * wide
    is_own = bool(Decimal(own))
    bold = {"font_weight": "bold"} if is_own else {}
    base = top + _ROW - 2
    yield label(centre, base, f"{Decimal(price):,f}", 7.5, INK if is_own else QUIET,
                text_anchor="middle", **bold)  # fmt: skip
    yield label(edge + sign * 3, base, brief(shown), 7, STRONG[side] if is_own else QUIET,
                text_anchor="end" if sign < 0 else "start", **bold)  # fmt: skip
