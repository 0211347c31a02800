"""Money that is handed on and on: each hop a little less than what came, by another owner.

From each transfer those are followed that its payee made next, of three quarters to all of the
amount, to somebody who has not had it. Where that comes back to the first payer within a week, over
three to six hops, it is a circle; else, if none waits longer than two days, a chain of four hops or
more, whose longest form counts. There is a row for each client on it.

Transfers of one moment may be told in either order, because a venue's clock may know only days.
Transfers of one payer to one payee within six hours are one hop, so that paying in parts hides
nothing. Institutions hold for many, and end a path. Who paid and is not named is somebody all the
same, of that payment alone, so that who sets out a chain with it is seen to hand it on. A payee
with more than five hundred transfers in four days, or with more than eight that might be the next
hop, is a hub: at that hop paths end or follow the first eight, and a row of no hops says by its
name what was not followed.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts import typed
from surveillance.times import DAY, HOUR, naive

TABLE = Table(
    "money_paths",
    "One row a path along which money was handed on, and client on it",
    ("path_id", "owner_id"),
    "ts",
    (
        Column("ts", TIME, "The first hop", required=True),
        Column("settled_at", TIME, "When it is known whether it went on", required=True),
        Column("path_id", TEXT, "First transfer of its first and of its last hop", required=True),
        Column("owner_id", TEXT, "A client on it", required=True),
        Column("others", TEXT, "The others on it, in the order of the money"),
        Column("hops", WHOLE, "How many hops; empty for a hub, where nothing was followed"),
        Column("is_circle", FLAG, "It came back to who paid first"),
        Column("is_middle", FLAG, "This owner got it and handed it on"),
        Column("first_usd", MONEY, "What was paid first, USD"),
        Column("last_usd", MONEY, "What arrived last, USD"),
        Column("least", "DOUBLE", "Least part that a hop handed on"),
        Column("slowest", "DOUBLE", "Seconds of the longest wait between two hops"),
        Column("hop_share", "DOUBLE", "Part of what left the owner in those days that is the hop"),
        Column("venue_usual", "DOUBLE", "Usual transfer at the venue, USD, if any is known"),
        Column("transfer_ids", "VARCHAR[]", "Transfers of the path", required=True),
    ),
    fact=True,
)
READS = ("payments", "usual_transfers")
REACH = timedelta(days=3)
VERSION = 3
"""Since the third, a path may begin with a payer whom nobody named."""

CIRCLE, CHAIN, LONGEST = 3, 4, 6
"""Fewest hops of each, and most; of three that do not come back every busy venue is full."""
_WAIT, _CHAIN_WAIT, _WITHIN = 4 * DAY, 2 * DAY, 7 * DAY
_PARTS = 6 * HOUR
_LEAST = 0.75
_BRANCHES = 8
_BUSY = 500
_UNNAMED = "unnamed "

Whole: TypeAlias = NDArray[np.int64]
Path: TypeAlias = tuple[tuple[int, ...], bool]
"""Places of the hops, and whether the last payee is the first payer."""

_HOPS = f"""
create or replace temp table hop as
with named as (
    select * replace (coalesce(payer_id, '{_UNNAMED}' || transfer_id) as payer_id) from payments
    where payee_id is not null and not is_institution
), parted as materialized (
    select *, coalesce(ts - lag(ts) over w > interval 6 hour, true) as is_first,
        coalesce(lead(ts) over w - ts > interval 6 hour, true) as is_last
    from named window w as (partition by payer_id, payee_id order by ts, seq, transfer_id)
), numbered as (
    select *, sum(is_first::integer) over (partition by payer_id, payee_id
        order by ts, seq, transfer_id) as part
    from parted where not (is_first and is_last)
), whole as (
    select min(ts) as since, max(ts) as until, payer_id, payee_id,
        bool_or(payer_is_client) as payer_is_client, bool_or(payee_is_client) as payee_is_client,
        sum(usd) as usd, list(transfer_id order by ts, seq, transfer_id) as transfer_ids,
        min(transfer_id) as id
    from numbered group by payer_id, payee_id, part
    union all
    select ts, ts, payer_id, payee_id, payer_is_client, payee_is_client, usd, [transfer_id],
        transfer_id
    from parted where is_first and is_last
)
select row_number() over (order by since, id) - 1 as place, epoch_us(since) as since,
    epoch_us(until) as until, payer_id, payee_id, payer_is_client, payee_is_client,
    try_cast(usd as {MONEY}) as usd, (usd * 100)::bigint as cents, transfer_ids
