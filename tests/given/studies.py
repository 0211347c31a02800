"""Studies made up for reports and pages: a backtest, and a tuning whose sample is labelled."""

from typing import Any, cast

from surveillance.canonical import canonical, digest
from surveillance.records.answers import (
    AlertChange,
    Answer,
    Backtest,
    ProductiveRate,
    RuleSummary,
    Score,
    SettingRecord,
    Tuning,
    ValueOutcome,
)
from surveillance.records.tables import Study, StudyKind
from surveillance.reports.study import BacktestReport, TuningReport, study_report
from surveillance.times import parse_time
from tests.given.dossiers import DAY, after

LATER = after(7200)
_KINDS = {"surveillance-backtest/1": StudyKind.BACKTEST, "surveillance-tuning/1": StudyKind.TUNING}

_SETTING: SettingRecord = {
    "window": {"from": "2026-03-02T00:00:00.000000Z", "to": "2026-03-04T02:00:00.000000Z"},
    "activity": None,
    "as_of": "2026-03-05T00:00:00.000000Z",
    "lake": {"orders": 3, "trades": 2},
    "segments": {"version": 1, "digest": "5" * 64},
    "features": "f" * 64,
    "libraries": {"duckdb": "2.0.0"},
    "code": "0.1.0+abc",
    "alert_line": 60.0,
}


def rule(version: int = 2, **more: Any) -> RuleSummary:
    """Return what a study stores of a rule version."""
    summary = {
        "id": "spoofing",
        "version": version,
        "title": "Spoofing",
        "risk": "manipulation",
        "typology": "spoofing",
        "severity": "high",
        "description": "Large orders that are withdrawn.",
        "digest": "b" * 64,
        "text_digest": "c" * 64,
        "text": "id: spoofing",
        "detector": None,
        "parameters": {},
    }
    return cast(RuleSummary, {**summary, **more})


def rate(decided: int, productive: int) -> ProductiveRate:
    """Return what became of alerts."""
    share = round(productive / decided, 4) if decided else None
    interval = [0.1, 0.9] if decided else None
    return {"decided": decided, "productive": productive, "rate": share, "interval": interval}


def labels(right: int) -> list[Score]:
    """Return how alerts agree with labels."""
    counts = {"universe": 100, "tp": right, "fp": 1, "fn": 2}
    shares = {"precision": 0.8, "recall": None, "f1": None}
    return [cast(Score, {"typology": "spoofing", **counts, **shares})]


def change(kind: str, number: int, *reasons: str) -> AlertChange:
    """Return an alert that differs."""
    scores = {"lost": (82.5, None), "gained": (None, 71.25), "changed": (90.0, 85.5)}[kind]
    return {
        "kind": kind, "hit_id": f"{number:020d}", "subject": f"OWN-{number}", "trader_id": None,
        "owner_id": f"OWN-{number}", "instrument": "BTC-PERP", "segment": "market_makers",
        "at": "2026-03-02T12:00:00.000000Z", "before": scores[0], "after": scores[1],
        "reasons": list(reasons), "crossings": [],
    }  # fmt: skip


def backtest(**more: Any) -> Backtest:
    """Return the answer of a backtest."""
    changes = [
        change("lost", n, "ratio 6.2 is below $size_ratio 7 (5 in force)") for n in range(70)
    ]
    changes += [change("gained", 100, "in force: no candidate"), change("changed", 101, "score")]
    verdict = {"outcome": "hit", "reason": "", "subjects": 9, "below": 4}
    body = {
        "format": "surveillance-backtest/1",
        "rule": rule(),
        "in_force": rule(1, digest="a" * 64),
        "rewritten": [{"where": "parameters.size_ratio", "before": "5", "after": "7"}],
        **_SETTING,
        "verdicts": {"before": {**verdict, "alerts": 80}, "after": {**verdict, "alerts": 11}},
        "days": [{"name": "2026-03-02", "before": 79, "after": 10},
                 {"name": "2026-03-03", "before": 1, "after": 1}],
        "by_segment": [{"name": "", "before": 1, "after": 1},
                       {"name": "market_makers", "before": 79, "after": 10}],
        "counts": {"lost": 70, "gained": 1, "changed": 1},
        "changes": changes,
        "labels": {"before": labels(9), "after": labels(5)},
        "dispositions": {"before": rate(6, 3), "after": rate(2, 1), "both": rate(2, 1),
                         "dropped": rate(4, 2), "dropped_productive": ["0" * 20]},
    }  # fmt: skip
    return cast(Backtest, {**body, **more})


def line(value: float, alerts: int) -> ValueOutcome:
    """Return what one value of a tuning would raise."""
    return {
        "value": value, "alerts": alerts,
        "subjects": alerts, "below": 3, "added": max(0, alerts - 5), "dropped": max(0, 5 - alerts),
        "by_segment": {"market_makers": alerts}, "labels": labels(alerts),
        "dispositions": rate(alerts, 1 if alerts else 0), "dropped_productive": 0,
    }  # fmt: skip


def tuning(**more: Any) -> Tuning:
    """Return the answer of a tuning whose sample is labelled."""
    missed = {"population": 4, "labelled": 2, "productive_seen": 1, "not_covered": 0, "rate": 0.5,
              "interval": [0.25, 0.75], "missed": 2.0, "missed_interval": [1.0, 3.0]}  # fmt: skip
    stratum = {"segment": "market_makers", "enters_at": 4, "population": 4, "drawn": 2}
    rows = [
        {
            "stratum": 0, "hit_id": f"{number:020d}", "trader_id": None,
            "owner_id": f"OWN-{number}", "instrument": "BTC-PERP",
            "at": "2026-03-02T12:00:00.000000Z", "segment": "market_makers", "enters_at": 4,
            "score": 71.25,
            "measures": {"ratio": 4.5, "side": "buy"}, "evidence": {"orders": ["o-1"]},
        }
        for number in range(2)
    ]  # fmt: skip
    body = {
        "format": "surveillance-tuning/1",
        "rule": rule(),
        "parameter": {"name": "size_ratio", "value": 5, "unit": "times", "source": "a source",
                      "stands": [{"place": "require ratio", "text": ">= $size_ratio"}]},
        **_SETTING,
        "days": 2,
        "values": [line(4, 9), line(5, 5), line(6, 0)],
        "alerting_segments": ["market_makers"],
        "below": {"population": 4, "asked": 2, "seed": "e" * 64, "strata": [stratum],
                  "sample": rows},
        "drawn_in": "d" * 64,
        "labelled": {"labelled": 2, "productive": 1, "all": missed,
                     "moves": [{"value": 4, **missed}],
                     "strata": [{**stratum, "labelled": 2, "productive": 1}],
                     "labels": {"0" * 20: True, f"{1:020d}": False}},
    }  # fmt: skip
    return cast(Tuning, {**body, **more})


def report(answer: Answer) -> BacktestReport | TuningReport:
    """Return the report of a study with this answer."""
    return study_report(stored(answer))


def stored(answer: Answer) -> Study:
    """Return a study with this answer as the database has it."""
    text = canonical(answer)
    return Study(
        id=digest(text), kind=_KINDS[answer["format"]], rule_id=answer["rule"]["id"],
        rule_digest=answer["rule"]["digest"], start=DAY.start, end=DAY.end,
        as_of=parse_time(answer["as_of"]), created_at=LATER, created_by="officer-1", body=text,
    )  # fmt: skip
