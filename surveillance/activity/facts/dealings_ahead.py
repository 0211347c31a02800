"""What those who may know of an occasion dealt before others felt it.

It is looked at twice: from when the occasion became known, and from a while before, because what
somebody has in mind is known to those whom he tells; and of an order once more, from an hour
before, where whoever deals seldom stands near enough still. A position is net, over all products
of the underlying: who sells to the client and buys elsewhere to cover himself stands ahead of
nobody. Orders of less than a fifth of the largest are noise beside it. Options count only where
the occasion is of the same one.
"""

from datetime import timedelta

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts.insiders import SEES
from surveillance.times import DAY, HOUR, MINUTE

TABLE = Table(
    "dealings_ahead",
    "One row an occasion, account that may know of it and time since, in which it dealt one way",
    ("kind", "occasion", "instrument", "known_at", "trader_id", "since"),
    "known_at",
    (
        Column("known_at", TIME, "From when on it was known to those who see it", required=True),
        Column("since", TIME, "From when on dealing counts", required=True),
        Column("public_at", TIME, "Until when dealing counts", required=True),
        Column("over_at", TIME, "When the occasion was over", required=True),
        Column("settled_at", TIME, "When it is all known", required=True),
        Column("kind", TEXT, "What was known: order, request or stops", required=True),
        Column("occasion", TEXT, "Which one", required=True),
        Column("instrument", TEXT, "Instrument of the occasion", required=True),
        Column("underlying", TEXT, "What was dealt in", required=True),
        Column("trader_id", TEXT, "Who dealt", required=True),
        Column("owner_id", TEXT, "Owner behind it", required=True),
        Column("client_id", TEXT, "Whose occasion it is"),
        Column("client_owner_id", TEXT, "Owner behind the client"),
        Column("access", TEXT, "Why it may know; empty where it was only asked"),
        Column("large", "DOUBLE", "The client's order, times the usual"),
        Column("released", WHOLE, "Stops and liquidations set off within a minute"),
        Column("worth", MONEY, "Worth of the occasion, USD, if it is known"),
        Column("ahead", FLAG, "It dealt with the occasion, and not against it", required=True),
        Column("is_up", FLAG, "Its position gains when the underlying rises", required=True),
        Column("acts", WHOLE, "Orders that way, or trades of no known order", required=True),
        Column("first_at", TIME, "The first of them", required=True),
        Column("held", "DOUBLE", "Net of them, by worth or else contracts", required=True),
        Column("largest", "DOUBLE", "The largest of them, likewise", required=True),
        Column("size", "DOUBLE", "Position over the occasion, by worth or else by contracts"),
        Column("one_way", "DOUBLE", "Net over gross", required=True),
        Column("executes", FLAG, "Its orders are slices of the client's", required=True),
        Column("habit", WHOLE, "Days of three before on which it dealt so then", required=True),
        Column("trade_ids", "VARCHAR[]", "Its trades that way", required=True),
        Column("order_ids", "VARCHAR[]", "Its orders that way, and the client's", required=True),
    ),
    fact=True,
)
READS = ("occasions", "insiders", "fills", "instruments", "orders")
TAKES = {
    "fills": (
        "trade_id", "trade_key", "order_id", "order_key", "side", "quantity", "notional",
        "is_block", "is_liquidation",
    )
}  # fmt: skip
REACH = timedelta(days=4)
VERSION = 3

LEAST = 0.5
"""Net over gross from which on a row is made: for cost, below any rule's line."""
SIZES = "0.002 and 2"
"""Likewise of the position over the occasion; who takes far more deals for reasons of its own."""
MATERIAL = 5

