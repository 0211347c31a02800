"""Who is who: rows that claim an id which another has are refused by name, and never merged.

Venues guarantee that an order enters once and stays the same order: of one instrument, one trader,
one side. A second entry under its id, a message that says another trader, or a correction that
changes what cannot change is one of two mistakes, of the venue or of the mapping, and in both
cases two different things would be taken for one. What is compared is the batch, and what landed
of the same day and the day before: a venue whose ids come again each day is none the worse.
"""

from collections.abc import Sequence
from datetime import timedelta

import duckdb

from surveillance.activity.batch import FAULT
from surveillance.activity.catalogue import Table
from surveillance.activity.contract import quoted, text
from surveillance.activity.lake.delta import DataFile
from surveillance.activity.lake.rows import read, same_key

_BACK = timedelta(days=1)
"""How long before a message its order's entry is looked for."""
_GOOD = f"staged where {FAULT} is null"


def refuse_changes(connection: duckdb.DuckDBPyConnection, table: Table, earlier: str) -> None:
    """Refuse revisions among ``staged`` rows that change what no revision may change.

    Their keys are in ``contested``; ``earlier`` is SQL for the rows of the lake with these keys.
    """
    if not table.fixed:
        return
    key, fixed = (", ".join(map(quoted, names)) for names in (table.key, table.fixed))
    rows = (
        f"select {key}, {fixed}, _position from staged s semi join contested c "
        f"on {same_key(table, 's', 'c')} where {FAULT} is null and not coalesce(withdrawn, false)"
    )
    if earlier:
        rows += f" union all select {key}, {fixed}, -1 from ({earlier})"
    first = ", ".join(
        f"first_value({name} ignore nulls) over w as {_first(name)}" for name in table.fixed
    )
    connection.execute(
        f"create temp table changes as select _position, {fixed}, {first} from ({rows}) "
        f"window w as (partition by {key} order by _position rows unbounded preceding)"
    )
    for name in table.fixed:
        expected = f"{name}: expected a revision to keep "
        _refuse(connection, "changes", f"{name} <> {_first(name)}", expected, _first(name), name)


def _first(name: str) -> str:
    return quoted(f"first_{name}")


def refuse_entries(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[DataFile]
) -> None:
    """Refuse second entries of ``staged`` orders, and messages of another than who entered it."""
    if table.name != "orders":
        return
    columns = "order_key, ts, seq, trader_id, side"
    entries = (
        f"select {columns}, _position from {_GOOD} and event = 'new' union all "
        f"select {columns}, -1 as _position from ({_entries(connection, files, table)})"
    )
    twice = f"select 1 from {_GOOD} and event = 'new' group by order_key having count(*) > 1"
    # Where no order enters twice and all messages agree with its entry, none has to be put first.
    if not any(_is_there(connection, rows) for rows in (twice, _strays(entries))):
        return
    first = (
        f"select * from ({entries}) qualify row_number() over (partition by order_key "
        "order by _position >= 0, ts, seq, _position) = 1"
    )
    connection.execute(f"create temp table strays as {_strays(first)}")
    again = "event = 'new' and (ts, seq) <> (entered, entry)"
    _refuse(connection, "strays", again, "order_id: expected one entry of an order, the one of ",
            "entered", "ts")  # fmt: skip
    for name, of in (("trader_id", "owner"), ("side", "was")):
        _refuse(connection, "strays", f"{name} <> {of}", f"{name}: expected that of its order, ",
                of, name)  # fmt: skip


def _is_there(connection: duckdb.DuckDBPyConnection, rows: str) -> bool:
    return connection.execute(f"{rows} limit 1").fetchall() != []


def _strays(entries: str) -> str:
    """Return SQL for the good rows that an entry of their order, of ``entries``, refutes."""
    return (
        "select s._position, s.event, s.ts, s.seq, "
        "s.trader_id, s.side, e.ts as entered, e.seq as entry, e.trader_id as owner, "
        f"e.side as was from (select * from {_GOOD}) s join ({entries}) e using (order_key) "
        "where s._position <> e._position and (s.event = 'new' and (s.ts, s.seq) <> (e.ts, e.seq) "
        "or s.trader_id <> e.trader_id or s.side <> e.side)"
    )


def _entries(connection: duckdb.DuckDBPyConnection, files: Sequence[DataFile], table: Table) -> str:
    """Return SQL for the entries in the lake of orders that ``staged`` rows speak of."""
    nothing = "select * from staged where false"
    if not files:
        return nothing
    ends = f"select min(order_id), max(order_id), min(ts), max(ts) from {_GOOD}"
    low, high, first, last = connection.execute(ends).fetchall()[0]
    if low is None:
        return nothing
    near = [
        file
        for file in files
        if file.rows
        and file.may_hold("order_id", low, high)
        and file.may_hold("ts", first - _BACK, last)
    ]
    if not near:
        return nothing
    return (
        f"select order_key, ts, seq, trader_id, side from {read(near, table)} where event = 'new' "
        f"and order_key in (select order_key from {_GOOD}) and not coalesce(withdrawn, false)"
    )


def _refuse(
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    when: str,
    expected: str,
    first: str,
    was: str,
) -> None:
    reason = f"{text(expected)} || cast({first} as varchar) || ', was ' || cast({was} as varchar)"
    connection.execute(
        f"update staged s set {FAULT} = f.reason from (select _position, {reason} as reason "
        f"from {rows} where {when}) f where s._position = f._position and s.{FAULT} is null"
    )
