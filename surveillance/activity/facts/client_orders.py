"""Large orders of clients, whole: what one client traded one way without a pause is one order.

Slices of a parent, refills and many small orders in a row are one order, however they were sent,
because whoever knows of it knows the whole. It begins when its first part entered, and is half
done when half of what it came to had traded: until then dealing ahead of it pays. After an hour
another one begins, so that who trades all day has many.

It is as large as it is against an order of others in the hour before; where nobody else ordered,
against a trade of others in the day before; else against what the venue says is traded in a minute.
"""

from datetime import timedelta

from surveillance.activity.catalogue import MONEY, QUANTITY, TEXT, TIME, Column, Table
from surveillance.times import HOUR, MINUTE

TABLE = Table(
    "client_orders",
    "One row an order of a client that traded and was large",
    ("client_order", "instrument", "ts"),
    "ts",
    (
        Column("ts", TIME, "When its first part entered", required=True),
        Column("client_order", TEXT, "Its parent, or the order that entered first", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("trader_id", TEXT, "The client", required=True),
        Column("owner_id", TEXT, "Owner behind the client", required=True),
        Column("side", TEXT, "Which way", required=True, allowed=("buy", "sell")),
        Column("first_fill_at", TIME, "When it first traded", required=True),
        Column("half_at", TIME, "When half of it had traded", required=True),
        Column("last_fill_at", TIME, "When it last traded", required=True),
        Column("quantity", QUANTITY, "Contracts ordered, or traded if more", required=True),
        Column("notional", MONEY, "Worth of what traded, USD, if it is known"),
        Column("large", "DOUBLE", "Times the usual order", required=True),
        Column("order_ids", "VARCHAR[]", "Its orders", required=True),
    ),
    fact=True,
)
READS = ("fills", "orders", "accounts", "staff", "usual_sizes", "instruments")
TAKES = {
    "fills": (
        "order_id", "order_key", "trade_key", "side", "quantity", "notional", "is_block",
        "is_liquidation",
    )
}  # fmt: skip
REACH = timedelta(hours=25)

LEAST = 2
"""Times the usual order: what is less alone, and all of it together, is not looked at."""
_PAUSE = 2 * MINUTE
_LONGEST = HOUR
_ALIKE = 2
"""An order of more than that times the one before is not the next of a row."""

SQL = f"""
with insider as (
    select trader_id from accounts where kind in ('house', 'staff', 'market_maker')
    union select trader_id from staff
), part as (
    select f.instrument, f.trader_id, f.owner_id, f.side, coalesce(f.order_key, f.trade_key) as act,
        min(f.order_id) as order_id, min(epoch_us(f.ts)) as us, max(epoch_us(f.ts)) as until,
        sum(f.quantity) as filled, sum(f.notional) as notional
    from fills f anti join insider i using (trader_id)
    where not f.is_block and not f.is_liquidation group by all
), entry as (
    select order_key as act, min(epoch_us(ts)) as entered, max(parent_id) as parent_id,
        max(quantity) as ordered
    from orders where event = 'new' and order_key in (select act from part) group by all
), sized as (
    select p.*, least(coalesce(e.entered, p.us), p.us) as entered, e.parent_id,
        greatest(coalesce(e.ordered, p.filled), p.filled) as quantity, u.usual::double as usual
    from part p left join entry e using (act) left join usual_sizes u
        on u.instrument = p.instrument and u.owner_id = p.owner_id
        and u.ts = make_timestamp(coalesce(e.entered, p.us) // {MINUTE} * {MINUTE})
), unknown as (
    select distinct instrument, owner_id, us // {HOUR} as hour from sized where usual is null
), hourly as (
    select instrument, owner_id, epoch_us(ts) // {HOUR} as hour, sum(quantity) as quantity,
        count(*) as trades
    from fills where not is_block and instrument in (select instrument from unknown) group by all
), market as (
    select instrument, hour, sum(quantity) as quantity, sum(trades) as trades
    from hourly group by all
), day as (
    select instrument, owner_id, hour, sum(quantity)::double / nullif(sum(trades), 0) as usual
    from (select u.*, m.quantity, m.trades from unknown u join market m
            on m.instrument = u.instrument and m.hour between u.hour - 24 and u.hour - 1
        union all
        select u.*, -h.quantity, -h.trades from unknown u join hourly h on h.owner_id = u.owner_id
            and h.instrument = u.instrument and h.hour between u.hour - 24 and u.hour - 1)
    group by all
), terms as (
    select instrument, daily_volume / 1440 as usual from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), placed as (
    select z.* replace (coalesce(z.usual, d.usual, t.usual::double) as usual)
    from sized z left join day d on d.instrument = z.instrument and d.owner_id = z.owner_id
        and d.hour = z.us // {HOUR} left join terms t on t.instrument = z.instrument
), sorted as (
    select *, coalesce(parent_id, case when quantity >= {LEAST} * usual then '+' else '-' end)
        as belongs from placed
), begun as (
    select *, coalesce(us - lag(until) over w
            > case when parent_id is null then {_PAUSE} else {_LONGEST} end
        or parent_id is null and quantity > {_ALIKE} * lag(quantity) over w, true) as is_first
    from sorted window w as (partition by instrument, trader_id, side, belongs order by us, act)
), numbered as (
    select *, count(*) filter (is_first) over (partition by instrument, trader_id, side, belongs
        order by us, act rows unbounded preceding) as run
    from begun
), timed as (
    select *, min(us) over (partition by instrument, trader_id, side, belongs, run) as start
    from numbered
), big as (
    select instrument, trader_id, side, belongs, run from timed where us < start + {_LONGEST}
    group by all having sum(quantity)::double >= {LEAST} * min(usual)
), hour as (
    select *, sum(filled) over (partition by instrument, trader_id, side, belongs, run
            order by us, act rows unbounded preceding) as so_far,
        sum(filled) over (partition by instrument, trader_id, side, belongs, run) as total
    from timed semi join big using (instrument, trader_id, side, belongs, run)
    where us < start + {_LONGEST}
), whole as (
    select instrument, trader_id, owner_id, side, belongs, run, min(entered) as begins,
        arg_min(coalesce(parent_id, order_id, act::varchar), (us, act)) as client_order,
        min(us) as first_fill, min(us) filter (2 * so_far >= total) as half,
        max(until) as last_fill, sum(quantity) as quantity, sum(notional) as notional,
        sum(quantity)::double / arg_min(usual, (us, act)) as large,
        list(distinct order_id order by order_id) filter (order_id is not null) as order_ids
    from hour group by all
)
select make_timestamp(begins) as ts, client_order, instrument, trader_id, owner_id, side,
    make_timestamp(first_fill) as first_fill_at, make_timestamp(half) as half_at,
    make_timestamp(last_fill) as last_fill_at, quantity,
    cast(notional as decimal(18, 6)) as notional, large, coalesce(order_ids, []) as order_ids
from whole where large >= {LEAST}
"""
