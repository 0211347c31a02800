"""Conduct written as rows, judged by a whole rulebook: who is missed, and who is accused.

A case has a ``background``, which alone must stay silent, and an ``act`` on top of it. Each of its
``guilty`` accounts is to have an alert of one of the ``typologies`` (of any of the risk family
where none is named), as itself or by its owner; nobody but those and ``may`` may have any. It
is the test for what no inline test of one rule can show: that others do not accuse a bystander.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, RootModel, model_validator

from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, earliest, latest, sample_view
from surveillance.canonical import digest
from surveillance.detection.anomaly import Peers
from surveillance.detection.detect import detect
from surveillance.detection.hits import verdict_of
from surveillance.model import ALERT_LINE, Hit, Outcome, Verdict, Window
from surveillance.rules.book import Entry, Rulebook
from surveillance.times import span
from surveillance.yamlfile import MAX_ROWS, Part, parse, text_of

Rows = Mapping[str, list[dict[str, Any]]]


class Case(Part):
    """Conduct as rows by table, times as offsets, and what a rulebook is to say of it."""

    id: str
    """Names the case."""
    name: str = ""
    """What happens, in words."""
    note: str = ""
    """Why it is expected, or what to think of."""
    risk: Literal["manipulation", "front_running", "kyc_aml"] | None = None
    """The family of risk that an alert on the guilty must be of, where no typology is named."""
    guilty: list[str] = Field(default_factory=list)
    """Accounts each of which must have an alert."""
    typologies: list[str] = Field(default_factory=list)
    """Typologies of which the alert must be one."""
    may: list[str] = Field(default_factory=list)
    """Accounts that may have an alert, and need not."""
    silent: bool = False
    """Whether there may be no alert at all."""
    background: dict[str, list[dict[str, Any]]] = Field(default_factory=dict)
    """What happens around the act, on which nothing may be said."""
    act: dict[str, list[dict[str, Any]]] = Field(default_factory=dict)
    """What the guilty do, or what only looks like it."""

    @model_validator(mode="after")
    def _one_sign(self) -> "Case":
        if self.silent and self.guilty:
            raise ValueError(f"expected either silent or guilty, was also guilty: {self.guilty}")
        return self


class _Cases(RootModel[list[Case]]):
    """A file of cases."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a rulebook said of one case.

    ``missed`` are guilty accounts without a fitting alert; ``accused`` the subjects of alerts that
    nobody meant, of the background alone too; ``unable`` rules that failed; ``alerts`` are subject
    and rule of each alert.
    """

    case: Case
    missed: tuple[str, ...]
    accused: tuple[str, ...]
    unable: tuple[str, ...]
    alerts: tuple[tuple[str, str], ...]

    @property
    def as_expected(self) -> bool:
        """Say whether nobody is missed, nobody accused, and nothing failed."""
        return not (self.missed or self.accused or self.unable)


@dataclass(frozen=True, slots=True)
class _Judged:
    alerts: tuple[Hit, ...]
    accounts: Mapping[str, Collection[str]]
    errors: tuple[str, ...]

    def behind(self, hit: Hit) -> set[str]:
        """Return every name by which the subject of an alert can be meant."""
        subject = hit.subject
        return {subject, *self.accounts.get(subject, ())}


def read(path: Path) -> list[Case]:
    """Read a file of cases.

    Raises:
        FileError: every fault, with line and column.
    """
    return parse(text_of(path, most=MAX_ROWS), path, rows=True).validate(_Cases).root


def tried(cases: Iterable[Case], book: Rulebook) -> Iterator[Tried]:
    """Judge each case by every rule; equal rows are judged once."""
    known: dict[str, _Judged] = {}

    def judged(rows: Rows) -> _Judged:
        key = digest(rows)
        if key not in known:
            known[key] = _judged(rows, book)
        return known[key]

    for case in cases:
        yield _tried(case, judged(case.background), judged(_together(case.background, case.act)))


def _tried(case: Case, alone: _Judged, judged: _Judged) -> Tried:
    fitting = [hit for hit in judged.alerts if _is_fitting(case, hit)]
    found = {name for hit in fitting for name in judged.behind(hit)}
    meant = {*case.guilty, *case.may}
    strangers = {hit.subject for hit in judged.alerts if not judged.behind(hit) & meant}
    strangers |= {hit.subject for hit in alone.alerts}
    return Tried(
        case=case,
        missed=tuple(name for name in case.guilty if name not in found),
        accused=tuple(sorted(strangers)),
        unable=judged.errors,
        alerts=tuple(sorted({(hit.subject, hit.rule_id) for hit in judged.alerts})),
    )


def _is_fitting(case: Case, hit: Hit) -> bool:
    if case.typologies:
        return hit.typology in case.typologies
    return case.risk is None or hit.risk == case.risk


def _together(background: Rows, act: Rows) -> dict[str, list[dict[str, Any]]]:
    return {name: [*background.get(name, ()), *act.get(name, ())] for name in {**background, **act}}


def _judged(rows: Rows, book: Rulebook) -> _Judged:
    if not any(rows.values()):
        return _Judged((), {}, ())
    window = Window(START + earliest(rows), START + latest(rows) + _settled(book))
    with sample_view(rows, window.back_to(book.reach)) as view:
        verdicts = detect(book, view, window, Peers(), _unfitted)
        owned = _owned(view)
    alerts = (hit for each in verdicts for hit in each.hits if hit.score >= ALERT_LINE)
    errors = (f"{v.rule_id}: {v.reason}" for v in verdicts if v.outcome is Outcome.ERROR)
    return _Judged(tuple(alerts), owned, tuple(errors))


def _settled(book: Rulebook) -> timedelta:
    """Return how long after the last row everything about it has been judged."""
    hops = (span(entry.rule.every or "1h") for entry in book.entries.values())
    longest = max((entry.compiled.reach for entry in book.entries.values()), default=timedelta(0))
    return longest + 2 * max(hops, default=timedelta(0))


def _owned(view: View) -> dict[str, set[str]]:
    prepare(view.connection, [])
    owned: dict[str, set[str]] = {}
    for trader, owner in view.connection.execute(
        "select trader_id, owner_id from owners"
    ).fetchall():
        owned.setdefault(owner, set()).add(trader)
    return owned


def _unfitted(entry: Entry, view: View, window: Window) -> Verdict:
    return verdict_of(entry, Outcome.INSUFFICIENT_DATA, "no detector is fitted to a few rows")
