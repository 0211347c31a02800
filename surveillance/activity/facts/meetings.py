"""Pairs of hands that give a position to and fro, and how seldom strangers meet so often.

Two people who trade where many do meet now and then, as often as the other's part of the market
says. An order that meets many of the other's counts once. The chance of so many meetings is bounded
after Chernoff: n KL(k/n || p). Each hour in which a pair met looks back on two days, so that
nothing hangs on where an hour or a day ends.
"""

from datetime import timedelta

from surveillance.activity.catalogue import QUANTITY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts.handovers import MOMENT
from surveillance.times import HOUR

TABLE = Table(
    "meetings",
    "One row an hour, owner and other owner who handed to each other both ways",
    ("settled_at", "owner_id", "with_", "instrument"),
    "ts",
    (
        Column("ts", TIME, "When they first met in the two days", required=True),
        Column("settled_at", TIME, "When all of the hour was known", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "One of both", required=True),
        Column("with_", TEXT, "The other", required=True),
        Column("times", WHOLE, "Encounters of their orders", required=True),
        Column("turns", WHOLE, "How often it went the other way than before", required=True),
        Column("quantity", QUANTITY, "Contracts that went between them", required=True),
        Column("net", "DOUBLE", "What did not come back, over that", required=True),
        Column("mutual", "DOUBLE", "That, over all that the busier of both traded", required=True),
        Column("rarity", "DOUBLE", "Power of ten by which it is unlikely", required=True),
        Column("partners", WHOLE, "Others whom the more popular met in an hour", required=True),
        Column("rested", "DOUBLE", "Part of its trades in which that one took nothing"),
        Column("via", TEXT, "Who stood in the middle, if anybody did"),
        Column("trade_ids", "VARCHAR[]", "Trades between them", required=True),
    ),
    fact=True,
)
READS = ("fills", "groups", "handovers")
TAKES = {
    "fills": ("order_key", "counterparty_owner_id", "quantity", "is_taker"),
    "groups": ("group_id", "owners"),
}
REACH = timedelta(days=2)
SETTLES = (HOUR, 2 * MOMENT)

FEWEST = 3
"""Encounters in two days below which nothing is said."""
_BACK = 47
"""Hours before its own on which a row looks back."""

SQL = f"""
with side as (
    select epoch_us(ts) // {HOUR} as hour, ts, seq, trade_key, instrument, seller_id as hand,
        buyer_id as other, seller_owner_id as owner_id, buyer_owner_id as with_, -1 as sign,
        quantity, sell_key as mine, buy_key as theirs, via, trade_ids
    from handovers
    union all select epoch_us(ts) // {HOUR}, ts, seq, trade_key, instrument, buyer_id, seller_id,
        buyer_owner_id, seller_owner_id, 1, quantity, buy_key, sell_key, via, trade_ids
    from handovers
), met as (
    select hand, other, instrument from side
    group by all having count(*) >= {FEWEST} and min(sign) < max(sign)
), pair as (
    select s.*, s.sign <> lag(s.sign) over (partition by s.hand, s.other, s.instrument
        order by s.ts, s.seq, s.trade_key) as turned
    from side s join met using (hand, other, instrument)
), hourly as (
    select hand, other, instrument, hour, min(ts) as ts, sum(quantity) as quantity,
        list(distinct owner_id) as owners, list(distinct with_) as others,
        least(count(distinct mine), count(distinct theirs)) as times,
        count(*) filter (turned) as turns, sum(sign * quantity) as net, max(via) as via,
        flatten(list(trade_ids)) as trade_ids
    from pair group by all
), wide as (
    select hand, other, instrument, hour, min(ts) over w as ts,
        flatten(list(owners) over w) as owners, flatten(list(others) over w) as others,
        sum(quantity) over w as quantity,
        sum(times) over w as times, sum(turns) over w as turns, sum(net) over w as net,
        max(via) over w as via, flatten(list(trade_ids) over w) as trade_ids
    from hourly window w as (partition by hand, other, instrument
        order by hour range between {_BACK} preceding and current row)
), linked as (
    select trader_id, group_id from groups where owners > 1
), fill as (
    select f.instrument, coalesce(l.group_id, f.owner_id) as hand, f.quantity, f.is_taker,
        epoch_us(f.ts) // {HOUR} as hour, f.counterparty_owner_id,
        coalesce(f.order_key, f.trade_key) as met
    from fills f left join linked l using (trader_id) where f.counterparty_owner_id is not null
        and f.instrument in (select instrument from met)
), market as (
    select instrument, hour, count(distinct (met, hand)) as times from fill group by all
), own as (
    select hand, instrument, hour, count(distinct met) as times, sum(quantity) as quantity,
        count(distinct counterparty_owner_id) as partners, count(*) filter (not is_taker) as rests,
        count(is_taker) as trades
    from fill where hand in (select hand from met) group by all
), asked as (
    select distinct instrument, hour from wide where times >= {FEWEST}
), sides as (
    select a.instrument, a.hour, sum(m.times) as times
    from asked a join market m on m.instrument = a.instrument
        and m.hour between a.hour - {_BACK} and a.hour group by all
), trader as (
    select a.hand, a.instrument, a.hour, sum(o.times) as times, sum(o.quantity) as quantity,
        max(o.partners) as partners, sum(o.rests) / nullif(sum(o.trades), 0) as rested
    from (select distinct hand, instrument, hour from wide where times >= {FEWEST}) a
        join own o on o.hand = a.hand and o.instrument = a.instrument
        and o.hour between a.hour - {_BACK} and a.hour group by all
), chance as (
    select w.*, least(w.times, a.times, b.times) as k, greatest(a.times, b.times) as n,
        least(1, least(a.times, b.times) / greatest(s.times - greatest(a.times, b.times), 1))
            as p,
        w.quantity / greatest(a.quantity, b.quantity) as mutual,
        case when b.partners > a.partners then b.partners else a.partners end as partners,
        case when b.partners > a.partners then b.rested else a.rested end as rested
    from wide w join trader a using (hand, instrument, hour)
        join trader b on b.hand = w.other and b.instrument = w.instrument and b.hour = w.hour
        join sides s on s.instrument = w.instrument and s.hour = w.hour
    where w.times >= {FEWEST} and w.turns > 0
)
select ts, make_timestamp((hour + 1) * {HOUR} + {2 * MOMENT}) as settled_at, instrument,
    unnest(list_sort(list_distinct(owners))) as owner_id,
    array_to_string(list_sort(list_distinct(others)), ', ') as with_, times, turns, quantity,
    abs(net) / quantity as net, mutual, partners, rested, via, list_sort(trade_ids) as trade_ids,
    case when k <= n * p then 0.0 else round((k * ln(k / (n * p))
        + case when k < n then (n - k) * ln((n - k) / (n * (1 - p))) else 0 end) / ln(10), 6) end
        as rarity
from chance
"""
