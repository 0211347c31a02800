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

_WAY = f"""
select min(ts) as ts, max(ts) as last_at, epoch_us(ts) // 86400000000 as day,
    {{me}}_id as owner_id, '{{way}}' as way, coalesce({{other}}_hand, '') as party,
    try_cast(sum(usd) as {MONEY}) as usd, count(*) as moves,
    list(transfer_id order by ts, seq, transfer_id) as transfer_ids
from payments where {{me}}_is_client and {{me}}_id is not null group by all
"""

SQL = " union all ".join(
    (
        _WAY.format(me="payer", other="payee", way="out"),
        _WAY.format(me="payee", other="payer", way="in"),
    )
)
