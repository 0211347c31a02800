"""How a segment's flow moves around market events: who takes liquidity away, and when.

Time is cut into ten minutes. Around every event the segment's flow in the instruments concerned is
set beside its own usual ten minutes in the same instruments. Events are those of the venue and of
the public (``events``), and sharp moves: ten minutes in which a mark moved by 1 % or more
(engineering default), of which the first within two hours counts for a coin. Intervals are of a
bootstrap over events, 2,000 draws, whose seed is a digest of what is drawn for. They hold for all
ten minutes around the event together: 95 of 100 draws lie within every one, so that to look at
thirteen is not to find something by chance. Below eight events (engineering default) a bootstrap
says too little, and there is none.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.canonical import digest
from surveillance.stress.record import Flow, FlowCell
from surveillance.times import MINUTE

Matrix: TypeAlias = NDArray[np.float64]
SPAN = 10
"""Minutes that are counted together."""
AROUND = range(-6, 7)
"""Spans before and after that of the event which are looked at."""
_DRAWS, _FEWEST, _OUTSIDE = 2_000, 8, 0.05
_KINDS = ("news", "social", "hack", "listing", "delisting", "margin_change", "settlement", "fixing")
_NOTHING = Decimal(0)
_SHARP = 0.01
_APART = 12
_FLOWS = f"""
with taken as (
    select epoch_us(ts) // {SPAN * MINUTE} as span, instrument, trader_id,
        sum(notional) filter (is_taker) as taken from fills
    where notional is not null and not is_liquidation and not is_block group by all
), written as (
    select epoch_us(o.ts) // {SPAN * MINUTE} as span, o.instrument, o.trader_id,
        sum(v.usd) filter (o.event = 'new') as placed,
        sum(v.usd * least(1, o.quantity / n.quantity)::decimal(12, 6))
            filter (o.event = 'cancel') as withdrawn
    from orders o join valued_orders v using (order_key)
        join (select order_key, any_value(quantity) as quantity from orders
            where event = 'new' and quantity > 0 group by all) n using (order_key)
    where o.event in ('new', 'cancel') and o.trader_id is not null group by all
), flow as (
    select span, instrument, trader_id, coalesce(taken, 0) as taken, coalesce(placed, 0) as placed,
        coalesce(withdrawn, 0) as withdrawn
    from taken full join written using (span, instrument, trader_id)
)
select span, instrument, segment, sum(taken) as taken, sum(placed) as placed,
    sum(withdrawn) as withdrawn
from flow join traders_in using (trader_id) group by all order by all
"""
_MARKED = f"""
select c.underlying as coin, epoch_us(m.ts) // {SPAN * MINUTE} as span,
    cast(arg_min(m.value, m.ts) as double) as first, cast(arg_max(m.value, m.ts) as double) as last
from marks m join (select instrument, any_value(underlying) as underlying, any_value(kind) as kind
    from contracts group by all) c using (instrument)
