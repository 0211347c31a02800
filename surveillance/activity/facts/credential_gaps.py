"""Accounts whose credential did not hold: what its last check before a withdrawal said.

Expired, revoked, suspended and unverifiable are different things, as are one that was last checked
too long ago and one whose holder has another account; an issuer out of reach takes nothing away.
Whoever shows one whose holder is there already as somebody else is told before any money moves: who
came second, at the first check.

Only digests, states and times are here. SD-JWT credentials are checked at landing (the source
``credentials``); no verifier of zero-knowledge proofs is well kept today, so of those the state is
what the venue's own checks say.
"""

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, WHOLE, Column, Table

STATES = ("revoked", "suspended", "expired", "unverifiable", "stale", "reused")
TABLE = Table(
    "credential_gaps",
    "One row a withdrawal and state of the account's credential that was not valid, and one where "
    "a holder first came under a second name",
    ("credential_id", "state", "transfer_id"),
    "ts",
    (
        Column("ts", TIME, "When it left, or was checked", required=True),
        Column("transfer_id", TEXT, "The withdrawal; empty where none is looked at", required=True),
        Column("trader_id", TEXT, "The account", required=True),
        Column("owner_id", TEXT, "Its owner", required=True),
        Column("credential_id", TEXT, "Digest of the credential", required=True),
        Column("issuer", TEXT, "Who issued it"),
        Column("state", TEXT, "What was wrong", required=True, allowed=STATES),
        Column("since", TIME, "From when on, or when it was last checked", required=True),
        Column("overdue", "DOUBLE", "Hours from then to the withdrawal", required=True),
        Column("holders", WHOLE, "Other owners under the tag of its holder", required=True),
        Column("is_first", FLAG, "Its holder came under a second name just then", required=True),
        Column("usd", MONEY, "Withdrawn, USD", required=True),
        Column("transfer_ids", "VARCHAR[]", "The withdrawal, if it is one", required=True),
    ),
    fact=True,
)
READS = ("kyc_credentials", "owners", "transfers", "valued_transfers")

VERSION = 3
"""Since the third, a holder under two names is told without a withdrawal."""

SQL = f"""
with checked as (
    select k.*, coalesce(o.owner_id, k.trader_id) as holder
    from known_kyc_credentials k left join owners o using (trader_id)
), kind as (
    select distinct trader_id, coalesce(kind, '') as kind from checked
), out_ as (
    select t.ts, t.transfer_id, t.trader_id, t.owner_id, t.usd, k.kind
    from transfers t join kind k using (trader_id)
    where t.direction = 'out' and t.usd is not null and t.kind is distinct from 'sweep'
), last_ as (
    select o.*, c.ts as checked_at, c.credential_id, c.issuer, c.status, c.valid_until, c.nullifier
    from out_ o join checked c on c.trader_id = o.trader_id and coalesce(c.kind, '') = o.kind
        and c.ts <= o.ts
    qualify row_number() over (partition by o.transfer_id, o.kind
        order by c.ts desc, (c.status = 'valid')::integer desc, c.credential_id) = 1
), shared as (
    select l.transfer_id, l.kind, count(distinct c.holder) as holders, min(c.ts) as since
    from last_ l join checked c on c.nullifier = l.nullifier and c.holder <> l.owner_id
        and c.ts <= l.ts
    group by all
), judged as (
    select l.*, coalesce(s.holders, 0) as holders, case
            when l.status in ('revoked', 'suspended') then l.status
            when s.holders > 0 or l.status = 'reused' then 'reused'
            when l.valid_until < l.ts or l.status = 'expired' then 'expired'
            when l.status in ('unverifiable', 'stale') then l.status
            when l.checked_at < l.ts - interval 24 hour then 'stale' end as state,
        case when l.status in ('revoked', 'suspended') then l.checked_at
            when s.holders > 0 then s.since
            when l.valid_until < l.ts then l.valid_until
            else l.checked_at end as since
    from last_ l left join shared s using (transfer_id, kind)
), lapsed as (
    select ts, transfer_id, trader_id, owner_id, credential_id, issuer, state, since, holders, usd,
        false as is_first, [transfer_id] as transfer_ids
    from judged where state is not null
    qualify row_number() over (partition by transfer_id, state order by since, credential_id) = 1
), came as (
    select * from checked where nullifier is not null
    qualify row_number() over (partition by holder, nullifier
        order by ts, trader_id, credential_id) = 1
), second as (
    select n.ts, '' as transfer_id, n.trader_id, n.holder as owner_id, n.credential_id, n.issuer,
        'reused' as state, min(o.ts) as since, count(*) as holders, 0 as usd, true as is_first,
        [] as transfer_ids
    from came n semi join kyc_credentials k on k.trader_id = n.trader_id
            and k.credential_id = n.credential_id and k.ts = n.ts
        join came o on o.nullifier = n.nullifier and o.holder <> n.holder and o.ts <= n.ts
    group by all
)
select * replace (try_cast(usd as {MONEY}) as usd),
    date_diff('second', since, ts) / 3600.0 as overdue
from (from lapsed union all from second)
"""
