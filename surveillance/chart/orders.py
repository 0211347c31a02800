"""Trading in a chart: prices as a step line, orders as lifelines, fills as dots.

Where the evidence fills less than an eighth of the window, the picture closes in on it: a
scene of seconds in a window of a day would otherwise be one vertical line.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from surveillance.chart import references
from surveillance.chart.axis import Scale, price_scale, price_ticks, time_scale
from surveillance.chart.holdings import within
from surveillance.chart.marks import (
    BOTTOM,
    GRID,
    INK,
    LEFT,
    OTHER,
    PALE,
    RIGHT,
    STRONG,
    TOP,
    Drawing,
    Label,
    cross,
    dot,
    label,
    line,
    post,
    sparse,
    steps,
    triangle,
)
from surveillance.model import FillDot, OrderLine, Scene, Window
from surveillance.surroundings import Surroundings
from surveillance.times import epoch_us

MOST_ORDERS = 300
MOST_FILLS = 600
_FEW = 3
_MOST_NAMED = 40
"""Of more orders the words would hide the marks."""


def focus(scene: Scene) -> Window:
    """Return the part of the scene's window to draw: around the evidence if that is short."""
    evident = [order for order in scene.orders if order.is_evidence]
    times = [t for order in evident for t in (order.entered_at, order.ended_at) if t is not None]
    times += [fill.ts for fill in scene.fills if fill.is_evidence]
    if not times or (max(times) - min(times)) * 8 > scene.window.end - scene.window.start:
        return scene.window
    room = max((max(times) - min(times)) / 3, timedelta(milliseconds=1))
    start = max(scene.window.start, min(times) - room)
    end = min(scene.window.end, max(times) + room)
    return Window(start, end) if start < end else scene.window


def draw(scene: Scene, window: Window, unit: str = "", own: Collection[str] = ()) -> Drawing:
    """Draw what happened in ``window``, at most 300 orders and 600 fills, and say what is not.

    Prices are in ``unit``; fills of others than the accounts ``own`` are hollow.
    """
    live = [order for order in scene.orders if _is_live(order, window)]
    orders = _most_telling(live, MOST_ORDERS)
    inside = [fill for fill in scene.fills if window.start <= fill.ts <= window.end]
    inside = _once(inside, own)
    fills = sorted(inside, key=lambda f: (not f.is_evidence, f.ts, f.trade_id))[:MOST_FILLS]
    path = within([(ts, Decimal(price)) for ts, price in scene.prices], window)
    compared = [v for of in references.paths(scene.around.references, window) for _, v in of]
    values = [price for _, price in path] + [Decimal(fill.price) for fill in fills] + compared
    values += [Decimal(o.price) for o in orders if o.price and (o.is_evidence or not path)]
    if not values:
        return Drawing((), notes=_notes(live, orders, inside, fills, 0))
    x, y = time_scale(window, LEFT, RIGHT), price_scale(values, BOTTOM, TOP)
    shown = [o for o in orders if o.price and y.low <= Decimal(o.price) <= y.high]
    priced = sum(o.price is not None for o in orders)
    elements = (
        *_grid(y),
        *references.moments(scene.around.moments, x),
        *_lifelines(shown, x, y, window, own),
        *references.drawn(scene.around.references, window, x, y),
        steps(path, x, y, stroke=INK, stroke_width=1.1),
        *_dots(fills, x, y, own),
        label(12, TOP - 2, f"price, {unit}" if unit else "price", 8),
        *_sizes(shown, x, y, window, own),
    )
    notes = _notes(live, orders, inside, fills, priced - len(shown))
    traders = {order.trader_id for order in shown} | {fill.trader_id for fill in fills}
    others = traders - set(own) if own else set()
    compared_to = references.legend(scene.around.references)
    own_marks = _legend(bool(others))
    legend = (*own_marks[: -1 if compared_to and not others else None], *compared_to)
    theirs = Counter(fill.trader_id for fill in fills if own and fill.trader_id not in own)
    summary = _summary(shown, fills, path, scene.around, window, theirs)
    return Drawing(elements, legend, notes, summary)


def _once(fills: Sequence[FillDot], own: Collection[str]) -> list[FillDot]:
    """Leave out the other side of a trade whose own side is there: it lies on the same point."""
    mine = {fill.trade_id for fill in fills if fill.trader_id in own}
    return [fill for fill in fills if fill.trader_id in own or fill.trade_id not in mine]


def _is_live(order: OrderLine, window: Window) -> bool:
    ended = order.ended_at or window.end
    return order.entered_at < window.end and ended >= window.start


def _most_telling(orders: Sequence[OrderLine], most: int) -> list[OrderLine]:
    def rank(order: OrderLine) -> tuple[bool, Decimal, datetime, str]:
        return (
            not order.is_evidence,
            -Decimal(order.quantity),
            order.entered_at,
            order.order_id,
        )

    return sorted(orders, key=rank)[:most]


def _grid(y: Scale) -> Iterable[str]:
    for value, words in price_ticks(y):
        yield line(LEFT, y(value), RIGHT, y(value), stroke=GRID, stroke_width=0.8)
        if y(value) > TOP + 6:
            yield label(LEFT - 6, y(value) + 3, words, text_anchor="end")


def _colour(item: OrderLine | FillDot, own: Collection[str] = ()) -> str:
    if own and item.trader_id not in own:
        return OTHER[item.side]
    return (STRONG if item.is_evidence else PALE)[item.side]


