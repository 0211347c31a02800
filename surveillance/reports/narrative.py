"""The narrative of a report, drafted from the findings: who, what, when, how much, why suspicious.

It is a draft: an officer may write another in its place. Either way every number in it must be one
that the evidence holds (``figures``); a line that begins with *Finding 2* is held against the
evidence of that finding alone, and says which rows it rests on.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from surveillance.reports import amounts, known
from surveillance.reports.alerts import AlertPage
from surveillance.reports.beyond import beyond
from surveillance.reports.filing import Filing
from surveillance.reports.findings import Finding
from surveillance.reports.pages import plain, words
from surveillance.times import format_time

MOST_FINDINGS = 6
"""Findings that are put in words; the others are counted, and stand in the evidence."""
MOST_IDS = 6
MOST_AMOUNTS = 8


def drafted(filing: Filing) -> list[str]:
    """Return the narrative as lines: who it is, each finding, and what is left out here."""
    lines = [*_persons(filing), _all_of_it(filing)]
    described: set[str] = set()
    for finding in filing.findings[:MOST_FINDINGS]:
        lines += _of_finding(finding, described)
        described.add(_description(finding))
    more = len(filing.findings) - MOST_FINDINGS
    if more > 0:
        lines.append(f"Findings of less weight, in the annex and the attached evidence: {more}.")
    return lines


def _persons(filing: Filing) -> Iterator[str]:
    for trader, subject in known.subjects(filing):
        kind = {"natural": "a natural person", "legal": "a legal person"}
        entity = kind.get(subject.get("entity") or "", "")
        opened = subject.get("opened_at")
        where = known.named("resident in", subject.get("residence") or subject.get("country"))
        facts = known.joined(
            (
                known.named("held by", subject.get("name")),
                entity,
                where,
                known.named("opened on", opened[:10] if opened else None),
            )
        )
        yield f"Who: account {trader}{', ' if facts else ''}{facts}."


def _all_of_it(filing: Filing) -> str:
    first, last = filing.span
    alerts, findings = len(filing.alerts), len(filing.findings)
    return (
        f"When: from {moment(first)} to {moment(last)} (UTC); {alerts} "
        f"alert{'s' * (alerts != 1)} in {findings} finding{'s' * (findings != 1)}, each on one "
        "course of conduct."
    )


def _description(finding: Finding) -> str:
    return str(finding.strongest.dossier.rule.get("description") or "").strip()


def _of_finding(finding: Finding, described: Collection[str]) -> Iterator[str]:
    """Say of a finding what, how much and why; what its rule is for only where that is new."""
    head = f"Finding {finding.number}"
    strongest, hit = finding.strongest, finding.strongest.dossier.hit
    where = f" in {', '.join(finding.instruments)}" if finding.instruments else ""
    first, last = finding.span
    yield (
        f"{head}, what: {', '.join(finding.titles)}{where}, from {moment(first)} to "
        f"{moment(last)}. {hit.subject}: {' '.join(map(_stopped, hit.words))}"
    )
    if amounts := "; ".join(_amounts(finding)):
        yield f"{head}, how much: {amounts}."
    description = _description(finding)
    measured = tuple(_beyond(strongest))
    new = [description] if description and (description not in described or not measured) else []
    if new or measured:
        yield f"{head}, why it is suspicious: {' '.join((*new, *measured))}"
    if rests := "; ".join(_rests(finding)):
        yield f"{head} rests on {rests}."


def _amounts(finding: Finding) -> Iterator[str]:
    """Say what was ordered, withdrawn, traded and moved, as far as the rows are stored.

    Of an alert of many hits they are those of its strongest, and its money is that of all.
    """
    parts = [amount.words for amount in amounts.of(finding.rows, finding.accounts)]
    file = finding.strongest.file
    if parts and len(file.hits) > 1:
        parts[0] = f"of {len(file.hits)} hits the strongest: {parts[0]}"
    yield from parts[:MOST_AMOUNTS]
    if more := len(parts[MOST_AMOUNTS:]):
        yield f"and more in {more} parts, in the annex"
    if file.money:
        whose = f"the {len(file.hits)} hits" if len(file.hits) > 1 else "the strongest alert"
        handed_on = ", a sum that is handed on at each transfer" * ("transfers" in finding.evidence)
        yield f"trades and transfers of {whose} add up to {plain(file.money)} USD{handed_on}"


def _beyond(page: AlertPage) -> Iterator[str]:
    """Hold what was measured against its line, as far as it is beyond it."""
    if said := "; ".join(each.words for each in beyond(page.dossier)):
        yield f"Measured, and in brackets from where on it counts: {said}."


def _rests(finding: Finding) -> Iterator[str]:
    for table, ids in finding.evidence.items():
        if ids:
            more = len(ids) - MOST_IDS
            rest = f" and {more} more" if more > 0 else ""
            yield f"{words(table)} {', '.join(ids[:MOST_IDS])}{rest}"


def moment(at: datetime) -> str:
    """Write a time as a day and a clock to the second, cut and not rounded."""
    return format_time(at)[:19].replace("T", " ")


def _stopped(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
