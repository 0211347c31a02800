"""Runs of days gone by, and what rules said in them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import Session

from surveillance.canonical import canonical
from surveillance.model import Hit, Outcome, Risk, Severity, Verdict, Window
from surveillance.records.tables import RunMode, RunRow, VerdictRow
from surveillance.times import parse_time

START = parse_time("2026-01-01")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def judge(
    session: Session,
    window: Window,
    outcomes: dict[str, Outcome],
    *,
    mode: RunMode = RunMode.LIVE,
    at: Iterable[datetime] = (),
) -> None:
    """Keep a run of a window in which each rule said something."""
    name = f"{mode} {window.start.isoformat()} {window.end.isoformat()}"
    session.add(
        RunRow(
            id=name, start=window.start, end=window.end, as_of=window.end,
            created_at=window.end, manifest="{}", digest="", mode=mode,
        )
    )  # fmt: skip
    session.flush()
    for rule, outcome in outcomes.items():
        hits = tuple(
            Hit(rule, 1, Risk.MANIPULATION, "x", Severity.LOW, 90.0, moment, moment, trader_id="A")
            for moment in at
        )
        body = canonical(Verdict(rule, 1, "", outcome, hits=hits))
        row = VerdictRow(
            run_id=name, rule_id=rule, version=1, digest="", outcome=outcome, body=body
        )
        session.add(row)
    session.flush()


def days(session: Session, marks: str, rule: str = "r", length: timedelta = DAY) -> None:
    """Keep one run a day: ``x`` hit, ``.`` no hit, ``?`` too little activity, a space no run."""
    by_mark = {"x": Outcome.HIT, ".": Outcome.NO_HIT, "?": Outcome.INSUFFICIENT_DATA}
    for number, mark in enumerate(marks):
        if mark != " ":
            start = START + number * DAY
            judge(session, Window(start, start + length), {rule: by_mark[mark]})
