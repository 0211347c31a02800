"""What activity is worth, to be held against the venue's own figures, and what has no worth."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from surveillance.activity.lake import View
from surveillance.activity.preparing import prepare

SHOWN = 5
_ROWS = {
    "trades": "select t.instrument, t.trade_id as id, t.price, t.quantity, v.value, v.currency, "
    "v.usd from trades t left join valued_trades v using (trade_key)",
    "orders": "select t.instrument, t.order_id as id, t.price, t.quantity, v.value, v.currency, "
    "v.usd from orders t left join valued_orders v using (order_key, ts) where t.event = 'new' "
    "and t.price is not null",
}
_TRADED = "select instrument from trades union select instrument from orders"
_UNKNOWN = {
    "instruments_without_terms": f"select distinct instrument from ({_TRADED}) "
    "where instrument not in (select instrument from instruments)",
    "instruments_of_unknown_settlement": "select distinct instrument from contracts "
    "where form is null",
    "currencies_without_a_rate": "select distinct currency from (select currency, usd from "
    "valued_trades union all select currency, usd from valued_orders union all "
    "select asset, usd from transfers) where usd is null",
}


def worth(view: View) -> tuple[list[dict[str, Any]], Mapping[str, list[str]]]:
    """Return some rows of trades and orders with their value, and what keeps others from one."""
    names = ["valued_trades", "valued_orders", "contracts", "rates", "transfers"]
    prepare(view.connection, names)
    return [row for table in _ROWS for row in _shown(view, table)], {
        name: [str(row[0]) for row in view.connection.execute(f"{sql} order by 1").fetchall()]
        for name, sql in _UNKNOWN.items()
    }


def _shown(view: View, table: str) -> list[dict[str, Any]]:
    """Return rows of as many instruments as can be shown."""
    sql = (
        f"select '{table}' as \"table\", * exclude (place) from (select *, row_number() over "
        f"(partition by instrument order by value is null, id) as place from ({_ROWS[table]})) "
        f"order by place, instrument limit {SHOWN}"
    )
    rows = view.connection.sql(sql).to_arrow_table().to_pylist()
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    """Return a number as it is written, without the zeros behind it."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value
