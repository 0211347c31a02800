"""Audit: everything that the journal names, held against what is there today.

The chain proves that entries are as they were written. This proves that what they speak of is too:
runs with their verdicts, rule texts and models, reports, and the files of activity. What is gone,
changed, or there without an entry is named.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from sqlmodel import Session, select

from surveillance.activity.lake import Lake
from surveillance.activity.lake.seal import broken, held, sha256
from surveillance.errors import SurveillanceError
from surveillance.proof import runs
from surveillance.records import artefacts, guards, journal, reads, seals
from surveillance.records.seals import Finding
from surveillance.records.tables import Artefact, Report, RuleVersion, RunRow
from surveillance.rules.book import behaviour_of, read_rule

UNKNOWN = "the journal does not know it"
"""What is said of something that is there without an entry."""


def findings(
    session: Session,
    lake: Lake,
    reports: Path,
    progress: Callable[[str], None] = lambda subject: None,
) -> Iterator[Finding]:
    """Name everything that is not as the journal, or its own digest, says."""
    for check in (
        guards.findings(session),
        seals.findings(session),
        reads.findings(session),
        _runs(session),
        _artefacts(session),
        _rules(session),
        _reports(session, reports),
        _activity(session, lake),
    ):
        for finding in check:
            if finding.message:
                yield finding
            progress(finding.subject)


def _runs(session: Session) -> Iterator[Finding]:
    """Check every run that was kept; an empty ``message``, here and below, is all well."""
    digests = {subject: detail["digest"] for subject, detail in journal.entries(session, "run")}
    there = {f"run:{name}": name for name in session.exec(select(RunRow.id))}
    for subject in sorted(digests.keys() | there.keys()):
        if subject not in there:
            yield Finding(subject, "was deleted")
        elif subject not in digests:
            yield Finding(subject, UNKNOWN)
        else:
            yield from _run(session, subject, there[subject], digests[subject])


def _run(session: Session, subject: str, name: str, digest: str) -> Iterator[Finding]:
    try:
        run = runs.load(session, name)
        wrong = runs.altered(session, run)
    except SurveillanceError as error:
        yield Finding(subject, str(error))
        return
    if run.digest != digest:
        yield Finding(subject, f"expected the digest {digest}, was {run.digest}")
    for rule_id, words in wrong or [("", "")]:
        yield Finding(subject, f"{rule_id}: {words}" if rule_id else words)


def _artefacts(session: Session) -> Iterator[Finding]:
    for name in session.exec(select(Artefact.digest).order_by(Artefact.digest)).all():
        yield Finding(f"artefact:{name}", _fault(partial(artefacts.read, session, name)))


def _rules(session: Session) -> Iterator[Finding]:
    for row in session.exec(select(RuleVersion).order_by(RuleVersion.rule_id)).all():
        subject = f"rule:{row.rule_id}@{row.version}"
        yield Finding(subject, _fault(partial(_rule, session, row)))


def _rule(session: Session, row: RuleVersion) -> None:
    text = artefacts.read(session, row.text_digest).decode()
    rule = read_rule(text, f"{row.rule_id}@{row.version}").rule
    behaviour = behaviour_of(rule, json.loads(row.facts))
    read = (rule.id, rule.version, behaviour)
    if read != (row.rule_id, row.version, row.digest):
        raise SurveillanceError(
            f"expected a text that behaves as {row.digest}, was of {rule.id}@{rule.version} "
            f"and behaves as {behaviour}"
        )


def _reports(session: Session, folder: Path) -> Iterator[Finding]:
    there = {row.sha256: row for row in session.exec(select(Report)).all()}
    for subject, detail in journal.entries(session, "report"):
        row = there.get(detail["sha256"])
        today = "deleted" if row is None else sha256(folder / row.path)
        stored = detail.get("signed_sha256") or detail["sha256"]
        name = f"report {detail['kind']} of {subject}"
        yield Finding(name, "" if today == stored else f"expected sha256 {stored}, was {today}")


def _activity(session: Session, lake: Lake) -> Iterator[Finding]:
    """Check that what landed is there, packed or not, and that nothing else is."""
    landed = {
        (table, name)
        for _, detail in journal.entries(session, "land")
        for table, names in detail["files"].items()
        for name in names
    }
    packed = {
        (subject.removeprefix("table:"), detail["file"])
        for verb in ("compact", "erase")
        for subject, detail in journal.entries(session, verb)
    }
    try:
        present = lake.files()
        there = {
            (table, name) for table, files in present.items() for f in files for name in held(f)
        }
    except SurveillanceError as wrong:
        yield Finding("activity", str(wrong))
        return
    for table, name in sorted(landed - there):
        yield Finding(f"activity:{table}/{name}", "was deleted")
    for table, files in present.items():
        changed = {file.file: file for file in broken(table, files)}
        for name in (file.path.name for file in files):
            message = "" if (table, name) in landed | packed else UNKNOWN
            if name in changed:
                message = f"expected sha256 {changed[name].expected}, was {changed[name].actual}"
            yield Finding(f"activity:{table}/{name}", message)


def _fault(check: Callable[[], object]) -> str:
    try:
        check()
    except SurveillanceError as wrong:
        return str(wrong)
    return ""
