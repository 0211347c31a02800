"""The rules as plain SQL on DuckDB: joins with BETWEEN, one query a rule, over the same files."""

from collections.abc import Callable
from typing import Any

from benchmarks.hits import summary
from benchmarks.peers import files

_WORTH = ", cast(price as double) * cast(quantity as double) as notional"
_FILLS = """
    select ts, instrument, trade_id, notional, buyer_id as trader_id, seller_id as other_id,
        'buy' as side from trades
    union all
    select ts, instrument, trade_id, notional, seller_id, buyer_id, 'sell' from trades
"""
_PULLED_BAIT = f"""
    with fills as ({_FILLS})
    select n.trader_id, n.instrument, epoch_us(n.ts + interval 2 second) // 3600000000 as hour,
        list(distinct n.order_id) as ids
    from orders n join orders c on c.order_id = n.order_id
    join fills f on f.trader_id = n.trader_id and f.instrument = n.instrument
        and f.side <> n.side and f.ts between n.ts and c.ts
    where n.event = 'new' and c.event = 'cancel' and n.quantity >= $large
        and c.ts between n.ts and n.ts + to_microseconds($age)
    group by all
"""
_SELF_MATCH = f"""
    with owned as (
        select f.*, f.side = 'buy' and a.owner_id = b.owner_id as self,
            a.owner_id = b.owner_id as same, a.owner_id,
            epoch_us(f.ts) // 3600000000 as hour
        from ({_FILLS}) f join accounts a on a.trader_id = f.trader_id
        join accounts b on b.trader_id = f.other_id
    ), fresh as (select distinct owner_id, instrument, hour from owned where same)
    select h.owner_id, h.instrument, h.hour, list(distinct o.trade_id) filter (o.same) as ids
    from fresh h join owned o on o.owner_id = h.owner_id and o.instrument = h.instrument
        and o.hour between h.hour - 23 and h.hour
    group by all having count(*) filter (o.self) >= $trades
        and sum(o.notional) filter (o.same) / sum(o.notional) >= $share
"""
_SMALL_DEPOSITS = """
    with deposits as (
        select owner_id, transfer_id, epoch_us(t.ts) // 3600000000 as hour, usd,
            usd >= 2000 and usd < 2500 as below, usd >= 2500 and usd < 3125 as above
        from transfers t join accounts using (trader_id) where direction = 'in'
    ), fresh as (select distinct owner_id, hour from deposits where below)
    select h.owner_id, '', h.hour, list(distinct d.transfer_id) filter (d.below) as ids
    from fresh h join deposits d on d.owner_id = h.owner_id
        and d.hour between h.hour - 23 and h.hour
    group by all having count(*) filter (d.below) >= $deposits
        and sum(d.usd) filter (d.below) >= 2500
        and count(*) filter (d.below) >= $bunching * count(*) filter (d.above)
"""
_LOUD_SECONDS = """
    with loud as (
        select owner_id, instrument, epoch_us(o.ts) // 1000000 as second, count(*) as messages,
            list(order_id) as ids
        from orders o join accounts using (trader_id) group by all having count(*) >= 15
    ), flood as (
        select *, lead(second) over (partition by owner_id, instrument order by second) as next,
            count(*) over w as seconds, sum(messages) over w as sum
        from loud window w as (partition by owner_id, instrument order by second
            range between 59 preceding and current row)
    )
    select f.owner_id, f.instrument, (f.second + 6) // 3600, list_distinct(flatten(list(l.ids)))
    from flood f join loud l on l.owner_id = f.owner_id and l.instrument = f.instrument
        and l.second between f.second - 59 and f.second
    where f.seconds >= $seconds and f.sum >= $messages
        and coalesce(f.next - f.second > 5 or f.next // 60 > f.second // 60, true)
    group by f.owner_id, f.instrument, f.second
"""
_TWIN_ORDERS = """
    with dealt as (
        select t.*, a.owner_id as buyer, b.owner_id as seller,
            epoch_us(t.ts) // 3600000000 as hour, round(ln(t.quantity) * 1000000) as size
        from trades t join accounts a on a.trader_id = buyer_id
            join accounts b on b.trader_id = seller_id
    ), hourly as (
        select instrument, hour, sum(size) as size, count(*) as trades from dealt group by all
    ), usual as (
        select h.instrument, h.hour, sum(e.size) / sum(e.trades) as size
        from hourly h join hourly e on e.instrument = h.instrument
            and e.hour between h.hour - 47 and h.hour
        group by all
    ), entry as (select order_id, ts, quantity from orders where event = 'new'
    ), twin as (
        select d.*, greatest(x.quantity, y.quantity) as larger
        from dealt d join usual u using (instrument, hour)
            join entry x on x.order_id = d.buy_order_id and x.ts >= d.ts - interval 1 hour
            join entry y on y.order_id = d.sell_order_id and y.ts >= d.ts - interval 1 hour
        where d.buyer <> d.seller and ln(d.quantity / 4) * 1000000 >= u.size
            and abs(x.quantity - y.quantity) / larger <= 0.2 and d.quantity / larger >= 0.7
            and d.quantity / larger >= $part and abs(epoch_us(x.ts) - epoch_us(y.ts)) <= $gap
    )
    select owner_id, instrument, epoch_us(ts) // 3600000000 + 1, list(trade_id)
    from (select *, unnest([buyer, seller]) as owner_id from twin)
    group by owner_id, instrument, ts
"""
_QUERIES = {
    "loud_seconds": _LOUD_SECONDS,
    "pulled_bait": _PULLED_BAIT,
    "self_match": _SELF_MATCH,
    "small_deposits": _SMALL_DEPOSITS,
    "twin_orders": _TWIN_ORDERS,
}


def ready(job: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """Import the engine, and return the work."""
    import duckdb

    def work() -> dict[str, Any]:
        with duckdb.connect() as connection:
            for table in ("orders", "trades", "transfers", "accounts"):
                worth = _WORTH if table == "trades" else ""
                read = f"select *{worth} from read_parquet({files(job, table)!r})"
                connection.execute(f"create view {table} as {read}")
            packs = [
                connection.execute(_QUERIES[rule], each).fetchall() for rule, each in job["asks"]
            ]
        return summary(packs)

    return work
