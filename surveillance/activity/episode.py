"""What the market and the subject did around a hit: the picture and the rows of its evidence."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from surveillance.activity.catalogue import ARRIVED, TABLES
from surveillance.activity.contract import text
from surveillance.activity.view import View, moment
from surveillance.model import Episode, FillDot, Hit, OrderLine, Window, format_time

ROWS = 200
"""Evidence rows kept with an alert; the count of all of them is kept beside."""
_POINTS = 2_000
_LONGEST = timedelta(hours=6)


def evidence_rows(
    view: View, hit: Hit
) -> tuple[dict[str, tuple[Mapping[str, str | None], ...]], dict[str, int]]:
    """Return the evidence rows of a hit per table, as exact text, and how many there are."""
    rows: dict[str, tuple[Mapping[str, str | None], ...]] = {}
    counts: dict[str, int] = {}
    for table, ids in hit.evidence.items():
        counts[table] = len(ids)
        if ids:
            found = _rows(view, table, ids)
            counts[table], rows[table] = len(found), tuple(found[:ROWS])
    return rows, counts


def subject_of(view: View, hit: Hit) -> tuple[dict[str, str | None], tuple[str, ...]]:
    """Return the KYC and account record of a hit's subject as known then, and its accounts."""
    accounts = _accounts(view, hit)
    if not accounts:
        return {}, ()
    within = _listed(accounts)
    record: dict[str, str | None] = {}
    for table in ("accounts", "kyc"):
        found = view.arrow(
            f'select * from "{table}" where trader_id in ({within}) order by ts desc, trader_id limit 1'
        ).to_pylist()
        record |= {
            k: _text(v) for row in found for k, v in row.items() if k in TABLES[table].schema
        }
    record.pop("ts", None)
    return record, tuple(accounts)


def instrument_of(view: View, hit: Hit) -> dict[str, str | None]:
    """Return the terms of a hit's instrument as known then."""
    if hit.instrument is None:
        return {}
    found = view.arrow(
        f"select * from instruments where instrument = {text(hit.instrument)} order by ts desc limit 1"
    ).to_pylist()
    known = TABLES["instruments"].schema
    return {key: _text(value) for row in found for key, value in row.items() if key in known}


def episode_of(view: View, hit: Hit, accounts: Sequence[str]) -> Episode:
    """Return prices of the market, and orders and fills of the subject, around a hit."""
    window = _around(view, hit)
    if hit.instrument is None:
        return Episode(window)
    of = f"instrument = {text(hit.instrument)} and {_between(window)}"
    mine = f"trader_id in ({_listed(accounts)})" if accounts else "false"
    return Episode(
        window,
        hit.instrument,
        _prices(view, of),
        _orders(view, hit, f"{of} and {mine}"),
        _fills(view, hit, f"{of} and {mine}"),
    )


def _rows(view: View, table: str, ids: Sequence[str]) -> list[dict[str, str | None]]:
    key, time = TABLES[table].key[0], TABLES[table].time
    order = ", ".join([time, *(["seq"] if "seq" in TABLES[table].schema else []), key])
    found = view.arrow(
        f'select * from "{table}" where {key} in ({_listed(ids)}) order by {order}'
    ).to_pylist()
    hidden = {ARRIVED}
    return [{k: _text(v) for k, v in row.items() if k not in hidden} for row in found]


def _accounts(view: View, hit: Hit) -> list[str]:
    if hit.trader_id is not None:
        return [hit.trader_id]
    if hit.owner_id is None:
        return []
    found = view.arrow(
        f"select trader_id from owners where owner_id = {text(hit.owner_id)} order by trader_id"
    ).to_pylist()
    return [row["trader_id"] for row in found] or [hit.owner_id]


def _around(view: View, hit: Hit) -> Window:
    """Frame the evidence with a tenth of its length on both sides, six hours at the most."""
    start, end = hit.started_at, max(hit.at, hit.started_at)
    times = [
        view.arrow(
            f"select min({TABLES[table].time}) as first, max({TABLES[table].time}) as last "
            f'from "{table}" where {TABLES[table].key[0]} in ({_listed(ids)})'
        ).to_pylist()[0]
        for table, ids in hit.evidence.items()
        if ids and TABLES[table].time
    ]
    known = [row for row in times if row["first"] is not None]
    if known:
        start = min(row["first"] for row in known).replace(tzinfo=UTC)
        end = max(row["last"] for row in known).replace(tzinfo=UTC)
    if hit.instrument is not None and end - start > _LONGEST:
        start = end - _LONGEST
    margin = max((end - start) / 10, timedelta(seconds=10))
    return Window(start - margin, end + margin)


def _prices(view: View, where: str) -> tuple[tuple[datetime, str], ...]:
    found = view.arrow(
        f"select ts, price from trades where {where} order by ts, seq, trade_id"
    ).to_pylist()
    step = max(1, len(found) // _POINTS)
    return tuple((_utc(row["ts"]), _number(row["price"])) for row in found[::step])


def _orders(view: View, hit: Hit, where: str) -> tuple[OrderLine, ...]:
    named = set(hit.evidence.get("orders", ()))
    found = view.arrow(f"select * from order_life where {where} order by ts, seq").to_pylist()
    return tuple(
        OrderLine(
            row["order_id"],
            row["trader_id"],
            row["side"],
            None if row["price"] is None else _number(row["price"]),
            _number(row["quantity"] or Decimal(0)),
            _number(row["filled"]),
            _utc(row["ts"]),
            None if row["ended_at"] is None else _utc(row["ended_at"]),
            row["end_reason"] or "",
            row["order_id"] in named,
        )
        for row in found[: _POINTS // 2]
    )


def _fills(view: View, hit: Hit, where: str) -> tuple[FillDot, ...]:
    named = set(hit.evidence.get("trades", ()))
    found = view.arrow(f"select * from fills where {where} order by ts, seq, side").to_pylist()
    return tuple(
        FillDot(
            row["trade_id"],
            row["trader_id"],
            row["side"],
            _number(row["price"]),
            _number(row["quantity"]),
            _utc(row["ts"]),
            row["trade_id"] in named,
        )
        for row in found[: _POINTS // 2]
    )


def _between(window: Window) -> str:
    return f"ts >= {moment(window.start)} and ts < {moment(window.end)}"


def _listed(values: Sequence[str]) -> str:
    return ", ".join(text(value) for value in values) or "null"


def _utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC)


def _number(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, datetime):
        return format_time(_utc(value))
    return str(value).lower() if isinstance(value, bool) else str(value)