def _lifelines(
    orders: Sequence[OrderLine], x: Scale, y: Scale, window: Window, own: Collection[str]
) -> Iterable[str]:
    largest = max((Decimal(order.quantity) for order in orders), default=Decimal(1)) or Decimal(1)
    for order in reversed(orders):
        share = Decimal(order.quantity) / largest
        yield from _lifeline(order, x, y, window, share, _colour(order, own))


def _lifeline(
    order: OrderLine, x: Scale, y: Scale, window: Window, share: Decimal, colour: str
) -> Iterable[str]:
    height = y(Decimal(order.price or 0))
    ended = order.ended_at or window.end
    start, end = (x(Decimal(epoch_us(moment))) for moment in (order.entered_at, ended))
    width = (1 if order.is_evidence else Decimal("0.7")) + share * 3
    dash = {"stroke_dasharray": "6 2"} if order.side == "sell" else {}
    yield line(start, height, end, height, stroke=colour, stroke_width=width, **dash)
    if order.entered_at >= window.start:
        yield triangle(start, height, order.side, colour)
    if order.ended_at is None or order.ended_at > window.end:
        return
    if order.end_reason == "cancel":
        yield cross(end, height, colour)
    elif order.end_reason == "fill":
        yield dot(end, height, order.side, colour)
    else:
        yield post(end, height, colour)


def _dots(fills: Sequence[FillDot], x: Scale, y: Scale, own: Collection[str]) -> Iterable[str]:
    drawn = list(reversed(fills))
    drawn.sort(key=lambda fill: fill.trader_id in own)
    for fill in drawn:
        at = x(Decimal(epoch_us(fill.ts)))
        size = 3.6 if fill.is_evidence else 2.4
        other = bool(own) and fill.trader_id not in own
        height = y(Decimal(fill.price))
        yield dot(at, height, fill.side, _colour(fill, own), size + 2 * other, hollow=other)


def _sizes(
    orders: Sequence[OrderLine], x: Scale, y: Scale, window: Window, own: Collection[str]
) -> Iterable[str]:
    """Write the quantity beside the largest evidence orders, where there is room for it."""
    evident = [order for order in orders if order.is_evidence]
    named = evident[:12] if len(evident) <= _MOST_NAMED else ()
    labels = (_size(order, x, y, window, own) for order in named)
    return sparse(labels, Decimal(84), Decimal(10))


def _size(order: OrderLine, x: Scale, y: Scale, window: Window, own: Collection[str]) -> Label:
    start, end = (x(Decimal(epoch_us(t))) for t in (order.entered_at, order.ended_at or window.end))
    fits = end < RIGHT - 60
    at, anchor = (end + 8, "start") if fits else (max(start - 8, Decimal(LEFT + 60)), "end")
    whose = f"{order.trader_id}: " if own and order.trader_id not in own else ""
    words = f"{whose}{order.side} {_plain(order.quantity)}"
    return Label(at, y(Decimal(order.price or 0)) + 3, words, _colour(order, own), anchor)


def _plain(quantity: str) -> str:
    value = Decimal(quantity)
    return f"{value.normalize():,f}" if value else "0"


def _legend(has_others: bool) -> tuple[tuple[str, str], ...]:
    six, zero = Decimal(6), Decimal(0)
    buy, sell = STRONG["buy"], STRONG["sell"]
    line_buy = line(-8, 0, 8, 0, stroke=buy, stroke_width=2) + triangle(-six, zero, "buy", buy)
    line_sell = line(-8, 0, 8, 0, stroke=sell, stroke_width=2, stroke_dasharray="6 2")
    line_sell += triangle(-six, zero, "sell", sell)
    pale = line(-8, 0, 8, 0, stroke=PALE["buy"], stroke_width=2)
    return (
        (line(-8, 0, 8, 0, stroke=INK, stroke_width=1.1), "trade price"),
        (line_buy, "buy order"),
        (line_sell, "sell order"),
        (cross(zero, zero, INK), "cancelled"),
        (dot(-six, zero, "buy", buy) + dot(six, zero, "sell", sell), "fill: bought, sold"),
        (dot(zero, zero, "buy", OTHER["buy"], 4, hollow=True), "another party")
        if has_others
        else (pale, "pale: not evidence; thicker: larger"),
    )


def _notes(
    live: Sequence[OrderLine],
    orders: Sequence[OrderLine],
    inside: Sequence[FillDot],
    fills: Sequence[FillDot],
    outside: int,
) -> tuple[str, ...]:
    unpriced = sum(order.price is None for order in orders)
    remarks = (
        (len(live) > len(orders), f"{len(orders)} of {len(live)} orders drawn, evidence first"),
        (len(inside) > len(fills), f"{len(fills)} of {len(inside)} fills drawn, evidence first"),
        (unpriced, f"orders without a limit price, seen by their fills: {unpriced}"),
        (outside, f"orders outside the range of prices: {outside}"),
    )
    return tuple(words for holds, words in remarks if holds)


def _summary(
    orders: Sequence[OrderLine],
    fills: Sequence[FillDot],
    path: Sequence[tuple[datetime, Decimal]],
    around: Surroundings,
    window: Window,
    theirs: Counter[str],
) -> str:
    cancelled = sum(order.end_reason == "cancel" for order in orders)
    evident = sum(order.is_evidence for order in orders)
    counts = f"{len(orders)} orders ({evident} evidence, {cancelled} cancelled), {len(fills)} fills"
    counts += "".join(f", {n} of them of {name}" for name, n in theirs.most_common(_FEW))
    values = [price for _, price in path]
    spans = [f"prices from {min(values):f} to {max(values):f}"] if values else []
    spans += references.summary(around.references, window)
    spans += [f"{moment.words} at {moment.ts:%H:%M:%S}" for moment in around.moments[:6]]
    return ", ".join([counts, *spans])
