"""Sums of one hand that each stay just under a line that law draws, and how many pass above it.

Bunching is the sign: four fifths of the line or more, and under it, beside what is up to a quarter
above, and beside all from half the line to twice it: who pays in takings of every size has some
just under the line by chance. Linked accounts pay or are paid as one. The lines are those in force
when it moved, for where the owner lives: see ``policies``. Where the travel rule asks whatever the
amount there is no line to stay under; what a wallet of one's own must be shown for counts for
wallets alone.
"""

from datetime import timedelta

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import DAY

TABLE = Table(
    "split_sums",
    "One row an owner, way, line and day: the transfer just under it that has most beside it",
    ("owner_id", "way", "line", "transfer_id"),
    "ts",
    (
        Column("ts", TIME, "When it moved", required=True),
        Column("settled_at", TIME, "When what passed above it meanwhile is known", required=True),
        Column("since", TIME, "The first near the line within seven days", required=True),
        Column("owner_id", TEXT, "Owner of the account", required=True),
        Column("way", TEXT, "Paid out by it, or in", required=True, allowed=("in", "out")),
        Column(
            "line",
            TEXT,
            "Which line",
            required=True,
            allowed=("reporting", "travel_rule", "self_hosted"),
        ),
        Column("line_usd", MONEY, "The line, USD", required=True),
        Column("transfer_id", TEXT, "The transfer", required=True),
        Column("day", WHOLE, "Just under it within a day", required=True),
        Column("day_usd", MONEY, "Their sum, USD", required=True),
        Column("week", WHOLE, "Just under it within seven days", required=True),
        Column("week_usd", MONEY, "Their sum, USD", required=True),
        Column("parties", WHOLE, "Payers or recipients of those of the week", required=True),
        Column("same", WHOLE, "Those of three days with the party of this one", required=True),
        Column("same_usd", MONEY, "Their sum, USD", required=True),
        Column("above", WHOLE, "Up to a quarter above the line, until a day after", required=True),
        Column(
            "beside",
            WHOLE,
            "From half the line to twice it, not just under it, until a day after",
            required=True,
        ),
        Column("habit", WHOLE, "Just under it in the four weeks before those", required=True),
        Column("is_dealer", FLAG, "A market maker, house or omnibus account", required=True),
        Column("transfer_ids", "VARCHAR[]", "Those of the week just under it", required=True),
    ),
    fact=True,
)
READS = ("declarations", "payments", "policies")
REACH = timedelta(days=36)
VERSION = 4
"""Since the fourth, the lines of a place are its own, and wallets have one."""
SETTLES = (DAY, 0)

BAND, ABOVE = 0.8, 1.25
"""Catalogue A01, published preset."""
_LEAST, _MOST = 0.5, 2
"""What an account pays that pays such sums at all, as parts of the line."""

SQL = f"""
with own as (
    select ts, seq, transfer_id, payee_id as owner_id, payee_hand as hand, 'in' as way,
        coalesce(payer_hand, '') as party, usd,
        not payer_is_client and not is_institution as is_outside, kind
    from payments where payee_is_client
    union all
    select ts, seq, transfer_id, payer_id, payer_hand, 'out', coalesce(payee_hand, ''), usd,
        not payee_is_client and not is_institution, kind
    from payments where payer_is_client
), rule as (
    select kind as line, usd as line_usd, jurisdiction as country, since, until from policies
    where kind in ('reporting', 'travel_rule', 'self_hosted')
), near as (
    select * from own o semi join (select distinct line_usd from rule) r
        on o.usd >= {_LEAST} * r.line_usd and o.usd < {_MOST} * r.line_usd
), placed as (
    select n.*, coalesce(d.is_dealer, false) as is_dealer,
        unnest(list_distinct(['', coalesce(d.residence, '')])) as country
    from near n asof left join declarations d on d.owner_id = n.owner_id and d.ts <= n.ts
), governed as (
    select p.* exclude (country), r.line, r.line_usd from placed p join rule r using (country)
    where p.ts >= r.since and (r.until is null or p.ts < r.until)
        and (r.line <> 'self_hosted' or is_outside and coalesce(p.kind, 'chain') = 'chain')
    qualify country = max(country) over (partition by transfer_id, way, r.line)
), ruled as (
    select *, usd >= {BAND} * line_usd and usd < line_usd as is_below,
        usd >= line_usd and usd < {ABOVE} * line_usd as is_above
    from governed where usd >= {_LEAST} * line_usd and usd < {_MOST} * line_usd
), seen as (
    select *, count(*) filter (is_below) over d as day,
        sum(usd) filter (is_below) over d as day_usd,
        count(*) filter (is_below) over s as week,
        sum(usd) filter (is_below) over s as week_usd,
        count(distinct party) filter (is_below) over s as parties,
        min(ts) filter (is_below or is_above) over s as since,
        count(*) filter (is_above) over a as above,
        count(*) filter (not is_below) over a as beside,
        list(transfer_id) filter (is_below) over s as transfer_ids,
        count(*) filter (is_below) over t as same, sum(usd) filter (is_below) over t as same_usd,
        count(*) filter (is_below) over m as month
    from ruled
    window d as (partition by hand, way, line order by ts
            range between interval '86399' second preceding and current row),
        s as (partition by hand, way, line order by ts
            range between interval 7 day preceding and current row),
        a as (partition by hand, way, line order by ts
            range between interval 7 day preceding and interval 1 day following),
        m as (partition by hand, way, line order by ts
            range between interval 35 day preceding and current row),
        t as (partition by hand, way, line, party order by ts
            range between interval 3 day preceding and current row)
)
select ts, ts::date::timestamp + interval 2 day as settled_at, since, owner_id, way, line,
    try_cast(line_usd as {MONEY}) as line_usd, transfer_id, day,
    try_cast(day_usd as {MONEY}) as day_usd, week, try_cast(week_usd as {MONEY}) as week_usd,
    parties, same, try_cast(same_usd as {MONEY}) as same_usd, above, beside, month - week as habit,
    is_dealer, list_sort(transfer_ids) as transfer_ids
from seen where is_below and week > 1
qualify row_number() over (partition by owner_id, way, line, ts::date
    order by greatest(day, same) desc, week desc, ts desc, transfer_id) = 1
"""
