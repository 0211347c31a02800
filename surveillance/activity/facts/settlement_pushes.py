"""Hands that took an underlying while the price was averaged on which positions of theirs expired.

The average is that of the half hour before an expiry. What expires, and what else is held in the
underlying, is what was last reported in the five hours before it; options count by their delta, and
where the venue reports none, as if they were exercised. One owner of a hand may hold and another
take, in any spot, perpetual or future of the underlying.
"""

from datetime import timedelta

from surveillance.activity.catalogue import MONEY, TEXT, TIME, Column, Table
from surveillance.times import HOUR

TABLE = Table(
    "settlement_pushes",
    "One row an owner that took or held, and an expiry before which its hand did both",
    ("instrument", "owner_id", "ts"),
    "ts",
    (
        Column("ts", TIME, "When the position expired", required=True),
        Column("began_at", TIME, "When the hand first took in the half hour", required=True),
        Column("underlying", TEXT, "Underlying asset", required=True),
        Column("instrument", TEXT, "Where it took most", required=True),
        Column("owner_id", TEXT, "Who took, or held", required=True),
        Column("others", TEXT, "Other owners of the hand who did, joined by a space"),
        Column("exposure", "DOUBLE", "Worth of what expired and was paid by what it took, USD",
               required=True),
        Column("uncovered", "DOUBLE", "All it held in the underlying over what expired"),
        Column("flow", MONEY, "Net value that it took", required=True),
        Column("participation", "DOUBLE", "Part of what all hands took that way", required=True),
        Column("one_way", "DOUBLE", "Net over gross of what it took", required=True),
        Column("quoted", "DOUBLE", "Share of its minutes with orders in those five hours, a dozen"
               " at least, that showed both sides of a product", required=True),
        Column("trade_ids", "VARCHAR[]", "Trades in which it took", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("fills", "groups", "instruments", "positions", "shown_sides")
TAKES = {
    "fills": (
        "trade_id", "quantity", "notional", "signed_notional", "is_taker", "is_block",
        "is_liquidation",
    ),
    "groups": ("group_id",),
    "shown_sides": ("bid", "offered"),
}  # fmt: skip
REACH = timedelta(hours=6)

_AVERAGED, _HELD = "interval 30 minute", "interval 330 minute"
FEW = 12
"""Who showed both sides in fewer minutes than that hardly quotes."""

SQL = f"""
with member as (
    select owner_id, min(group_id) as hand from groups group by all
), terms as (
    select *, if(option_kind = 'put', -1, 1) as way from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), expiring as (
    select distinct underlying, expires_at as settles from terms
    where expires_at is not null and underlying is not null and kind in ('option', 'future')
), product as (
    select e.*, t.instrument, t.kind, t.way, t.expires_at = e.settles as ends,
        unnest(range(epoch_us(e.settles) // {HOUR} - 6, epoch_us(e.settles) // {HOUR} + 1)) as hour
    from expiring e join terms t on t.underlying = e.underlying
), taken as (
    select p.underlying, p.settles, f.instrument, coalesce(m.hand, f.owner_id) as hand,
        min(f.ts) as began_at, sum(f.signed_notional) as net, sum(f.notional) as gross,
        sum(f.quantity) as quantity, list(distinct f.trade_id) as ids,
        list(distinct f.owner_id) as owners
    from product p join (select *, epoch_us(ts) // {HOUR} as hour from fills
            where is_taker and not is_liquidation and not is_block) f
        on f.instrument = p.instrument and f.hour = p.hour
        left join member m on m.owner_id = f.owner_id
    where p.kind in ('spot', 'perpetual', 'future') and f.ts >= p.settles - {_AVERAGED}
        and f.ts < p.settles
    group by all
), flow as (
    select underlying, settles, hand, min(began_at) as began_at, sum(net) as net,
        sum(gross) as gross, arg_max(instrument, (gross, instrument)) as instrument,
        list_sort(list_distinct(flatten(list(ids)))) as trade_ids,
        flatten(list(owners)) as takers
    from taken group by all
), everybody as (
    select underlying, settles, sum(greatest(net, 0)) as bought, sum(greatest(-net, 0)) as sold
    from flow group by all
), price as (
    select underlying, settles, sum(gross)::double / sum(quantity)::double as price
    from taken group by all
), latest as (
    select r.underlying, r.settles, coalesce(m.hand, p.owner_id) as hand, p.owner_id, r.ends,
        coalesce(p.delta, r.way * p.quantity) as delta
    from product r join (select *, epoch_us(ts) // {HOUR} as hour from positions) p
        on p.instrument = r.instrument and p.hour = r.hour
        left join member m on m.owner_id = p.owner_id
    where p.ts <= r.settles - {_AVERAGED} and p.ts > r.settles - {_HELD}
    qualify row_number() over (partition by r.underlying, r.settles, p.trader_id, p.instrument
        order by p.ts desc) = 1
), held as (
    select underlying, settles, hand, coalesce(sum(delta) filter (ends), 0)::double as expiring,
        sum(delta)::double as everything,
        list(distinct owner_id) filter (ends and delta <> 0) as holders
    from latest group by all
), showing as (
    select r.underlying, r.settles, coalesce(m.hand, s.owner_id) as hand, s.instrument, s.ts,
        sum(s.bid) as bid, sum(s.offered) as offered
    from product r join (select *, epoch_us(ts) // {HOUR} as hour from shown_sides) s
        on s.instrument = r.instrument and s.hour = r.hour
        left join member m on m.owner_id = s.owner_id
    where s.ts >= r.settles - {_HELD} and s.ts < r.settles - {_AVERAGED}
    group by all
), quoting as (
    select underlying, settles, hand,
        count(*) filter (bid > 0 and offered > 0) / greatest({FEW}, count(*)) as quoted
    from showing semi join flow using (underlying, settles, hand) group by all
), judged as (
    select f.*, h.expiring * p.price * sign(f.net) as exposure, h.everything / h.expiring
            as uncovered, if(f.net > 0, f.net / e.bought, -f.net / nullif(e.sold, 0))
            as participation, coalesce(q.quoted, 0) as quoted,
        list_sort(list_distinct(f.takers || h.holders)) as owners
    from flow f join held h using (underlying, settles, hand)
        join everybody e using (underlying, settles) join price p using (underlying, settles)
        left join quoting q using (underlying, settles, hand)
    where h.expiring <> 0 and f.net <> 0
)
select settles as ts, began_at, underlying, instrument, owner_id, exposure, uncovered,
    nullif(array_to_string(list_filter(owners, lambda x: x <> owner_id), ' '), '') as others,
    abs(net) as flow, participation, abs(net) / gross as one_way, quoted, trade_ids
from (select *, unnest(owners) as owner_id from judged)
"""
