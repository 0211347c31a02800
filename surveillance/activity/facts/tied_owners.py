"""Owners who seem to be one person under several names, with what each did meanwhile.

Those of one group who are tied by device, identity or payout address, and who are each verified or
opened as somebody else. What the one says by whom the others hang together is what ties those
to it. Households share a network and sometimes a device: they are few.
"""

from surveillance.activity.catalogue import MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import DAY

TABLE = Table(
    "tied_owners",
    "One row an owner of a group of several owners, and day on which it was opened or moved money",
    ("owner_id", "ts"),
    "ts",
    (
        Column("ts", TIME, "When it was opened or first moved money that day", required=True),
        Column("settled_at", TIME, "When the day was over", required=True),
        Column("owner_id", TEXT, "The owner", required=True),
        Column("others", TEXT, "The other owners of the group", required=True),
        Column("owners", WHOLE, "Owners of the group", required=True),
        Column("strength", "DOUBLE", "How surely it is of the group, 0 to 1", required=True),
        Column("reasons", TEXT, "What ties it, in words", required=True),
        Column("opened", WHOLE, "Owners of it that were opened within a week of it", required=True),
        Column("active", WHOLE, "Owners of it that moved money that week", required=True),
        Column("usd", MONEY, "What it moved that week, USD", required=True),
        Column("trader_ids", "VARCHAR[]", "Accounts of the group's owners", required=True),
        Column("transfer_ids", "VARCHAR[]", "Its transfers of the week", required=True),
    ),
    fact=True,
)
READS = ("accounts", "groups", "owners", "transfers", "valued_transfers")
VERSION = 3
SETTLES = (DAY, 0)

SQL = f"""
with tied as (
    select owner_id, any_value(group_id) as group_id, max(owners) as owners,
        max(strength) as strength, list(distinct trader_id) as trader_ids,
        list_sort(list_distinct(flatten(list(reasons)))) as own
    from groups where owners > 2 group by owner_id
), why as (
    select owner_id, array_to_string(if(own = [], all_, own), '; ') as reasons from tied
        join (select group_id, list_sort(list_distinct(flatten(list(own)))) as all_
            from tied group by all) using (group_id)
), opened as (
    select coalesce(o.owner_id, a.trader_id) as owner_id, min(coalesce(a.opened_at, a.ts)) as at
    from known_accounts a left join owners o using (trader_id) group by all
), moved as (
    select t.owner_id, min(t.ts) as ts, epoch_us(t.ts) // 86400000000 as day, sum(t.usd) as usd,
        list(t.transfer_id order by t.ts, t.transfer_id) as transfer_ids
    from transfers t semi join tied using (owner_id)
    where t.usd is not null and t.kind is distinct from 'sweep' group by all
    union all
    select x.owner_id, min(a.ts), epoch_us(min(a.ts)) // 86400000000, 0, []
    from accounts a left join owners o using (trader_id)
        join opened x on x.owner_id = coalesce(o.owner_id, a.trader_id)
    where x.owner_id in (select owner_id from tied) and a.ts <= x.at + interval 1 day
    group by all
), day as (
    select owner_id, min(ts) as ts, day, try_cast(sum(usd) as {MONEY}) as usd,
        flatten(list(transfer_ids)) as transfer_ids
    from moved group by all
), week as (
    select d.owner_id, d.day, try_cast(sum(e.usd) as {MONEY}) as usd,
        flatten(list(e.transfer_ids order by e.day)) as transfer_ids
    from day d join day e on e.owner_id = d.owner_id and e.day between d.day - 6 and d.day
    group by all
), member as (
    select a.owner_id, b.owner_id as other, a.group_id from tied a join tied b using (group_id)
), young as (
    select m.owner_id, count(*) filter (abs(epoch_us(x.at) - epoch_us(y.at)) <= 604800000000)
            as opened,
        array_to_string(list_sort(list(m.other) filter (m.other <> m.owner_id)), ', ') as others
    from member m left join opened x on x.owner_id = m.owner_id
        left join opened y on y.owner_id = m.other group by all
), account as (
    select m.owner_id, list_sort(list_distinct(flatten(list(t.trader_ids)))) as trader_ids
    from member m join tied t on t.owner_id = m.other group by all
), busy as (
    select d.owner_id, d.day, count(distinct e.owner_id) filter (e.usd > 0) as active
    from day d join member m on m.owner_id = d.owner_id
        join day e on e.owner_id = m.other and e.day between d.day - 6 and d.day group by all
)
select d.ts, make_timestamp((d.day + 1) * 86400000000) as settled_at, d.owner_id, y.others,
    t.owners, t.strength, r.reasons, y.opened, b.active, w.usd, a.trader_ids, w.transfer_ids
from day d join tied t using (owner_id) join why r using (owner_id) join young y using (owner_id)
    join busy b using (owner_id, day) join week w using (owner_id, day)
    join account a using (owner_id)
"""
