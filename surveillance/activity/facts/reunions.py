"""Money that one hand gives to several, who hand it on to one other: scattered, and whole again.

What each in the middle got of the source within four days, in however many parts, and gave to the
sink within four, is one way; a way counts on which at least three quarters arrive and no more than
came. For each day on which one ended: the ways between the same two within a week. What else the
source gave away and the sink took in meanwhile tells an employer and a landlord from both. Markets
and institutions are nobody's middle. Who has more than two hundred parties in four days is a hub:
nothing is followed through it, and a row without ways says so by its name. The pattern is
scatter-gather of Altman et al., Realistic Synthetic Financial Transactions for Anti-Money
Laundering Models, NeurIPS 2023.
"""

from datetime import timedelta

from surveillance.activity.catalogue import MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import DAY

TABLE = Table(
    "reunions",
    "One row a source, sink and day on which the third or a later way ended, and client on them",
    ("way_id", "day", "owner_id"),
    "ts",
    (
        Column("ts", TIME, "When the first of the ways began", required=True),
        Column("settled_at", TIME, "When the day was over", required=True),
        Column("day", WHOLE, "Days since 1970, UTC", required=True),
        Column("way_id", TEXT, "Names source and sink; of a hub, itself", required=True),
        Column("owner_id", TEXT, "A client on it", required=True),
        Column("others", TEXT, "The others on it: source, middle and sink"),
        Column("ways", WHOLE, "How many handed it on; empty for a hub"),
        Column("sent", MONEY, "What they got of the source, USD"),
        Column("arrived", MONEY, "What the sink got of them, USD"),
        Column("of_source", "DOUBLE", "Part of what the source gave away that went this way"),
        Column("of_sink", "DOUBLE", "Part of what the sink took in that came this way"),
        Column("venue_usual", "DOUBLE", "Usual transfer at the venue, USD, if any is known"),
        Column("transfer_ids", "VARCHAR[]", "Transfers of the ways", required=True),
    ),
    fact=True,
)
READS = ("declarations", "owners", "payments", "transfers", "usual_transfers")
REACH = timedelta(days=14)
SETTLES = (DAY, 0)

FEWEST = 3
_PARTIES = 200

_SIDE = """
select {me}_id as middle, {other}_hand as party, day,
    min(ts) as ts, max(ts) as last_at, sum(usd) as usd, bool_or({other}_is_client) as is_client,
    min({other}_id) as party_id
from move semi join {others} on {others}.hand = {other}_hand where {me}_is_client group by all
"""

_WIDE = """
select *, min(ts) over w as since, sum(usd) over w as total,
    count(*) over (partition by middle order by day range between 3 preceding and current row)
        as parties
from {side} window w as (
    partition by middle, party order by day range between 3 preceding and current row)
"""

