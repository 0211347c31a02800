"""Facts as they are made, beside days of them that are kept."""

from datetime import timedelta
from pathlib import Path

import duckdb

from surveillance.activity.asking import Ask, Past
from surveillance.activity.facts import facts
from surveillance.activity.lake import Lake
from surveillance.activity.lake.view import KEPT
from surveillance.activity.preparing import prepare, prepare_one
from surveillance.activity.sample import START
from surveillance.model import Window

_MANY = 130_000
"""More than DuckDB holds in one group of rows."""
DAY = Window(START - timedelta(days=1), START + timedelta(days=1))
TABLE = facts()["fills"].TABLE


def keep_many(file: Path) -> None:
    """Write as many rows of a fact, all of the hour before the start."""
    filled = {"ts": "now", "trade_key": "uuid()", "side": "'buy'", "trader_id": "'A'"}
    columns = ", ".join(
        f"cast({filled.get(name, 'null')} as {kind}) as {name}"
        for name, kind in TABLE.schema.items()
    )
    file.parent.mkdir()
    moment = (START - timedelta(hours=1)).replace(tzinfo=None)
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select {columns} from (select timestamp '{moment}' as now, * "
            f"from range({_MANY}))) to '{file}' (format parquet)"
        )


def test_where_none_is_made_beside_many_that_are_kept_all_of_them_are_there(
    tmp_path: Path,
) -> None:
    file = tmp_path / KEPT / "kept.parquet"
    keep_many(file)
    kept = Past((file,), START + timedelta(hours=1), START)
    ask = Ask(frozenset(TABLE.schema), None, DAY.start, kept=kept)
    with Lake(tmp_path).view(DAY, DAY.end, keeps=True) as view:
        prepare(view.connection, ["valued_trades"])
        prepare_one(view.connection, "fills", {"fills": ask}, {"owners", "valued_trades"})
        there = view.arrow("select count(distinct trade_key) as rows from fills").to_pylist()
    assert there == [{"rows": _MANY}]