from whole
"""
"""Most transfers are a hop by themselves, which costs less than to put parts together."""

_ROWS = f"""
with place as (
    select path, step, place, count(*) over (partition by path) as hops, is_circle
    from path
), whole as (
    select p.path, any_value(p.hops) as hops, any_value(p.is_circle) as is_circle,
        min(h.since) as since, max(h.until) as until,
        arg_min(h.usd, p.step) as first_usd, arg_max(h.usd, p.step) as last_usd,
        arg_min(h.transfer_ids[1], p.step) || ' ' || arg_max(h.transfer_ids[1], p.step) as path_id,
        flatten(list(h.transfer_ids order by p.step)) as transfer_ids,
        list(h.payer_id order by p.step) || [arg_max(h.payee_id, p.step)] as members
    from place p join hop h using (place) group by p.path
), wait as (
    select path, min(kept) as least, max(waited) as slowest from (
        select p.path, h.cents / lag(h.cents::double) over w as kept,
            (h.since - lag(h.since) over w) / 1e6 as waited
        from place p join hop h using (place) window w as (partition by p.path order by p.step))
    group by path
), member as (
    select p.path, h.payer_id as owner_id, h.usd, p.step > 0 or p.is_circle as is_middle,
        h.payer_is_client as is_client
    from place p join hop h using (place)
    union all
    select p.path, h.payee_id, null, false, h.payee_is_client
    from place p join hop h using (place) where p.step = p.hops - 1 and not p.is_circle
), out_ as (
    select m.path, m.owner_id, sum(h.usd) as usd
    from member m join whole w using (path) join hop h on h.payer_id = m.owner_id
        and h.since between w.since - {DAY} and w.until
    where m.is_client and m.usd is not null group by all
)
select make_timestamp(w.since) as ts,
    make_timestamp(w.until + {_PARTS} + case when w.is_circle then 0 else {_CHAIN_WAIT} end)
        as settled_at, w.path_id,
    m.owner_id, w.hops, w.is_circle, m.is_middle, w.first_usd, w.last_usd, t.least, t.slowest,
    m.usd::double / o.usd::double as hop_share, u.usd as venue_usual, w.transfer_ids,
    array_to_string([if(starts_with(x, '{_UNNAMED}'), 'somebody unnamed', x)
        for x in case when w.is_circle then w.members[:-2] else w.members end
        if x <> m.owner_id], ', ') as others
from member m join whole w using (path) join wait t using (path)
    left join out_ o on o.path = m.path and o.owner_id = m.owner_id
    left join usual_transfers u on u.day = w.since // {DAY}
where m.is_client
order by all
"""


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Follow every transfer on, and name who handed it."""
    connection.execute(_HOPS)
    hops = connection.sql("select place, since, until, payer_id, payee_id, cents from hop "
                          "order by place").to_arrow_table()  # fmt: skip
    walk = _Walk(hops)
    paths = list(walk.paths())
    hubs = typed(TABLE, _hubs(connection, walk.hubs))
    followed = _rows(connection, paths, hubs.schema)
    connection.execute("drop table hop")
    return pa.concat_tables([followed, hubs])


