"""Announcements that moved a price, and from when on some may have known of them.

Who lists or delists works on it for weeks, and what is not said is taken for a week; of all else
only what a venue says was known before is looked at, and at most two days of it. The move is that
of the five minutes after: later other news mixes in.
"""

from surveillance.activity.catalogue import FLAG, TEXT, TIME, Column, Table
from surveillance.times import SECOND

TABLE = Table(
    "announcements",
    "One row an announcement that some knew before and instrument whose price it moved",
    ("event_id", "instrument"),
    "ts",
    (
        Column("ts", TIME, "When it became public", required=True),
        Column("event_id", TEXT, "Event identification", required=True),
        Column("event_kind", TEXT, "What it was", required=True),
        Column("asset", TEXT, "Asset concerned, if one"),
        Column("is_listing", FLAG, "A listing or a delisting", required=True),
        Column("known_at", TIME, "From when on it was known to some", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("move", "DOUBLE", "Change of the middle in five minutes, a part", required=True),
    ),
    fact=True,
)
READS = ("events", "instruments", "prevailing")
TAKES = {"prevailing": ("first", "stop", "mid")}

_LATER = 300
"""Seconds after which the move is measured."""
SMALLEST = 0.005
"""A smaller move is nothing to gain by."""

SQL = f"""
with terms as (
    select instrument, underlying from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), public as (
    select *, kind in ('listing', 'delisting') as is_listing from events
    where kind in ('listing', 'delisting', 'margin_change', 'hack', 'maintenance', 'news')
), known as (
    select e.ts, epoch_us(e.ts) // {SECOND} as second, e.event_id, e.kind as event_kind, e.asset,
        e.is_listing, t.instrument,
        case when e.is_listing
                then greatest(coalesce(e.known_at, e.ts - interval 7 day), e.ts - interval 7 day)
            when e.known_at is not null then greatest(e.known_at, e.ts - interval 2 day)
        end as known_at
    from public e join terms t on t.instrument = e.instrument
        or e.instrument is null and t.underlying = e.asset
)
select k.* exclude (second), a.mid / b.mid - 1 as move
from known k asof join prevailing b on b.instrument = k.instrument and b.first <= k.second
    asof join prevailing a on a.instrument = k.instrument and a.first <= k.second + {_LATER}
where k.known_at < k.ts and k.second < b.stop and k.second + {_LATER} < a.stop and b.mid > 0
    and abs(a.mid / b.mid - 1) >= {SMALLEST}
"""
