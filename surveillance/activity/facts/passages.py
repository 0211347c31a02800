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
VERSION = 3
SETTLES = (HOUR, -1)

_HOURS = 72
_WEIGHT = 10
"""What is traded weighs as so much: catalogue A03 asks for less than a tenth."""
_SUMMED = ("sent_other", "to_unknown", "by_bank", "by_bank_sent", "received_time", "sent_time")
_TOLD = (
    "received",
    "sent",
    "sent_other",
    "to_unknown",
    "by_bank",
    "by_bank_sent",
    "traded",
    "month",
)
_LONG = "interval 38 day preceding and interval 3 day preceding"
_LEAST = "(select least(2500, 10 * coalesce(min(usd), 250)) from usual_transfers)"
"""Below half of any floor, and where half stayed or twice as much left, nothing is told, for cost.

Both are far from any line that a rule draws.
"""

SQL = f"""
with busy as materialized (
    select distinct owner_id from (
        select owner_id, unnest([bin, bin + 1]) as bin, received, sent from (
            select payee_id as owner_id, epoch_us(ts) // {_HOURS * HOUR} as bin, usd as received,
                0 as sent from payments where payee_is_client
            union all
            select payer_id, epoch_us(ts) // {_HOURS * HOUR}, 0, usd
            from payments where payer_is_client))
    group by owner_id, bin having sum(received) >= {_LEAST} and sum(sent) >= {_LEAST} / 2
), moved as (
    select payee_id as owner_id, ts, usd as received, 0 as sent, 0 as traded
    from payments where payee_is_client and payee_id in (from busy)
    union all
    select payer_id, ts, 0, usd, 0 from payments where payer_is_client and payer_id in (from busy)
    union all
    select owner_id, ts, 0, 0, coalesce(notional, 0) from fills where owner_id in (from busy)
), hourly as (
    select owner_id, epoch_us(ts) // {HOUR} as hour, sum(received) as received,
        sum(sent) as sent, sum(traded) as traded from moved group by all
), sofar as materialized (
    select *, sum(received) over w as came, sum(sent) over w as went, sum(traded) over w as dealt
    from hourly window w as (partition by owner_id order by hour)
), spanned as (
    select l.owner_id, l.hour, max((1000000 * (least(l.came - f.came + f.received,
                l.went - f.went + f.sent)
            - abs((l.came - f.came + f.received) - (l.went - f.went + f.sent))
            - {_WEIGHT} * (l.dealt - f.dealt + f.traded)))::hugeint * {_HOURS} + f.hour - l.hour)
        as best
    from sofar l join sofar f on f.owner_id = l.owner_id
        and f.hour between l.hour - {_HOURS - 1} and l.hour
    where l.sent > 0 and f.received > 0 group by all
), begun as (
    select *, (hour - (-best % {_HOURS} + {_HOURS}) % {_HOURS})::bigint as since from spanned
), best as materialized (
    select b.owner_id, b.hour, b.since, l.came - f.came + f.received as received,
        l.went - f.went + f.sent as sent, l.dealt - f.dealt + f.traded as traded
    from begun b join sofar l using (owner_id, hour)
        join sofar f on f.owner_id = b.owner_id and f.hour = b.since
        left join usual_transfers u on u.day = b.hour // 24
    where l.came - f.came + f.received >= least(2500, 10 * coalesce(u.usd, 250))
        and l.went - f.went + f.sent between (l.came - f.came + f.received) / 2
            and 2 * (l.came - f.came + f.received)
), told as materialized (
    select distinct owner_id from best
), came as materialized (
    select payee_id as owner_id, ts, asset, kind, usd, transfer_id, payer_hand as party
    from payments where payee_is_client and payee_id in (from told)
), went as (
    select payer_id as owner_id, ts, asset, kind, usd, transfer_id,
        count(*) over (partition by payer_id, payee_hand order by ts
            range between {_LONG}) = 0 or payee_hand is null as is_unpaid, payee_hand as party
    from payments where payer_is_client and payer_id in (from told)
), left_ as (
    select w.*, coalesce(w.ts - c.ts > interval 3 day, true) as is_other,
        w.is_unpaid and coalesce(w.ts - p.ts > interval 38 day, true) as is_unknown
    from went w asof left join (select owner_id, asset, ts from came) c
            on c.owner_id = w.owner_id and c.asset = w.asset and c.ts <= w.ts
        asof left join (select owner_id, party, ts from came) p
            on p.owner_id = w.owner_id and p.party = w.party and p.ts <= w.ts
), flow as materialized (
    select owner_id, ts, transfer_id as id, usd as received, 0 as sent, 0 as sent_other,
        0 as to_unknown, case when kind = 'bank' then usd else 0 end as by_bank,
        0 as by_bank_sent, 0 as trades from came
    union all
    select owner_id, ts, transfer_id, 0, usd, case when is_other then usd else 0 end,
        case when is_unknown then usd else 0 end, 0, case when kind = 'bank' then usd else 0 end, 0
    from left_
    union all
    select owner_id, ts, null, 0, 0, 0, 0, 0, 0, 1 from fills where owner_id in (from told)
), each_ as (
    select owner_id, epoch_us(ts) // {HOUR} as hour, sum(received) as received,
        sum(sent_other) as sent_other, sum(to_unknown) as to_unknown, sum(by_bank) as by_bank,
        sum(by_bank_sent) as by_bank_sent, sum(trades) as trades, count(id) as moves,
        sum(received * (epoch_us(ts) // 1000000)) as received_time,
        sum(sent * (epoch_us(ts) // 1000000)) as sent_time, min(ts) filter (id is not null) as ts
    from flow group by all
), upto as materialized (
    select owner_id, hour, ts, moves as own, sum(moves) over w as moves,
        {", ".join(f"sum({each}) over w as {each}, {each} as own_{each}" for each in _SUMMED)},
        sum(trades) over d as trades, sum(received) over m as month
    from each_ window w as (partition by owner_id order by hour),
        d as (partition by owner_id order by hour
            range between {_HOURS - 1} preceding and current row),
        m as (partition by owner_id order by hour range between 719 preceding and current row)
), wide as (
    select b.*, f.ts, f.moves - f.own as skipped, l.moves, l.trades, l.month,
        {", ".join(f"l.{each} - f.{each} + f.own_{each} as {each}" for each in _SUMMED)}
    from best b join upto l using (owner_id, hour)
        join upto f on f.owner_id = b.owner_id and f.hour = b.since
), placed as materialized (
    select w.* exclude (received, sent, sent_other, to_unknown, by_bank, by_bank_sent, traded,
            trades, month, received_time, sent_time),
        {", ".join(f"try_cast(w.{each} as {MONEY}) as {each}" for each in _TOLD)},
        w.trades::bigint as trades,
        w.sent_time / nullif(w.sent, 0) - w.received_time / nullif(w.received, 0) as residence,
        u.usd as venue_usual, coalesce(d.is_business, false) as is_business, d.volume,
        coalesce(d.is_dealer, false) as is_dealer
    from wide w left join usual_transfers u on u.day = w.hour // 24
        left join (select *, lead(ts) over (partition by owner_id order by ts) as until
            from declarations) d
            on d.owner_id = w.owner_id and d.ts <= w.ts and coalesce(w.ts < d.until, true)
), counted as (
    select owner_id, epoch_us(ts) // {_HOURS * HOUR} as bin, id,
        row_number() over (partition by owner_id order by ts, id) as place
    from flow where id is not null
), every as (
    select owner_id, bin, min(place) as first, list(id order by place) as ids
    from (select * replace (unnest([bin, bin + 1]) as bin) from counted) group by all
)
select p.* exclude (since, skipped, moves),
    make_timestamp((hour + 1) * {HOUR} - 1) as settled_at,
    ids[skipped::bigint + 2 - first : moves::bigint + 1 - first] as transfer_ids
from placed p join every e on e.owner_id = p.owner_id and e.bin = p.hour // {_HOURS}
"""