SQL = f"""
with terms as (
    select instrument, option_kind, coalesce(underlying, instrument) as underlying from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), act as (
    select f.trader_id, f.owner_id, f.instrument,
        coalesce(t.underlying, f.instrument) as underlying, t.option_kind is not null as is_option,
        (f.side = 'buy') = (coalesce(t.option_kind, 'call') = 'call') as up,
        coalesce(f.order_key, f.trade_key) as act, min(epoch_us(f.ts)) as us,
        sum(f.quantity) as quantity, sum(f.notional) as notional,
        list(distinct f.trade_id) as trade_ids, list(distinct f.order_id) as order_ids
    from fills f join insiders using (trader_id) left join terms t using (instrument)
    where not f.is_block and not f.is_liquidation group by all
), known as (
    select o.* exclude (since, order_ids), o.order_ids as client_ids, o.side = 'buy' as up,
        epoch_us(o.ts) as known, epoch_us(o.public_at) as public, i.trader_id, i.access,
        unnest(list_distinct([epoch_us(o.since), epoch_us(o.ts)]
            || case when o.kind = 'order' then [epoch_us(o.ts) - {HOUR}] else [] end)) as since_us
    from occasions o join insiders i on {SEES}
), pair as (
    select *, row_number() over (order by kind, occasion, instrument, ts, trader_id, since_us)
        as pair from known
), near as (
    select p.pair, a.up = p.up as toward, a.*, max(coalesce(a.notional, a.quantity)) over (
        partition by p.pair) as largest
    from (select *, unnest(range(since_us // {HOUR}, public // {HOUR} + 1)) as hour from pair
            where since_us < public) p
        join (select *, us // {HOUR} as hour from act) a on a.trader_id = p.trader_id
        and a.underlying = p.underlying and a.hour = p.hour
    where a.us >= p.since_us and a.us < p.public
        and (not a.is_option or a.instrument = p.instrument)
), net as (
    select pair, sum(case when toward then notional else -notional end) as notional,
        sum(case when toward then quantity else -quantity end) as quantity,
        sum(notional) as gross_notional, sum(quantity) as gross, max(largest) as largest
    from near where {MATERIAL} * coalesce(notional, quantity) >= largest group by all
), stood as (
    select n.pair, n.toward, g.largest::double as largest, abs(g.notional)::double as worth,
        abs(g.quantity)::double as contracts, coalesce(
            abs(g.notional)::double / g.gross_notional::double,
            abs(g.quantity)::double / g.gross::double) as one_way, min(n.owner_id) as owner_id,
        count(*) as acts, min(n.us) as first,
        flatten(list(n.trade_ids)) as trade_ids, flatten(list(n.order_ids)) as order_ids
    from near n join net g using (pair)
    where {MATERIAL} * coalesce(n.notional, n.quantity) >= n.largest
        and n.toward = (coalesce(g.notional, g.quantity) > 0) group by all
), position as (
    select p.*, s.* exclude (pair), s.toward = p.up as is_up, coalesce(s.worth, s.contracts)
        as held, coalesce(s.worth / p.notional::double, s.contracts / p.quantity::double) as size
    from stood s join pair p using (pair)
    where s.one_way >= {LEAST} and coalesce(s.worth, s.contracts) > 0
        and coalesce(s.worth / p.notional::double, s.contracts / p.quantity::double, 1)
            between {SIZES}
), habit as (
    select p.pair, count(distinct (p.first - a.us + {HOUR}) // {DAY}) as days
    from position p join act a on a.trader_id = p.trader_id and a.underlying = p.underlying
        and a.up = p.is_up and a.us >= p.first - {3 * DAY + HOUR} and a.us < p.first - {DAY - HOUR}
    where abs((p.first - a.us + {HOUR}) % {DAY} - {HOUR}) <= {10 * MINUTE}
    group by all
), sliced as (
    select distinct o.trader_id, o.parent_id from orders o join insiders using (trader_id)
    where o.parent_id is not null
)
select p.ts as known_at, make_timestamp(p.since_us) as since, p.public_at, p.last_at as over_at,
    p.settled_at, p.kind, p.occasion, p.instrument, p.underlying, p.trader_id, p.owner_id,
    p.client_id, p.client_owner_id, p.access, p.large, p.released, p.notional as worth,
    p.toward as ahead, p.is_up, p.acts, make_timestamp(p.first) as first_at, p.held, p.largest,
    p.size, p.one_way, s.parent_id is not null as executes, coalesce(h.days, 0) as habit,
    list_sort(list_distinct(p.trade_ids)) as trade_ids,
    list_sort(list_distinct(p.order_ids || coalesce(p.client_ids, []))) as order_ids
from position p left join habit h using (pair)
    left join sliced s on s.trader_id = p.trader_id and s.parent_id = p.occasion
"""
