"""From where an account was used in a day: countries, how soon they followed, and how hidden.

A network that hides where somebody is says no country; only where somebody is always hidden, behind
one address after the other, are their countries held against the residence. Failed logins are
somebody else's.
"""

from datetime import timedelta

from surveillance.activity.catalogue import TEXT, TIME, WHOLE, Column, Table
from surveillance.times import HOUR

TABLE = Table(
    "access_days",
    "One row an account and hour in which it was used, over the day up to its end",
    ("trader_id", "hour"),
    "ts",
    (
        Column("ts", TIME, "First login of the day", required=True),
        Column("settled_at", TIME, "End of the hour", required=True),
        Column("hour", WHOLE, "Hours since 1970", required=True),
        Column("trader_id", TEXT, "The account", required=True),
        Column("owner_id", TEXT, "Its owner", required=True),
        Column("logins", WHOLE, "Logins of the day", required=True),
        Column("countries", WHOLE, "Countries of the day", required=True),
        Column("names", TEXT, "Which, in the order of their names"),
        Column("jump", "DOUBLE", "Seconds between logins of two countries, least"),
        Column("devices", WHOLE, "Devices of the day", required=True),
        Column("hidden", "DOUBLE", "Part of the logins by a network that hides", required=True),
        Column(
            "elsewhere",
            "DOUBLE",
            "Part of the others outside the residence, if that is known; of all where all hide",
        ),
        Column(
            "listed", WHOLE, "Logins from a country that FATF calls for action on", required=True
        ),
    ),
    fact=True,
)
READS = ("declarations", "logins", "policies")
REACH = timedelta(days=2)
VERSION = 3
SETTLES = (HOUR, -1)

SQL = """
with used as (
    select trader_id, owner_id, ts, seq, coalesce(is_anonymised, false) as is_hidden, device_id,
        case when is_anonymised is not true then upper(country) end as country,
        ip, upper(country) as exit
    from logins where kind is distinct from 'failure'
), step as (
    select *, lag(country) over w as before, lag(ts) over w as before_at
    from used where country is not null window w as (partition by trader_id order by ts, seq)
), jump as (
    select trader_id, ts, seq, date_diff('millisecond', before_at, ts) / 1000.0 as jump
    from step where before is distinct from country and before is not null
), login as (
    select u.*, j.jump, u.country <> upper(d.residence) as is_elsewhere,
        u.exit <> upper(d.residence) as is_out_elsewhere,
        c.country is not null as is_listed, epoch_us(u.ts) // 3600000000 as hour
    from used u left join jump j using (trader_id, ts, seq)
        left join (select jurisdiction as country, since, until from policies
                where kind = 'call_for_action') c
            on c.country = u.country and c.since <= u.ts and (c.until is null or u.ts < c.until)
        asof left join declarations d on d.owner_id = u.owner_id and d.ts <= u.ts
), wide as (
    select trader_id, owner_id, hour, min(ts) over w as ts, count(*) over w as logins,
        count(distinct country) over w as countries, list(country) over w as names,
        min(jump) over w as jump, count(distinct device_id) over w as devices,
        avg(is_hidden::integer) over w as hidden,
        coalesce(avg(is_elsewhere::integer) over w,
            case when count(distinct ip) over w > 1 then avg(is_out_elsewhere::integer) over w end)
            as elsewhere,
        count(*) filter (is_listed) over w as listed
    from login window w as (
        partition by trader_id order by hour range between 23 preceding and current row)
)
select ts, make_timestamp((hour + 1) * 3600000000 - 1) as settled_at,
    hour, trader_id, owner_id, logins, countries,
    array_to_string(list_sort(list_distinct(list_filter(names, lambda x: x is not null))), ', ')
        as names, jump, devices, hidden, elsewhere, listed
from wide qualify row_number() over (partition by trader_id, hour order by ts) = 1
"""