SQL = f"""
with move as materialized (
    select *, epoch_us(ts) // 86400000000 as day from payments
    where payer_hand is not null and payee_hand is not null and not is_institution
), source as (
    select payer_hand as hand from move group by all having count(distinct payee_id) >= {FEWEST}
), sink as (
    select payee_hand as hand from move group by all having count(distinct payer_id) >= {FEWEST}
), got_day as ({_SIDE.format(me="payee", other="payer", others="source")}
), gave_day as ({_SIDE.format(me="payer", other="payee", others="sink")}
), got as materialized ({_WIDE.format(side="got_day")}
), gave as materialized ({_WIDE.format(side="gave_day")}
), hub as (
    select middle, day, min(ts) as ts from (from got union all by name from gave)
    where parties > {_PARTIES} group by all
), way as materialized (
    select i.party as source, o.party as sink, o.middle, o.day, i.since, i.total as sent,
        o.total as arrived, i.is_client as source_is_client, i.party_id as source_id,
        o.is_client as sink_is_client, o.party_id as sink_id, i.day as got_day
    from gave o join got i on i.middle = o.middle and i.day between o.day - 3 and o.day
    where i.party <> o.party and i.parties <= {_PARTIES} and o.parties <= {_PARTIES}
        and i.since <= o.since and o.total between 0.75 * i.total and i.total
    qualify row_number() over (partition by i.party, o.party, o.middle, o.day
        order by i.day desc) = 1
), own as (
    select w.* from way w asof left join declarations d
        on d.owner_id = w.middle and d.ts <= w.since
    where not coalesce(d.is_dealer, false)
), met as (
    select source, sink, day from own group by all
), latest as materialized (
    select m.source, m.sink, m.day, w.* exclude (source, sink, day), w.day as gave_day
    from met m join own w on w.source = m.source and w.sink = m.sink
        and w.day between m.day - 6 and m.day
    qualify row_number() over (partition by m.source, m.sink, m.day, w.middle
        order by w.day desc) = 1
), whole as (
    select source, sink, day, count(*) as ways, min(since) as ts, sum(sent) as sent,
        sum(arrived) as arrived,
        list(middle order by middle) as middles, bool_or(source_is_client) as source_is_client,
        bool_or(sink_is_client) as sink_is_client, min(source_id) as source_id,
        min(sink_id) as sink_id
    from latest group by all having count(*) >= {FEWEST}
), told as (
    select t.owner_id, coalesce(o.owner_id, t.counterparty_id) as party,
        epoch_us(t.ts) // 86400000000 as day, t.transfer_id
    from transfers t left join owners o on o.trader_id = t.counterparty_id
    where t.direction = 'in' and t.counterparty_id is not null
), own_ids as (
    select l.source, l.sink, l.day, t.transfer_id
    from latest l semi join whole using (source, sink, day) join told t
        on t.owner_id = l.sink_id and t.party = l.middle
            and t.day between l.gave_day - 3 and l.gave_day
), got_ids as (
    select l.source, l.sink, l.day, m.transfer_id
    from latest l semi join whole using (source, sink, day) join move m
        on m.payer_hand = l.source and m.payee_id = l.middle
            and m.day between l.got_day - 3 and l.got_day
), gave_ids as (
    select l.source, l.sink, l.day, m.transfer_id
    from latest l semi join whole using (source, sink, day) join move m
        on m.payer_id = l.middle and m.payee_hand = l.sink
            and m.day between l.gave_day - 3 and l.gave_day
), ids as (
    select source, sink, day, list(distinct transfer_id) as ids
    from (from own_ids union all from got_ids union all from gave_ids) group by all
), given as (
    select w.source, w.sink, w.day, sum(m.usd) as usd from whole w join move m
        on m.payer_hand = w.source and m.ts >= w.ts
        and m.ts < make_timestamp((w.day + 1) * 86400000000)
    group by all
), taken as (
    select w.source, w.sink, w.day, sum(m.usd) as usd from whole w join move m
        on m.payee_hand = w.sink and m.ts >= w.ts
        and m.ts < make_timestamp((w.day + 1) * 86400000000)
    group by all
), member as (
    select w.*, unnest(list_distinct(middles
        || case when source_is_client then [source_id] else [] end
        || case when sink_is_client then [sink_id] else [] end)) as owner_id
    from whole w
)
select m.ts, make_timestamp((m.day + 1) * 86400000000) as settled_at, m.day,
    m.source || ' ' || m.sink as way_id, m.owner_id, m.ways,
    array_to_string(list_filter([m.source_id] || m.middles || [m.sink_id],
        lambda x: x <> m.owner_id), ', ') as others,
    try_cast(m.sent as {MONEY}) as sent, try_cast(m.arrived as {MONEY}) as arrived,
    m.sent::double / g.usd::double as of_source, m.arrived::double / t.usd::double as of_sink,
    u.usd as venue_usual, list_sort(i.ids) as transfer_ids
from member m join given g using (source, sink, day) join taken t using (source, sink, day)
    join ids i using (source, sink, day) left join usual_transfers u on u.day = m.day
union all by name
select ts, make_timestamp((day + 1) * 86400000000) as settled_at, day, middle as way_id,
    middle as owner_id, []::varchar[] as transfer_ids
from hub
"""
