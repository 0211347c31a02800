"""The silence of a rule: how long it has not hit, and how unlikely that is by its own past.

Days with a hit are taken for a Poisson process (days, because a rule that looks back a day hits
hour after hour on one episode). If k of them were seen in E days judged, the last of which ends E,
the rate is known only roughly; but whatever it is, E is a sum of k exponential gaps of that rate,
so T over E / k follows F(2, 2k) for the gap T that comes next, and

    P(T days of silence or more) = (E / (E + T)) ** k.

Below 1 % is unusual. A rule that hit on every one of thirty days is unusual after five silent ones;
one that hit twice in a year has said too little of its rate to be missed. Versions of a rule count
as one: a new version that never fires is what this is for. A rule that never hit has no rate.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import Select

from surveillance.canonical import restored
from surveillance.model import ALERT_LINE, Outcome, Run, Verdict, Window
from surveillance.records.tables import RunMode, RunRow, VerdictRow

UNUSUAL = 0.01
"""Silence less likely than this is unusual."""
_MEMORY = timedelta(days=400)
_DAY = timedelta(days=1)
_LEAST = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Silence:
    """How long a rule has judged without a hit; ``before`` are the days up to its last one.

    ``hit_days`` of those had a hit; where none had, ``before`` is 0 and so is what is known.
    """

    rule_id: str
    hit_days: int
    before: float
    since: float

    @property
    def chance(self) -> float:
        """Return how likely so long a silence is, if the rule goes on as it did."""
        if not self.hit_days:
            return 1.0
        return float((self.before / (self.before + self.since)) ** self.hit_days)

    @property
    def is_unusual(self) -> bool:
        """Say whether the rule should have hit by now."""
        return self.chance < UNUSUAL


def silences(session: Session, run: Run) -> Iterator[Silence]:
    """Yield the silence of each rule of a run at its end, from the live runs on record."""
    live = _live(session, run)
    judged, hits = _judged(session, run, live), _hits(session, run, live)
    for rule_id in (verdict.rule_id for verdict in run.verdicts):
        moments, windows = hits.get(rule_id, []), judged.get(rule_id, [])
        before = _days(windows, max(moments)) if moments else 0.0
        days = len({moment.date() for moment in moments})
        yield Silence(rule_id, days, before, _days(windows, run.window.end) - before)


def _live(session: Session, run: Run) -> dict[str, Window]:
    """Return the windows of live runs within memory, by the id of the run."""
    wanted = select(RunRow.id, RunRow.start, RunRow.end).where(*_within(run))
    return {name: Window(start, end) for name, start, end in session.exec(wanted)}


def _judged(session: Session, run: Run, live: Mapping[str, Window]) -> dict[str, list[Window]]:
    """Return when each rule judged.

    Most rules judge in every run; their many verdicts are counted, and not read one by one.
    """
    able = _verdicts(run).where(col(VerdictRow.outcome).in_((Outcome.HIT, Outcome.NO_HIT)))
    verdicts = able.subquery()
    counted = select(verdicts.c.rule_id, func.count()).group_by(verdicts.c.rule_id)
    counts: dict[str, int] = dict(session.exec(counted).all())
    partly: dict[str, list[Window]] = {n: [] for n, count in counts.items() if count < len(live)}
    for rule_id, name in session.exec(able.where(col(VerdictRow.rule_id).in_(partly))):
        partly[rule_id].append(live[name])
    always = _merged(live.values())
    return {n: _merged(partly[n]) if n in partly else always for n in counts}


def _hits(session: Session, run: Run, live: Mapping[str, Window]) -> dict[str, list[datetime]]:
    """Return when each rule hit."""
    hits: dict[str, list[datetime]] = {}
    for rule_id, name in session.exec(_verdicts(run).where(VerdictRow.outcome == Outcome.HIT)):
        hits.setdefault(rule_id, []).extend(_moments(session, rule_id, name, live[name]))
    return hits


def _verdicts(run: Run) -> "Select[str, str]":
    """Select rule and run of the verdicts of live runs within memory."""
    joined = select(VerdictRow.rule_id, VerdictRow.run_id).join(RunRow)
    return joined.where(*_within(run))


def _within(run: Run) -> tuple[ColumnElement[bool], ...]:
    end = run.window.end
    return (
        col(RunRow.mode) == RunMode.LIVE,
        col(RunRow.end) <= end,
        col(RunRow.end) > end - _MEMORY,
    )


def _moments(session: Session, rule_id: str, run_id: str, window: Window) -> list[datetime]:
    """Return when a rule hit: of a short window its end, of a long one when each hit came true."""
    if window.end - window.start <= _DAY:
        return [window.end - _LEAST]
    wanted = select(VerdictRow.body).where(
        VerdictRow.rule_id == rule_id, VerdictRow.run_id == run_id
    )
    verdicts = (restored(Verdict, body) for body in session.exec(wanted))
    return [hit.at for verdict in verdicts for hit in verdict.hits if hit.score >= ALERT_LINE]


def _merged(windows: Iterable[Window]) -> list[Window]:
    """Join windows that touch or overlap, so that time judged twice counts once."""
    merged: list[Window] = []
    for window in sorted(windows, key=lambda window: window.start):
        if merged and window.start <= merged[-1].end:
            merged[-1] = Window(merged[-1].start, max(merged[-1].end, window.end))
        else:
            merged.append(window)
    return merged


def _days(windows: Iterable[Window], until: datetime) -> float:
    """Return how many days of the windows lie before a moment."""
    lengths = (min(w.end, until) - w.start for w in windows if w.start < until)
    return sum(lengths, timedelta()) / _DAY
