"""Pairs of hands that give a position to and fro, and how seldom strangers meet so often.

Two people who trade where many do meet now and then, as often as the other's part of the market
says. An order that meets many of the other's counts once. The chance of so many meetings is bounded
after Chernoff: n KL(k/n || p). Each hour in which a pair met looks back on two days, so that
nothing hangs on where an hour or a day ends.

What goes one way in one product may come back in another of the same asset. Where a pair met so,
and in none both ways, it is judged over all of them, by what chance says of each; contracts are
counted by what they are of the asset.
"""

from datetime import timedelta

from surveillance.activity.catalogue import FLAG, QUANTITY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts.handovers import MOMENT
from surveillance.times import HOUR

TABLE = Table(
    "meetings",
    "One row an hour, owner and other owner who handed to each other both ways",
    ("settled_at", "owner_id", "with_", "instrument", "is_across"),
    "ts",
    (
        Column("ts", TIME, "When they first met in the two days", required=True),
        Column("settled_at", TIME, "When all of the hour was known", required=True),
        Column("instrument", TEXT, "Instrument symbol; the last, if of several", required=True),
        Column("owner_id", TEXT, "One of both", required=True),
        Column("with_", TEXT, "The other", required=True),
        Column("is_across", FLAG, "It came back in another product than it went", required=True),
        Column("times", WHOLE, "Encounters of their orders", required=True),
        Column("turns", WHOLE, "How often it went the other way than before", required=True),
        Column("quantity", QUANTITY, "Contracts that went between them", required=True),
        Column("net", "DOUBLE", "What did not come back, over that", required=True),
        Column("mutual", "DOUBLE", "That, over all that the busier of both traded", required=True),
        Column("rarity", "DOUBLE", "Power of ten by which it is unlikely", required=True),
        Column("lift", "DOUBLE", "How often they met over how often chance says", required=True),
        Column("partners", WHOLE, "Others whom the more popular met in an hour", required=True),
        Column("rested", "DOUBLE", "Part of its trades in which that one took nothing"),
        Column("via", TEXT, "Who stood in the middle, if anybody did"),
        Column("trade_ids", "VARCHAR[]", "Trades between them", required=True),
    ),
    fact=True,
)
READS = ("contracts", "fills", "groups", "handovers")
TAKES = {
    "fills": ("order_key", "counterparty_owner_id", "quantity", "is_taker"),
    "groups": ("group_id", "owners"),
}
VERSION = 3
REACH = timedelta(days=2)
SETTLES = (HOUR, 2 * MOMENT)

