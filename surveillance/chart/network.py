"""Who is tied to whom: own accounts in a ring, others around them, a line a tie."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import cos, pi, sin
from typing import NamedTuple

from surveillance.chart.marks import INK, PALE, QUIET, STRONG, WIDTH, element, label, line
from surveillance.chart.tally import page

MOST_OTHERS = 24
_HEIGHT, _INNER, _OUTER = 460, 70, 175
_MIDDLE = (Decimal(WIDTH) / 2, Decimal(_HEIGHT) / 2 + 12)


class Tie(NamedTuple):
    """Two accounts, the kinds of what ties them, how strongly from 0 to 1, and since which day."""

    one: str
    other: str
    kinds: str
    strength: float
    since: str


def network_svg(title: str, own: Sequence[str], ties: Sequence[Tie]) -> str:
    """Draw the ties of some accounts as a standalone SVG, 720 wide; the strongest come first.

    A line is as wide as the tie is strong; one that is weak by itself, below a half, is dashed.
    """
    ranked = sorted(ties, key=lambda tie: (-tie.strength, tie))
    named = dict.fromkeys(name for tie in ranked for name in tie[:2] if name not in set(own))
    others = list(named)[:MOST_OTHERS]
    places = {**_ring(list(own), _INNER), **_ring(others, _OUTER)}
    shown = [tie for tie in ranked if tie.one in places and tie.other in places]
    parts = [label(12, 20, title, 12, INK, font_weight="bold")]
    parts += [part for tie in reversed(shown) for part in _tie(tie, places)]
    parts += [part for name in places for part in _account(name, places[name], name in set(own))]
    left = len(named) - len(others)
    if left:
        parts.append(label(12, _HEIGHT - 10, f"{left} more accounts, tied less strongly", 8.5))
    words = "; ".join(f"{t.one} and {t.other}: {t.kinds}, {t.strength:.2f}" for t in shown)
    return page(title, words or "nothing ties it to another account", _HEIGHT, parts)


def _ring(names: Sequence[str], radius: int) -> dict[str, tuple[Decimal, Decimal]]:
    if len(names) == 1 and radius == _INNER:
        return {names[0]: _MIDDLE}
    turn = 2 * pi / max(1, len(names))
    wide = Decimal("1.45") if radius == _OUTER else Decimal(1)
    return {
        name: (
            _MIDDLE[0] + wide * Decimal(f"{radius * cos(turn * n - pi / 2):.2f}"),
            _MIDDLE[1] + Decimal(f"{radius * sin(turn * n - pi / 2):.2f}"),
        )
        for n, name in enumerate(names)
    }


def _tie(tie: Tie, places: dict[str, tuple[Decimal, Decimal]]) -> Iterator[str]:
    (x1, y1), (x2, y2) = places[tie.one], places[tie.other]
    dash = {"stroke_dasharray": "4 3"} if tie.strength < 0.5 else {}
    width = Decimal(f"{0.8 + 3.2 * tie.strength:.2f}")
    yield line(x1, y1, x2, y2, stroke=QUIET, stroke_width=width, **dash)
    words = f"{tie.kinds} {tie.strength:.2f}, since {tie.since}"
    at = (x1 * 2 + x2 * 3) / 5, (y1 * 2 + y2 * 3) / 5
    yield label(*at, words, 7.5, INK, text_anchor="middle", paint_order="stroke",
                stroke="#ffffff", stroke_width="2.5")  # fmt: skip


def _account(name: str, at: tuple[Decimal, Decimal], is_own: bool) -> Iterator[str]:
    x, y = at
    fill, rim = (STRONG["buy"], INK) if is_own else (PALE["buy"], QUIET)
    yield element("circle", cx=x, cy=y, r=9 if is_own else 7, fill=fill, stroke=rim,
                  stroke_width=1)  # fmt: skip
    yield label(x, y + 20, name, 8.5, INK, text_anchor="middle", paint_order="stroke",
                stroke="#ffffff", stroke_width="2.5",
                font_weight="bold" if is_own else "normal")  # fmt: skip
