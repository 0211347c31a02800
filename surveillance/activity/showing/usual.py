"""How large an order of others usually is: their geometric mean in the hour before, or half a day.

One giant among a hundred does not move it, and what a hand enters itself never counts. Logarithms
are summed as whole billionths, so that the sum does not depend on its order.
"""

from surveillance.times import HOUR, MINUTE

LOOKBACK = 12 * HOUR
"""How far back is looked for what is usual, for earlier occasions, and for what was meant."""
ENOUGH = 5
"""Orders of others that say what is usual."""


def _sums(by: str, entered: str) -> str:
    sums = ", ".join(
        f"coalesce(sum({each}) over {span}, 0) as {span}_{each}"
        for span in ("hour", "day")
        for each in ("orders", "logs")
    )
    return f"""
    select {by}, minute, {sums} from (
        select {by}, minute, sum(orders) as orders, sum(logs) as logs from (
            select {by}, minute, count(*) as orders, sum(log) as logs from {entered} group by all
            union all select {by}, minute, 0, 0 from point) group by all)
    window hour as (partition by {by} order by minute range between 60 preceding and current row),
        day as (partition by {by} order by minute
            range between {LOOKBACK // MINUTE} preceding and current row)"""


USUAL = f"""
create or replace temp table usual as
with point as (
    select distinct group_id, shown_in as instrument, epoch_us(ts) // {MINUTE} as minute
    from occasion
), entered as (
    select r.trader_id, r.instrument, epoch_us(r.ts) // {MINUTE} as minute,
        cast(round(ln(r.quantity::double) * 1000000000) as bigint) as log
    from orders r semi join point p on p.instrument = r.instrument
    where r.event = 'new' and r.quantity > 0
), mine as (
    select p.group_id, e.* from entered e join place p using (trader_id, instrument)
    where p.group_id in (select group_id from point)
), market as ({_sums("instrument", "entered")}
), own as ({_sums("group_id, instrument", "mine")}
), others as (
    select group_id, instrument, minute, m.hour_orders - w.hour_orders as hour_orders,
        m.hour_logs - w.hour_logs as hour_logs, m.day_orders - w.day_orders as day_orders,
        m.day_logs - w.day_logs as day_logs
    from own w join market m using (instrument, minute)
)
select group_id, instrument, minute,
    exp(case when hour_orders >= {ENOUGH} then hour_logs / hour_orders
        when day_orders >= {ENOUGH} then day_logs / day_orders end / 1000000000) as usual
from others
"""
"""For each hand, instrument and minute of ``occasion``."""