where m.kind = 'mark' and c.kind = 'perpetual' group by all order by all
"""


class Event(NamedTuple):
    """Something that happened: its kind, in which ten minutes, and in which instruments."""

    kind: str
    span: int
    instruments: frozenset[str]


class Flows(NamedTuple):
    """What each segment did in ten minutes of an instrument: taken, placed and withdrawn, USD."""

    first: int
    """Number of the first ten minutes; ``last`` is that of the last."""
    last: int
    of: dict[tuple[str, str], Matrix]
    """By segment and instrument, a row each for what was taken, placed and withdrawn."""


def flows(view: View, segment_of: Callable[[str], str]) -> tuple[Flow, ...]:
    """Return how every segment moved around events of every kind."""
    prepare(view.connection, ["fills", "valued_orders", "contracts"])
    done = _flows(view, segment_of)
    of_kind: dict[str, list[Event]] = defaultdict(list)
    for event in (*_events(view), *_sharp(view)):
        if done.first - AROUND.start <= event.span <= done.last - AROUND.stop + 1:
            of_kind[event.kind].append(event)
    segments = sorted({segment for segment, _ in done.of})
    return tuple(
        flow
        for kind, events in sorted(of_kind.items())
        for segment in segments
        if (flow := around(kind, segment, events, done)) is not None
    )


def around(kind: str, segment: str, events: Sequence[Event], done: Flows) -> Flow | None:
    """Return how one segment moved around events, or nothing where it has no usual flow there."""
    blocks, usual = [], []
    for event in events:
        rows = [done.of[segment, name] for name in event.instruments if (segment, name) in done.of]
        if rows:
            whole = np.sum(rows, axis=0)
            place = event.span - done.first
            blocks.append(whole[:, place + AROUND.start : place + AROUND.stop])
            usual.append(whole.mean(axis=1))
    if not blocks or not np.sum(usual):
        return None
    seen, norm = np.array(blocks), np.array(usual)
    draws = _draws(f"{kind} {segment}", len(seen))
    taken = _figures(seen[:, 0], norm[:, 0], draws)
    always = norm[:, 2].sum() / max(norm[:, 1].sum(), 1e-9)
    pulled = _figures(seen[:, 2] - always * seen[:, 1], norm[:, 1], draws)
    return Flow(
        kind=kind,
        segment=segment,
        events=len(seen),
        usual_taken=_money(norm[:, 0].mean()),
        usual_placed=_money(norm[:, 1].mean()),
        cells=tuple(
            FlowCell(place * SPAN, *taken[step], *pulled[step]) for step, place in enumerate(AROUND)
        ),
    )


def _figures(
    seen: Matrix, usual: Matrix, draws: Matrix
) -> list[tuple[Decimal | None, Decimal | None, Decimal | None]]:
    """Return for each ten minutes what was seen over what is usual, and its interval."""
    if not usual.sum() > 0:
        return [(None, None, None)] * seen.shape[1]
    ratio = seen.sum(axis=0) / usual.sum()
    if len(seen) < _FEWEST:
        return [(_share(each), None, None) for each in ratio]
    norms = np.maximum(np.einsum("de,e->d", draws, usual), 1e-9)
    low, high = _band(np.einsum("de,es->ds", draws, seen) / norms[:, None])
    return [tuple(map(_share, each)) for each in zip(ratio, low, high, strict=True)]  # type: ignore[misc]


def _band(drawn: Matrix) -> tuple[Matrix, Matrix]:
    """Return limits between which 95 of 100 draws lie in every column at once."""
    ordered = np.sort(drawn, axis=0)
    below = [np.searchsorted(each, of, "left") for each, of in zip(ordered.T, drawn.T, strict=True)]
    until = [
        np.searchsorted(each, of, "right") for each, of in zip(ordered.T, drawn.T, strict=True)
    ]
    # How many draws lie beyond each, on its nearer side; equals count for it.
    beyond = np.minimum(len(drawn) - np.array(below), np.array(until)).min(axis=0)
    place = int(np.sort(beyond)[int(_OUTSIDE * len(drawn))]) - 1
    return ordered[place], ordered[-1 - place]


def _draws(what: str, count: int) -> Matrix:
    """Return how often each event is in each draw, of shape (draws, events)."""
    seed = int(digest(f"stress {what} {count}")[:16], 16)
    drawn = np.random.default_rng(seed).integers(0, count, size=(_DRAWS, count))
    return np.stack([np.bincount(each, minlength=count) for each in drawn]).astype(np.float64)


def _flows(view: View, segment_of: Callable[[str], str]) -> Flows:
    names = view.arrow(
        "select distinct trader_id from (select trader_id from fills union all "
        "select trader_id from orders) where trader_id is not null order by 1"
    )
    traders = names.column("trader_id").to_pylist()
    placing = pa.table({"trader_id": traders, "segment": [segment_of(each) for each in traders]})
    view.connection.register("traders_in", placing)
    rows = view.arrow(_FLOWS).to_pylist()
    view.connection.unregister("traders_in")
    spans = [row["span"] for row in rows] or [0]
    first, last = min(spans), max(spans)
    of: dict[tuple[str, str], Matrix] = {}
    for row in rows:
        key = row["segment"], row["instrument"]
        cells = of.setdefault(key, np.zeros((3, last - first + 1)))
        figures = [float(row[name] or 0) for name in ("taken", "placed", "withdrawn")]
        cells[:, row["span"] - first] += figures
    return Flows(first, last, of)


def _events(view: View) -> Iterator[Event]:
    known = view.arrow("select distinct instrument, underlying from contracts").to_pylist()
    coins: dict[str | None, set[str]] = defaultdict(set)
    for row in known:
        coins[row["underlying"]].add(row["instrument"])
    every = frozenset(row["instrument"] for row in known)
    rows = view.arrow(
        f"select kind, epoch_us(ts) // {SPAN * MINUTE} as span, instrument, asset from events "
        "order by ts, event_id"
    ).to_pylist()
    seen = set[tuple[str, int, frozenset[str]]]()
    for row in rows:
        if row["kind"] not in _KINDS:
            continue
        one = frozenset({row["instrument"]}) if row["instrument"] else None
        event = Event(row["kind"], row["span"], one or frozenset(coins[row["asset"]]) or every)
        if event not in seen:
            seen.add(event)
            yield event


def _sharp(view: View) -> Iterator[Event]:
    """Yield the ten minutes in which a coin moved sharply, the first within two hours."""
    coins: dict[str, set[str]] = defaultdict(set)
    for row in view.arrow("select distinct instrument, underlying from contracts").to_pylist():
        coins[row["underlying"]].add(row["instrument"])
    before: dict[str, int] = {}
    for row in view.arrow(_MARKED).to_pylist():
        coin, span = row["coin"], row["span"]
        moved = abs(row["last"] / row["first"] - 1) if row["first"] else 0.0
        if moved >= _SHARP and span - before.get(coin, span - _APART) >= _APART:
            before[coin] = span
            yield Event("sharp_move", span, frozenset(coins[coin]))


def _share(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(Decimal("0.001"))


def _money(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(Decimal("0.01"))


def withdrawing(found: Iterable[Flow]) -> list[tuple[Flow, FlowCell]]:
    """Return for each kind of event who took most liquidity away by withdrawing it, and when.

    Most is in dollars, and only what its interval tells from nothing counts.
    """
    return _most(found, lambda cell: cell.pulled_low or _NOTHING, _withdrawn)


def taking(found: Iterable[Flow]) -> list[tuple[Flow, FlowCell]]:
    """Return for each kind of event who took most beyond what is usual for them, and when."""
    return _most(found, lambda cell: (cell.taken_low or _NOTHING) - 1, _taken)


def _most(
    found: Iterable[Flow],
    least: Callable[[FlowCell], Decimal],
    dollars: Callable[[Flow, FlowCell], Decimal],
) -> list[tuple[Flow, FlowCell]]:
    """Return for each kind of event where most dollars are, of cells of which ``least`` is some."""
    best: dict[str, tuple[Flow, FlowCell]] = {}
    for flow in found:
        for cell in flow.cells:
            if least(cell) <= 0:
                continue
            if flow.kind not in best or dollars(*best[flow.kind]) < dollars(flow, cell):
                best[flow.kind] = flow, cell
    return [best[kind] for kind in sorted(best)]


def _withdrawn(flow: Flow, cell: FlowCell) -> Decimal:
    return flow.usual_placed * (cell.pulled or 0)


def _taken(flow: Flow, cell: FlowCell) -> Decimal:
    return flow.usual_taken * ((cell.taken or 1) - 1)
