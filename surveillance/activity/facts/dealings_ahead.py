"""What those who may know of an occasion dealt before others felt it, and how they left it.

A position is net, over all products of the underlying: who sells to the client and buys elsewhere
to cover himself stands ahead of nobody. Options count only where the occasion is of the same one.
"""

from datetime import timedelta

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts.insiders import SEES
from surveillance.times import DAY, HOUR, MINUTE

TABLE = Table(
    "dealings_ahead",
    "One row an occasion and account that may know of it and dealt one way before others felt it",
    ("kind", "occasion", "instrument", "known_at", "trader_id"),
    "known_at",
    (
        Column("known_at", TIME, "From when on it was known to those who see it", required=True),
        Column("since", TIME, "From when on dealing counts", required=True),
        Column("public_at", TIME, "Until when dealing counts", required=True),
        Column("settled_at", TIME, "When it is all known", required=True),
        Column("kind", TEXT, "What was known: order, request or stops", required=True),
        Column("occasion", TEXT, "Which one", required=True),
        Column("instrument", TEXT, "Instrument of the occasion", required=True),
        Column("underlying", TEXT, "What was dealt in", required=True),
        Column("trader_id", TEXT, "Who dealt", required=True),
        Column("owner_id", TEXT, "Owner behind it", required=True),
        Column("client_id", TEXT, "Whose occasion it is"),
        Column("access", TEXT, "Why it may know; empty where it was only asked"),
        Column("large", "DOUBLE", "The client's order, times the usual"),
        Column("released", WHOLE, "Stops and liquidations set off within a minute"),
        Column("ahead", FLAG, "It dealt with the occasion, and not against it", required=True),
        Column("is_up", FLAG, "Its position gains when the underlying rises", required=True),
        Column("acts", WHOLE, "Orders that way, or trades of no known order", required=True),
        Column("first_at", TIME, "The first of them", required=True),
        Column("over_at", TIME, "When the occasion was over", required=True),
        Column("largest", "DOUBLE", "The largest of them, by worth or else contracts", required=True),
        Column("worth", MONEY, "Worth of the occasion, USD, if it is known"),
        Column("notional", MONEY, "Net worth, USD, if it is known"),
        Column("size", "DOUBLE", "Position over the occasion, by worth or else by contracts"),
        Column("one_way", "DOUBLE", "Net over gross", required=True),
        Column("closed", "DOUBLE", "Part of the position left in time", required=True),
        Column("delivered", "DOUBLE", "Part of the position that the client itself took over"),
        Column("executes", FLAG, "Its orders are slices of the client's", required=True),
        Column("habit", WHOLE, "Days of three before on which it dealt so then", required=True),
        Column("trade_ids", "VARCHAR[]", "Its trades, in and out", required=True),
        Column("order_ids", "VARCHAR[]", "Its orders and the client's", required=True),
    ),
    fact=True,
)
READS = ("occasions", "insiders", "fills", "instruments", "orders")
REACH = timedelta(days=4)

LEAST = 0.5
"""Net over gross from which on a row is made: for cost, below any rule's line."""
SIZES = "coalesce(p.size, 1) between 0.01 and 2"
"""Likewise of the position over the occasion; who takes far more than that deals for its own."""

