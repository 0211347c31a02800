"""Floods of messages: seconds of a minute in which one hand sends so many that they are loud.

A flood is looked at where it pauses for five seconds or a minute ends, with the minute up to then.
What is usual is what all others send: of each hour of the day before the mean of a second and its
deviation, and the middle one of the hours, so that one earlier flood does not hide the next.
"""

from datetime import timedelta

from surveillance.activity.catalogue import TEXT, TIME, WHOLE, Column, Table
from surveillance.times import SECOND

TABLE = Table(
    "floods",
    "One row an owner that sent in a minute up to which its hand was loud in an instrument",
    ("instrument", "owner_id", "ts"),
    "ts",
    (
        Column("ts", TIME, "End of the last loud second", required=True),
        Column("settled_at", TIME, "Five seconds later, when it is known to be", required=True),
        Column("began_at", TIME, "Start of the first one", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Who sent", required=True),
        Column("others", TEXT, "Other owners of its hand who did, joined by a space"),
        Column("seconds", WHOLE, "Loud seconds within a minute", required=True),
        Column("messages", WHOLE, "Messages of the hand in them", required=True),
        Column("peak", WHOLE, "Of the loudest second", required=True),
        Column("share", "DOUBLE", "They over all messages of those seconds", required=True),
        Column("fills", WHOLE, "Of them that say a trade", required=True),
        Column("variety", "DOUBLE", "Different orders over orders entered or amended"),
        Column("deviations", "DOUBLE", "Middle of how many deviations they lay above the usual"),
        Column("order_ids", "VARCHAR[]", "Orders of the owner in them", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("orders", "owners", "groups")
TAKES = {"groups": ("group_id",)}
REACH = timedelta(hours=25)

LOUD = 15
"""Messages of a hand in a second from which on it counts: below any rule's line."""
FEWEST = 3
"""Loud seconds of a minute below which there is no row."""
_PAUSE = 5

SQL = f"""
with member as (
    select trader_id, min(group_id) as hand from groups group by all
), venue as (
    select instrument, epoch_us(ts) // {SECOND} as second, count(*) as messages
    from orders where trader_id is not null group by all
), message as (
    select coalesce(m.hand, w.owner_id, o.trader_id) as hand,
        coalesce(w.owner_id, o.trader_id) as owner_id, o.instrument, v.second,
        v.messages as all_messages, o.event, o.order_id, case when o.event in ('new', 'replace')
            then {{'side': o.side, 'price': o.price, 'quantity': o.quantity}} end as entered
    from orders o join venue v on v.instrument = o.instrument
        and v.second = epoch_us(o.ts) // {SECOND} and v.messages >= {LOUD}
        left join owners w using (trader_id) left join member m using (trader_id)
    where o.trader_id is not null
), loud as (
    select hand, instrument, second, max(all_messages) as all_messages, count(*) as messages,
        count(*) filter (event = 'fill') as fills
    from message group by all having count(*) >= {LOUD}
), own as (
    select coalesce(m.hand, w.owner_id, o.trader_id) as hand, o.instrument,
        epoch_us(o.ts) // {SECOND} as second, count(*) as messages
    from orders o left join owners w using (trader_id) left join member m using (trader_id)
    where (coalesce(m.hand, w.owner_id, o.trader_id), o.instrument) in (
        select (hand, instrument) from loud) group by all
), venue_hour as (
    select instrument, second // 3600 + 1 as hour, sum(messages)::double as messages,
        sum(messages::hugeint * messages)::double as squares
    from venue where instrument in (select instrument from loud) group by all
), own_hour as (
    select o.hand, o.instrument, o.second // 3600 + 1 as hour, sum(o.messages)::double as messages,
        sum(o.messages::hugeint * (2 * v.messages - o.messages))::double as squares
    from own o join venue v using (instrument, second) group by all
), usual as (
    select p.hand, p.instrument, hour, median(mean) over w as mean,
        median(sqrt(greatest(0, squares - mean * mean))) over w as deviation
    from (select p.hand, p.instrument, v.hour,
            (v.messages - coalesce(o.messages, 0)) / 3600 as mean,
            (v.squares - coalesce(o.squares, 0)) / 3600 as squares
        from (select distinct hand, instrument from loud) p join venue_hour v using (instrument)
            left join own_hour o using (hand, instrument, hour)) p
    window w as (partition by p.hand, p.instrument order by hour
        range between 22 preceding and current row)
), measured as (
    select l.*, (l.messages - u.mean) / nullif(u.deviation, 0) as deviations,
        lead(l.second) over (partition by l.hand, l.instrument order by l.second) as next
    from loud l left join usual u on u.hand = l.hand and u.instrument = l.instrument
        and u.hour = l.second // 3600
), flood as (
    select hand, instrument, second, next, count(*) over w as seconds, min(second) over w as first,
        sum(messages) over w as messages, max(messages) over w as peak, sum(fills) over w as fills,
        sum(messages) over w::double / sum(all_messages) over w::double as share,
        median(deviations) over w as deviations
    from measured window w as (partition by hand, instrument order by second
        range between 59 preceding and current row)
    qualify seconds >= {FEWEST} and coalesce(next - second > {_PAUSE}
        or next // 60 > second // 60, true)
), named as (
    select f.hand, f.instrument, f.second, count(distinct m.entered)::double
            / nullif(count(m.entered), 0)::double as variety,
        list(distinct m.owner_id order by m.owner_id) as owners,
        list(distinct {{'owner': m.owner_id, 'id': m.order_id}}) as orders
    from flood f join loud l on l.hand = f.hand and l.instrument = f.instrument
            and l.second between f.first and f.second
        join message m on m.hand = f.hand and m.instrument = f.instrument and m.second = l.second
    group by all
)
select make_timestamp((second + 1) * {SECOND}) as ts,
    make_timestamp((second + 1 + {_PAUSE}) * {SECOND}) as settled_at,
    make_timestamp(first * {SECOND}) as began_at, instrument, owner_id,
    nullif(array_to_string(list_filter(owners, lambda x: x <> owner_id), ' '), '') as others,
    seconds, messages, peak, share, fills, variety, deviations, list_sort(list_transform(
        list_filter(orders, lambda x: x.owner = owner_id), lambda x: x.id)) as order_ids
from (select *, unnest(owners) as owner_id from flood join named using (hand, instrument, second))
"""
