"""Who may see what others are about to do: the house, staff, accounts tied to staff, asked dealers.

Accounts tied to an asked dealer may know what it was asked. The house that serves clients of its
own sees the orders of those; where it has none, and staff, may see everybody's. Being one of an
owner's many accounts ties nobody to staff: brokers' clients are.
"""

from surveillance.activity.catalogue import FLAG, TEXT, Column, Table

TABLE = Table(
    "insiders",
    "One row an account that may see orders, requests or stops of others",
    ("trader_id",),
    "",
    (
        Column("trader_id", TEXT, "The account", required=True),
        Column("owner_id", TEXT, "Owner behind it", required=True),
        Column(
            "access",
            TEXT,
            "Why: house, staff, or tied to staff; empty for a dealer who was only asked",
            allowed=("house", "staff", "tied to staff"),
        ),
        Column("sees_stops", FLAG, "It, or who it is tied to, sees stops", required=True),
        Column("hand", TEXT, "Group of a few accounts that it is of, or itself", required=True),
        Column("clients_of", TEXT, "Owner of the clients whose orders alone it sees"),
    ),
    fact=True,
)
VERSION = 2
READS = ("accounts", "staff", "groups", "owners", "rfqs")
TAKES = {"groups": ("group_id", "accounts")}

SEES = """
o.client_id is distinct from i.trader_id and case o.kind
    when 'order' then i.access is not null
        and coalesce(i.clients_of, o.client_owner_id) = o.client_owner_id
    when 'request' then i.trader_id is distinct from o.winner_id
        and (i.access is not null or contains(o.asked, concat(' ', i.trader_id, ' ')))
    else i.sees_stops end
"""
"""Whether an insider ``i`` may see one of the ``occasions``, ``o``."""
MANY = 10
"""Accounts in one hand from which on they are a broker's."""

SQL = f"""
with account as (
    select trader_id, max(kind) as kind from accounts group by all
), member as (
    select trader_id, min(owner_id) as owner_id, min(group_id) as group_id,
        max(accounts) <= {MANY} as is_few
    from groups group by all
), employed as (
    select trader_id, bool_or(contains(access, 'stops') or contains(access, 'liquidations'))
        as sees_stops
    from (select trader_id, '' as access from account where kind = 'staff'
        union all select trader_id, coalesce(access, '') from staff where trader_id is not null)
    group by all
), tied as (
    select m.trader_id, bool_or(e.sees_stops) as sees_stops
    from employed e join member s using (trader_id) join member m on m.group_id = s.group_id
    where s.is_few group by all
), serving as (
    select distinct m.owner_id from account a join member m using (trader_id)
    where a.kind = 'client'
), dealer as (
    select distinct unnest(string_split(trim(dealers), ' ')) as trader_id from rfqs
), every as (
    select trader_id from account where kind = 'house' union select trader_id from employed
    union select trader_id from tied union select trader_id from dealer
    union select m.trader_id from dealer d join member s using (trader_id)
        join member m on m.group_id = s.group_id where s.is_few
)
select w.trader_id, coalesce(m.owner_id, w.trader_id) as owner_id,
    case when a.kind = 'house' then 'house' when e.trader_id is not null then 'staff'
        when t.trader_id is not null then 'tied to staff' end as access,
    coalesce(e.sees_stops, t.sees_stops, false) as sees_stops,
    case when m.is_few then m.group_id else w.trader_id end as hand,
    case when a.kind = 'house' then s.owner_id end as clients_of
from every w left join account a using (trader_id) left join employed e using (trader_id)
    left join tied t using (trader_id) left join member m using (trader_id)
    left join serving s on s.owner_id = m.owner_id
where w.trader_id <> '' order by w.trader_id
"""
