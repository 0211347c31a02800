"""Walls that go as somebody else's small order on the other side has traded, time and again.

One row for each occasion from the second on, and each owner who took part: who showed, and whose
order traded. A wall that served its own hand is none (see ``baits``), nor is one that comes back.
Beside how often two met in a day stands how often chance would have it, by the trader's other
trades of that day and how long after the trade the walls went, and how often the trader was ready
to trade the other way as well: a grid or a maker trades wherever prices are driven, and whoever is
served by a wall wants one side. What is meant is as large as it looks: nobody sees what is hidden.
Walls that go at once, soon or late are counted apart, and of these that is told which is the least
likely.
"""

from datetime import timedelta

from surveillance.activity.catalogue import QUANTITY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts.walls import BACK
from surveillance.times import DAY, MINUTE, SECOND

TABLE = Table(
    "shared_baits",
    "One row an occasion at which two hands met, again within a day, and owner who took part",
    ("owner_id", "part", "partners", "instrument", "ts"),
    "ts",
    (
        Column("ts", TIME, "When the last of what was shown went", required=True),
        Column("shown_at", TIME, "When the first of it entered", required=True),
        Column("settled_at", TIME, "End of the minute, when it is all known", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Who showed, or traded", required=True),
        Column("part", TEXT, "Which", required=True, allowed=("showed", "traded")),
        Column("partners", TEXT, "Owners in the other part, joined by a space", required=True),
        Column("side", TEXT, "Side that was shown", required=True, allowed=("buy", "sell")),
        Column("shown", QUANTITY, "Contracts of the largest order shown", required=True),
        Column("ratio", "DOUBLE", "Order shown over that which traded, least", required=True),
        Column("book_share", "DOUBLE", "Shown over the visible depth of its side, if known"),
        Column("usual_times", "DOUBLE", "Shown over the average order of others, if known"),
        Column("one_sided", "DOUBLE", "Net over gross shown about then, least", required=True),
        Column("traded", "DOUBLE", "Part of what was shown that traded, most", required=True),
        Column("met", WHOLE, "Occasions of the two in a day, this included", required=True),
        Column("served", "DOUBLE", "They over all walls of who showed", required=True),
        Column("main", "DOUBLE", "They over all at which those met somebody", required=True),
        Column("beyond", "DOUBLE", "Main over the trader's part in all trading", required=True),
        Column("within", WHOLE, "Seconds from trade to withdrawal, at most", required=True),
        Column("lift", "DOUBLE", "They over what chance would give", required=True),
        Column("outside", "DOUBLE", "What else the trader traded in that day, over them",
               required=True),
        Column("quoted", "DOUBLE", "Of them, at which the trader rested as much on the other side",
               required=True),
        Column("order_ids", "VARCHAR[]", "Orders shown and meant in that day", required=True),
        Column("trade_ids", "VARCHAR[]", "Trades of what was meant in it", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("walls", "order_life", "fills", "groups")
TAKES = {
    "order_life": ("order_key", "order_id", "side", "type", "quantity", "displayed", "ended_at"),
    "fills": ("trade_id", "order_key", "side", "is_block", "is_liquidation"),
    "groups": ("group_id",),
}
REACH = timedelta(hours=25)
VERSION = 4

LEAST = 4
"""Times what traded that is shown at least: below any rule's line."""
WITHIN = 5, 30, 120
"""Seconds after the trade within which walls go that are counted together."""
ENOUGH = 3
"""Meetings that are counted before it is asked how likely they are."""
_LATEST = WITHIN[-1] * SECOND
_ACT = 5 * SECOND
"""How long one act of trading is; a showing is twice as long."""


def _counted(by: str, rows: str, points: str) -> str:
    """Return a query for how many rows of the day before, by keys, there were at each point."""
    return f"""
    select {by}, us, count(*) filter (is_row) over (partition by {by} order by us
        range between {DAY} preceding and current row) as number, is_row
    from (select {by}, us, true as is_row from {rows}
        union all select distinct {by}, us, false from {points})
    qualify not is_row"""


SQL = f"""
with bait as (
    select *, epoch_us(ended_at) as gone from walls where not is_own and not is_back
), member as (
    select trader_id, min(group_id) as hand from groups group by all
), fill as (
    select coalesce(m.hand, f.owner_id) as hand, f.owner_id, f.instrument, f.side, f.ts,
        f.trade_id, l.order_id, l.displayed as quantity, epoch_us(f.ts) as us
    from fills f join order_life l using (order_key) left join member m on m.trader_id = f.trader_id
    where not f.is_block and not f.is_liquidation and l.ts >= f.ts - interval 10 minute
        and f.instrument in (select instrument from bait)
), near as (
    select b.hand as shower, f.hand as trader, b.instrument, b.side, b.gone, b.ts, b.ended_at,
        b.owner_id as shows, f.owner_id as trades, b.order_id as shown_id, f.order_id, f.trade_id,
        f.ts as filled_at, b.quantity as shown, f.quantity as meant, b.book_share, b.usual_times,
        b.one_sided, b.traded, unnest(list_filter({list(WITHIN)},
            lambda x: b.gone - f.us <= x * {SECOND})) as within
    from (select *, unnest(range((gone - {_LATEST}) // {MINUTE}, gone // {MINUTE} + 1)) as minute
            from bait) b
        join fill f on f.instrument = b.instrument and f.us // {MINUTE} = b.minute
    where f.hand <> b.hand and f.side <> b.side and f.ts >= b.ts and f.us < b.gone
        and b.quantity >= {LEAST} * f.quantity
), occasion as (
    select shower, trader, instrument, side, within, gone // {2 * _ACT} as episode,
        min(ts) as shown_at, max(ended_at) as ts, max(gone) as us, min(filled_at) as filled_at,
        min(meant) as meant, max(shown) as shown, min(shown::double / meant::double) as ratio,
        max(book_share) as book_share, max(usual_times) as usual_times,
        min(one_sided) as one_sided, max(traded) as traded,
        list(distinct shows order by shows) as showed,
        list(distinct trades order by trades) as traders,
        list_sort(list_distinct(list(shown_id) || list(order_id))) as order_ids,
        list(distinct trade_id order by trade_id) as trade_ids
    from near group by all
), two_way as (
    select o.*, exists (
        select 1 from order_life l left join member m on m.trader_id = l.trader_id
        where coalesce(m.hand, l.owner_id) = o.trader and l.instrument = o.instrument
            and l.side = o.side and l.type is distinct from 'market' and l.quantity >= o.meant
            and l.ts < o.filled_at and coalesce(l.ended_at > o.filled_at, true)) as is_two_way
    from occasion o
), pair as (
    select * exclude (order_ids, trade_ids), count(*) over of_two as met,
        count(*) filter (is_two_way) over of_two as quoting,
        list(order_ids) over of_two as order_ids, list(trade_ids) over of_two as trade_ids,
        count(*) over (partition by shower, instrument, within order by us
            range between {DAY} preceding and current row) as all_met
    from two_way
    window of_two as (partition by shower, trader, instrument, within order by us
        range between {DAY} preceding and current row)
    qualify met >= 2
), acts as (
    select hand, instrument, min(us) as us from fill group by hand, instrument, fill.us // {_ACT}
), shows as (
    select hand, instrument, min(gone) as us
    from bait group by hand, instrument, gone // {2 * _ACT}
), shower as ({_counted("hand, instrument", "shows", "(select *, shower as hand from pair)")}
), trader as ({_counted("hand, instrument", "acts", "(select *, trader as hand from pair)")}
), venue as ({_counted("instrument", "acts", "pair")}
), judged as (
    select p.*, s.number as shows, t.number as acts, v.number as all_acts,
        met / (shows * least(1, (greatest(acts - met, 0) + 0.5) * 2 * within * {SECOND} / {DAY}))
            as lift,
        unnest(list_transform(showed, lambda x: [x, 'showed', array_to_string(traders, ' ')])
            || list_transform(traders, lambda x: [x, 'traded', array_to_string(showed, ' ')]))
            as named
    from pair p join shower s on s.hand = p.shower and s.instrument = p.instrument and s.us = p.us
        join trader t on t.hand = p.trader and t.instrument = p.instrument and t.us = p.us
        join venue v on v.instrument = p.instrument and v.us = p.us
    qualify row_number() over (partition by shower, trader, p.instrument, p.us
        order by met >= {ENOUGH} desc, lift desc, within) = 1
)
select ts, shown_at, make_timestamp(((us + {BACK}) // {MINUTE} + 1) * {MINUTE})
        as settled_at, instrument,
    named[1] as owner_id, named[2] as part, named[3] as partners, side, shown, ratio, book_share,
    usual_times, one_sided, traded, met, met / shows as served, met / all_met as main,
    met / all_met / (acts / all_acts) as beyond, within, lift,
    greatest(acts - met, 0) / met as outside, quoting / met as quoted,
    list_sort(list_distinct(flatten(order_ids))) as order_ids,
    list_sort(list_distinct(flatten(trade_ids))) as trade_ids
from judged
"""
