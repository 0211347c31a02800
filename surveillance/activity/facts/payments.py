"""Money that moved between two owners, or between one and somebody outside, each time once.

A transfer within the venue may be told by both accounts; where the payer tells it, it is theirs,
and the payee's row of the same pair, asset and amount within the hour before or after is the same.
What an owner moves between own accounts, and what the venue sweeps, went nowhere.
"""

from datetime import timedelta

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, WHOLE, Column, Table

TABLE = Table(
    "payments",
    "One row a transfer from one owner or outside party to another",
    ("transfer_id",),
    "ts",
    (
        Column("ts", TIME, "When it moved", required=True),
        Column("seq", WHOLE, "Breaks ties of ts", required=True),
        Column(
            "transfer_id", TEXT, "The transfer, as its payer tells it if both do", required=True
        ),
        Column("payer_id", TEXT, "Owner, outside account or address that paid"),
        Column("payee_id", TEXT, "Owner, outside account or address that was paid"),
        Column("payer_hand", TEXT, "Group of linked accounts that paid; else the payer"),
        Column("payee_hand", TEXT, "Group of linked accounts that was paid; else the payee"),
        Column("payer_is_client", FLAG, "An account here paid", required=True),
        Column("payee_is_client", FLAG, "An account here was paid", required=True),
        Column("kind", TEXT, "How it moved"),
        Column("asset", TEXT, "Asset moved", required=True),
        Column("usd", MONEY, "Its worth, USD", required=True),
        Column("is_institution", FLAG, "The outside party holds for many", required=True),
    ),
    fact=True,
)
READS = ("groups", "owners", "transfers", "valued_transfers")
TAKES = {"groups": ("group_id",)}
REACH = timedelta(hours=2)

SQL = f"""
with told as (
    select t.ts, t.seq, t.transfer_id, t.direction = 'out' as is_out, t.kind, t.asset, t.amount,
        try_cast(t.usd as {MONEY}) as usd, t.owner_id,
        coalesce(g.group_id, t.owner_id) as hand,
        coalesce(o.owner_id, t.counterparty_id, t.address) as party_id,
        coalesce(p.group_id, o.owner_id, t.counterparty_id, t.address) as party_hand,
        t.counterparty_vasp is not null or coalesce(t.self_hosted, true) = false as held,
        epoch_us(t.ts) // 3600000000 as hour
    from transfers t left join groups g using (trader_id)
        left join owners o on o.trader_id = t.counterparty_id
        left join groups p on p.trader_id = t.counterparty_id
    where t.usd is not null and t.kind is distinct from 'sweep' and t.owner_id is not null
), client as (
    select distinct owner_id as id from told
), got as (
    select distinct party_id as owner_id, owner_id as party_id
    from told where not is_out and party_id in (from client)
), paid as (
    select owner_id, party_id, asset, amount, unnest([hour - 1, hour, hour + 1]) as hour
    from told semi join got using (owner_id, party_id) where is_out
), once as (
    select * from told t where is_out or not exists (
        select 1 from paid p where p.owner_id = t.party_id and p.party_id = t.owner_id
            and p.asset = t.asset and p.amount = t.amount and p.hour = t.hour)
)
select ts, seq, transfer_id, kind, asset, usd,
    case when is_out then owner_id else party_id end as payer_id,
    case when is_out then party_id else owner_id end as payee_id,
    case when is_out then hand else party_hand end as payer_hand,
    case when is_out then party_hand else hand end as payee_hand,
    is_out or coalesce(party_id in (from client), false) as payer_is_client,
    not is_out or coalesce(party_id in (from client), false) as payee_is_client,
    held and coalesce(party_id not in (from client), true) as is_institution
from once where usd is not null and party_id is distinct from owner_id
"""
