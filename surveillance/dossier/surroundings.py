"""What a rule weighed beside trading: mark and index, positions, moments, a block on chain.

Positions are reported at intervals; in between they are what was dealt since the last report.

What goes along is what the rule says that it needs: nobody wants a funding time in a picture of
spoofing. The hits, windows and parties lie in the tables that ``scene`` made for all of them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import pyarrow as pa

from surveillance.activity.lake.view import View
from surveillance.dossier.evidence import Evidence, number
from surveillance.model import Hit
from surveillance.surroundings import Moment, Surroundings, Swap, Track
from surveillance.times import HOUR, utc

Needs: TypeAlias = Mapping[str, frozenset[str]]
"""By rule, the tables without which it judges nothing."""
NAMES = {"mark": "mark price", "index": "index price"}
_TIME = pa.timestamp("us")
_SCHEDULED = ("settlement", "funding", "fixing")
_POINTS = 500
_REFERENCES = f"""
select n, kind as name, t.ts, t.value from meets join weighed w using (n) join marks t
    on t.instrument = meets.instrument and epoch_us(t.ts) // {HOUR} = hour
    and t.ts >= first and t.ts < last
where w.marks and t.kind in ('mark', 'index') and t.constituent = ''
qualify (row_number() over (partition by n, kind order by t.ts) - 1)
    % greatest(1, count(*) over (partition by n, kind) // {_POINTS}) = 0
order by n, kind desc, t.ts
"""
_HOLDINGS = f"""
with wanted as (
    select n, instrument, trader_id, first, last from framed join weighed w using (n)
        join holders using (n) where w.positions
), reported as (
    select n, trader_id, t.ts, t.quantity from wanted join positions t using (instrument, trader_id)
    where t.ts >= first - interval 12 hour and t.ts < last
), dealt as (
    select n, trader_id, f.ts, f.seq, f.trade_id,
        case f.side when 'buy' then f.quantity else -f.quantity end as change
    from wanted join fills f using (instrument, trader_id)
    where f.ts >= first - interval 12 hour and f.ts < last
), reached as (
    select d.n, d.trader_id, d.ts, r.quantity + sum(d.change) over (
        partition by d.n, d.trader_id, r.ts order by d.ts, d.seq, d.trade_id) as quantity
    from dealt d asof join reported r
        on d.n = r.n and d.trader_id = r.trader_id and d.ts >= r.ts
)
select n, trader_id as name, ts, arg_max(quantity, abs(quantity)) as value
from (from reported union all from reached) group by n, name, ts
qualify (row_number() over (partition by n, name order by ts) - 1)
    % greatest(1, count(*) over (partition by n, name) // {_POINTS}) = 0
order by n, name, ts
"""
_MOMENTS = """
select n, t.ts, t.kind from framed join weighed w using (n) join events t
    on t.instrument = framed.instrument or (t.instrument is null and t.asset = (
        select max(underlying) from instruments i where i.instrument = framed.instrument))
where w.events and t.ts >= first and t.ts < last
order by n, t.ts, t.kind, t.event_id
"""
_LOGINS = """
select n, t.ts, coalesce(t.country, t.ip, '') as kind
from spans join weighed w using (n) join holders using (n) join logins t
    on t.trader_id = holders.trader_id and t.ts >= spans.first and t.ts <= spans.last
where w.logins order by n, t.ts, t.seq
"""
_SWAPS = """
with own as (
    select n, s.block, s.pool, min(s.position) as first, max(s.position) as last
    from chained join swaps s using (tx_hash) group by all
)
select n, s.*, c.tx_hash is not null as is_evidence from own join swaps s using (block, pool)
    left join chained c using (n, tx_hash)
where s.position between own.first and own.last
order by n, s.block, s.position, s.log_index
"""


class _Rows(NamedTuple):
    """Rows of all hits by the hit's place."""

    references: Mapping[int, list[dict[str, Any]]]
    holdings: Mapping[int, list[dict[str, Any]]]
    moments: Mapping[int, list[dict[str, Any]]]
    logins: Mapping[int, list[dict[str, Any]]]
    swaps: Mapping[int, list[dict[str, Any]]]


def surroundings(
    view: View, hits: Sequence[Hit], evidence: Evidence, needs: Needs
) -> list[Surroundings]:
    """Return what goes with the scene of each hit; ``framed`` and ``meets`` must be there."""
    _weigh(view, hits, evidence, needs)
    rows = _Rows(
        *(_dealt(view, sql) for sql in (_REFERENCES, _HOLDINGS, _MOMENTS, _LOGINS, _SWAPS))
    )
    return [
        Surroundings(
            references=_tracks(rows.references.get(n, ())),
            holdings=(held := _tracks(rows.holdings.get(n, ()))),
            limit=evidence.instrument(hit).get("position_limit") if held else None,
            moments=_moments(rows.moments.get(n, ())) + _logins(rows.logins.get(n, ())),
            swaps=tuple(map(_swap, rows.swaps.get(n, ()))),
        )
        for n, hit in enumerate(hits)
    ]


def _weigh(view: View, hits: Sequence[Hit], evidence: Evidence, needs: Needs) -> None:
    """Make ``weighed``, what each hit's rule needs, ``holders``, and ``chained``, its swaps."""
    weighed = [needs.get(hit.rule_id, frozenset()) for hit in hits]
    holders = [(n, name) for n, hit in enumerate(hits) for name in _holders(hit, evidence)]
    chained = [(n, tx) for n, hit in enumerate(hits) for tx in hit.evidence.get("swaps", ())]
    tables = {
        "weighed": {
            "n": pa.array(range(len(hits)), pa.int64()),
            **{
                table: pa.array([table in needed for needed in weighed], pa.bool_())
                for table in ("marks", "positions", "events", "logins")
            },
        },
        "spans": {
            "n": pa.array(range(len(hits)), pa.int64()),
            "first": pa.array([hit.started_at.replace(tzinfo=None) for hit in hits], _TIME),
            "last": pa.array([hit.at.replace(tzinfo=None) for hit in hits], _TIME),
        },
        "holders": {
            "n": pa.array([n for n, _ in holders], pa.int64()),
            "trader_id": pa.array([name for _, name in holders], pa.string()),
        },
        "chained": {
            "n": pa.array([n for n, _ in chained], pa.int64()),
            "tx_hash": pa.array([tx for _, tx in chained], pa.string()),
        },
    }
    for name, columns in tables.items():
        view.connection.register(name, pa.Table.from_pydict(columns))


def _holders(hit: Hit, evidence: Evidence) -> list[str]:
    """Return the accounts of the subject, and those that the evidence names as one hand."""
    return sorted({*evidence.accounts(hit), *hit.evidence.get("accounts", ())})


def _dealt(view: View, sql: str) -> Mapping[int, list[dict[str, Any]]]:
    dealt: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in view.arrow(sql).to_pylist():
        dealt[row["n"]].append(row)
    return dealt


def _tracks(rows: Sequence[dict[str, Any]]) -> tuple[Track, ...]:
    points: dict[str, list[Any]] = {}
    for row in rows:
        points.setdefault(row["name"], []).append((utc(row["ts"]), number(row["value"])))
    return tuple(Track(NAMES.get(name, name), tuple(of)) for name, of in points.items())


def _moments(rows: Sequence[dict[str, Any]]) -> tuple[Moment, ...]:
    """Return what happened; what only came at its hour is left out where something else did."""
    telling = [row for row in rows if row["kind"] not in _SCHEDULED] or rows
    return tuple(Moment(utc(row["ts"]), row["kind"].replace("_", " ")) for row in telling)


def _logins(rows: Sequence[dict[str, Any]]) -> tuple[Moment, ...]:
    return tuple(Moment(utc(row["ts"]), f"signed in from {row['kind']}") for row in rows)


def _swap(row: dict[str, Any]) -> Swap:
    return Swap(
        block=str(row["block"]),
        place=str(row["position"]),
        trader_id=row["trader_id"],
        asset_in=row["asset_in"],
        asset_out=row["asset_out"],
        amount_in=number(row["amount_in"]),
        amount_out=number(row["amount_out"]),
        is_evidence=row["is_evidence"],
    )
