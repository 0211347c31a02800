"""Swaps of one pool by which somebody dealt just before another and back just after.

Back is in the same block, or within the next few where neither swap has another half in its own.
Two legs are of one hand if one owner swapped both, or one contract sent both, unless so many owners
sent by it in the hour before that it is a router. What such a contract of a few sent in between is
its own as well, and nobody's loss. The gain is that of the price, so that it does not matter in
which of both assets it was left.
"""

from datetime import timedelta

from surveillance.activity.catalogue import QUANTITY, TEXT, TIME, WHOLE, Column, Table

TABLE = Table(
    "sandwiches",
    "One row a pair of swaps, there and back, with swaps of others between them",
    ("opens", "closes", "pool"),
    "ts",
    (
        Column("ts", TIME, "When the first was made", required=True),
        Column("closed_at", TIME, "When the last was", required=True),
        Column("owner_id", TEXT, "Who sent the first", required=True),
        Column("block", WHOLE, "Number of the block of the first", required=True),
        Column("blocks", WHOLE, "Blocks from the first to the last; 0 is the same", required=True),
        Column("pool", TEXT, "Pool that was traded with", required=True),
        Column("opens", TEXT, "Transaction of the first", required=True),
        Column("closes", TEXT, "Transaction of the last", required=True),
        Column("victims", WHOLE, "Swaps of others between them, the same way", required=True),
        Column("victim", TEXT, "First of who made those, by name"),
        Column("victim_tx", TEXT, "First of those transactions, by name", required=True),
        Column("given", QUANTITY, "Amount given first", required=True),
        Column("asset", TEXT, "What was given first", required=True),
        Column("leftover", "DOUBLE", "Difference of what was received and swapped back, a part",
               required=True),
        Column("better", "DOUBLE", "Price of the last over that of the first, less 1",
               required=True),
        Column("gain_usd", "DOUBLE", "Gain after gas, where one of both assets is a dollar"),
        Column("tx_hashes", "VARCHAR[]", "Both transactions", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("swaps", "owners")
REACH = timedelta(hours=1)

USERS = 3
"""Owners who send by a contract, above which it is a router and ties nobody."""
LATER = 2
"""Blocks within which somebody who could not be last in the same block deals back."""
_DOLLARS = "('USD', 'USDC', 'USDT', 'DAI')"

SQL = f"""
with leg as (
    select s.*, coalesce(o.owner_id, s.trader_id) as owner_id
    from swaps s left join owners o using (trader_id)
), pair as (
    select a.owner_id, a.ts, b.ts as closed_at, a.block, b.block - a.block as blocks, a.pool,
        a.asset_in, a.asset_out, a.position as first, b.position as last, a.amount_in, a.amount_out,
        b.amount_out / b.amount_in * (a.amount_out / a.amount_in) - 1 as better,
        case when a.contract = b.contract then a.contract end as contract,
        abs(a.amount_out - b.amount_in) / a.amount_out as leftover, a.tx_hash as opens,
        b.tx_hash as closes, b.owner_id as closer,
        coalesce(a.gas_usd, 0) + coalesce(b.gas_usd, 0) as gas
    from leg a join leg b on b.block between a.block and a.block + {LATER} and b.pool = a.pool
        and b.asset_in = a.asset_out and b.asset_out = a.asset_in
    where (a.block, a.position) < (b.block, b.position)
        and (a.owner_id = b.owner_id or a.contract = b.contract)
), half as (
    select p.* from pair p where p.blocks = 0 or not exists (
        select 1 from pair q where q.blocks = 0 and q.pool = p.pool
            and (q.opens in (p.opens, p.closes) or q.closes in (p.opens, p.closes)))
), router as (
    select p.opens, p.closes, p.pool from half p join leg u on u.contract = p.contract
    where u.ts > p.closed_at - interval 1 hour and u.ts <= p.closed_at
    group by all having count(distinct u.owner_id) > {USERS}
), tied as (
    select p.*, r.opens is null as is_private from half p
        left join router r using (opens, closes, pool)
    where r.opens is null or p.owner_id = p.closer
), victim as (
    select p.opens, p.closes, p.pool, count(*) as victims, min(v.trader_id) as victim,
        min(v.tx_hash) as victim_tx
    from tied p join leg v on v.block between p.block and p.block + p.blocks and v.pool = p.pool
        and v.asset_in = p.asset_in
    where (v.block, v.position) > (p.block, p.first)
        and (v.block, v.position) < (p.block + p.blocks, p.last) and v.owner_id <> p.owner_id
        and v.owner_id <> p.closer
        and (not p.is_private or p.contract is null or v.contract is distinct from p.contract)
    group by all
)
select p.ts, p.closed_at, p.owner_id, p.block, p.blocks, p.pool, p.opens, p.closes, v.victims,
    v.victim, v.victim_tx, p.amount_in as given, p.asset_in as asset, p.leftover, p.better,
    case when p.asset_in in {_DOLLARS} then p.amount_in * p.better
        when p.asset_out in {_DOLLARS} then p.amount_out * p.better / (1 + p.better) end - p.gas
        as gain_usd,
    [p.opens, p.closes] as tx_hashes
from tied p join victim v using (opens, closes, pool)
"""
