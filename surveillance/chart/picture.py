"""The frame of a chart: title, time axis, legend, and what the picture leaves out, in words."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from surveillance.chart import figures, ladder, lanes, orders, repeats
from surveillance.chart import flows as payments
from surveillance.chart.axis import time_scale, time_ticks
from surveillance.chart.marks import (
    BOTTOM,
    GRID,
    HEIGHT,
    INK,
    LEFT,
    QUIET,
    RIGHT,
    TOP,
    Drawing,
    element,
    label,
    line,
    standalone,
)
from surveillance.model import Dossier, Scene, Window, format_time

_LONGEST_TITLE = 92


def scene_svg(
    scene: Scene,
    *,
    title: str,
    flows: Sequence[payments.Flow] = (),
    unit: str = "",
    own: Collection[str] = (),
) -> str:
    """Draw a scene as a standalone SVG of 720 by 320, the same bytes each time.

    ``flows`` are drawn only where the scene has neither prices, nor orders, nor fills; prices are
    in ``unit``, and of others than the accounts ``own``, if there are any, marks are hollow.
    """
    if scene.prices or scene.orders or scene.fills:
        window = orders.focus(scene)
        return _frame(orders.draw(scene, window, unit, own), window, scene.window, title)
    window = scene.window
    return _frame(payments.draw(flows, window), window, window, title)


def dossier_svg(dossier: Dossier) -> str:
    """Draw what happened, under the title of its rule, its subject and its instrument.

    It is the scene where that shows the evidence, else payments, else the rows of the evidence in
    lanes; of a hit that names no row it is what was measured.
    """
    title, scene = _titled(dossier), dossier.scene
    evident = [order.is_evidence for order in scene.orders]
    if any(evident) or any(fill.is_evidence for fill in scene.fills):
        quote = dossier.instrument.get("quote") or ""
        return scene_svg(scene, title=title, unit=quote, own=dossier.accounts)
    flows, acts = payments.flows_of(dossier), lanes.acts_of(dossier.rows, dossier.accounts)
    if flows and len(flows) == len(acts):
        window = lanes.window_of(acts)
        return _frame(payments.draw(flows, window), window, window, title)
    if acts:
        window = lanes.window_of(acts)
        return _frame(lanes.draw(acts, window), window, window, title)
    if scene.prices or scene.orders or scene.fills:
        return scene_svg(scene, title=title, own=dossier.accounts)
    hit = dossier.hit
    drawing = figures.draw(hit.measures, hit.thresholds)
    return _frame(drawing, dossier.window, dossier.window, title, is_timed=False)


def pattern_svg(dossier: Dossier, marks: Sequence[repeats.Mark]) -> str:
    """Draw the hits below the line that make up a pattern, by time and score."""
    window = repeats.window_of(marks)
    return _frame(repeats.draw(marks, window), window, window, _titled(dossier))


def book_svg(dossier: Dossier) -> str:
    """Draw the order book around a hit at its telling moments; nothing without a playback."""
    if not dossier.playback.steps:
        return ""
    return ladder.frames_svg(dossier.playback, title=f"Order book · {_titled(dossier)}")


def _titled(dossier: Dossier) -> str:
    hit = dossier.hit
    named = (str(dossier.rule.get("title") or hit.rule_id), hit.subject, hit.instrument)
    return " · ".join(part for part in named if part)


def _frame(
    drawing: Drawing, shown: Window, whole: Window, title: str, *, is_timed: bool = True
) -> str:
    span = f"{format_time(shown.start)} to {format_time(shown.end)}"
    summary = drawing.summary or "nothing to draw in this window"
    described = ". ".join((f"UTC, {span}", summary, *drawing.notes)) + "."
    parts = (
        label(12, 20, _shortened(title), 12, INK, font_weight="bold"),
        *_legend(drawing),
        *(_time_axis(shown) if is_timed else ()),
        *(drawing.elements or _nothing()),
        *_captions(drawing, shown, whole),
    )
    return standalone(parts, HEIGHT, title=title, description=described)


def _shortened(title: str) -> str:
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + "…"


def _legend(drawing: Drawing) -> Iterable[str]:
    at = 24.0
    for mark, words in drawing.legend:
        yield element("g", mark, transform=f"translate({at:.1f} 36)")
        yield label(0, 0, words, 8.5, transform=f"translate({at + 13:.1f} 39)")
        at += 40 + 5.3 * len(words)


def _time_axis(window: Window) -> Iterable[str]:
    x = time_scale(window, LEFT, RIGHT)
    yield line(LEFT, BOTTOM, RIGHT, BOTTOM, stroke=QUIET, stroke_width=0.8)
    for at, words in time_ticks(window):
        yield line(x(at), TOP, x(at), BOTTOM, stroke=GRID, stroke_width=0.8)
        yield line(x(at), BOTTOM, x(at), BOTTOM + 4, stroke=QUIET, stroke_width=0.8)
        yield label(x(at), BOTTOM + 15, words, text_anchor="middle")


def _nothing() -> tuple[str, ...]:
    middle = (LEFT + RIGHT) // 2
    words = "No prices, orders, fills or payments in this window"
    return (label(middle, (TOP + BOTTOM) // 2, words, 11, text_anchor="middle"),)


def _captions(drawing: Drawing, shown: Window, whole: Window) -> Iterable[str]:
    day = shown.start.date().isoformat()
    last = (shown.end - timedelta(microseconds=1)).date().isoformat()
    days = day if day == last else f"{day} to {last}"
    closer = "" if shown == whole else " · closed in on the evidence"
    yield label(LEFT, BOTTOM + 32, f"UTC, {days}{closer}", 8.5)
    if drawing.notes:
        yield label(LEFT, BOTTOM + 46, " · ".join(drawing.notes), 8.5)
