"""Lives of orders that a wider view has made already, shown to a narrower one of the same lake.

To make them is most of what a hop of an anomaly rule costs. A row says what became of an order
by the end of its view, so it holds in a narrower one where all messages of its order lie within;
of the others, which are few, rows are made anew. Where something else could differ (a column that
looks back, owners, the terms of an instrument) nothing is shared.
"""

from pathlib import Path

from surveillance.activity.asking import NOTHING, Ask, Asked
from surveillance.activity.catalogue import KEY
from surveillance.activity.contract import text
from surveillance.activity.facts import order_life
from surveillance.activity.lake.rows import moment
from surveillance.activity.lake.view import FOLDER, View
from surveillance.activity.preparing import prepare

_NAME = order_life.TABLE.name
_OWNERS = "select trader_id, owner_id from owners order by trader_id"


def share(wide: View, cut: View, asks: Asked) -> None:
    """Show ``cut`` the rows that ``wide`` keeps in files, if they have all that is asked."""
    files = _files(wide)
    if files and _NAME in asks and _has(wide, cut, asks[_NAME]) and _agree(wide, cut, asks):
        prepare(cut.connection, order_life.READS, asks)
        _show(wide, cut, files, asks[_NAME])


def _files(wide: View) -> list[str]:
    folder = wide.connection.execute(f"select getvariable('{FOLDER}')").fetchall()[0][0]
    return sorted(text(str(file)) for file in Path(folder or "").glob(f"{_NAME}-*.parquet"))


def _has(wide: View, cut: View, ask: Ask) -> bool:
    looks_back = {name for names in order_life.ONLY_FOR.values() for name in names}
    every = Ask(ask.columns, None, cut.window.start)
    return not ask.columns & looks_back and wide.asked.get(_NAME, NOTHING).covers(every)


def _agree(wide: View, cut: View, asks: Asked) -> bool:
    """Return whether the narrower view lies in the wider, and has its owners and instruments."""
    if not wide.window.start <= cut.window.start < cut.window.end <= wide.window.end:
        return False
    later = f"select 1 from instruments where ts >= {moment(cut.window.end)} limit 1"
    if wide.arrow(later).num_rows:
        return False
    prepare(cut.connection, ["owners"], asks)
    return bool(wide.arrow(_OWNERS).equals(cut.arrow(_OWNERS)))


def _show(wide: View, cut: View, files: list[str], ask: Ask) -> None:
    schema = order_life.TABLE.schema.items()
    columns = ", ".join(
        f'{name if name in ask.columns else f"cast(null as {kind})"} as "{name}"'
        for name, kind in schema
    )
    cut.connection.register("straddling_ids", _straddling(wide, cut))
    # Arrow hands on a key as its text.
    cut.connection.execute(
        f"create temp table straddling as select cast(order_key as {KEY}) as order_key "
        "from straddling_ids"
    )
    lives = order_life.lives("order_key in (select order_key from straddling)")
    cut.connection.execute(f"create temp table anew as select {columns} from ({lives})")
    cut.connection.execute(
        f'create temp view "{_NAME}" as select {columns} '
        f"from read_parquet([{', '.join(files)}]) anti join straddling using (order_key) "
        f"where {_within(cut)} union all select * from anew"
    )


def _straddling(wide: View, cut: View) -> object:
    """Return the keys of orders entered within the narrower view with a message outside it."""
    start, end = moment(cut.window.start), moment(cut.window.end)
    return wide.arrow(
        f"select distinct order_key from orders where (ts < {start} or ts >= {end}) "
        f"and order_key in (select order_key from {_NAME} where {_within(cut)})"
    )


def _within(cut: View) -> str:
    return f"ts >= {moment(cut.window.start)} and ts < {moment(cut.window.end)}"
