"""Backtest: what another version of a rule would have raised on stored activity.

Both versions judge the same window in the same setting, and every alert that differs carries its
reason. Where no version is in force the answer says so and compares with nothing. Nothing is
filed; the answer is stored as a study, because a rule goes into force only with its backtest on
record.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from surveillance.activity.venue import Venue
from surveillance.installation import Installation
from surveillance.model import ALERT_LINE, Hit, Verdict, Window
from surveillance.records.answers import (
    AlertCount,
    Backtest,
    DispositionRates,
    LabelScores,
    VerdictSummary,
)
from surveillance.records.tables import Study, StudyKind
from surveillance.rules.book import Entry
from surveillance.studies import setting, store
from surveillance.studies.backtest.changes import Change, changes
from surveillance.studies.backtest.wording import rewritten
from surveillance.studies.outcomes import Outcomes, outcomes
from surveillance.studies.setting import Setting, alerts

_LISTED = 2000
"""How many alerts of a kind are listed with their reasons; the counts are always whole."""

Progress = Callable[[str], None]


def backtest(
    place: Installation,
    entry: Entry,
    window: Window,
    as_of: datetime,
    venue: Venue | None = None,
    *,
    by: str,
    at: datetime,
    progress: Progress = lambda text: None,
) -> Study:
    """Judge a window by a rule version and by the one in force, and store how they differ.

    Raises:
        SurveillanceError: a version cannot judge the window, or labels cannot be read.
    """
    with place.session() as session:
        in_force = setting.version_in_force(session, entry.rule.id, at)
    versions = [entry] if in_force is None else [entry, in_force]
    progress("opening the activity")
    with setting.opened(place, window, as_of, *versions) as opened:
        progress(f"judging by version {entry.rule.version}")
        after = opened.verdict(entry)
        setting.expect_judged(entry, after)
        before = None
        if in_force is not None:
            progress(f"judging by version {in_force.rule.version} in force")
            before = opened.verdict(in_force)
        with place.session() as session:
            known = outcomes(session, opened, entry.rule, venue)
        progress("explaining what differs")
        answer = _answer(opened, entry, after, in_force, before, known)
    progress("storing the study")
    with place.session() as session:
        return store.save(session, StudyKind.BACKTEST, answer, by, at)


def _answer(
    opened: Setting,
    entry: Entry,
    after: Verdict,
    in_force: Entry | None,
    before: Verdict | None,
    known: Outcomes,
) -> Backtest:
    raised = {"before": alerts(before) if before else [], "after": alerts(after)}
    differ = (
        changes(opened, in_force, entry, before.hits, after.hits) if in_force and before else []
    )
    return {
        "format": "surveillance-backtest/1",
        "rule": setting.rule_summary(opened, entry),
        "in_force": setting.rule_summary(opened, in_force) if in_force else None,
        "rewritten": rewritten(in_force.rule, entry.rule) if in_force else [],
        **opened.record(),
        "verdicts": {
            "before": _verdict_summary(before) if before else None,
            "after": _verdict_summary(after),
        },
        "days": _by(raised, lambda hit: hit.at.date().isoformat()),
        "by_segment": _by(raised, lambda hit: hit.segment),
        "counts": dict(Counter(change.kind for change in differ)),
        "changes": [change.record() for change in _listed(differ)],
        "labels": _labels(known, raised),
        "dispositions": _dispositions(known, raised),
    }


def _verdict_summary(verdict: Verdict) -> VerdictSummary:
    raised = alerts(verdict)
    return {
        "outcome": verdict.outcome.value,
        "reason": verdict.reason,
        "alerts": len(raised),
        "subjects": len({hit.subject for hit in raised}),
        "below": sum(hit.score < ALERT_LINE for hit in verdict.hits),
    }


def _by(raised: Mapping[str, Sequence[Hit]], group: Callable[[Hit], str]) -> list[AlertCount]:
    """Count the alerts of both versions by day or by segment."""
    before, after = (Counter(map(group, raised[version])) for version in ("before", "after"))
    return [
        {"name": name, "before": before[name], "after": after[name]}
        for name in sorted(before.keys() | after.keys())
    ]


def _listed(differ: Sequence[Change]) -> list[Change]:
    seen: Counter[str] = Counter()
    listed = []
    for change in differ:
        seen[change.kind] += 1
        if seen[change.kind] <= _LISTED:
            listed.append(change)
    return listed


def _labels(known: Outcomes, raised: Mapping[str, list[Hit]]) -> LabelScores | None:
    if not known.truths:
        return None
    return {"before": known.labels(raised["before"]), "after": known.labels(raised["after"])}


def _dispositions(known: Outcomes, raised: Mapping[str, list[Hit]]) -> DispositionRates:
    """Say what became of the alerts, and of those that would not be raised any more."""
    now = {hit.id for hit in raised["after"]}
    dropped = [hit for hit in raised["before"] if hit.id not in now]
    return {
        "before": known.rate(raised["before"]),
        "after": known.rate(raised["after"]),
        "both": known.rate(hit for hit in raised["before"] if hit.id in now),
        "dropped": known.rate(dropped),
        "dropped_productive": sorted(hit.id for hit in dropped if known.is_productive(hit.id)),
    }
