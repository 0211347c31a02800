"""Trades inside one hand, and how seldom its accounts would have met by accident.

A hand is an owner, or all owners of a group. Its accounts trade with each other at once, or through
somebody who ends flat within seconds: see ``detours``.

Desks and accounts that are not kept from one another meet as often as their own trading with
others says: the product of both rates, over the market's. The count of their meetings is held
against Poisson's law of that mean, by the better of two bounds of its tail. An account that hardly
trades with anybody else has no excuse of that kind. Where a third stood in the middle they need
only have met it within the same seconds, which is another product of both rates. Each hour with
such a trade looks back on a day. Blocks and liquidations are left out.
"""

from datetime import timedelta

from surveillance.activity.catalogue import FLAG, QUANTITY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts.detours import PAUSE
from surveillance.times import HOUR

TABLE = Table(
    "self_crosses",
    "One row an hour, instrument and owner whose hand traded with itself",
    ("settled_at", "owner_id", "instrument"),
    "ts",
    (
        Column("ts", TIME, "First of them in the day before", required=True),
        Column("settled_at", TIME, "When the hour was over", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "An owner who took part", required=True),
        Column("with_", TEXT, "The accounts", required=True),
        Column("via", TEXT, "Who stood in the middle, if anybody did"),
        Column("trades", WHOLE, "Trades inside the hand", required=True),
        Column(
            "times",
            WHOLE,
            "Times that its accounts met, however many trades each came to",
            required=True,
        ),
        Column("quantity", QUANTITY, "Contracts that it traded with itself", required=True),
        Column(
            "share",
            "DOUBLE",
            "Their part of all that it traded, each trade inside counted once",
            required=True,
        ),
        Column(
            "usual",
            "DOUBLE",
            "What usually trades at once in the market, a geometric mean",
            required=True,
        ),
        Column(
            "rarity",
            "DOUBLE",
            "Zeros of the chance that they met by accident: 6 is one in a million",
            required=True,
        ),
        Column("omnibus", FLAG, "Its accounts are a broker's, for many clients", required=True),
        Column("trade_ids", "VARCHAR[]", "The trades", required=True),
    ),
    fact=True,
)
READS = ("accounts", "detours", "fills", "groups")
TAKES = {
    "detours": ("trade_key", "hand", "one_id", "other_id", "via"),
    "fills": ("trade_id", "order_key", "counterparty_id", "counterparty_owner_id", "side",
              "quantity", "is_block", "is_liquidation"),
    "groups": ("group_id", "owners"),
}  # fmt: skip
VERSION = 2
REACH = timedelta(days=1)
SETTLES = (HOUR, 0)

_BACK = 23
"""Hours before its own on which a row looks back."""

SQL = f"""
with linked as (
    select trader_id, group_id from groups where owners > 1
), fill as (
    select f.*, coalesce(m.group_id, f.owner_id) as hand, d.via,
        case when d.via is null then coalesce(t.group_id, f.counterparty_owner_id)
            else d.hand end as other_hand,
        coalesce(d.one_id, least(f.trader_id, f.counterparty_id)) as one,
        coalesce(d.other_id, greatest(f.trader_id, f.counterparty_id)) as other,
        epoch_us(f.ts) // {HOUR} as hour, coalesce(f.order_key, f.trade_key) as met
    from fills f left join linked m on m.trader_id = f.trader_id
        left join linked t on t.trader_id = f.counterparty_id
        left join detours d on d.trade_key = f.trade_key
    where not f.is_block and not f.is_liquidation
), inner_ as materialized (
    select * from fill where hand = other_hand
), asked as materialized (
    select distinct hand, instrument, hour from inner_
), omnibus as (
    select trader_id from known_accounts where trader_id in (select trader_id from inner_)
    qualify row_number() over (partition by trader_id order by ts desc) = 1 and kind = 'omnibus'
), met as materialized (
    select a.hand, a.instrument, a.hour, i.one, i.other, min(i.ts) as ts, max(i.via) as via,
        count(distinct i.trade_key) as trades, sum(i.quantity) as quantity,
        list(distinct i.owner_id) as owners,
        least(count(distinct i.met) filter (i.side = 'buy'),
            count(distinct i.met) filter (i.side = 'sell')) as times,
        bool_and(i.trader_id in (select trader_id from omnibus)) as omnibus,
        list(distinct i.trade_id) as trade_ids
    from asked a join inner_ i on i.hand = a.hand and i.instrument = a.instrument
        and i.hour between a.hour - {_BACK} and a.hour
    group by all
), hourly as (
    select hand, trader_id, instrument, hour, sum(quantity) as quantity,
        count(distinct met) filter (hand is distinct from other_hand) as others
    from fill semi join asked using (hand, instrument) group by all
), own as materialized (
    select a.hand, a.instrument, a.hour, h.trader_id, sum(h.quantity) as quantity,
        sum(h.others) as others
    from asked a join hourly h on h.hand = a.hand and h.instrument = a.instrument
        and h.hour between a.hour - {_BACK} and a.hour group by all
), market as (
    select instrument, hour, count(distinct (met, hand)) filter (via is null
            and hand is distinct from other_hand) as times, count(*) as sides,
        sum(cast(round(ln(quantity) * 1000000) as bigint)) as size
    from fill where instrument in (select instrument from asked) group by all
), around as (
    select a.hand, a.instrument, a.hour, sum(m.times) + 1 as times, count(*) as hours,
        exp(sum(m.size) / sum(m.sides) / 1000000) as usual
    from asked a join market m on m.instrument = a.instrument
        and m.hour between a.hour - {_BACK} and a.hour group by all
), product as (
    select m.hand, m.instrument, m.hour, m.via, cast((one.others + 0.5) * (other.others + 0.5)
        / case when m.one = m.other then 2 else 1 end as decimal(38, 3)) as rates
    from met m join own one on one.trader_id = m.one and one.instrument = m.instrument
            and one.hour = m.hour
        join own other on other.trader_id = m.other and other.instrument = m.instrument
            and other.hour = m.hour
), expected as (
    select p.hand, p.instrument, p.hour, a.usual, sum(p.rates)::double / a.times
        + coalesce(sum(p.rates) filter (p.via is not null), 0)::double
            * {2 * PAUSE} / (a.hours * {HOUR})
        as by_chance
    from product p join around a using (hand, instrument, hour)
    group by p.hand, p.instrument, p.hour, a.times, a.hours, a.usual
), whole as (
    select hand, instrument, hour, min(ts) as ts, max(via) as via, sum(trades) as trades,
        sum(times) as times, sum(quantity) / 2 as quantity, bool_and(omnibus) as omnibus,
        list_sort(list_distinct(flatten(list(owners)))) as owners,
        list_sort(list_distinct(flatten(list([one, other])))) as accounts,
        list_sort(flatten(list(trade_ids))) as trade_ids
    from met group by all
), volume as (
    select hand, instrument, hour, sum(quantity) as quantity from own group by all
)
select w.ts, make_timestamp((w.hour + 1) * {HOUR}) as settled_at, w.instrument,
    unnest(w.owners) as owner_id, array_to_string(w.accounts, ', ') as with_, w.via, w.trades,
    w.times, w.quantity, 2 * w.quantity / v.quantity as share, e.usual, w.omnibus, w.trade_ids,
    round(greatest(0, lgamma(w.times + 1) - w.times * ln(e.by_chance),
        case when w.times > e.by_chance then w.times
            * ln(w.times / e.by_chance) - w.times + e.by_chance end) / ln(10), 6) as rarity
from whole w join volume v using (hand, instrument, hour)
    join expected e using (hand, instrument, hour)
"""