SQL = f"""
with terms as (
    select instrument, option_kind, coalesce(underlying, instrument) as underlying from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), act as (
    select f.trader_id, f.owner_id, f.instrument,
        coalesce(t.underlying, f.instrument) as underlying, t.option_kind is not null as is_option,
        (f.side = 'buy') = (coalesce(t.option_kind, 'call') = 'call') as up,
        coalesce(f.order_key, f.trade_key) as act, f.counterparty_owner_id as other,
        min(epoch_us(f.ts)) as us, sum(f.quantity) as quantity, sum(f.notional) as notional,
        list(distinct f.trade_id) as trade_ids, list(distinct f.order_id) as order_ids
    from fills f join insiders using (trader_id) left join terms t using (instrument)
    where not f.is_block and not f.is_liquidation group by all
), known as (
    select o.*, o.side = 'buy' as up, epoch_us(o.ts) as known, epoch_us(o.since) as since_us,
        epoch_us(o.public_at) as public, epoch_us(o.last_at) as last,
        epoch_us(o.settled_at) as settled, i.trader_id, i.access,
        row_number() over (order by o.kind, o.occasion, o.instrument, o.ts, i.trader_id) as pair
    from occasions o join insiders i on {SEES}
), near as (
    select o.pair, o.known, a.*, a.up = o.up as toward
    from (select *, unnest(range(since_us // {HOUR}, public // {HOUR} + 1)) as hour from known) o
        join (select *, us // {HOUR} as hour from act) a on a.trader_id = o.trader_id
        and a.underlying = o.underlying and a.hour = o.hour
    where a.us >= o.since_us and a.us < o.public
        and (not a.is_option or a.instrument = o.instrument)
), net as (
    select pair, sum(case when toward then notional else -notional end) as notional,
        sum(case when toward then quantity else -quantity end) as quantity,
        sum(notional) as gross_notional, sum(quantity) as gross
    from near group by all
), stood as (
    select n.pair, n.toward, g.notional, g.quantity, coalesce(
            abs(g.notional)::double / g.gross_notional::double,
            abs(g.quantity)::double / g.gross::double) as one_way,
        count(distinct n.act) as acts, max(coalesce(n.notional, n.quantity))::double as largest,
        min(n.us) as first, min(n.owner_id) as owner_id,
        flatten(list(n.trade_ids)) as trade_ids, flatten(list(n.order_ids)) as order_ids
    from near n join net g using (pair)
    where n.toward = (coalesce(g.notional, g.quantity) > 0) group by all
), position as (
    select k.* exclude (order_ids), k.order_ids as client_ids,
        s.* exclude (pair, quantity, notional), s.toward = k.up as is_up,
        abs(s.notional) as held, abs(s.quantity) as contracts, coalesce(
            abs(s.notional)::double / k.notional::double,
            abs(s.quantity)::double / k.quantity::double) as size
    from stood s join known k using (pair)
    where one_way >= {LEAST} and coalesce(s.notional, s.quantity) <> 0
), after as (
    select p.pair, coalesce(
            sum(case when a.up = p.is_up then -a.notional else a.notional end)::double
                / p.held::double,
            sum(case when a.up = p.is_up then -a.quantity else a.quantity end)::double
                / p.contracts::double) as closed,
        sum(a.quantity) filter (a.up <> p.is_up and a.other = p.client_owner_id)::double
            / p.contracts::double as delivered,
        flatten(list(a.trade_ids) filter (a.up <> p.is_up)) as trade_ids,
        flatten(list(a.order_ids) filter (a.up <> p.is_up)) as order_ids
    from position p join act a on a.trader_id = p.trader_id and a.underlying = p.underlying
        and a.us >= p.public and a.us < p.settled
        and (not a.is_option or a.instrument = p.instrument)
    where {SIZES}
    group by p.pair, p.held, p.contracts
), habit as (
    select p.pair, count(distinct (p.first - a.us + {HOUR}) // {DAY}) as days
    from position p join act a on a.trader_id = p.trader_id and a.underlying = p.underlying
        and a.up = p.is_up and a.us >= p.first - {3 * DAY + HOUR} and a.us < p.first - {DAY - HOUR}
    where {SIZES}
        and abs((p.first - a.us + {HOUR}) % {DAY} - {HOUR}) <= {10 * MINUTE}
    group by all
), sliced as (
    select distinct o.trader_id, o.parent_id from orders o join insiders using (trader_id)
    where o.parent_id is not null
)
select p.ts as known_at, p.since, p.public_at, p.settled_at, p.kind, p.occasion, p.instrument,
    p.underlying, p.trader_id, p.owner_id, p.client_id, p.access, p.large, p.released,
    p.toward as ahead, p.is_up, p.acts, make_timestamp(p.first) as first_at,
    p.last_at as over_at, p.largest, p.notional as worth,
    cast(p.held as decimal(18, 6)) as notional, p.size, p.one_way,
    least(1, greatest(0, coalesce(a.closed, 0))) as closed,
    a.delivered, s.parent_id is not null as executes, coalesce(h.days, 0) as habit,
    list_sort(list_distinct(p.trade_ids || coalesce(a.trade_ids, []))) as trade_ids,
    list_sort(list_distinct(p.order_ids || coalesce(a.order_ids, [])
        || coalesce(p.client_ids, []))) as order_ids
from position p left join after a using (pair) left join habit h using (pair)
    left join sliced s on s.trader_id = p.trader_id and s.parent_id = p.occasion
where {SIZES}
"""
