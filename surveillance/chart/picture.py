"""The frame of a chart: title, time axis, legend, and what the picture leaves out, in words."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from decimal import Decimal

from surveillance.chart import (
    block,
    figures,
    holdings,
    ladder,
    lanes,
    orders,
    parties,
    repeats,
    strips,
)
from surveillance.chart import flows as payments
from surveillance.chart.axis import Scale, time_scale, time_ticks
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
from surveillance.chart.strips import Strip
from surveillance.model import Dossier, Scene, Window
from surveillance.times import format_time

_LONGEST_TITLE = 92
_STRIP = 72
_FEW = 3


def scene_svg(
    scene: Scene,
    *,
    title: str,
    flows: Sequence[payments.Flow] = (),
    unit: str = "",
    own: Collection[str] = (),
    under: Sequence[Strip] = (),
) -> str:
    """Draw a scene as a standalone SVG 720 wide, the same bytes each time.

    ``flows`` are drawn only where the scene has neither prices, nor orders, nor fills; prices are
    in ``unit``, and of others than the accounts ``own``, if there are any, marks are hollow.
    ``under`` stands below prices, on their time axis.
    """
    if scene.prices or scene.orders or scene.fills:
        window = orders.focus(scene)
        return _frame(orders.draw(scene, window, unit, own), window, scene.window, title, under)
    window = scene.window
    return _frame(payments.draw(flows, window), window, window, title)


def dossier_svg(dossier: Dossier) -> str:
    """Draw what happened, under the title of its rule, its subject and its instrument.

    What the evidence is decides: swaps stand in their block, trading in its scene with what was
    held and who met whom below, payments and other rows by their time, positions by themselves; of
    a hit that names no row it is what was measured.
    """
    title, scene = _titled(dossier), dossier.scene
    if any(swap.is_evidence for swap in scene.around.swaps):
        shown = block.draw(scene.around.swaps)
        return _frame(shown, scene.window, scene.window, title, is_timed=False)
    if _shows_evidence(scene):
        return _scene(dossier, title)
    return _rows(dossier, title)


def _rows(dossier: Dossier, title: str) -> str:
    """Draw payments, what was held, or rows of any kind; without a row what was measured."""
    scene = dossier.scene
    flows, acts = payments.flows_of(dossier), lanes.acts_of(dossier.rows, dossier.accounts)
    if scene.around.holdings and not flows:
        return _holdings(scene, title)
    acts = acts or lanes.moments_of(scene.around.moments)
    if acts:
        window = lanes.window_of(acts)
        only_flows = len(flows) == len(acts)
        drawing = payments.draw(flows, window) if only_flows else lanes.draw(acts, window)
        return _frame(drawing, window, window, title, _under(dossier, len(acts)))
    if scene.prices or scene.orders or scene.fills:
        return scene_svg(scene, title=title, own=dossier.accounts)
    drawing = figures.draw(dossier.hit.measures, dossier.hit.thresholds)
    return _frame(drawing, dossier.window, dossier.window, title, is_timed=False)


def _under(dossier: Dossier, count: int) -> list[Strip]:
    """Return who paid whom, and of a few rows, which say little, what was measured in words."""
    few = figures.strip(dossier.hit.measures) if count <= _FEW else None
    return [strip for strip in (parties.paid(dossier.rows, dossier.accounts), few) if strip]


def _shows_evidence(scene: Scene) -> bool:
    return any(order.is_evidence for order in scene.orders) or any(
        fill.is_evidence for fill in scene.fills
    )


def _scene(dossier: Dossier, title: str) -> str:
    """Draw trading, and below it what was held, who met whom, and rows that have no price."""
    scene, own = dossier.scene, dossier.accounts
    quote = dossier.instrument.get("quote") or ""
    if scene.instrument != dossier.hit.instrument:
        quote = f"of {scene.instrument}"
    priced = ("orders", "trades", "accounts")
    rest = {table: rows for table, rows in dossier.rows.items() if table not in priced}
    under = [strip for strip in (parties.traded(dossier.rows, own),) if strip]
    if scene.around.holdings:
        under.append(holdings.strip(scene.around, orders.focus(scene), _STRIP))
    if acts := lanes.acts_of(rest, own):
        under.append(lanes.strip(acts))
    return scene_svg(scene, title=title, unit=quote, own=own, under=under)


def _holdings(scene: Scene, title: str) -> str:
    """Draw what was held, by itself."""
    shown = holdings.strip(scene.around, scene.window, BOTTOM - TOP)
    x = time_scale(scene.window, LEFT, RIGHT)
    heading = label(12, TOP - 3, shown.title, 8)
    drawing = Drawing((heading, *shown.draw(x, Decimal(TOP))), (), (), shown.summary)
    return _frame(drawing, scene.window, scene.window, title)


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
    drawing: Drawing,
    shown: Window,
    whole: Window,
    title: str,
    under: Sequence[Strip] = (),
    *,
    is_timed: bool = True,
) -> str:
    bottom, x = strips.below(under), time_scale(shown, LEFT, RIGHT)
    span = f"{format_time(shown.start)} to {format_time(shown.end)}"
    summary = drawing.summary or "nothing to draw in this window"
    below = (strip.summary for strip in under)
    described = ". ".join((f"UTC, {span}", summary, *below, *drawing.notes)) + "."
    parts = (
        label(12, 20, _shortened(title), 12, INK, font_weight="bold"),
        *_legend(drawing),
        *(_time_axis(shown, x, bottom) if is_timed else ()),
        *(drawing.elements or _nothing()),
        *strips.drawn(under, x),
        *_captions(drawing, shown, whole, bottom),
    )
    return standalone(parts, HEIGHT - BOTTOM + bottom, title=title, description=described)


def _shortened(title: str) -> str:
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + "…"


def _legend(drawing: Drawing) -> Iterable[str]:
    at = 22.0
    for mark, words in drawing.legend:
        yield element("g", mark, transform=f"translate({at:.1f} 36)")
        yield label(0, 0, words, 8.5, transform=f"translate({at + 13:.1f} 39)")
        at += 29 + 5.1 * len(words)


def _time_axis(window: Window, x: Scale, bottom: int) -> Iterable[str]:
    yield line(LEFT, bottom, RIGHT, bottom, stroke=QUIET, stroke_width=0.8)
    for at, words in time_ticks(window):
        yield line(x(at), TOP, x(at), bottom, stroke=GRID, stroke_width=0.8)
        yield line(x(at), bottom, x(at), bottom + 4, stroke=QUIET, stroke_width=0.8)
        yield label(x(at), bottom + 15, words, text_anchor="middle")


def _nothing() -> tuple[str, ...]:
    middle = (LEFT + RIGHT) // 2
    words = "No prices, orders, fills or payments in this window"
    return (label(middle, (TOP + BOTTOM) // 2, words, 11, text_anchor="middle"),)


def _captions(drawing: Drawing, shown: Window, whole: Window, bottom: int) -> Iterable[str]:
    day = shown.start.date().isoformat()
    last = (shown.end - timedelta(microseconds=1)).date().isoformat()
    days = day if day == last else f"{day} to {last}"
    closer = "" if shown == whole else " · closed in on the evidence"
    yield label(LEFT, bottom + 32, f"UTC, {days}{closer}", 8.5)
    if drawing.notes:
        yield label(LEFT, bottom + 46, " · ".join(drawing.notes), 8.5)
