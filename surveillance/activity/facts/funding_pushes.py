"""Hands that push a price before funding times against the position on which they are paid.

A hand is an owner, or owners tied to one: one account pushes, another is paid. It is looked at in
the two hours before a funding time, with what was traded back in the six hours after it: whoever
only trims a position does not come back. Times of a week are counted together.
"""

from datetime import timedelta

from surveillance.activity.catalogue import BILLION, MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import HOUR, SECOND

TABLE = Table(
    "funding_pushes",
    "One row an owner that pushed or was paid, and a funding time before which its hand did both",
    ("instrument", "owner_id", "ts"),
    "ts",
    (
        Column("ts", TIME, "When funding was paid", required=True),
        Column("settled_at", TIME, "When what was traded back is known", required=True),
        Column("began_at", TIME, "First push of the week that counts", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Who pushed, or was paid", required=True),
        Column("others", TEXT, "Other owners of the hand who did either, joined by a space"),
        Column("pushed", "DOUBLE", "Part of the price that it moved before", required=True),
        Column("one_way", "DOUBLE", "Smaller of net over gross of moves and of value taken"),
        Column("took", "DOUBLE", "Part of what was taken that way in those hours", required=True),
        Column("reversed", "DOUBLE", "Part of it that was traded back", required=True),
        Column("held", MONEY, "Value of the position that was paid", required=True),
        Column("received", MONEY, "What was paid on it in the week", required=True),
        Column("rate", "DOUBLE", "Funding rate", required=True),
        Column("times", WHOLE, "Such funding times in a week", required=True),
        Column("trade_ids", "VARCHAR[]", "Trades with which it pushed in the week", required=True),
    ),
    fact=True,
)
READS = ("fills", "groups", "marks", "positions", "prevailing", "pushes")
TAKES = {
    "fills": ("trade_id", "side", "notional", "signed_notional", "is_taker", "is_liquidation"),
    "groups": ("group_id",),
    "pushes": ("bought", "sold", "moved"),
}
VERSION = 2
REACH = timedelta(days=7)
FOLLOWS = ("marks where kind = 'funding'", 6 * HOUR)

LEAST = 0.0006, 0.55, 0.04, 0.4, 8_000
"""Move, net over gross, part taken, part traded back and USD: a time counts above those, which are
below any rule's line."""

SQL = f"""
with member as (
    select owner_id, min(group_id) as hand from groups group by all
), paid as (
    select k.instrument, k.ts as paid_at, k.value::double as rate, m.mid::double as mid
    from (select *, epoch_us(ts) // {SECOND} as second from marks where kind = 'funding') k
        asof join prevailing m on m.instrument = k.instrument and m.first <= k.second
    where k.second < m.stop
), pushing as (
    select f.instrument, f.paid_at, f.rate, f.mid, coalesce(m.hand, p.owner_id) as hand,
        min(p.ts) as began_at, sum(p.moved)::double / {BILLION} as moved,
        sum(abs(p.moved))::double / {BILLION} as gross,
        sum(p.bought - p.sold)::double as net, sum(p.bought + p.sold)::double as traded
    from paid f join pushes p on p.instrument = f.instrument
        and p.ts >= f.paid_at - interval 2 hour and p.ts < f.paid_at
        left join member m using (owner_id)
    group by all
), widening as (
    select *, if(net > 0, 1, -1) as sign, if(net > 0, 'buy', 'sell') as side from pushing
    where if(net > 0, moved, -moved) >= {LEAST[0]} and abs(moved) >= {LEAST[1]} * gross
        and abs(net) >= {LEAST[1]} * traded
), everybody as (
    select w.instrument, w.paid_at, w.side, sum(f.notional)::double as taken
    from (select distinct instrument, paid_at, side from widening) w join fills f
        on f.instrument = w.instrument and f.is_taker and f.side = w.side
        and f.ts >= w.paid_at - interval 2 hour and f.ts < w.paid_at
    group by all
), trade as (
    select coalesce(m.hand, f.owner_id) as hand, f.*
    from fills f left join member m using (owner_id)
    where coalesce(m.hand, f.owner_id) in (select hand from widening)
), after as (
    select w.instrument, w.paid_at, w.hand,
        coalesce(sum(-w.sign * f.signed_notional), 0)::double as back
    from widening w left join trade f on f.hand = w.hand and f.instrument = w.instrument
        and f.ts >= w.paid_at and f.ts < w.paid_at + interval 6 hour and not f.is_liquidation
    group by all
), latest as (
    select w.instrument, w.paid_at, coalesce(m.hand, p.owner_id) as hand, p.owner_id, p.quantity
    from (select distinct instrument, paid_at from widening) w join positions p
        on p.instrument = w.instrument and p.ts <= w.paid_at and p.ts > w.paid_at - interval 5 hour
        left join member m using (owner_id)
    qualify row_number() over (
        partition by w.instrument, w.paid_at, p.trader_id order by p.ts desc) = 1
), held as (
    select instrument, paid_at, hand, sum(quantity)::double as held,
        list(distinct owner_id) filter (quantity <> 0) as holders
    from latest group by all
), good as (
    select w.*, abs(w.net) / e.taken as took, a.back / abs(w.net) as reversed, h.holders,
        abs(h.held * w.mid) as held,
        cast(-h.held * w.rate * w.mid as decimal(38, 6)) as received
    from widening w join held h using (instrument, paid_at, hand)
        join everybody e using (instrument, paid_at, side)
        join after a using (instrument, paid_at, hand)
    where h.held * w.sign < 0 and abs(w.net) >= {LEAST[2]} * e.taken
        and a.back >= {LEAST[3]} * abs(w.net) and abs(h.held * w.mid) >= {LEAST[4]}
), named as (
    select g.instrument, g.hand, g.paid_at, list(distinct f.trade_id order by f.trade_id) as ids,
        list(distinct f.owner_id) as pushers
    from good g join good b on b.hand = g.hand and b.instrument = g.instrument
            and b.paid_at <= g.paid_at and b.paid_at >= g.paid_at - interval 6 day
        join trade f on f.hand = b.hand and f.instrument = b.instrument and f.is_taker
            and f.side = b.side and f.ts >= b.paid_at - interval 2 hour and f.ts < b.paid_at
    group by all
), whole as (
    select g.*, n.ids, list_sort(list_distinct(g.holders || n.pushers)) as owners,
        count(*) over w as times, sum(g.received) over w as received_all,
        min(g.began_at) over w as first_at
    from good g join named n using (instrument, hand, paid_at)
    window w as (partition by g.hand, g.instrument order by g.paid_at
        range between interval 6 day preceding and current row)
)
select paid_at as ts, paid_at + interval 6 hour as settled_at, first_at as began_at, instrument,
    owner_id, nullif(array_to_string(list_filter(owners, lambda x: x <> owner_id), ' '), '')
        as others,
    abs(moved) as pushed, least(abs(moved) / gross, abs(net) / traded) as one_way, took, reversed,
    held::decimal(18, 6) as held, received_all::decimal(18, 6) as received, rate, times,
    ids as trade_ids
from (select *, unnest(owners) as owner_id from whole)
"""
