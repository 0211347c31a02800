"""What accounts moved or traded while their identity was not in order, day by day.

The record that held at the time decides: a document that had expired, a verification refused, or
one still pending. An account without any record is another matter, which a venue's feeds show.
"""

from surveillance.activity.catalogue import MONEY, TEXT, TIME, Column, Table
from surveillance.times import DAY

TABLE = Table(
    "stale_identities",
    "One row an account and day on which it acted while its identity was not in order",
    ("trader_id", "ts"),
    "ts",
    (
        Column("ts", TIME, "When it first acted that day", required=True),
        Column("settled_at", TIME, "When the day was over", required=True),
        Column("trader_id", TEXT, "The account", required=True),
        Column("owner_id", TEXT, "Its owner", required=True),
        Column(
            "state",
            TEXT,
            "What was wrong",
            required=True,
            allowed=("expired", "refused", "pending"),
        ),
        Column("since", TIME, "From when on", required=True),
        Column("overdue", "DOUBLE", "Days from then to its act", required=True),
        Column("received", MONEY, "What it paid in that day, USD", required=True),
        Column("sent", MONEY, "What it withdrew that day, USD", required=True),
        Column("traded", MONEY, "What it traded that day, as far as known, USD", required=True),
        Column("line_usd", MONEY, "From where on law asks to know the customer, USD, if any does"),
        Column("transfer_ids", "VARCHAR[]", "Transfers of the day", required=True),
        Column("trade_ids", "VARCHAR[]", "Trades of the day", required=True),
    ),
    fact=True,
)
READS = ("fills", "kyc", "policies", "transfers", "valued_transfers")
TAKES = {"fills": ("trade_id", "notional")}
VERSION = 2
SETTLES = (DAY, 0)

SQL = f"""
with record as (
    select trader_id, ts, case when status = 'rejected' then 'refused'
            when status = 'pending' then 'pending' end as refused,
        document_expires_at as expires_at,
        coalesce(residence, '') as residence
    from known_kyc
), act as (
    select ts, trader_id, owner_id, transfer_id, null as trade_id,
        case when direction = 'in' then usd else 0 end as received,
        case when direction = 'out' then usd else 0 end as sent, 0 as traded
    from transfers where kind is distinct from 'sweep'
    union all
    select ts, trader_id, owner_id, null, trade_id, 0, 0, coalesce(notional, 0) from fills
), judged as (
    select a.*, coalesce(r.refused, case when r.expires_at < a.ts then 'expired' end) as state,
        case when r.refused is null then r.expires_at else r.ts end as since, r.residence
    from act a asof join record r on r.trader_id = a.trader_id and r.ts <= a.ts
), daily as (
    select min(ts) as ts, (ts::date + 1)::timestamp as settled_at, trader_id,
        any_value(owner_id) as owner_id, state, min(since) as since,
        arg_max(residence, ts) as residence,
        date_diff('second', min(since), min(ts)) / 86400.0 as overdue,
        try_cast(coalesce(sum(received), 0) as {MONEY}) as received,
        try_cast(coalesce(sum(sent), 0) as {MONEY}) as sent,
        try_cast(sum(traded) as {MONEY}) as traded,
        coalesce(list(transfer_id order by ts, transfer_id) filter (transfer_id is not null), [])
            as transfer_ids,
        coalesce(list(trade_id order by ts, trade_id) filter (trade_id is not null), [])
            as trade_ids
    from judged where state is not null group by trader_id, ts::date, state
)
select d.* exclude (residence), (
        select arg_max(p.usd, p.jurisdiction) from policies p
        where p.kind = 'due_diligence' and p.jurisdiction in ('', d.residence)
            and p.since <= d.ts and (p.until is null or d.ts < p.until)
    ) as line_usd
from daily d
"""
