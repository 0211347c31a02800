"""Who traded one way into a reference price, and what the price did where they traded.

Two stretches are looked at, because venues take a price in two ways: the last minutes, and the
half hour that an average is taken of. Accounts in one hand push together, so what is measured is
that of a group, and each owner of it who took part has a row. What presses a price are a group's
own large trades: those of less than a fifth of its largest are noise beside them.

Where the venue does not say who took, each next trade does: who pays more than it paid before
presses the price, who is paid more only stands on the other side. Where one price stays nobody is
known to press, and there is no row. Nobody presses by a liquidation: the venue makes it.
"""

from datetime import timedelta

from surveillance.activity.catalogue import MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import HOUR, MINUTE

TABLE = Table(
    "closing_pushes",
    "One row an owner, reference time and stretch before it in which its group traded one way",
    ("instrument", "owner_id", "closes", "minutes"),
    "ts",
    (
        Column("ts", TIME, "When the group first pressed in the stretch", required=True),
        Column("closes", TIME, "When the reference price is taken", required=True),
        Column("settled_at", TIME, "Half an hour later, when it is all known", required=True),
        Column("minutes", WHOLE, "Length of the stretch", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Who traded", required=True),
        Column("others", TEXT, "Owners of its group who did so with it, joined by a space"),
        Column("side", TEXT, "Which way", required=True, allowed=("buy", "sell")),
        Column("acts", WHOLE, "Orders that pressed, or trades of no known order", required=True),
        Column("notional", MONEY, "Worth of it, USD, if it is known"),
        Column("share", "DOUBLE", "What pressed over the volume of the stretch", required=True),
        Column("size", "DOUBLE", "Average of these orders over the usual trade of the day before"),
        Column("heavy", "DOUBLE", "What pressed over the usual volume of as many minutes"),
        Column("one_way", "DOUBLE", "Net over gross of all that it traded", required=True),
        Column("took", "DOUBLE", "Share in which it took, of what is known", required=True),
        Column("moved", "DOUBLE", "How much worse for it its later half of prices was"),
        Column("pace", "DOUBLE", "Its part of all trades over that of the day before"),
        Column("reversed", "DOUBLE", "Part traded back within half an hour", required=True),
        Column(
            "covered", "DOUBLE", "Part traded the other way in the half hour before", required=True
        ),
        Column(
            "ended", "DOUBLE", "Seconds from the last of it to the reference time", required=True
        ),
        Column("uncovered", "DOUBLE", "Net of the underlying over net here, if worth is known"),
        Column("trade_ids", "VARCHAR[]", "Trades of the owner that pressed", required=True),
        Column(
            "trip_ids",
            "VARCHAR[]",
            "Those of two hours before and half an hour after, if half of it was traded back",
        ),
    ),
    fact=True,
)
READS = ("closes", "fills", "groups", "instruments")
TAKES = {
    "fills": (
        "trade_id", "trade_key", "order_key", "side", "price", "quantity", "signed_quantity",
        "notional", "counterparty_id", "is_taker", "is_block", "is_liquidation",
    ),
    "groups": ("group_id",),
}  # fmt: skip
VERSION = 3
REACH = timedelta(hours=25)
FOLLOWS = ("events where kind in ('settlement', 'fixing', 'funding')", 30 * MINUTE)

MATERIAL = 5
"""Orders of less than a fifth of its largest say nothing of how it pressed the price."""
LEAST = 0.5, 0.05, 0.5
"""Net over gross, share of the volume, and of which it took, from which on a row is made: for cost,
below any rule's line."""
_HALF_HOUR = 30 * MINUTE
COUNTS = "(side = 'buy' or counterparty_id is null)"
"""Of both sides of a trade one row counts for the volume."""

SQL = f"""
with reach as (
    select ts as closes, instrument, underlying, epoch_us(ts) as close_us,
        epoch_us(ts) // {_HALF_HOUR} + unnest([-1, 0]) as part from closes
), member as (
    select trader_id, min(group_id) as group_id from groups group by all
), near as (
    select r.closes, r.close_us, r.underlying, unnest([5, 30]::bigint[]) as minutes,
        f.* exclude (part), coalesce(m.group_id, f.owner_id) as group_id
    from reach r join (
        select * exclude (ts, is_block, counterparty_id, counterparty_owner_id),
            epoch_us(ts) as us, coalesce(order_key, trade_key) as act, {COUNTS} as counts,
            epoch_us(ts) // {_HALF_HOUR} as part
        from fills where not is_block
    ) f using (instrument, part) left join member m using (trader_id)
    where f.us >= r.close_us - {_HALF_HOUR} and f.us < r.close_us
), late as (
    select *, sum(quantity) over (partition by closes, instrument, minutes, owner_id, side, act)
        as size from near where us >= close_us - minutes * {MINUTE}
), large as (
    select *, max(size) over w as largest,
        size * {MATERIAL} >= max(size) over w and not coalesce(is_liquidation, false) as presses
    from late window w as (partition by closes, instrument, minutes, group_id, side)
), stepped as (
    select *, sign(price - lag(price) over w) as step from large where presses
    window w as (partition by closes, instrument, minutes, group_id, side order by us, seq, act)
), pressed as (
    select *, coalesce(is_taker, (last_value(nullif(step, 0) ignore nulls) over (
        partition by closes, instrument, minutes, group_id, side order by us, seq, act
        rows unbounded preceding) > 0) = (side = 'buy')) as took,
        ntile(2) over (partition by closes, instrument, minutes, group_id, side
            order by us, seq, act) as half
    from stepped where price > 0
), gathered as (
    select closes, close_us, underlying, instrument, minutes, group_id, side,
        min(us) as first_us, max(us) as last_us, count(distinct act) as acts,
        sum(quantity) as quantity, sum(notional) as notional, max(largest) as largest,
        coalesce(sum(quantity) filter (took), 0)::double
            / (sum(quantity) filter (took is not null))::double as took,
        (median(price) filter (half = 2) / median(price) filter (half = 1) - 1)
            * case when side = 'buy' then 1 else -1 end as moved
    from pressed
    group by closes, close_us, underlying, instrument, minutes, group_id, side
), volume as (
    select closes, instrument, minutes, sum(quantity) as quantity, count(*) as trades
    from late where counts group by all
), total as (
    select closes, instrument, minutes, group_id, sum(quantity) as gross,
        abs(sum(signed_quantity)) as net from late group by all
), pusher as (
    select g.*, v.trades, t.net::double / t.gross::double as one_way,
        g.quantity::double / v.quantity::double as share
    from gathered g join volume v using (closes, instrument, minutes)
        join total t using (closes, instrument, minutes, group_id)
    where t.net >= {LEAST[0]} * t.gross and g.quantity >= {LEAST[1]} * v.quantity
        and 2 * g.quantity > t.gross and g.took >= {LEAST[2]}
), bars as (
    select instrument, epoch_us(ts) // {MINUTE} as minute, sum(quantity) as quantity,
        count(*) as trades
    from fills where not is_block and {COUNTS}
        and instrument in (select instrument from pusher) group by all
), day as (
    select p.closes, p.instrument, p.minutes, sum(b.trades) as trades,
        sum(b.quantity)::double / sum(b.trades) as usual, sum(b.quantity)::double * p.minutes
            / (p.close_us // {MINUTE} - p.minutes - min(b.minute)) as volume
    from (select distinct closes, close_us, instrument, minutes from pusher) p
        join bars b on b.instrument = p.instrument
        and b.minute between p.close_us // {MINUTE} - 1440
        and p.close_us // {MINUTE} - p.minutes - 1
    group by p.closes, p.close_us, p.instrument, p.minutes
), hand as (
    select trader_id, group_id from member union select trader_id, group_id from late
), theirs as (
    select h.group_id, f.*, epoch_us(f.ts) as us
    from (select * from hand where group_id in (select group_id from pusher)) h
        join fills f using (trader_id) where not f.is_block
), mine as (
    select p.closes, p.minutes, p.close_us, p.side as pushed, p.largest, t.*,
        coalesce(t.order_key, t.trade_key) as act, sum(t.quantity) over (partition by p.closes,
            p.minutes, t.instrument, t.owner_id, t.side, coalesce(t.order_key, t.trade_key)) as size
    from pusher p join theirs t on t.group_id = p.group_id and t.instrument = p.instrument
    where t.us >= p.close_us - {24 * HOUR} and t.us < p.close_us + {_HALF_HOUR}
), aside as (
    select closes, minutes, instrument, group_id, count(distinct act) filter (side = pushed
            and size * {MATERIAL} >= largest and us < close_us - minutes * {MINUTE}) as acts,
        coalesce(sum(case when side = pushed then -quantity else quantity end)
            filter (us >= close_us), 0) as back,
        coalesce(sum(quantity) filter (side <> pushed and us < close_us - minutes * {MINUTE}
            and us >= close_us - minutes * {MINUTE} - {_HALF_HOUR}), 0) as before
    from mine group by all
), trip as (
    select closes, minutes, instrument, owner_id, list(distinct trade_id order by trade_id) as ids
    from mine where us >= close_us and side <> pushed
        or us >= close_us - {2 * HOUR} and us < close_us and side = pushed
    group by all
), family as (
    select distinct instrument, underlying from instruments where underlying is not null
), sibling as (
    select p.closes, p.minutes, p.instrument, p.group_id,
        sum(case when f.side = p.side then f.notional else -f.notional end) as net
    from pusher p join family i using (underlying) join theirs f on f.group_id = p.group_id
        and f.instrument = i.instrument
    where f.us >= p.close_us - p.minutes * {MINUTE} and f.us < p.close_us group by all
), own as (
    select closes, instrument, minutes, group_id, side, owner_id,
        list(distinct trade_id order by trade_id) as ids
    from pressed group by all
), together as (
    select *, list(owner_id) over (partition by closes, instrument, minutes, group_id, side)
        as owners from own
)
select make_timestamp(p.first_us) as ts, p.closes, p.closes + interval 30 minute as settled_at,
    p.minutes, p.instrument, o.owner_id, nullif(array_to_string(list_sort(list_filter(o.owners,
        lambda x: x <> o.owner_id)), ' '), '') as others,
    p.side, p.acts, cast(p.notional as decimal(18, 6)) as notional, p.share,
    p.quantity::double / p.acts / d.usual as size, p.quantity::double / d.volume as heavy,
    p.one_way, p.took, p.moved,
    (p.acts / p.trades) / ((a.acts + 0.5) / d.trades) as pace,
    least(1, greatest(0, a.back::double / p.quantity::double)) as reversed,
    least(1, a.before::double / p.quantity::double) as covered,
    (p.close_us - p.last_us) / 1e6 as ended,
    s.net::double / p.notional::double as uncovered, o.ids as trade_ids,
    case when 2 * a.back >= p.quantity then t.ids end as trip_ids
from pusher p join together o using (closes, instrument, minutes, group_id, side)
    left join day d using (closes, instrument, minutes)
    left join aside a using (closes, minutes, instrument, group_id)
    left join sibling s using (closes, minutes, instrument, group_id)
    left join trip t using (closes, minutes, instrument, owner_id)
where p.minutes = 5 or p.first_us < p.close_us - {5 * MINUTE}
"""
