"""Orders that were withdrawn while an announcement was known to few.

Only what had rested since before anybody knew, and for ten minutes: who quotes anew all the time
knows nothing by it. What the venue took away itself is nobody's act.
"""

from datetime import timedelta

from surveillance.activity.catalogue import MONEY, TEXT, TIME, Column, Table

TABLE = Table(
    "early_withdrawals",
    "One row an announcement and owner who withdrew orders before it",
    ("event_id", "owner_id"),
    "ts",
    (
        Column("ts", TIME, "When it became public", required=True),
        Column("event_id", TEXT, "Event identification", required=True),
        Column("owner_id", TEXT, "Who withdrew", required=True),
        Column("first_at", TIME, "When the first order was withdrawn", required=True),
        Column("pulled", MONEY, "Value on the side that would have lost", required=True),
        Column("pulled_other", MONEY, "Value on the other side", required=True),
        Column("pulled_ids", "VARCHAR[]", "Orders on the side that would have lost"),
    ),
    fact=True,
)
READS = ("announcements", "order_life")
TAKES = {"order_life": ("order_id", "side", "notional", "ended_at", "end_reason", "reason")}
REACH = timedelta(days=7)

SQL = """
select a.ts, a.event_id, l.owner_id, min(l.ended_at) as first_at,
    coalesce(sum(l.notional) filter ((l.side = 'sell') = (a.move > 0)), 0) as pulled,
    coalesce(sum(l.notional) filter ((l.side = 'sell') <> (a.move > 0)), 0) as pulled_other,
    list(distinct l.order_id order by l.order_id) filter ((l.side = 'sell') = (a.move > 0))
        as pulled_ids
from announcements a join order_life l on l.instrument = a.instrument
    and l.ended_at >= a.known_at and l.ended_at < a.ts
where l.end_reason = 'cancel' and l.reason is null and l.ts < a.known_at
    and l.ts >= a.ts - interval 7 day and l.ended_at >= l.ts + interval 10 minute
    and l.owner_id is not null
group by all
"""
