"""Features of a crowd, set beside the floor: of many traders, a quiet week each.

The crowd is drawn in SQL and landed as a venue's feed would be. Everybody is about as active as
anybody else, five orders that trade and five that are withdrawn, so that there are as many groups
to reduce as there can be.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks import floor
from benchmarks.segments.measured import shipped
from surveillance.activity.batch import Batch
from surveillance.activity.lake import Lake
from surveillance.detection import features
from surveillance.model import Window

_START = datetime(2026, 3, 2, tzinfo=UTC)
_WINDOW = Window(_START, _START + timedelta(days=7))
_LATER = datetime(2100, 1, 1, tzinfo=UTC)
_US = int(_START.timestamp()) * 1_000_000
_WEEK = 7 * 86_400 * 1_000_000
_BLOCK = 100_000
"""Traders whose week is landed at once."""
_MADE_OF = f"""
create or replace temp macro drawn(i, salt) as (hash(i, salt) >> 2)::bigint;
create or replace temp table met as
select i, {{first}} + i // 5 * 2 as number, drawn(i, 1) % {_WEEK - 10_000_000} as us,
    drawn(i, 2) % 8 as instrument, {{first}} + drawn(i, 3) % {{traders}} as maker,
    {{first}} + drawn(i, 4) % {{traders}} as taker, drawn(i, 5) % 2 = 0 as buys,
    100 + drawn(i, 6) % 900 as quantity
