"""Who moved a price: the change of the middle, every ten seconds, shared among those who took.

Of the middle's change between the edges of a stretch, each owner who took in its direction is
given the part that it has of all that was taken that way; who took against it, and who only
quoted, is given none. A price without one owner is therefore the price less its sum of ``moved``,
a first approximation of leaving that owner's trades out of the tape: followers count for
themselves, so what an owner set off in others is not charged to it.

``moved`` is in whole billionths of the price, so that sums are exact.
"""

from datetime import timedelta

from surveillance.activity.catalogue import BILLION, MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import SECOND

TABLE = Table(
    "pushes",
    "One row an owner, instrument and ten seconds in which it took liquidity",
    ("instrument", "owner_id", "ts"),
    "ts",
    (
        Column("ts", TIME, "Start of the ten seconds", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Who took", required=True),
        Column("bought", MONEY, "Value bought by taking", required=True),
        Column("sold", MONEY, "Value sold by taking", required=True),
        Column("all_bought", MONEY, "Value that everybody bought by taking", required=True),
        Column("all_sold", MONEY, "Value that everybody sold by taking", required=True),
        Column("change", WHOLE, "Change of the middle, billionths"),
        Column("moved", WHOLE, "The owner's part of the change, billionths; 0 where not known"),
    ),
    fact=True,
)
READS = ("fills", "prevailing")
REACH = timedelta(0)
AHEAD = timedelta(seconds=10)
"""What was taken within the ten seconds that began then."""

_STRETCH = 10 * SECOND

SQL = f"""
with taken as (
    select instrument, owner_id, epoch_us(ts) // {_STRETCH} as part,
        coalesce(sum(notional) filter (side = 'buy'), 0) as bought,
        coalesce(sum(notional) filter (side = 'sell'), 0) as sold
    from fills where is_taker and not is_block and notional is not null
    group by all
), whole as (
    select instrument, part, sum(bought) as all_bought, sum(sold) as all_sold
    from taken group by all
), edge as (
    select w.*, case when w.part * 10 < b.stop and w.part * 10 + 10 < e.stop and b.mid > 0
        then cast(round((e.mid::double / b.mid::double - 1) * {BILLION}) as bigint) end as change
    from whole w
        asof left join prevailing b on b.instrument = w.instrument and b.first <= w.part * 10
        asof left join prevailing e on e.instrument = w.instrument and e.first <= w.part * 10 + 10
)
select make_timestamp(t.part * {_STRETCH}) as ts, t.instrument, t.owner_id, t.bought, t.sold,
    e.all_bought, e.all_sold, e.change,
    coalesce(case
        when e.change > 0 and e.all_bought > 0
            then cast(round(e.change * (t.bought::double / e.all_bought::double)) as bigint)
        when e.change < 0 and e.all_sold > 0
            then cast(round(e.change * (t.sold::double / e.all_sold::double)) as bigint)
        end, 0) as moved
from taken t join edge e on e.instrument = t.instrument and e.part = t.part
"""
