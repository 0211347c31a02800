"""Backtest: what another version of a rule would have raised on stored activity.

Both versions judge the same window on the same ground, and every alert that differs carries its
reason. Where no version is in force the answer says so and compares with nothing. Nothing is
filed; the answer is kept as a study, because a rule goes into force only with its backtest on
record.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from surveillance.activity.venue import Venue
from surveillance.installation import Installation
from surveillance.model import QUEUE_LINE, Hit, Verdict, Window
from surveillance.records.tables import Study, StudyKind
from surveillance.rules.book import Entry
from surveillance.studies import kept, setting
from surveillance.studies.backtest.changes import Change, changes
from surveillance.studies.backtest.wording import rewritten
from surveillance.studies.outcomes import Outcomes, outcomes
from surveillance.studies.setting import Setting, alerts

FORMAT = "surveillance-backtest/1"
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
    """Judge a window by a rule version and by the one in force, and keep how they differ.

    Raises:
        SurveillanceError: a version cannot judge the window, or labels cannot be read.
    """
    with place.session() as session:
        in_force = setting.version_in_force(session, entry.rule.id, at)
    others = [] if in_force is None else [in_force]
    progress("opening the activity")
    with setting.opened(place, window, as_of, entry, *others) as opened:
        progress(f"judging by version {entry.rule.version}")
        after = opened.verdict(entry)
        setting.expect_judged(entry, after)
        before = None
        if in_force is not None:
            progress(f"judging by version {in_force.rule.version} in force")
            before = opened.verdict(in_force)
        with place.session() as session:
            valued = outcomes(session, opened, entry.rule, venue)
        progress("explaining what differs")
        body = _body(opened, entry, after, in_force, before, valued)
    progress("keeping the study")
    with place.session() as session:
        return kept.keep(session, StudyKind.BACKTEST, body, by, at)


def _body(
    opened: Setting,
    entry: Entry,
    after: Verdict,
    in_force: Entry | None,
    before: Verdict | None,
    valued: Outcomes,
) -> dict[str, Any]:
    found = {"before": alerts(before) if before else [], "after": alerts(after)}
    differ = (
        changes(opened, in_force, entry, before.hits, after.hits) if in_force and before else []
    )
    return {
        "format": FORMAT,
        "rule": setting.rule_summary(opened, entry),
        "in_force": setting.rule_summary(opened, in_force) if in_force else None,
        "rewritten": rewritten(in_force.rule, entry.rule) if in_force else [],
        **opened.told(),
        "verdicts": {"before": _said(before) if before else None, "after": _said(after)},
        "days": _by(found, lambda hit: hit.at.date().isoformat()),
        "by_segment": _by(found, lambda hit: hit.segment),
        "counts": dict(Counter(change.kind for change in differ)),
        "changes": [asdict(change) for change in _listed(differ)],
        "labels": _labels(valued, found),
        "dispositions": _dispositions(valued, found),
    }


def _said(verdict: Verdict) -> dict[str, Any]:
    found = alerts(verdict)
    return {
        "outcome": verdict.outcome.value,
        "reason": verdict.reason,
        "alerts": len(found),
        "subjects": len({hit.subject for hit in found}),
        "below": sum(hit.score < QUEUE_LINE for hit in verdict.hits),
    }


def _by(found: Mapping[str, Sequence[Hit]], of: Callable[[Hit], str]) -> list[dict[str, Any]]:
    """Count the alerts of both versions by day or by segment."""
    counted = {version: Counter(map(of, hits)) for version, hits in found.items()}
    names = sorted({name for counts in counted.values() for name in counts})
    return [
        {"name": name, **{version: counts[name] for version, counts in counted.items()}}
        for name in names
    ]


def _listed(differ: Sequence[Change]) -> list[Change]:
    seen: Counter[str] = Counter()
    listed = []
    for change in differ:
        seen[change.kind] += 1
        if seen[change.kind] <= _LISTED:
            listed.append(change)
    return listed


def _labels(valued: Outcomes, found: Mapping[str, list[Hit]]) -> dict[str, Any] | None:
    if not valued.truths:
        return None
    return {version: valued.labels(hits) for version, hits in found.items()}


def _dispositions(valued: Outcomes, found: Mapping[str, list[Hit]]) -> dict[str, Any]:
    """Say what became of the alerts, and of those that would not be raised any more."""
    now = {hit.id for hit in found["after"]}
    dropped = [hit for hit in found["before"] if hit.id not in now]
    return {
        "before": valued.rate(found["before"]),
        "after": valued.rate(found["after"]),
        "both": valued.rate(hit for hit in found["before"] if hit.id in now),
        "dropped": valued.rate(dropped),
        "dropped_productive": sorted(hit.id for hit in dropped if valued.is_productive(hit.id)),
    }