from (select {{first}} * 5 + range as i from range({{traders}} * 5 // 2));
create or replace temp table quoted as
select i, drawn(i, 7) % {_WEEK - 7_200_000_000} as us, drawn(i, 8) % 8 as instrument,
    {{first}} + i % {{traders}} as trader, drawn(i, 9) % 2 = 0 as buys,
    100 + drawn(i, 10) % 900 as quantity, 1_000_000 + drawn(i, 11) % 7_000_000_000 as rested
from (select {{first}} * 5 + range as i from range({{traders}} * 5));
"""
_TRADER = "printf('TR%07d', {})"
_SIDE = "case when {} then 'buy' else 'sell' end"
_TERMS = "printf('IN%02d', instrument) as instrument, 100::decimal(18, 2) as price"
_TABLES = {
    "orders": f"""
with sent as (
    select us, 'new' as event, maker as trader, 'M' || i as order_id, not buys as is_buy,
        quantity, quantity as remaining, null as trade_id, instrument, 'limit' as type from met
    union all select us + 1_000_000, 'new', taker, 'T' || i, buys, quantity, quantity, null,
        instrument, 'limit' from met
    union all select us + 1_000_100, 'fill', maker, 'M' || i, not buys, quantity, 0, 'X' || i,
        instrument, 'limit' from met
    union all select us + 1_000_100, 'fill', taker, 'T' || i, buys, quantity, 0, 'X' || i,
        instrument, 'limit' from met
    union all select us, 'new', trader, 'Q' || i, buys, quantity, quantity, null, instrument,
        'limit' from quoted
    union all select us + rested, 'cancel', trader, 'Q' || i, buys, quantity, quantity, null,
        instrument, 'limit' from quoted
)
select make_timestamp({_US} + us) as ts, row_number() over (order by us, order_id, event) as seq,
    {_TERMS}, {_TRADER.format("trader")} as trader_id, order_id, event,
    {_SIDE.format("is_buy")} as side, type, quantity::decimal(18, 2) as quantity,
    remaining::decimal(18, 2) as remaining, trade_id,
    case event when 'new' then 0 end as level
from sent
""",
    "trades": f"""
select make_timestamp({_US} + us + 1_000_100) as ts, row_number() over (order by us, i) as seq,
    'X' || i as trade_id, {_TERMS}, quantity::decimal(18, 2) as quantity,
    {_TRADER.format("case when buys then taker else maker end")} as buyer_id,
    {_TRADER.format("case when buys then maker else taker end")} as seller_id,
    case when buys then 'T' else 'M' end || i as buy_order_id,
    case when buys then 'M' else 'T' end || i as sell_order_id,
    {_SIDE.format("buys")} as taker_side, false as is_block, false as is_liquidation
from met
""",
    "transfers": f"""
select make_timestamp({_US} + us) as ts, row_number() over (order by us, i) as seq,
    'F' || i as transfer_id, {_TRADER.format("trader")} as trader_id,
    case when buys then 'in' else 'out' end as direction, 'USDC' as asset,
    quantity::decimal(18, 2) as amount, quantity::decimal(18, 2) as usd, 'bank' as kind,
    'BA' || i % 50_000 as counterparty_id
from quoted where i % 5 < 3
""",
    "positions": f"""
select make_timestamp({_US} + 86_400_000_000 * (1 + i % 7) - 1) as ts,
    {_TRADER.format("trader")} as trader_id, printf('IN%02d', instrument) as instrument,
    (case when buys then 1 else -1 end * quantity::int)::decimal(18, 2) as quantity,
    100::decimal(18, 2) as entry_price, (10 * quantity)::decimal(18, 2) as margin
from quoted where i % 5 = 4 qualify row_number() over (partition by trader, i % 7, instrument) = 1
""",
    "logins": f"""
select make_timestamp({_US} + us) as ts, row_number() over (order by us, i) as seq,
    {_TRADER.format("trader")} as trader_id, 'login' as kind, 'DE' as country
from quoted where i % 5 = 0
""",
}
_REFERENCE = {
    "instruments": f"""
select make_timestamp({_US - _WEEK}) as ts, printf('IN%02d', range) as instrument,
    'perpetual' as kind, printf('UN%02d', range // 2) as underlying, 'USD' as quote,
    'linear' as settlement, 1::decimal(18, 2) as multiplier
from range(8)
""",
    "marks": f"""
select make_timestamp({_US} + hour * 3_600_000_000) as ts, printf('IN%02d', number) as instrument,
    'mark' as kind, '' as constituent, 100::decimal(18, 2) as value
from (select range as hour from range(168)) cross join (select range as number from range(8))
""",
}


@dataclass(frozen=True)
class CrowdCost:
    """CPU seconds of the features of a crowd, and of hashing what they are made of."""

    traders: int
    rows: int
    features: int
    made: float
    floor: float


def measured(work: Path, traders: int) -> CrowdCost:
    """Make a crowd in ``work``, once, and measure its features and the floor, each once."""
    root = work / f"crowd{traders}"
    lake = Lake(root)
    if lake.span() is None:
        _land(lake, traders)
    definitions, _ = shipped()
    scan = floor.ready({"only": ["features"], "lake": str(root)})
    scan()  # so that both find the files in memory
    began = time.process_time()
    scan()
    read = time.process_time()
    with lake.view(_WINDOW, _LATER, None, 1) as view:
        table = features.prepared(view, definitions)
    made = time.process_time() - read
    return CrowdCost(table.num_rows, _rows(root), len(definitions.features), made, read - began)


def _rows(root: Path) -> int:
    with duckdb.connect() as connection:
        found = connection.execute(f"select count(*) from read_parquet('{root}/*/*.parquet')")
        [(rows,)] = found.fetchall()
    return int(rows)


def _land(lake: Lake, traders: int) -> None:
    with duckdb.connect() as connection:
        for first in range(0, traders, _BLOCK):
            connection.execute(_MADE_OF.format(first=first, traders=min(_BLOCK, traders - first)))
            queries = _TABLES | (_REFERENCE if not first else {})
            tables = {
                name: connection.execute(sql).to_arrow_table() for name, sql in queries.items()
            }
            landing = lake.land(Batch("crowd", f"crowd{first}", tables), _LATER)
            if landing.quarantined:
                raise SystemExit(f"expected every row to land, was {landing}")
