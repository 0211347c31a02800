"""Risk over time: a lane a family of risk, a dot a hit by its score, and the line of the queue."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from surveillance.chart.axis import Scale, time_scale, time_ticks
from surveillance.chart.marks import GRID, INK, LEFT, PALE, QUIET, RIGHT, STRONG, dot, label, line
from surveillance.chart.tally import page
from surveillance.model import ALERT_LINE, Window
from surveillance.times import epoch_us

_LANE, _TOP, _BETWEEN = 84, 46, 20


class Scored(NamedTuple):
    """A hit: when it became true, the family of risk, and its score from 0 to 100."""

    at: datetime
    family: str
    score: float


def families_svg(title: str, families: Sequence[str], hits: Sequence[Scored], span: Window) -> str:
    """Draw hits as a standalone SVG, 720 wide; those below the line of the queue are pale."""
    x = time_scale(span, LEFT, RIGHT)
    parts = [label(12, 20, title, 12, INK, font_weight="bold")]
    for place, family in enumerate(families):
        top = _TOP + place * (_LANE + _BETWEEN)
        theirs = [hit for hit in hits if hit.family == family]
        parts += _lane(family, top)
        parts += [_mark(hit, x, _scores(top)) for hit in theirs]
    bottom = _TOP + len(families) * (_LANE + _BETWEEN) - _BETWEEN
    parts += [
        label(x(at), bottom + 15, words, text_anchor="middle") for at, words in time_ticks(span)
    ]
    words = "; ".join(_summary(family, hits) for family in families)
    return page(title, words, bottom + 28, parts)


def _scores(top: int) -> Scale:
    return Scale(Decimal(0), Decimal(100), Decimal(top + _LANE), Decimal(top))


def _lane(family: str, top: int) -> Iterator[str]:
    y = _scores(top)
    yield label(LEFT, top - 5, _named(family), 9, INK, font_weight="bold")
    for score in (0, ALERT_LINE, 100):
        at = y(Decimal(str(score)))
        colour = QUIET if score == 0 else GRID
        yield line(LEFT, at, RIGHT, at, stroke=colour, stroke_width=0.8)
        yield label(LEFT - 6, at + 3, f"{score:g}", text_anchor="end")


def _mark(hit: Scored, x: Scale, y: Scale) -> str:
    is_alert = hit.score >= ALERT_LINE
    side = "sell" if is_alert else "buy"
    at = x(Decimal(epoch_us(hit.at))), y(Decimal(str(hit.score)))
    return dot(*at, side, STRONG[side] if is_alert else PALE[side], 3.4)


def _summary(family: str, hits: Sequence[Scored]) -> str:
    scores = [hit.score for hit in hits if hit.family == family]
    highest = f", the highest {max(scores):.1f}" if scores else ""
    return f"{_named(family)}: {len(scores)} hits{highest}"


def _named(family: str) -> str:
    return "KYC/AML" if family == "kyc_aml" else family.replace("_", " ")
