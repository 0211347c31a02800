"""The numbers that the evidence holds, and the check that a narrative holds no other.

A number counts as held where a row, a measure, a line, a count or a sum of the evidence is that
number, exactly or as it is written for people (a share as percent, dollars without cents); a time,
where a row or an alert has it, cut to what is written; an id, an account or a law, where it stands
in the evidence letter for letter. Numbers in words (*six*) are not looked at.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from surveillance.errors import SurveillanceError
from surveillance.model import Others, Scalar
from surveillance.reports import amounts
from surveillance.reports.amounts import Amount
from surveillance.reports.filing import Filing
from surveillance.reports.findings import Finding
from surveillance.reports.narrative import MOST_AMOUNTS, MOST_FINDINGS, MOST_IDS
from surveillance.reports.pages import plain
from surveillance.rules.rounding import KINDS, figure
from surveillance.rules.sentence import said
from surveillance.times import format_time

_FINDING = re.compile(r"\s*Finding (\d+)\b")
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?")
_EDGES = ".,;:!?()[]{}\"'“”‘’…"


@dataclass
class Figures:
    """What may be written: numbers, shares in percent, and names or times letter for letter."""

    numbers: set[Decimal] = field(default_factory=set)
    percents: set[Decimal] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def add_text(self, text: str) -> None:
        """Let everything be written that a text of the evidence holds."""
        for token, is_percent in _tokens(text):
            number = _number(token)
            if number is None:
                self.names.add(token)
            else:
                (self.percents if is_percent else self.numbers).add(number)

    def add_value(self, value: Scalar) -> None:
        """Let a value be written: as it is, and in the ways of ``rules.sentence``."""
        if value is None or isinstance(value, bool):
            return
        for written in (str(value), plain(value), figure(value)):
            self.add_text(written)
        if _decimal(value) is not None:
            for kind in ("", *KINDS):
                self.add_text(said(f"{{value:{kind}}}", {"value": value}))

    def add_time(self, at: datetime) -> None:
        """Let a time be written: its day, and its clock cut to minute, second or less."""
        day, clock = format_time(at).rstrip("Z").split("T")
        self.names |= {day, clock, clock[:8], clock[:5], f"{day}T{clock}Z", f"{clock[:8]}Z"}

    def held(self, token: str, is_percent: bool) -> bool:
        """Say whether the evidence holds this."""
        if token in self.names:
            return True
        number = _number(token)
        return number is not None and number in (self.percents if is_percent else self.numbers)


def strangers(filing: Filing, text: str) -> list[str]:
    """Return what a narrative says in digits that the evidence does not hold, in order.

    A line that begins with *Finding* and a number is held against that finding alone.
    """
    of_finding = {finding.number: figures_of(finding) for finding in filing.findings}
    of_all = _figures_of_all(filing, of_finding.values())
    found = []
    for line in text.splitlines():
        about = _FINDING.match(line)
        number = int(about[1]) if about else 0
        if about and number not in of_finding:
            found.append(about[0].strip())
            continue
        rest = line[about.end() :] if about else line
        figures = of_finding[number] if about else of_all
        found += [token for token, percent in _tokens(rest) if not figures.held(token, percent)]
    return found


def expect_held(filing: Filing, text: str) -> None:
    """Refuse a narrative that says a number which the evidence does not hold.

    Raises:
        SurveillanceError: names them.
    """
    if unknown := strangers(filing, text):
        raise SurveillanceError(
            f"expected numbers that the evidence holds, was {', '.join(dict.fromkeys(unknown))}"
        )


def figures_of(finding: Finding) -> Figures:
    """Return what may be written of a finding."""
    figures = Figures()
    for page in finding.pages:
        _add_dossier(figures, page.dossier)
        figures.add_value(page.file.money or None)
        figures.add_value(len(page.file.hits))
        for at in (page.file.first_act, page.file.last_act, page.file.filed_at):
            figures.add_time(at)
        figures.names |= {page.file.id}
    for hit in finding.hits:
        _add_hit(figures, hit)
    for table, ids in finding.evidence.items():
        figures.names |= set(ids)
        figures.numbers |= {Decimal(len(ids)), Decimal(len(ids) - MOST_IDS)}
        figures.add_text(table)
    for rows in finding.rows.values():
        _add_rows(figures, rows)
    _add_amounts(figures, amounts.of(finding.rows, finding.accounts))
    return figures


def _figures_of_all(filing: Filing, parts: Iterable[Figures]) -> Figures:
    figures = Figures()
    for part in parts:
        figures.numbers |= part.numbers
        figures.percents |= part.percents
        figures.names |= part.names
    _add_amounts(figures, amounts.of(filing.tables, filing.accounts))
    findings = len(filing.findings)
    figures.numbers |= {
        Decimal(n) for n in (len(filing.alerts), findings, findings - MOST_FINDINGS)
    }
    figures.names.add(filing.file.case.id)
    for at in (*filing.span, filing.at, filing.file.case.suspicion_formed_at):
        if at is not None:
            figures.add_time(at)
    for name in ("name", "mic", "lei", "market"):
        figures.add_text(getattr(filing.institution, name) or "")
    return figures


def _add_dossier(figures: Figures, dossier: Any) -> None:
    hit = dossier.hit
    texts = (*dossier.accounts, *dossier.subject.values(), *dossier.instrument.values())
    for text in texts:
        figures.add_text(text or "")
        figures.add_text((text or "")[:10])
    rule = dossier.rule
    for key in ("title", "description", "law", "practices"):
        figures.add_text(str(rule.get(key) or ""))
    for parameter in (rule.get("parameters") or {}).values():
        figures.add_text(str(parameter.get("unit") or "") if isinstance(parameter, dict) else "")
    for name in (hit.trader_id, hit.owner_id, hit.instrument, hit.segment):
        figures.add_text(name or "")
    for value in (*dossier.peers.values(), *dossier.row_counts.values()):
        figures.add_value(value)
    for others in dossier.others.values():
        _add_others(figures, others)


def _add_others(figures: Figures, others: Others) -> None:
    for value in (others.median, others.high, others.furthest):
        figures.add_value(value)
    figures.numbers |= {Decimal(others.rank), Decimal(others.count), Decimal(others.count + 1)}


def _add_hit(figures: Figures, hit: Any) -> None:
    for value in (*hit.measures.values(), *hit.thresholds.values(), hit.score):
        figures.add_value(value)
    for text in (hit.sentence, *hit.reasons, f"{hit.rule_id} {hit.version}"):
        figures.add_text(text)
    for at in (hit.started_at, hit.at):
        figures.add_time(at)


def _add_rows(figures: Figures, rows: Any) -> None:
    """Let be written what rows hold, how many there are of a kind, and what they add up to."""
    figures.numbers.add(Decimal(len(rows)))
    for row in rows:
        for value in row.values():
            if value is not None and _is_time(value):
                figures.add_time(datetime.fromisoformat(value))
            elif value is not None:
                figures.add_text(value)
    for numbers in _sums(rows):
        figures.numbers |= {Decimal(len(numbers)), sum(numbers, Decimal(0))}


def _add_amounts(figures: Figures, added_up: Iterable[Amount]) -> None:
    """Let be written what somebody did of one thing: how often, how much, what it was worth."""
    every = list(added_up)
    for amount in every:
        figures.numbers |= {Decimal(amount.times), amount.total or Decimal(0)}
        figures.numbers.add(amount.worth or Decimal(0))
    figures.numbers.add(Decimal(len(every[MOST_AMOUNTS:])))


def _sums(rows: Any) -> Iterator[list[Decimal]]:
    """Yield the numbers of each column: of all rows, and of those of one event or direction."""
    columns = dict.fromkeys(name for row in rows for name in row)
    groups = [rows]
    for kind in ("event", "direction", "side"):
        for value in dict.fromkeys(row.get(kind) for row in rows):
            if value:
                groups.append([row for row in rows if row.get(kind) == value])
    for group in groups:
        for name in columns:
            numbers = [n for row in group if (n := _decimal(row.get(name))) is not None]
            if numbers:
                yield numbers


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def _is_time(value: str) -> bool:
    return bool(_TIME.fullmatch(value))


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the words of a text that hold a digit, and whether each is a share in percent."""
    parts = text.split()
    for place, part in enumerate(parts):
        token = part.strip(_EDGES)
        if _DIGIT.search(token):
            after = parts[place + 1].strip(_EDGES) if place + 1 < len(parts) else ""
            yield token.removesuffix("%"), token.endswith("%") or after == "%"


def _number(token: str) -> Decimal | None:
    if not _NUMBER.fullmatch(token):
        return None
    return Decimal(token.replace(",", ""))


def _decimal(value: Scalar) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
