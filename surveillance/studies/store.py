"""Studies are stored: each named by the digest of its answer, written once, never changed.

The same question about the same activity has the same answer, and so is the same study, whoever
asks again; that it was asked is journalled each time. Approving a rule asks for its backtest here.
"""

import json
from datetime import datetime

from sqlmodel import Session, col, select

from surveillance.canonical import canonical, digest
from surveillance.errors import SurveillanceError
from surveillance.records import journal
from surveillance.records.answers import Answer, Backtest, Tuning
from surveillance.records.journal import GENESIS, Anchor
from surveillance.records.tables import JournalEntry, Study, StudyKind
from surveillance.times import parse_time


def save(session: Session, kind: StudyKind, answer: Answer, by: str, at: datetime) -> Study:
    """Store the answer of a study, once, and journal that it was asked for."""
    text = canonical(answer)
    study_id = digest(text)
    rule, window = answer["rule"], answer["window"]
    study = session.get(Study, study_id)
    if study is None:
        study = Study(
            id=study_id,
            kind=kind,
            rule_id=rule["id"],
            rule_digest=rule["digest"],
            start=parse_time(window["from"]),
            end=parse_time(window["to"]),
            as_of=parse_time(answer["as_of"]),
            created_at=at,
            created_by=by,
            body=text,
        )
        session.add(study)
    detail = {"rule": rule["id"], "version": rule["version"], "rule_digest": rule["digest"]}
    journal.append(session, by, kind.value, f"study:{study_id}", detail, at=at)
    return study


def load(session: Session, prefix: str) -> Study:
    """Return a study by its id, or by an unambiguous beginning of it.

    Raises:
        SurveillanceError: there is none, there are several, or its answer is not what its id says.
    """
    matching = select(Study).where(col(Study.id).startswith(prefix, autoescape=True))
    studies = session.exec(matching).all()
    if len(studies) != 1:
        was = ", ".join(sorted(study.id[:16] for study in studies)) or "none"
        raise SurveillanceError(f"expected one study that begins with {prefix!r}, was {was}")
    if digest(studies[0].body) != studies[0].id:
        raise SurveillanceError(f"expected the answer of study {studies[0].id}, was changed")
    return studies[0]


def latest(session: Session, rule_id: str | None = None, limit: int = 200) -> list[Study]:
    """List studies, of one rule if it is named, the latest first."""
    ordered = select(Study).order_by(col(Study.created_at).desc(), Study.id).limit(limit)
    if rule_id is not None:
        ordered = ordered.where(Study.rule_id == rule_id)
    return list(session.exec(ordered).all())


def backtest_of(study: Study) -> Backtest:
    """Return the answer of a backtest; a SurveillanceError if the study is none."""
    answer: Answer = json.loads(study.body)
    if answer["format"] != "surveillance-backtest/1":
        raise SurveillanceError(f"expected a backtest, was a {study.kind.value} {study.id}")
    return answer


def tuning_of(study: Study) -> Tuning:
    """Return the answer of a tuning; a SurveillanceError if the study is none."""
    answer: Answer = json.loads(study.body)
    if answer["format"] != "surveillance-tuning/1":
        raise SurveillanceError(f"expected a tuning, was a {study.kind.value} {study.id}")
    return answer


def anchor(session: Session, study: Study) -> Anchor:
    """Return the journal's entry of the first time that a study was asked for.

    A report of the study names it as its head, so that it has the same bytes whenever it is made.
    """
    entries = (
        select(JournalEntry)
        .where(JournalEntry.subject == f"study:{study.id}")
        .order_by(col(JournalEntry.seq))
    )
    entry = session.exec(entries).first()
    return Anchor(entry.seq, entry.digest) if entry else Anchor(0, GENESIS)
