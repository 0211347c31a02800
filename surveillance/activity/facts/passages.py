"""Money that came to an owner and left within three days: how much, how soon, how, to whom.

For each hour in which something left, of the spans of at most three days that end with it and begin
with an hour in which something came: the one in which most came and left again, less what differs
and ten times what was traded meanwhile; of equals the shortest. So money that lay there before, and
what was traded before it came, hide nothing. What leaves in a coin that did not come in was changed
here; who neither was paid by the owner nor paid in the five weeks before is a new recipient.
"""

from datetime import timedelta

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import HOUR

TABLE = Table(
    "passages",
    "One row an owner and hour in which something left",
    ("owner_id", "hour"),
    "ts",
    (
        Column("ts", TIME, "First transfer of the span", required=True),
        Column("settled_at", TIME, "End of the hour", required=True),
        Column("hour", WHOLE, "Hours since 1970", required=True),
        Column("owner_id", TEXT, "The owner", required=True),
        Column("received", MONEY, "What came in, USD", required=True),
        Column("sent", MONEY, "What left, USD", required=True),
        Column("sent_other", MONEY, "Of it, in a coin that did not come in, USD", required=True),
        Column("to_unknown", MONEY, "Of it, to new recipients, USD", required=True),
        Column("by_bank", MONEY, "Of what came in, by bank, USD", required=True),
        Column("by_bank_sent", MONEY, "Of what left, by bank, USD", required=True),
        Column(
            "traded", MONEY, "What was traded, as far as its worth is known, USD", required=True
        ),
        Column("trades", WHOLE, "Trades in the three days", required=True),
        Column("residence", "DOUBLE", "Seconds from coming in to leaving, by worth"),
        Column("month", MONEY, "What came in within thirty days, USD", required=True),
        Column("venue_usual", "DOUBLE", "Usual transfer at the venue, USD, if any is known"),
        Column("is_business", FLAG, "A legal person, verified", required=True),
        Column("volume", MONEY, "Volume a month that it declared, USD"),
        Column("is_dealer", FLAG, "A market maker, house or omnibus account", required=True),
        Column("transfer_ids", "VARCHAR[]", "Transfers of the span", required=True),
    ),
    fact=True,
)
READS = ("declarations", "fills", "payments", "usual_transfers")
TAKES = {"fills": ("owner_id", "notional")}
REACH = timedelta(days=39)
VERSION = 2
SETTLES = (HOUR, -1)

_HOURS = 72
_WEIGHT = 10
"""What is traded weighs as so much: catalogue A03 asks for less than a tenth."""
_LONG = "interval 38 day preceding and interval 3 day preceding"

