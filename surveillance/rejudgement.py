"""What judging a time again changed: hits gained, lost or found otherwise, said where they count.

Rows that land late, or correct others, make a later run over the same time say something else. What
it finds beside files itself. What it finds no more, or otherwise, stays on file as it was judged,
and is said on the case: nothing is withdrawn silently, and nobody works on what no longer holds.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, select

from surveillance.canonical import canonical, restored
from surveillance.model import ALERT_LINE, Hit, Outcome, Run, Verdict
from surveillance.records import journal
from surveillance.records.tables import Alert, AlertHit, RunMode, RunRow, VerdictRow


class Changes(NamedTuple):
    """Ids of hits from the alert line up: gained, lost, and found with other figures or rows."""

    gained: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()

    def __str__(self) -> str:
        counts = zip(self._fields, self, strict=True)
        return ", ".join(f"{len(hits)} hit{'s'[len(hits) == 1 :]} {name}" for name, hits in counts)


def changes(session: Session, run: Run) -> Changes:
    """Compare a run with what the last runs before it said of the same time.

    A rule that could not judge this time has lost nothing.
    """
    rules = {v.rule_id for v in run.verdicts if v.outcome in (Outcome.HIT, Outcome.NO_HIT)}
    now = {hit.id: hit for verdict in run.verdicts for hit in _filed(verdict)}
    before = {name: hit for name, hit in _before(session, run).items() if hit.rule_id in rules}
    return Changes(
        gained=frozenset(now.keys() - before.keys()),
        lost=frozenset(before.keys() - now.keys()),
        changed=frozenset(
            name
            for name in now.keys() & before.keys()
            if canonical(now[name]) != canonical(before[name])
        ),
    )


def record(session: Session, run: Run, at: datetime) -> Changes:
    """Say on the cases of hits that a run lost, or found otherwise, that it did, once a run."""
    made = changes(session, run)
    for kind, names in (("lost", made.lost), ("changed", made.changed)):
        of = select(AlertHit.hit_id, Alert.id, Alert.case_id).join(Alert)
        for hit, alert, case in session.exec(of.where(col(AlertHit.hit_id).in_(sorted(names)))):
            detail = {"alert": alert, "hit": hit, "was": kind, "run": run.id}
            journal.append_once(session, "judge_again", f"case:{case}", detail, at=at)
    return made


def _before(session: Session, run: Run) -> dict[str, Hit]:
    """Return the hits of this run's time as the last run over their moment found them."""
    window = run.window
    earlier = select(RunRow).where(
        RunRow.mode == RunMode.LIVE,
        RunRow.id != run.id,
        RunRow.start < window.end,
        RunRow.end > window.start,
        RunRow.as_of < run.as_of,
    )
    hits: dict[str, Hit] = {}
    for row in session.exec(earlier.order_by(col(RunRow.as_of), col(RunRow.created_at))):
        hits = {name: hit for name, hit in hits.items() if not row.start <= hit.at < row.end}
        hits |= {
            hit.id: hit for hit in _hits(session, row.id) if window.start <= hit.at < window.end
        }
    return hits


def _hits(session: Session, run_id: str) -> Iterator[Hit]:
    for body in session.exec(select(VerdictRow.body).where(VerdictRow.run_id == run_id)):
        yield from _filed(restored(Verdict, body))


def _filed(verdict: Verdict) -> Iterator[Hit]:
    return (hit for hit in verdict.hits if hit.score >= ALERT_LINE)
