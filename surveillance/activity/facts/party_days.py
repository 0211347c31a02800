"""What an owner paid to, or got of, each other party in a day: what gatherings are made of."""

from surveillance.activity.catalogue import MONEY, TEXT, TIME, WHOLE, Column, Table

TABLE = Table(
    "party_days",
    "One row an owner, day, way and party",
    ("owner_id", "day", "way", "party"),
    "ts",
    (
        Column("ts", TIME, "When the first of it moved", required=True),
        Column("last_at", TIME, "When the last of it moved", required=True),
        Column("day", WHOLE, "Days since 1970, UTC", required=True),
        Column("owner_id", TEXT, "Owner of an account here", required=True),
        Column("way", TEXT, "Paid out by the owner, or in", required=True, allowed=("in", "out")),
        Column("party", TEXT, "The other hand; empty where nobody is named", required=True),
        Column("usd", MONEY, "What moved, USD", required=True),
        Column("moves", WHOLE, "How many transfers", required=True),
        Column("transfer_ids", "VARCHAR[]", "The transfers", required=True),
    ),
    fact=True,
)
READS = ("payments",)

_WAY = """
    select {me}_id as owner_id, '{way}' as way, coalesce({other}_hand, '') as party,
        epoch_us(ts) // 86400000000 as day, ts, seq, transfer_id, usd
    from payments where {me}_is_client and {me}_id is not null"""

SQL = f"""
with own as not materialized ({_WAY.format(me="payer", other="payee", way="out")}
    union all {_WAY.format(me="payee", other="payer", way="in")}
), cell as materialized (
    select min(ts) as ts, max(ts) as last_at, day, owner_id, way, party,
        try_cast(sum(usd) as {MONEY}) as usd, count(*) as moves, any_value(transfer_id) as only_id
    from own group by all
), several as (
    select owner_id, day, way, party, list(transfer_id order by ts, seq, transfer_id) as ids
    from own semi join (from cell where moves > 1) using (owner_id, day, way, party) group by all
)
select c.* exclude (only_id), coalesce(ids, [only_id]) as transfer_ids
from cell c left join several using (owner_id, day, way, party)
"""
"""Most cells are of one transfer, and to keep lists in order costs most: so only of several."""