class _Walk:
    """All hops in the order of time, and those of each payer beside one another."""

    def __init__(self, hops: pa.Table) -> None:
        sides = [hops[name].combine_chunks() for name in ("payer_id", "payee_id")]
        codes = pa.concat_arrays(sides).dictionary_encode().indices.to_numpy().astype(np.int64)
        self.payer, self.payee = codes[: len(hops)], codes[len(hops) :]
        self.since, self.until, self.cents = (
            hops[name].to_numpy() for name in ("since", "until", "cents")
        )
        self.before, self.after, self.hubs = self._joined()

    def _key(self, who: Whole, us: Whole) -> Whole:
        """Return payer and second in one number, which orders hops by both."""
        first = int(self.since.min()) if len(self.since) else 0
        return who * 2**34 + (us - first) // 1_000_000

    def _joined(self) -> tuple[Whole, Whole, Whole]:
        """Return pairs of hops of which one may hand the other on, and hops that are not followed.

        Both may be of one moment; of many that may be the next, the first few in time.
        """
        order = np.lexsort((self.since, self.payer))
        keys = self._key(self.payer, self.since)[order]
        start = np.searchsorted(keys, self._key(self.payee, self.since))
        wide = np.searchsorted(keys, self._key(self.payee, self.until + _WAIT), "right") - start
        busy = wide > _BUSY
        before, offset = _each(np.where(busy, 0, wide))
        after = order[start[before] + offset]
        paid, passed = self.cents[before], self.cents[after]
        fits = (passed <= paid) & (passed >= _LEAST * paid) & (after != before)
        before, after = before[fits], after[fits]
        place = np.arange(len(before)) - np.searchsorted(before, before)
        branched = np.bincount(before, minlength=len(wide)) > _BRANCHES
        is_followed = place < _BRANCHES
        return before[is_followed], after[is_followed], np.flatnonzero(busy | branched)

    def paths(self) -> Iterator[Path]:
        """Yield the places of the hops of each path, and whether it is a circle."""
        yield from self._circles()
        quick = self.since[self.after] - self.until[self.before] <= _CHAIN_WAIT
        self.before, self.after = self.before[quick], self.after[quick]
        yield from self._chains()

    def _extended(self, path: Whole) -> Whole:
        """Return every path with each hop that may follow its last."""
        start = np.searchsorted(self.before, path[:, -1])
        wide = np.searchsorted(self.before, path[:, -1], "right") - start
        rows, offset = _each(wide)
        return np.column_stack((path[rows], self.after[start[rows] + offset]))

    def _circles(self) -> Iterator[Path]:
        path = np.unique(self.before)[:, None]
        while len(path) and path.shape[1] < LONGEST:
            path = self._extended(path)
            path = path[self.since[path[:, -1]] - self.since[path[:, 0]] <= _WITHIN]
            met = self.payee[path[:, -1:]] == self.payer[path]
            if path.shape[1] >= CIRCLE:
                yield from ((tuple(each), True) for each in path[met[:, 0]].tolist())
            path = path[~met.any(axis=1)]

    def _chains(self) -> Iterator[Path]:
        path = np.setdiff1d(self.before, self.after)[:, None]
        while len(path):
            longer = self._extended(path) if path.shape[1] < LONGEST else path[:0]
            if path.shape[1] < LONGEST:
                met = (self.payee[longer[:, -1:]] == self.payer[longer]).any(axis=1)
                longer = longer[~met]
            if path.shape[1] >= CHAIN:
                ends = ~np.isin(path[:, -1], longer[:, -2]) if len(longer) else slice(None)
                yield from ((tuple(each), False) for each in path[ends].tolist())
            path = longer


def _each(wide: Whole) -> tuple[Whole, Whole]:
    """Return for so many of each place the place, and a number from 0 within it."""
    rows = np.repeat(np.arange(len(wide)), wide)
    return rows, np.arange(len(rows)) - np.repeat(np.cumsum(wide) - wide, wide)


def _rows(connection: duckdb.DuckDBPyConnection, paths: list[Path], schema: pa.Schema) -> pa.Table:
    """Return a row a client of each path."""
    if not paths:
        return schema.empty_table()
    steps = [(number, step, place, is_circle) for number, (path, is_circle) in enumerate(paths)
             for step, place in enumerate(path)]  # fmt: skip
    columns = [pa.array(column) for column in zip(*steps, strict=True)]
    names = ["path", "step", "place", "is_circle"]
    connection.register("path", pa.Table.from_arrays(columns, names))
    rows = connection.sql(_ROWS).to_arrow_table()
    connection.unregister("path")
    return rows.select(schema.names).cast(schema)


def _hubs(connection: duckdb.DuckDBPyConnection, places: Whole) -> Iterator[dict[str, object]]:
    """Yield a row of no hops for each client and day at which a path was not followed."""
    connection.register("hub", pa.Table.from_arrays([pa.array(places)], ["place"]))
    rows = connection.execute(
        f"select payee_id, since // {DAY} as day, min(since), min(transfer_ids[1]) from hop "
        "join hub using (place) where payee_is_client group by all order by all"
    ).fetchall()
    connection.unregister("hub")
    for owner, _, us, transfer in rows:
        yield {
            "ts": naive(us),
            "settled_at": naive(us + _WAIT),
            "path_id": f"{transfer} hub",
            "owner_id": owner,
            "transfer_ids": [],
        }
