"""Playbacks of the order book around hits: what stood in it, and who put it there, step by step.

A playback covers the quarter of an hour with the most of a hit's evidence. It begins with the
orders that were open then, of those that entered within the view. The messages of all hits are
read together; each book is then made again on its own.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

import pyarrow as pa

from surveillance.activity.lake.view import View
from surveillance.dossier.evidence import Evidence
from surveillance.dossier.ladder import Ladder, Message
from surveillance.dossier.steps import Subject, marks_of, steps_of
from surveillance.model import Hit, Window
from surveillance.playback import Playback
from surveillance.times import HOUR

_Row: TypeAlias = tuple[Any, ...]
_MOST = 20_000
"""Messages that a playback is made of; the first of its stretch."""
_LONGEST = timedelta(minutes=15)
_LEAST_MARGIN, _MOST_MARGIN = timedelta(seconds=2), timedelta(seconds=60)
_ORDER = itemgetter(0, 1, 2, 4)
_SILENT = "the venue gave no order messages of {} around this, so its book cannot be made again"

_COLUMNS = ", ".join(f"o.{name}" for name in Message._fields)
_OPEN = """
select n, order_key from stretches s join order_life t
    on t.instrument = s.instrument and t.ts < s.first
    and (t.ended_at is null or t.ended_at >= s.first)
"""
_ENTERED = f"""
select o.order_key as name, {_COLUMNS} from orders o
where o.order_key in (select order_key from ({_OPEN}))
"""
_INSIDE = f"""
with hours as (
    select *, unnest(generate_series(epoch_us(first) // {HOUR},
        epoch_us(last) // {HOUR})) as hour from stretches
)
select n, {_COLUMNS} from hours s join orders o on o.instrument = s.instrument
    and epoch_us(o.ts) // {HOUR} = hour and o.ts >= s.first and o.ts < s.last
qualify row_number() over (partition by n order by o.ts, o.seq) <= {_MOST + 1}
order by n, o.ts, o.seq, o.order_id, o.event
"""


def playbacks_of(view: View, hits: Sequence[Hit], evidence: Evidence) -> list[Playback]:
    """Return a playback for each hit; one without steps says why, where there is an instrument.

    The fact ``order_life`` must be prepared on the view's connection.
    """
    windows = {
        n: stretch(evidence.moments(hit))
        for n, hit in enumerate(hits)
        if hit.instrument is not None
    }
    _mark_out(view, hits, windows)
    open_, entered, inside = (_by_first(view, sql) for sql in (_OPEN, _ENTERED, _INSIDE))
    playbacks = [Playback() for _ in hits]
    for n, window in windows.items():
        rows = (row for (name,) in open_.get(n, ()) for row in entered[name])
        start = window.start.replace(tzinfo=None)
        before = sorted((row for row in rows if row[0] < start), key=_ORDER)
        subject = _subject(hits[n], evidence)
        playbacks[n] = _playback(hits[n], window, before, inside.get(n, []), subject)
    return playbacks


def stretch(moments: Sequence[datetime]) -> Window:
    """Return the quarter of an hour, or less, with the most of some moments; the last such."""
    ends = [(n - bisect_left(moments, m - _LONGEST), n) for n, m in enumerate(moments)]
    last = max(ends)[1]
    first = moments[bisect_left(moments, moments[last] - _LONGEST)]
    margin = min(max((moments[last] - first) / 4, _LEAST_MARGIN), _MOST_MARGIN)
    return Window(first - margin, moments[last] + margin)


def _subject(hit: Hit, evidence: Evidence) -> Subject:
    orders, trades = (frozenset(hit.evidence.get(table, ())) for table in ("orders", "trades"))
    return Subject(frozenset(evidence.accounts(hit)), orders, trades)


def _mark_out(view: View, hits: Sequence[Hit], windows: Mapping[int, Window]) -> None:
    """Make ``stretches``, a row for each hit that has an instrument."""
    time = pa.timestamp("us")
    columns = {
        "n": pa.array(list(windows), pa.int64()),
        "instrument": pa.array([hits[n].instrument for n in windows], pa.string()),
        "first": pa.array([w.start.replace(tzinfo=None) for w in windows.values()], time),
        "last": pa.array([w.end.replace(tzinfo=None) for w in windows.values()], time),
    }
    view.connection.register("stretches", pa.Table.from_pydict(columns))


def _by_first(view: View, sql: str) -> dict[Any, list[_Row]]:
    """Return the rows of a query by their first column, without it."""
    table, rows = view.arrow(sql), defaultdict(list)
    first, *others = (table.column(name).to_pylist() for name in table.column_names)
    for key, row in zip(first, zip(*others, strict=True), strict=True):
        rows[key].append(row)
    return rows


def _playback(
    hit: Hit, window: Window, before: Sequence[_Row], inside: Sequence[_Row], subject: Subject
) -> Playback:
    if not inside:
        return Playback(notes=(_SILENT.format(hit.instrument),))
    ladder = Ladder(subject.owns)
    for row in before:
        ladder.apply(Message(*row))
    messages = (Message(*row) for row in inside[:_MOST])
    moments = [tuple(at_once) for _, at_once in groupby(messages, key=itemgetter(0))]
    steps, crossed = steps_of(ladder, window.start, moments, subject)
    notes = _notes(len(steps) - 1, len(moments), crossed, ladder.unknown)
    if len(inside) > _MOST:
        notes += (f"it ends after {_MOST:,} messages, before the last of the evidence",)
    return Playback(steps, marks_of(steps), min(len(inside), _MOST), notes)


def _notes(shown: int, total: int, crossed: int, unknown: int) -> tuple[str, ...]:
    remarks = (
        (shown < total, f"{shown:,} of {total:,} moments are steps; the levels count all of them"),
        (crossed, f"by the venue's own messages a bid is at or above an ask at {crossed:,} steps"),
        (unknown, f"{unknown:,} messages are of orders that entered before what is on record"),
    )
    return tuple(words for holds, words in remarks if holds)
