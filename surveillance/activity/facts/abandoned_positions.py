"""Positions left to the insurance fund after their collateral went, and who won what the fund lost.

Who won is who was the other way when it was liquidated: another account of the same hand, in any
product of the underlying, or a partner of whom the position was taken in the two days before. A
partner may be a market maker who meets whoever comes, so it is said how it quoted.
"""

from datetime import timedelta

from surveillance.activity.catalogue import MONEY, QUANTITY, TEXT, TIME, Column, Table

TABLE = Table(
    "abandoned_positions",
    "One row a liquidation that cost the fund, a hand that was the other way, and an owner of both",
    ("instrument", "owner_id", "partner", "ts"),
    "ts",
    (
        Column("ts", TIME, "First liquidation after an hour without", required=True),
        Column("settled_at", TIME, "When those within half an hour are known", required=True),
        Column("began_at", TIME, "First withdrawal", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Whose position it was, or who was the other way", required=True),
        Column("act", TEXT, "Which of both", required=True, allowed=("lost", "won")),
        Column("partner", TEXT, "Owners who were the other way, joined by a space", required=True),
        Column("quantity", QUANTITY, "Contracts that were liquidated", required=True),
        Column("loss", MONEY, "What the fund lost within half an hour, USD", required=True),
        Column("withdrawn", MONEY, "Worth of what left the account before, USD", required=True),
        Column("stripped", "DOUBLE", "Part of that in itself and the margin left", required=True),
        Column("opposite", "DOUBLE", "What the partner held the other way over it", required=True),
        Column("with_partner", "DOUBLE", "Part of it that was taken of the partner; all in a hand"),
        Column("quoted", "DOUBLE", "Share of the winners' minutes with orders in five hours before,"
               " a dozen at least, that showed both sides"),
        Column("trade_ids", "VARCHAR[]", "Trades that opened it", required=True),
        Column("liquidation_ids", "VARCHAR[]", "Liquidations of it", required=True),
        Column("transfer_ids", "VARCHAR[]", "Withdrawals before", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("fills", "groups", "instruments", "liquidations", "positions", "shown_sides", "transfers",
         "valued_transfers")  # fmt: skip
TAKES = {
    "fills": ("trade_id", "side", "quantity", "is_liquidation", "counterparty_owner_id"),
    "groups": ("group_id",),
    "shown_sides": ("bid", "offered"),
}
REACH = timedelta(hours=49)
VERSION = 2

STRIPPED, OPENED, HELD = "interval 2 hour", "interval 48 hour", "interval 5 hour"
"""How long before the liquidation a withdrawal, an opening trade and a report of a position count;
engineering defaults."""
_LATER = "interval 30 minute"
FEW = 12
"""Who showed both sides in fewer minutes than that hardly quotes."""

SQL = f"""
with member as (
    select owner_id, min(group_id) as hand from groups group by all
), terms as (
    select instrument, coalesce(underlying, instrument) as family from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), each as (
    select *, lag(ts) over (partition by trader_id, instrument order by ts, seq) as earlier
    from liquidations where fund_change < 0
), lost as (
    select f.liquidation_id, f.trader_id, f.owner_id, coalesce(m.hand, f.owner_id) as hand,
        f.instrument, coalesce(t.family, f.instrument) as family, f.ts,
        sum(-l.fund_change) as loss,
        list(distinct l.liquidation_id order by l.liquidation_id) as liquidation_ids
    from each f join each l on l.trader_id = f.trader_id and l.instrument = f.instrument
            and l.ts >= f.ts and l.ts < f.ts + {_LATER}
        left join terms t on t.instrument = f.instrument
        left join member m on m.owner_id = f.owner_id
    where f.earlier is null or f.earlier < f.ts - interval 1 hour group by all
), standing as (
    select l.liquidation_id, p.trader_id, p.owner_id, coalesce(m.hand, p.owner_id) as hand,
        p.instrument, coalesce(p.delta, p.quantity) as held, coalesce(p.margin, 0) as margin
    from lost l join (select p.*, coalesce(t.family, p.instrument) as family
            from positions p left join terms t using (instrument)) p
        on p.family = l.family and p.ts < l.ts and p.ts >= l.ts - {HELD}
        left join member m on m.owner_id = p.owner_id
    qualify row_number() over (partition by l.liquidation_id, p.trader_id, p.instrument
        order by p.ts desc) = 1
), stood as (
    select l.*, s.held, s.margin from lost l join standing s using (liquidation_id, trader_id)
    where s.instrument = l.instrument and s.held <> 0
), stripped as (
    select s.liquidation_id, sum(t.usd) as withdrawn, min(t.ts) as began_at,
        list(distinct t.transfer_id order by t.transfer_id) as transfer_ids
    from stood s join transfers t on t.trader_id = s.trader_id and t.direction = 'out'
        and t.ts < s.ts and t.ts >= s.ts - {STRIPPED}
    group by all having sum(t.usd) > 0
), opened as (
    select s.liquidation_id, coalesce(m.hand, f.counterparty_owner_id) as partner,
        sum(f.quantity) as quantity, list(distinct f.trade_id) as ids
    from stood s semi join stripped using (liquidation_id)
        join fills f on f.trader_id = s.trader_id and f.instrument = s.instrument
            and f.side = if(s.held > 0, 'buy', 'sell') and f.ts < s.ts and f.ts >= s.ts - {OPENED}
        left join member m on m.owner_id = f.counterparty_owner_id
    where not f.is_liquidation group by all
), whole as (
    select liquidation_id, sum(quantity) as quantity, flatten(list(ids)) as ids
    from opened group by all
), partner as (
    select s.liquidation_id, p.hand as partner, s.hand = p.hand as same,
        abs(sum(p.held)) as against, list(distinct p.owner_id order by p.owner_id) as winners
    from stood s semi join stripped using (liquidation_id) join standing p using (liquidation_id)
    where (p.held > 0) <> (s.held > 0) and p.held <> 0
        and (p.instrument = s.instrument or s.hand = p.hand)
    group by all
), showing as (
    select p.liquidation_id, p.partner, q.ts, sum(q.bid) as bid, sum(q.offered) as offered
    from (select *, unnest(winners) as owner_id from partner) p join stood s using (liquidation_id)
        join shown_sides q on q.owner_id = p.owner_id and q.instrument = s.instrument
            and q.ts >= s.ts - {HELD} and q.ts < s.ts
    where not p.same group by all
), quoting as (
    select liquidation_id, partner,
        count(*) filter (bid > 0 and offered > 0) / greatest({FEW}, count(*)) as quoted
    from showing group by all
), judged as (
    select s.*, t.* exclude (liquidation_id), p.winners, q.quoted,
        t.withdrawn::double / (t.withdrawn + greatest(s.margin, 0))::double as stripped,
        p.against::double / abs(s.held)::double as opposite,
        if(p.same, 1, coalesce(o.quantity, 0)::double / w.quantity::double) as with_partner,
        list_sort(list_distinct(coalesce(w.ids, []))) as trade_ids
    from stood s join stripped t using (liquidation_id) join partner p using (liquidation_id)
        left join whole w using (liquidation_id)
        left join opened o on o.liquidation_id = s.liquidation_id and o.partner = p.partner
        left join quoting q on q.liquidation_id = s.liquidation_id and q.partner = p.partner
), named as (
    select *, owner_id as name, 'lost' as act from judged union all
    select *, unnest(list_filter(winners, lambda x: x <> owner_id)), 'won' from judged
)
select ts, ts + {_LATER} as settled_at, began_at, instrument, name as owner_id, act,
    array_to_string(winners, ' ') as partner, abs(held) as quantity, loss,
    try_cast(withdrawn as {MONEY}) as withdrawn, stripped, opposite, with_partner,
    quoted, trade_ids, liquidation_ids, transfer_ids
from named
"""