FEWEST = 3
"""Encounters in two days below which nothing is said."""
LEAST = 0.3
"""Part of their trading that is between them, below which there is no row: for cost, below any
rule's line."""
_MOST = 60
"""Products of one asset of which it is told whether a pair met in them across."""
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
), product as (
    select instrument, underlying, contract::double as contract,
        1::ubigint << (row_number() over (partition by underlying order by instrument) - 1) as flag
    from (from contracts where form = 'linear' and kind is distinct from 'option'
        and underlying is not null
        qualify row_number() over (partition by instrument order by since desc) = 1)
    qualify row_number() over (partition by underlying order by instrument) <= {_MOST}
), across as (
    select s.hand, s.other, p.underlying from side s join product p using (instrument)
    group by all having count(*) >= {FEWEST} and min(s.sign) < max(s.sign)
        and count(distinct s.instrument) > 1
), meeting as (
    select *, instrument as market, 1.0 as contract, 0::ubigint as flag, false as is_across
    from side join met using (hand, other, instrument)
    union all by name
    select s.*, p.underlying as market, p.contract, p.flag, true as is_across
    from side s join product p using (instrument) join across using (hand, other, underlying)
), pair as (
    select * replace (cast(round(quantity::double * contract, 9) as decimal(38, 18)) as quantity),
        sign <> lag(sign) over (partition by hand, other, market, is_across
            order by ts, seq, trade_key) as turned
    from meeting
), hourly as (
    select hand, other, market, is_across, hour, min(ts) as ts, sum(quantity) as quantity,
        arg_max(instrument, (ts, seq)) as instrument,
        coalesce(bit_or(flag) filter (sign > 0), 0) as bought,
        coalesce(bit_or(flag) filter (sign < 0), 0) as sold,
        list(distinct owner_id) as owners, list(distinct with_) as others,
        least(count(distinct mine), count(distinct theirs)) as times,
        count(*) filter (turned) as turns, sum(sign * quantity) as net, max(via) as via,
        flatten(list(trade_ids)) as trade_ids
    from pair group by all
), wide as (
    select hand, other, market, is_across, hour, instrument, min(ts) over w as ts,
        sum(quantity) over w as quantity, bit_or(bought) over w as bought,
        bit_or(sold) over w as sold, sum(times) over w as times, sum(turns) over w as turns,
        sum(net) over w as net, max(via) over w as via
    from hourly window w as (partition by hand, other, market, is_across
        order by hour range between {_BACK} preceding and current row)
), returned as (
    select *, row_number() over () as no from wide where times >= {FEWEST} and turns > 0
        and (not is_across or bought & sold = 0 and bought > 0 and sold > 0)
), place as (
    select no, hand, other, is_across, hour, instrument from returned where not is_across
    union all select r.no, r.hand, r.other, r.is_across, r.hour, p.instrument
    from returned r join product p on p.underlying = r.market and (r.bought | r.sold) & p.flag > 0
    where r.is_across
), linked as (
    select trader_id, group_id from groups where owners > 1
), fill as (
    select f.instrument, coalesce(l.group_id, f.owner_id) as hand, f.quantity, f.is_taker,
        epoch_us(f.ts) // {HOUR} as hour, f.counterparty_owner_id,
        coalesce(f.order_key, f.trade_key) as met
    from fills f left join linked l using (trader_id) where f.counterparty_owner_id is not null
        and f.instrument in (select instrument from place)
), total as (
    select instrument, hour, count(distinct (met, hand)) as times from fill group by all
), own as (
    select hand, instrument, hour, count(distinct met) as times, sum(quantity) as quantity,
        count(distinct counterparty_owner_id) as partners, count(*) filter (not is_taker) as rests,
        count(is_taker) as trades
    from fill where hand in (select hand from place) group by all
), sides as (
    select a.instrument, a.hour, sum(t.times) as times
    from (select distinct instrument, hour from place) a join total t
        on t.instrument = a.instrument and t.hour between a.hour - {_BACK} and a.hour group by all
), trader as (
    select a.hand, a.instrument, a.hour, sum(o.times) as times, sum(o.quantity)::double as quantity,
        max(o.partners) as partners, sum(o.rests) as rests, sum(o.trades) as trades
    from (select distinct hand, instrument, hour from place) a
        join own o on o.hand = a.hand and o.instrument = a.instrument
        and o.hour between a.hour - {_BACK} and a.hour group by all
), part as (
    select l.* exclude (instrument), greatest(a.times, b.times) as n,
        least(a.times, b.times) as fewer, least(1, least(a.times, b.times)
            / greatest(s.times - greatest(a.times, b.times), 1)) as p,
        cast(a.quantity * if(l.is_across, c.contract, 1) as decimal(38, 12)) as quantity,
        cast(b.quantity * if(l.is_across, c.contract, 1) as decimal(38, 12)) as other_quantity,
        b.partners > a.partners as is_other, greatest(a.partners, b.partners) as partners,
        if(is_other, b.rests, a.rests) as rests, if(is_other, b.trades, a.trades) as trades
    from place l left join product c using (instrument) join trader a using (hand, instrument, hour)
        join trader b on b.hand = l.other and b.instrument = l.instrument and b.hour = l.hour
        join sides s on s.instrument = l.instrument and s.hour = l.hour
), summed as (
    select no, sum(fewer) as fewer, sum(n) as n,
        sum(cast(n * p as decimal(38, 15)))::double / sum(n) as p,
        greatest(sum(quantity), sum(other_quantity))::double as whole,
        max(partners) as partners, sum(rests) / nullif(sum(trades), 0) as rested
    from part group by all
), chance as (
    select w.*, s.n, s.p, s.partners, s.rested, least(w.times, s.fewer) as k,
        w.quantity::double / s.whole as mutual
    from returned w join summed s using (no) where w.quantity::double >= {LEAST} * s.whole
), named as (
    select c.no, flatten(list(h.owners)) as owners, flatten(list(h.others)) as others,
        flatten(list(h.trade_ids)) as trade_ids
    from chance c join hourly h using (hand, other, market, is_across)
    where h.hour between c.hour - {_BACK} and c.hour group by c.no
)
select ts, make_timestamp((hour + 1) * {HOUR} + {2 * MOMENT}) as settled_at, instrument,
    is_across, unnest(list_sort(list_distinct(owners))) as owner_id,
    array_to_string(list_sort(list_distinct(others)), ', ') as with_, times, turns, quantity,
    abs(net) / quantity as net, mutual, k / (n * p) as lift, partners, rested, via,
    list_sort(trade_ids) as trade_ids,
    case when k <= n * p then 0.0 else round((k * ln(k / (n * p))
        + case when k < n then (n - k) * ln((n - k) / (n * (1 - p))) else 0 end) / ln(10), 6) end
        as rarity
from chance join named using (no)
"""
