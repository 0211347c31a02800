"""Minutes in which a hand showed size on one side of the book and took it away within a minute.

What is shown in a minute counts together, in one order or in many, and by all accounts of a hand;
as size counts what of it stood at one moment. Beside each such minute stands how the day before it
was: how often, and how much of what it showed so was taken away, traded, or stood on both sides.
"""

from datetime import timedelta

from surveillance.activity.catalogue import QUANTITY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import MINUTE

TABLE = Table(
    "fleeting_sides",
    "One row an owner and minute in which its hand showed size on a side and took it away",
    ("instrument", "owner_id", "ts"),
    "ts",
    (
        Column("ts", TIME, "Start of the minute", required=True),
        Column("settled_at", TIME, "A minute after its end, when it is all known", required=True),
        Column("began_at", TIME, "Start of the first such minute in a day", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Who showed some of it", required=True),
        Column("others", TEXT, "Other owners of its hand who did, joined by a space"),
        Column("side", TEXT, "The side", required=True, allowed=("buy", "sell")),
        Column("shown", QUANTITY, "Contracts that stood at one moment, at most", required=True),
        Column("book_share", "DOUBLE", "They over the visible depth of the side, if known"),
        Column("usual_times", "DOUBLE", "They over the average order of others, if known"),
        Column("times", WHOLE, "Such minutes in a day, this included", required=True),
        Column("withdrawn", "DOUBLE", "Part taken away of all that was shown with size in a day",
               required=True),
        Column("touched", "DOUBLE", "Part of it that traded within a minute", required=True),
        Column("one_sided", "DOUBLE", "Net over gross of it", required=True),
        Column("order_ids", "VARCHAR[]", "Orders taken away, of this and four such minutes before",
               required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("order_life", "groups")
TAKES = {
    "order_life": (
        "order_id", "side", "type", "quantity", "displayed", "first_fill_at", "ended_at",
        "end_reason", "depth", "usual",
    ),
    "groups": ("group_id",),
}  # fmt: skip
REACH = timedelta(hours=24)
NARROWED = ("settled_at",)

LEAST = 0.15, 4, 0.7
"""Share of the depth, times the usual order where that is not known, and part taken away, below
which a minute does not count: below any rule's line."""
_DAY = 24 * 60

SQL = f"""
with member as (
    select trader_id, min(group_id) as hand from groups group by all
), entered as (
    select coalesce(m.hand, l.owner_id) as hand, l.owner_id, l.instrument, l.side, l.order_id,
        l.quantity, l.depth, l.usual, epoch_us(l.ts) as us, epoch_us(l.ended_at) as ended,
        epoch_us(l.ts) // {MINUTE} as minute,
        coalesce(l.end_reason in ('cancel', 'expire')
            and l.ended_at <= l.ts + interval 1 minute, false) as is_gone,
        coalesce(l.first_fill_at <= l.ts + interval 1 minute, false) as is_met
    from order_life l left join member m using (trader_id)
    where l.owner_id is not null and l.type is distinct from 'market' and l.displayed = l.quantity
), minutes as (
    select hand, instrument, minute, coalesce(sum(quantity) filter (side = 'buy'), 0) as bought,
        coalesce(sum(quantity) filter (side = 'sell'), 0) as sold,
        max(depth) filter (side = 'buy') as buy_depth, max(depth) filter (side = 'sell')
            as sell_depth, avg(usual) filter (side = 'buy') as buy_usual,
        avg(usual) filter (side = 'sell') as sell_usual
    from entered group by all
), larger as (
    select hand, instrument, minute, bought + sold as gross, greatest(bought, sold) as total,
        if(bought >= sold, 'buy', 'sell') as side, if(bought >= sold, buy_depth, sell_depth)
            as depth, if(bought >= sold, buy_usual, sell_usual) as usual
    from minutes
), candidate as (
    select * from larger where coalesce(total >= {LEAST[0]} * nullif(depth, 0),
        total >= {LEAST[1]} * usual) and (hand, instrument) in (select (hand, instrument) from (
            select *, make_timestamp((minute + 2) * {MINUTE}) as settled_at from minutes)
            where $settled)
), mine as (
    select * from entered semi join candidate using (hand, instrument, minute, side)
), level as (
    select hand, instrument, minute, sum(change) over (partition by hand, instrument, minute
        order by moment, change rows unbounded preceding) as standing
    from (select hand, instrument, minute, us as moment, quantity as change from mine
        union all select hand, instrument, minute, ended, -quantity from mine where is_gone)
), became as (
    select hand, instrument, minute, coalesce(sum(quantity) filter (is_gone), 0) as gone,
        coalesce(sum(quantity) filter (is_met), 0) as met,
        list(distinct owner_id order by owner_id) filter (is_gone) as owners,
        list(order_id order by order_id) filter (is_gone) as order_ids
    from mine group by all
), sized as (
    select c.*, b.* exclude (hand, instrument, minute), p.standing,
        p.standing::double / nullif(c.depth, 0)::double as book_share,
        p.standing::double / nullif(c.usual, 0)::double as usual_times,
        b.gone >= {LEAST[2]} * c.total as is_clear
    from candidate c join became b using (hand, instrument, minute)
        join (select hand, instrument, minute, max(standing) as standing from level group by all) p
        using (hand, instrument, minute)
    where coalesce(book_share >= {LEAST[0]}, usual_times >= {LEAST[1]})
), daily as (
    select *, count(*) filter (is_clear) over w as times,
        min(minute) filter (is_clear) over w as first,
        sum(gone) over w as day_gone, sum(met) over w as day_met, sum(total) over w as day_total,
        sum(gross) over w as day_gross, list({{'minute': minute, 'ids': order_ids}})
            filter (is_clear) over (partition by hand, instrument, is_clear order by minute
            rows between 4 preceding and current row) as recent
    from sized window w as (partition by hand, instrument order by minute
        range between {_DAY - 1} preceding and current row)
)
select make_timestamp(minute * {MINUTE}) as ts,
    make_timestamp((minute + 2) * {MINUTE}) as settled_at,
    make_timestamp(first * {MINUTE}) as began_at, instrument, owner_id,
    nullif(array_to_string(list_filter(owners, lambda x: x <> owner_id), ' '), '') as others, side,
    standing as shown, book_share, usual_times, times,
    day_gone::double / day_total::double as withdrawn,
    day_met::double / day_total::double as touched,
    (2 * day_total - day_gross)::double / day_gross::double as one_sided,
    list_sort(flatten(list_transform(list_filter(recent, lambda x: x.minute > minute - {_DAY}),
        lambda x: x.ids))) as order_ids
from (select *, unnest(owners) as owner_id from daily where is_clear)
"""
