"""What a hand did about a burst of its own that moved a price: how it built up and what it sold on.

One account may light the move and another of the same hand trade it back; each owner that did
either has a row, and what is measured is that of the hand. What it acquired counts from half an
hour before the burst on, what it traded back until a quarter of an hour after it. It looks no
further back than the burst does.
"""

from surveillance.activity.catalogue import FLAG, TEXT, TIME, Column, Table
from surveillance.activity.facts import price_bursts
from surveillance.times import HOUR, MINUTE

TABLE = Table(
    "ignitions",
    "One row an owner that took part in a burst of its hand, or traded it back",
    ("instrument", "owner_id", "side", "ts"),
    "ts",
    (
        *(c for c in price_bursts.TABLE.columns if c.name != "hand"),
        Column("started_at", TIME, "When it first acquired any of it", required=True),
        Column("owner_id", TEXT, "Who took, or traded it back", required=True),
        Column("others", TEXT, "Other owners of the hand who did either, joined by a space"),
        Column("reversed", "DOUBLE", "Quantity traded back over that acquired", required=True),
        Column("better", "DOUBLE", "Price of what was traded back over that paid, its way"),
        Column("one_sided", "DOUBLE", "Net over gross number of its orders in those minutes"),
        Column("quoted", "DOUBLE", "Share of its minutes with orders in six hours before, a dozen"
               " at least, that showed both sides", required=True),
        Column("uncovered", "DOUBLE", "Net in all products of the underlying over net here"),
        Column("is_news", FLAG, "Something became public from ten minutes before to five after",
               required=True),
        Column("trade_ids", "VARCHAR[]", "Trades of the hand that did either", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("price_bursts", "events", "fills", "groups", "instruments", "orders", "owners")
TAKES = {
    "fills": (
        "trade_id", "side", "quantity", "notional", "signed_notional", "is_block", "is_liquidation",
    ),
    "groups": ("group_id",),
}  # fmt: skip

NARROWED = ("settled_at",)

FEW = 12
"""Who showed both sides in fewer minutes than that hardly quotes."""
_NEAR = 32 * MINUTE

SQL = f"""
with burst as (
    select *, epoch_us(ts) as us, if(side = 'buy', 1, -1) as sign from price_bursts
    where $settled
), member as (
    select trader_id, min(group_id) as hand from groups group by all
), hand as (
    select distinct trader_id, hand from (
        select trader_id, coalesce(m.hand, f.owner_id) as hand
        from fills f left join member m using (trader_id)
    ) semi join burst using (hand)
), trade as (
    select b.instrument, b.hand, b.side, b.ts, b.us, f.instrument as product, f.owner_id,
        f.trade_id, f.ts as traded_at, f.quantity, f.notional, f.signed_notional, f.is_liquidation,
        f.side = b.side and f.us < b.us + 2 * {MINUTE} as is_way,
        f.side <> b.side and f.us >= b.us as is_back
    from (select *, unnest([us // {_NEAR} - 1, us // {_NEAR}, us // {_NEAR} + 1]) as part
            from burst) b
        join (select f.*, h.hand, epoch_us(f.ts) as us, epoch_us(f.ts) // {_NEAR} as part
            from fills f join hand h using (trader_id) where not f.is_block) f
            on f.hand = b.hand and f.part = b.part
    where f.us >= b.us - 30 * {MINUTE} and f.us < b.us + 17 * {MINUTE}
), sums as (
    select instrument, hand, side, ts, min(traded_at) filter (is_way) as started_at,
        sum(quantity) filter (is_way) as way, sum(notional) filter (is_way)::double as paid,
        coalesce(sum(quantity) filter (is_back), 0) as back,
        sum(notional) filter (is_back)::double as got,
        list(distinct trade_id order by trade_id) filter (is_way or is_back) as trade_ids,
        list(distinct owner_id order by owner_id) filter (is_way or is_back) as owners
    from trade where product = instrument and not is_liquidation group by all
), terms as (
    select instrument, underlying from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), family as (
    select t.instrument, t.hand, t.side, t.ts, sum(t.signed_notional)::double
        / nullif(sum(t.signed_notional) filter (t.product = t.instrument), 0)::double as uncovered
    from trade t left join terms a using (instrument)
        left join terms b on b.instrument = t.product
    where (t.product = t.instrument or a.underlying = b.underlying)
        and epoch_us(t.traded_at) >= t.us and epoch_us(t.traded_at) < t.us + 3 * {MINUTE}
    group by all
), entered as (
    select h.hand, o.instrument, o.side, epoch_us(o.ts) // {MINUTE} as minute, count(*) as orders,
        sum(o.quantity) filter (o.type is distinct from 'market') as shown
    from orders o join hand h using (trader_id)
    where o.event in ('new', 'replace') and o.instrument in (select instrument from burst)
    group by all
), minutes as (
    select hand, instrument, minute, coalesce(sum(orders) filter (side = 'buy'), 0) as bids,
        coalesce(sum(orders) filter (side = 'sell'), 0) as offers,
        sum(sum(shown) filter (side = 'buy')) over w > 0
            and sum(sum(shown) filter (side = 'sell')) over w > 0 as is_both
    from entered group by hand, instrument, minute
    window w as (partition by hand, instrument order by minute
        range between 1 preceding and current row)
), ordering as (
    select b.instrument, b.hand, b.side, b.ts,
        count(*) filter (is_both and m.minute < b.us // {MINUTE})
            / greatest({FEW}, count(*) filter (m.minute < b.us // {MINUTE})) as quoted,
        b.sign * sum(m.bids - m.offers) filter (m.minute >= b.us // {MINUTE})
            / sum(m.bids + m.offers) filter (m.minute >= b.us // {MINUTE}) as one_sided
    from (select *, unnest(range(us // {HOUR} - 6, us // {HOUR} + 2)) as hour from burst) b join
        minutes m on m.hand = b.hand and m.instrument = b.instrument and m.minute // 60 = b.hour
    where m.minute between b.us // {MINUTE} - 359 and b.us // {MINUTE} + 1
    group by b.instrument, b.hand, b.side, b.ts, b.sign
), news as (
    select distinct b.instrument, b.ts from burst b left join terms t using (instrument)
        join events e on e.ts >= b.ts - interval 10 minute and e.ts < b.ts + interval 7 minute
    where e.kind in ('news', 'listing', 'delisting', 'margin_change', 'hack')
        and coalesce(e.instrument, b.instrument) = b.instrument
        and coalesce(e.asset, t.underlying, '') = coalesce(t.underlying, '')
)
select b.* exclude (hand, us, sign), s.started_at, s.owner_id,
    nullif(array_to_string(list_filter(s.owners, lambda x: x <> s.owner_id), ' '), '') as others,
    s.back::double / s.way::double as reversed,
    pow(s.got / s.back::double / (s.paid / s.way::double), b.sign) - 1 as better,
    coalesce(o.one_sided, 1) as one_sided, coalesce(o.quoted, 0) as quoted,
    coalesce(f.uncovered, 1) as uncovered, n.ts is not null as is_news, s.trade_ids
from burst b
    join (select *, unnest(owners) as owner_id from sums) s using (instrument, hand, side, ts)
    left join ordering o using (instrument, hand, side, ts)
    left join family f using (instrument, hand, side, ts)
    left join news n on n.instrument = b.instrument and n.ts = b.ts
where s.way > 0
"""
