"""What one judged week counts: for each rule its alerts, the acts they touch, and the rows.

Alerts are counted as they are filed: hits that follow one another on one subject are one. An alert
is right if its evidence names a row of an act of the rule's typology, and its subject
took part: whoever traded with an abuser by chance did not. It is related if the act is of a
typology that the rule says it sees as well. Where a rule names nothing in the tables that the
labels are of, its alerts are held against the accounts and times of the acts instead. A rule
that could not judge has missed what was there. What is wrong is on abuse of another typology, on
the clean, or on what abusers did besides.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from surveillance.model import ALERT_LINE, Hit, Outcome, Run, Verdict
from surveillance.records.measures import (
    DetectedAct,
    RowCount,
    RuleCount,
    RunCount,
    ScoreCount,
    TypologyCount,
)
from surveillance.rules.book import Rulebook
from surveillance.rules.schema import Rule
from surveillance.studies.evaluate import accounts_of, filed
from surveillance.studies.measure.truth import ACCOUNTS, Act, GroundTruth, Row
from surveillance.studies.measure.twins import count_twins
from surveillance.times import EPOCH, span

_SECOND = timedelta(seconds=1)


def count_run(
    run: Run, book: Rulebook, truth: GroundTruth, settle: timedelta, tick: timedelta
) -> RunCount:
    """Count a run against what is true of it; delays are whole seconds.

    ``settle`` and ``tick`` are how long a scheduler waits, and how often it looks.
    """
    feeds = run.manifest["completeness"]
    acts_of: dict[Row, list[int]] = {}
    for number, act in enumerate(truth.acts):
        for row in act.rows:
            acts_of.setdefault(row, []).append(number)
    counters = {
        verdict.rule_id: _RuleCounter(
            truth, acts_of, book.entries[verdict.rule_id].rule, settle, tick
        )
        for verdict in run.verdicts
    }
    return {
        "clean_owners": dict(sorted(Counter(truth.clean.values()).items())),
        "feeds": {name: feed["rows"] for name, feed in feeds.items() if feed["rows"]},
        "typologies": _typologies(truth),
        "twins": count_twins(run, truth),
        "rules": {
            verdict.rule_id: counters[verdict.rule_id].count(verdict) for verdict in run.verdicts
        },
    }


def filed_at(at: datetime, settle: timedelta, tick: timedelta) -> datetime:
    """Return when a hit that became true at a moment is filed by ticks on the grid of the epoch.

    A tick judges whole ticks that have settled, so a hit waits for the end of its own, and then
    for the first tick that is ``settle`` later.
    """
    end = EPOCH + ((at - EPOCH) // tick + 1) * tick
    return end - (-settle // tick) * tick


def clean_kind(hit: Hit, truth: GroundTruth) -> str | None:
    """Return of what honest kind those are whom a hit names; nothing if anybody is guilty."""
    accounts, owned = accounts_of(hit, truth.owned), truth.owned
    kinds = {kind for name, kind in truth.clean.items() if accounts & owned[name]}
    guilty = accounts - {trader for name in truth.clean for trader in owned.get(name, ())}
    return " and ".join(sorted(kinds)) if kinds and not guilty else None


def _typologies(truth: GroundTruth) -> dict[str, TypologyCount]:
    names = sorted({act.typology for act in truth.acts})
    return {
        name: {
            "acts": len(truth.of(name)),
            "rows": len(_labelled(truth.of(name))),
            "disguises": dict(sorted(Counter(act.disguise for act in truth.of(name)).items())),
        }
        for name in names
    }


def _labelled(acts: Iterable[Act]) -> frozenset[Row]:
    return frozenset(row for act in acts for row in act.rows)


@dataclass
class _Alerts:
    """The alerts of one rule in a week, sorted by what they touch."""

    filed: int = 0
    right: int = 0
    related: int = 0
    other: int = 0
    besides: int = 0
    on_other: Counter[str] = field(default_factory=Counter)
    on_clean: Counter[str] = field(default_factory=Counter)
    scores: ScoreCount = field(default_factory=lambda: ScoreCount(right=[], wrong=[], near=[]))
    first: dict[int, datetime] = field(default_factory=dict)
    """When the first right alert on an act became true, by the number of the act."""


@dataclass(frozen=True)
class _RuleCounter:
    """Counts one rule against the truth."""

    truth: GroundTruth
    acts_of: Mapping[Row, Sequence[int]]
    """The acts, by number, that a row belongs to."""
    rule: Rule
    settle: timedelta
    tick: timedelta

    def count(self, verdict: Verdict) -> RuleCount:
        """Return the counts of a verdict."""
        hits = [hit for hit in verdict.hits if hit.score >= ALERT_LINE]
        alerts = self._sorted(hits)
        alerts.scores["near"] = [hit.score for hit in verdict.hits if hit.score < ALERT_LINE]
        return {
            "version": verdict.version,
            "risk": self.rule.risk,
            "typology": self.rule.typology,
            "outcome": verdict.outcome.value,
            "reason": _why_unable(verdict),
            "alerts": alerts.filed,
            "right": alerts.right,
            "related": alerts.related,
            "other": alerts.other,
            "besides": alerts.besides,
            "on_other": dict(sorted(alerts.on_other.items())),
            "on_clean": dict(sorted(alerts.on_clean.items())),
            "judged_by": "rows" if self._tables else ACCOUNTS,
            "rows": self._rows(hits),
            "detected": [self._detected(number, at) for number, at in sorted(alerts.first.items())],
            "scores": alerts.scores,
        }

    def _sorted(self, hits: Iterable[Hit]) -> _Alerts:
        alerts, own = _Alerts(), self._own
        for alert in filed(list(hits), {self.rule.id: span(self.rule.apart)}):
            alerts.filed += 1
            touched = [self._touched(hit) for hit in alert]
            for hit, numbers in zip(alert, touched, strict=True):
                for number in numbers & own:
                    alerts.first[number] = min(alerts.first.get(number, hit.at), hit.at)
            every = set[int]().union(*touched)
            typologies = {self._act(number).typology for number in every}
            if every & own:
                alerts.right += 1
            else:
                self._sort_wrong(alert[0], typologies, alerts)
            is_wrong = not every & own and not typologies & set(self.rule.related)
            alerts.scores["wrong" if is_wrong else "right"].append(max(h.score for h in alert))
        return alerts

    def _sort_wrong(self, hit: Hit, typologies: set[str], alerts: _Alerts) -> None:
        """Sort an alert that touches no act of the rule's own typology."""
        if typologies & set(self.rule.related):
            alerts.related += 1
        elif typologies:
            alerts.on_other.update(typologies)
            alerts.other += 1
        elif kind := clean_kind(hit, self.truth):
            alerts.on_clean[kind] += 1
        else:
            alerts.besides += 1

    @cached_property
    def _own(self) -> set[int]:
        """Return the numbers of the acts of the rule's own typology."""
        acts = enumerate(self.truth.acts)
        return {number for number, act in acts if act.typology == self.rule.typology}

    @cached_property
    def _unseen(self) -> set[int]:
        """Return the numbers of related acts that are in no table of which the rule names rows."""
        acts, tables = enumerate(self.truth.acts), set(self.rule.evidence) - {ACCOUNTS}
        related = {n for n, act in acts if act.typology in self.rule.related}
        return {n for n in related if not {table for table, _ in self._act(n).rows} & tables}

    @cached_property
    def _tables(self) -> set[str]:
        """Return the tables that both the rule's evidence and its labels are of."""
        rows = _labelled(self.truth.of(self.rule.typology))
        return {table for table, _ in rows} & set(self.rule.evidence) - {ACCOUNTS}

    def _act(self, number: int) -> Act:
        return self.truth.acts[number]

    def _touched(self, hit: Hit) -> set[int]:
        """Return the acts of which a hit names a row, and whose accounts it speaks of."""
        accounts = accounts_of(hit, self.truth.owned)
        rows = ((table, name) for table, names in hit.evidence.items() for name in names)
        numbers = {number for row in rows for number in self.acts_of.get(row, ())}
        if not self._tables:
            numbers |= {n for n in self._own if _meets(hit, self._act(n))}
        numbers |= self._unseen
        return {n for n in numbers if not accounts or accounts & self._act(n).accounts}

    def _rows(self, hits: Iterable[Hit]) -> RowCount:
        """Count single rows: those that alerts name, and of them those that are labelled."""
        tables = self._tables
        acts = self.truth.of(self.rule.typology)
        if tables:
            true = {row for row in _labelled(acts) if row[0] in tables}
            named = {(t, n) for hit in hits for t in tables for n in hit.evidence.get(t, ())}
        else:
            true = {(ACCOUNTS, name) for act in acts for name in act.accounts}
            named = {(ACCOUNTS, n) for hit in hits for n in accounts_of(hit, self.truth.owned)}
        return {"tp": len(true & named), "fp": len(named - true), "fn": len(true - named)}

    def _detected(self, number: int, at: datetime) -> DetectedAct:
        """Return how long after its first labelled row an act's first alert came."""
        act = self._act(number)
        if act.start is None:
            return {"act": number, "disguise": act.disguise, "delay_s": None, "filed_s": None}
        until, start = filed_at(at, self.settle, self.tick), act.start
        return {
            "act": number,
            "disguise": act.disguise,
            "delay_s": max(0, (at - start) // _SECOND),
            "filed_s": max(0, (until - start) // _SECOND),
        }


def _meets(hit: Hit, act: Act) -> bool:
    if act.start is None or act.end is None:
        return True
    return hit.started_at <= act.end and hit.at >= act.start


def _why_unable(verdict: Verdict) -> str:
    """Return why a verdict says nothing; weeks that differ in how many rows alone say the same."""
    if verdict.outcome not in (Outcome.INSUFFICIENT_DATA, Outcome.ERROR):
        return ""
    if verdict.reason != "; ".join(map(str, verdict.not_judged)):
        return verdict.reason
    return "; ".join(f"{each.table} not judged, {each.reason}" for each in verdict.not_judged)
