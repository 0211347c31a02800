"""Accounts whose hold on their owner changed: before money left, or again and again.

For each withdrawal: what changed within the day before it, device, password or contact, of how many
kinds, and how much of what is there it takes. What is there is what had come in less what had gone,
as far as it is known; a device is new that the account had not used before, if it had used any.

For each change of who the owner is: how often name, birth, number, nationality or residence changed
within thirty days, of records that were verified; what is corrected before that is an application.
Another order or spelling of small and large letters, and marks upon letters, change no name.
"""

from datetime import timedelta

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, WHOLE, Column, Table

TABLE = Table(
    "identity_changes",
    "One row a withdrawal with a change of the account within the day before it, and a change of "
    "who the owner is",
    ("trader_id", "ts", "transfer_id"),
    "ts",
    (
        Column("ts", TIME, "When it left, or changed", required=True),
        Column("since", TIME, "The first change of the day, or of thirty days", required=True),
        Column("transfer_id", TEXT, "The withdrawal; empty where none is looked at", required=True),
        Column("trader_id", TEXT, "The account", required=True),
        Column("owner_id", TEXT, "Its owner", required=True),
        Column("changes", WHOLE, "Kinds of change, a new recipient included", required=True),
        Column("renewals", WHOLE, "Changes of who the owner is, in thirty days", required=True),
        Column("names", TEXT, "What changed, in the order of their names", required=True),
        Column("is_new_recipient", FLAG, "It had never paid there before", required=True),
        Column("usd", MONEY, "Withdrawn that day so far, USD", required=True),
        Column("share", "DOUBLE", "Of what had come in less what had gone, if anything is known"),
        Column("transfer_ids", "VARCHAR[]", "Withdrawals of the day", required=True),
    ),
    fact=True,
)
READS = ("kyc", "logins", "owners", "transfers", "valued_transfers")
REACH = timedelta(days=3)

SQL = f"""
with out_ as (
    select * from transfers where direction = 'out' and kind is distinct from 'sweep'
        and usd is not null and owner_id is not null
), seen as (
    select *, min(ts) over (partition by trader_id) as first from (
        select trader_id, device_id, min(ts) as ts from known_logins
        where device_id is not null and kind is distinct from 'failure' group by all)
), change as (
    select trader_id, ts, kind as name from logins
    where kind in ('password', 'second_factor', 'contact', 'address')
    union all
    select trader_id, ts, 'device' from seen where ts > first
    union all
    select trader_id, ts, 'device' from logins where kind = 'device'
), near as (
    select o.transfer_id, min(c.ts) as since, list_sort(list(distinct c.name)) as names
    from out_ o join change c on c.trader_id = o.trader_id
        and c.ts <= o.ts and c.ts > o.ts - interval 1 day
    group by all
), paid as (
    select trader_id, coalesce(address, counterparty_id) as party, min(ts) as ts
    from known_transfers where direction = 'out' group by all
), day as (
    select n.*, o.ts, o.trader_id, o.owner_id, coalesce(o.address, o.counterparty_id) as party
    from near n join out_ o using (transfer_id)
), gone as (
    select d.transfer_id, sum(o.usd) as usd,
        list(o.transfer_id order by o.ts, o.transfer_id) as transfer_ids
    from day d join out_ o on o.trader_id = d.trader_id and o.ts >= d.since and o.ts <= d.ts
    group by all
), there as (
    select d.transfer_id, sum(case when k.direction = 'in' then k.usd else -k.usd end) as usd
    from day d join known_transfers k on k.trader_id = d.trader_id
        and k.ts < d.ts and not (k.direction = 'out' and k.ts >= d.since)
    group by all
), said as (
    select trader_id, ts, status,
        unnest(['name', 'birth', 'number', 'nationality', 'residence']) as field,
        unnest([array_to_string(list_sort(regexp_extract_all(
                lower(strip_accents(name)), '[^\\s.,]+')), ' '), birth_date,
            upper(regexp_replace(coalesce(lei, national_id), '[^0-9A-Za-z]', '', 'g')),
            upper(nationality), upper(residence)]) as value
    from known_kyc
), other as (
    select trader_id, ts, field from said where value <> ''
    window w as (partition by trader_id, field order by ts)
    qualify value <> lag(value) over w
        and coalesce(lag(status) over w, 'verified') = 'verified'
), renewed as (
    select distinct coalesce(w.owner_id, o.trader_id) as owner_id, o.*
    from other o left join owners w using (trader_id)
), month as (
    select n.trader_id, n.owner_id, n.ts, min(e.ts) as since,
        count(distinct (e.field, e.ts::date)) as renewals,
        array_to_string(list_sort(list(distinct e.field)), ', ') as names
    from (select distinct trader_id, owner_id, ts from renewed) n
        semi join kyc k on k.trader_id = n.trader_id and k.ts = n.ts
        join renewed e on e.owner_id = n.owner_id
        and e.ts <= n.ts and e.ts > n.ts - interval 30 day
    group by all
)
select d.ts, d.since, d.transfer_id, d.trader_id, d.owner_id,
    len(d.names) + (p.ts is null)::integer as changes, 0 as renewals,
    array_to_string(d.names, ', ') as names, p.ts is null as is_new_recipient,
    try_cast(g.usd as {MONEY}) as usd,
    case when t.usd > 0 then least(g.usd::double / t.usd::double, 1) end as share, g.transfer_ids
from day d join gone g using (transfer_id) left join there t using (transfer_id)
    left join paid p on p.trader_id = d.trader_id and p.party = d.party and p.ts < d.ts
union all by name
select ts, since, '' as transfer_id, trader_id, owner_id, 0 as changes, renewals, names,
    false as is_new_recipient, 0 as usd, 0 as share, [] as transfer_ids
from month
"""