SQL = f"""
with came as (
    select payee_id as owner_id, ts, asset, kind, usd, transfer_id, payer_hand as party
    from payments where payee_is_client
), went as (
    select payer_id as owner_id, ts, asset, kind, usd, transfer_id,
        count(*) over (partition by payer_id, payee_hand order by ts
            range between {_LONG}) = 0 or payee_hand is null as is_unpaid, payee_hand as party
    from payments where payer_is_client
), left_ as (
    select w.*, coalesce(w.ts - c.ts > interval 3 day, true) as is_other,
        w.is_unpaid and coalesce(w.ts - p.ts > interval 38 day, true) as is_unknown
    from went w asof left join (select owner_id, asset, ts from came) c
            on c.owner_id = w.owner_id and c.asset = w.asset and c.ts <= w.ts
        asof left join (select owner_id, party, ts from came) p
            on p.owner_id = w.owner_id and p.party = w.party and p.ts <= w.ts
), flow as (
    select owner_id, ts, transfer_id as id, usd as received, 0 as sent, 0 as sent_other,
        0 as to_unknown, case when kind = 'bank' then usd else 0 end as by_bank,
        0 as by_bank_sent, 0 as traded, 0 as trades from came
    union all
    select owner_id, ts, transfer_id, 0, usd, case when is_other then usd else 0 end,
        case when is_unknown then usd else 0 end, 0, case when kind = 'bank' then usd else 0 end,
        0, 0 from left_
    union all
    select owner_id, ts, null, 0, 0, 0, 0, 0, 0, coalesce(notional, 0), 1 from fills
    where owner_id in (select owner_id from went)
), hourly as (
    select owner_id, epoch_us(ts) // 3600000000 as hour, sum(received) as received,
        sum(sent) as sent, sum(sent_other) as sent_other, sum(to_unknown) as to_unknown,
        sum(by_bank) as by_bank, sum(by_bank_sent) as by_bank_sent, sum(traded) as traded,
        sum(trades) as trades,
        sum(received * (epoch_us(ts) // 1000000)) as received_time,
        sum(sent * (epoch_us(ts) // 1000000)) as sent_time,
        min(ts) filter (id is not null) as ts,
        list(id order by ts, id) filter (id is not null) as ids
    from flow group by all
), sofar as (
    select owner_id, hour, received, sent, sum(received) over w as came, sum(sent) over w as went,
        sum(traded) over w as traded, sum(traded) over w - traded as traded_before
    from hourly window w as (partition by owner_id order by hour)
), span as (
    select l.owner_id, l.hour, f.hour as since, l.came - f.came + f.received as received,
        l.went - f.went + f.sent as sent, l.traded - f.traded_before as traded
    from sofar l join sofar f on f.owner_id = l.owner_id
        and f.hour between l.hour - {_HOURS - 1} and l.hour
    where l.sent > 0 and f.received > 0
), best as (
    select owner_id, hour, since from span
    qualify row_number() over (partition by owner_id, hour order by least(received, sent)
        - abs(received - sent) - {_WEIGHT} * traded desc, since desc) = 1
), wide as (
    select b.owner_id, b.hour, min(h.ts) as ts, sum(h.received) as received, sum(h.sent) as sent,
        sum(h.sent_other) as sent_other, sum(h.to_unknown) as to_unknown, sum(h.by_bank) as by_bank,
        sum(h.by_bank_sent) as by_bank_sent, sum(h.traded) as traded,
        sum(h.received_time) as received_time, sum(h.sent_time) as sent_time,
        flatten(list(h.ids order by h.hour) filter (h.ids is not null)) as ids
    from best b join hourly h on h.owner_id = b.owner_id and h.hour between b.since and b.hour
    group by all
), long as (
    select owner_id, hour, sum(trades) over d as trades, sum(received) over m as month
    from hourly window
        d as (partition by owner_id order by hour
            range between {_HOURS - 1} preceding and current row),
        m as (partition by owner_id order by hour range between 719 preceding and current row)
)
select w.ts, make_timestamp((w.hour + 1) * 3600000000 - 1) as settled_at, w.hour, w.owner_id,
    try_cast(w.received as {MONEY}) as received, try_cast(w.sent as {MONEY}) as sent,
    try_cast(w.sent_other as {MONEY}) as sent_other,
    try_cast(w.to_unknown as {MONEY}) as to_unknown, try_cast(w.by_bank as {MONEY}) as by_bank,
    try_cast(w.by_bank_sent as {MONEY}) as by_bank_sent,
    try_cast(w.traded as {MONEY}) as traded, l.trades::bigint as trades,
    w.sent_time / nullif(w.sent, 0) - w.received_time / nullif(w.received, 0) as residence,
    try_cast(l.month as {MONEY}) as month, u.usd as venue_usual,
    coalesce(d.is_business, false) as is_business, d.volume,
    coalesce(d.is_dealer, false) as is_dealer, w.ids as transfer_ids
from wide w join long l using (owner_id, hour) left join usual_transfers u on u.day = w.hour // 24
    asof left join declarations d on d.owner_id = w.owner_id and d.ts <= w.ts
"""
