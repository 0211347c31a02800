"""Versions of one small rule, and what an officer must have on record for them."""

from datetime import datetime, timedelta

from sqlmodel import Session

from surveillance.canonical import canonical
from surveillance.model import Outcome, Window
from surveillance.records.tables import RunMode, RunRow, Study, StudyKind, VerdictRow
from surveillance.rules.book import Entry, Rulebook, read_rule
from tests.given.dossiers import NOON
from tests.given.probe import RULE

NAME = "busy_payer"
WHY = "It asks for more."
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def entry(version: int = 1, least: int | None = None, name: str = NAME) -> Entry:
    """Return a version of the probe that behaves as ``least`` says, by default as its number."""
    text = RULE.replace("version: 1", f"version: {version}").replace("busy_payer", name)
    return read_rule(text.replace("value: 3", f"value: {least or 2 + version}"), name)


def book(*entries: Entry) -> Rulebook:
    """Return a rulebook of entries."""
    return Rulebook({one.rule.id: one for one in entries})


def studied(
    session: Session,
    one: Entry,
    window: Window,
    kind: StudyKind = StudyKind.BACKTEST,
    outcome: Outcome = Outcome.HIT,
    activity: Window | None = None,
) -> None:
    """Keep a study of exactly this behaviour, over a window full of activity unless it is told."""
    number = f"{one.rule.id}-{window.start:%d%H}-{window.end:%d%H}-{kind}"
    seen = activity or window
    body = {
        "verdicts": {"after": {"outcome": outcome}},
        "activity": {"from": seen.start, "to": seen.end},
    }
    study = Study(
        id=number, kind=kind, rule_id=one.rule.id, rule_digest=one.digest, start=window.start,
        end=window.end, as_of=NOON, created_at=NOON, created_by="officer-1", body=canonical(body),
    )  # fmt: skip
    session.add(study)
    session.flush()


def shadowed(
    session: Session,
    one: Entry,
    window: Window,
    outcome: Outcome = Outcome.NO_HIT,
    **of_run: RunMode,
) -> None:
    """Keep a run in shadow that judged a window by this version."""
    number = f"{one.rule.version}-{window.start:%d%H}-{window.end:%d%H}-{outcome}"
    mode = of_run.get("mode", RunMode.SHADOW)
    run = RunRow(
        id=number, start=window.start, end=window.end, as_of=NOON, created_at=NOON,
        manifest="{}", digest="d", mode=mode,
    )  # fmt: skip
    session.add(run)
    session.flush()
    verdict = VerdictRow(
        run_id=number, rule_id=one.rule.id, version=one.rule.version, digest=one.digest,
        outcome=outcome, body="{}",
    )  # fmt: skip
    session.add(verdict)
    session.flush()


def back(start: int, end: int, at: datetime = NOON) -> Window:
    """Return the window from ``start`` hours before ``at`` to ``end`` hours before it."""
    return Window(at - start * HOUR, at - end * HOUR)
