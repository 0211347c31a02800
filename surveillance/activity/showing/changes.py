"""What each order shows, and until when: one row for every change of it.

An order is followed from its entry or its last replacement on. What is hidden, waits for a trigger
or goes to market shows nothing; withdrawals in parts and replacements are changes like any other.
Where a venue's messages tell no fills of an order, its trades do.
"""

from surveillance.activity.showing.places import book, in_terms, size

SET = "event in ('new', 'replace')"
"""What says how much an order is for."""

MESSAGES = f"""
create or replace temp table message as
select p.place, p.pot, {book("p", "o")} as book, o.order_key, o.ts, o.seq, o.side, o.event, o.price,
    o.quantity, o.displayed, o.remaining,
    coalesce(o.ended_by in ('trader', 'expiry'), true) as by_trader
from orders o join (select * from place semi join traded using (pot)) p
    on p.trader_id = o.trader_id and p.instrument = o.instrument
where o.type is distinct from 'market' and o.type is distinct from 'stop'
    and o.ts >= make_timestamp({{since}}) and o.ts < make_timestamp({{until}})
"""

_OPEN = f"""case when {SET} then coalesce(nullif(remaining, 0), quantity)
    when event = 'cancel' then coalesce(remaining, 0)
    when event in ('expire', 'reject') then 0 else remaining end"""

CHANGES = f"""
create or replace temp table change as
with scoped as (
    select m.* from message m semi join scope s
        on s.pot = m.pot and s.bucket = epoch_us(m.ts) // {{bucket}}
), complete as (
    select * exclude (side), {_OPEN} as open, event <> 'new' as later from scoped
    union all by name
    select o.place, o.pot, o.book, o.order_key, f.ts, f.seq, 'fill' as event, f.quantity,
        true as by_trader, true as later
    from fills f join (select distinct place, pot, book, order_key from scoped where order_key
        not in (select order_key from scoped where event = 'fill')) o using (order_key)
    where f.ts < make_timestamp({{until}})
), life as (
    select * exclude (price, remaining), first_value(nr) over o as number, row_number() over o as n,
        count(*) filter ({SET}) over o as life, count(*) filter (event = 'fill') over o as fills,
        lead(ts) over o as until, max(ts) filter ({SET}) over o as since,
        last_value(case when {SET} then price end ignore nulls) over o as price,
        last_value(case when {SET} then open end ignore nulls) over o as meant,
        last_value(case when {SET} then coalesce(displayed, open) end ignore nulls) over o as part
    from (select *, row_number() over () as nr from complete)
    window o as (partition by order_key order by ts, later, seq)
), told as (
    select *, coalesce(sum(quantity) filter (event = 'fill') over (
        partition by number, life order by n), 0) as traded
    from life where life > 0 and fills > 0
    union all select *, 0 from life where life > 0 and fills = 0
), shown as (
    select *, greatest(0, least(part, coalesce(open, meant - traded))) as shown from told
)
select r.nr, r.place, r.book, r.number, r.n, r.order_key, r.ts, epoch_us(r.ts) as us, r.seq,
    r.event = 'replace' as is_replaced, epoch_us(r.since) as since,
    r.by_trader and r.event in ('cancel', 'replace', 'expire') as is_pull,
    epoch_us(coalesce(r.until, timestamp '9999-12-31')) as until, r.price, r.shown,
    {size("r.shown", "r.price")} as size, {size("r.traded", "r.price")} as traded
from {in_terms("(select s.*, p.instrument from shown s join place p using (place)) r")}
"""
