"""How large an order of others usually is: their geometric mean in the hour before, or half a day.

Where hardly anybody else has ordered yet, the trades of others in that half day stand in for it.

One giant among a hundred does not move it, and what a hand enters itself never counts. Logarithms
are summed as whole billionths, so that the sum does not depend on its order.
"""

from surveillance.times import HOUR, MINUTE

LOOKBACK = 12 * HOUR
"""How far back is looked for what is usual, for earlier occasions, and for what was meant."""
ENOUGH = 5
"""Orders, or else trades, of others that say what is usual."""


_COUNTED = ("orders", "logs", "trades", "trade_logs")


def _sums(by: str, entered: str) -> str:
    sums = ", ".join(
        f"coalesce(sum({each}) over {span}, 0) as {span}_{each}"
        for span in ("hour", "day")
        for each in _COUNTED
    )
    return f"""
    select {by}, minute, {sums} from (
        select {by}, minute, {", ".join(f"sum({each}) as {each}" for each in _COUNTED)} from (
            select {by}, minute, count(*) filter (not is_trade) as orders,
                sum(log) filter (not is_trade) as logs, count(*) filter (is_trade) as trades,
                sum(log) filter (is_trade) as trade_logs from {entered} group by all
            union all select {by}, minute, 0, 0, 0, 0 from point) group by all)
    window hour as (partition by {by} order by minute range between 60 preceding and current row),
        day as (partition by {by} order by minute
            range between {LOOKBACK // MINUTE} preceding and current row)"""


_LOG = "cast(round(ln(r.quantity::double) * 1000000000) as bigint) as log"
_OTHERS = ", ".join(
    f"m.{span}_{each} - w.{span}_{each} as {span}_{each}"
    for span in ("hour", "day")
    for each in _COUNTED
)

USUAL = f"""
create or replace temp table usual as
with point as (
    select distinct group_id, shown_in as instrument, epoch_us(ts) // {MINUTE} as minute
    from occasion
), entered as (
    select [r.trader_id] as hands, r.order_key as act, r.instrument, false as is_trade,
        epoch_us(r.ts) // {MINUTE} as minute, {_LOG}
    from orders r semi join point p on p.instrument = r.instrument
    where r.event = 'new' and r.quantity > 0
    union all
    select [r.buyer_id, r.seller_id], r.trade_key, r.instrument, true,
        epoch_us(r.ts) // {MINUTE}, {_LOG}
    from trades r semi join point p on p.instrument = r.instrument
    where r.quantity > 0 and not coalesce(r.is_block, false)
), mine as (
    select distinct p.group_id, e.* exclude (trader_id)
    from (select * exclude (hands), unnest(hands) as trader_id from entered) e
        join place p using (trader_id, instrument)
    where p.group_id in (select group_id from point)
), market as ({_sums("instrument", "entered")}
), own as ({_sums("group_id, instrument", "mine")}
), others as (
    select group_id, instrument, minute, {_OTHERS}
    from own w join market m using (instrument, minute)
)
select group_id, instrument, minute,
    exp(case when hour_orders >= {ENOUGH} then hour_logs / hour_orders
        when day_orders >= {ENOUGH} then day_logs / day_orders
        when day_trades >= {ENOUGH} then day_trade_logs / day_trades end / 1000000000) as usual
from others
"""
"""For each hand, instrument and minute of ``occasion``."""
