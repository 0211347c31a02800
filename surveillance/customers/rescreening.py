"""What screening customers again changed: who is found now, who no longer is, and because of what.

A new version of a list, a changed customer and another way of comparing each put the question
anew. An earlier find that is not repeated is said too: that somebody left a list, or is no longer
like an entry, is as much an answer as a hit.
"""

from surveillance.screening.screen import ALGORITHM, ALIKE

MOST = 200

_KEY = "trader_id, name, list, entry_id"
SQL = f"""
with match as (
    select ts, {_KEY}, listed_name, score, because, version from name_matches
    where party = 'customer' and score >= {ALIKE}
), found as (
    select m.* exclude (version), case when exists (
            from match e where e.trader_id = m.trader_id and e.list = m.list
            and e.entry_id = m.entry_id and e.ts < m.ts
        ) then 'still found' else 'found' end as became
    from match m where because in ('list', 'customer')
), asked as (
    select ts, null as trader_id, list, entry_id, 'list' as because from list_changes
    where change <> 'added'
    union all
    select ts, trader_id, null, null, 'customer' from known_kyc
    qualify row_number() over (partition by trader_id order by ts) > 1
), lost as (
    select a.ts, m.{_KEY.replace(", ", ", m.")}, m.listed_name, m.score, a.because,
        'no longer found' as became
    from asked a join match m on m.ts < a.ts and coalesce(a.trader_id = m.trader_id,
        a.list = m.list and a.entry_id = m.entry_id)
    where not exists (from match n where n.trader_id = m.trader_id and n.list = m.list
        and n.entry_id = m.entry_id and n.ts >= a.ts)
    -- What an entry says besides, such as its programme, is not compared: its name is as it was.
    and not exists (from watchlist w join watchlist o using (list, entry_id, name)
        where w.ts = a.ts and w.list = a.list and w.entry_id = m.entry_id
        and w.name = m.listed_name and o.ts = m.version
        and (w.entity, w.birth_date, w.country, w.quality)
            is not distinct from (o.entity, o.birth_date, o.country, o.quality))
    qualify row_number() over (partition by m.trader_id, m.list, m.entry_id
        order by a.ts, m.ts desc, m.name) = 1
), compared as (
    select greatest(m.ts, d.ts) as ts, m.{_KEY.replace(", ", ", m.")}, m.listed_name, m.score,
        'algorithm' as because, 'asked again' as became
    from match m join screening_decisions d on d.trader_id = m.trader_id and d.list = m.list
        and d.entry_id = m.entry_id and d.algorithm is distinct from {ALGORITHM}
    qualify row_number() over (partition by m.trader_id, m.list, m.entry_id
        order by m.ts desc, d.ts desc, m.name) = 1
)
select * from found union all by name select * from lost union all by name select * from compared
order by ts desc, trader_id, list, entry_id, because limit {MOST}
"""
"""Rows of ``ts``, account, name and entry, what ``became`` of it, and ``because`` of what."""
