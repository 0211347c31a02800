"""Studies that are kept: each named by the digest of its answer, written once, never changed.

The same question about the same activity has the same answer, and so is the same study, whoever
asks again; that it was asked is journalled each time. Approving a rule asks for its backtest here.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from surveillance.errors import SurveillanceError
from surveillance.model import canonical, digest, parse_time
from surveillance.records import journal
from surveillance.records.journal import GENESIS, Anchor
from surveillance.records.tables import JournalEntry, Study, StudyKind


def keep(
    session: Session, kind: StudyKind, body: Mapping[str, Any], by: str, at: datetime
) -> Study:
    """Keep the answer of a study, once, and journal that it was asked for."""
    text = canonical(body)
    name = digest(text)
    rule, window = body["rule"], body["window"]
    found = session.get(Study, name)
    if found is None:
        found = Study(
            id=name,
            kind=kind,
            rule_id=rule["id"],
            rule_digest=rule["digest"],
            start=parse_time(window["from"]),
            end=parse_time(window["to"]),
            as_of=parse_time(body["as_of"]),
            created_at=at,
            created_by=by,
            body=text,
        )
        session.add(found)
    detail = {"rule": rule["id"], "version": rule["version"], "rule_digest": rule["digest"]}
    journal.append(session, by, kind.value, f"study:{name}", detail, at=at)
    return found


def load(session: Session, name: str) -> Study:
    """Return a study by its id, or by an unambiguous beginning of it.

    Raises:
        SurveillanceError: there is none, there are several, or its answer is not what its id says.
    """
    wanted = select(Study).where(col(Study.id).startswith(name, autoescape=True))
    found = session.exec(wanted).all()
    if len(found) != 1:
        was = "none" if not found else ", ".join(sorted(one.id[:16] for one in found))
        raise SurveillanceError(f"expected one study that begins with {name!r}, was {was}")
    if digest(found[0].body) != found[0].id:
        raise SurveillanceError(f"expected the answer of study {found[0].id}, was changed")
    return found[0]


def listed(session: Session, rule_id: str | None = None, limit: int = 200) -> list[Study]:
    """List studies, of one rule if it is named, the latest first."""
    wanted = select(Study).order_by(col(Study.created_at).desc(), Study.id).limit(limit)
    if rule_id is not None:
        wanted = wanted.where(Study.rule_id == rule_id)
    return list(session.exec(wanted).all())


def answer(study: Study) -> dict[str, Any]:
    """Return the answer of a study."""
    found: dict[str, Any] = json.loads(study.body)
    return found


def anchor(session: Session, study: Study) -> Anchor:
    """Return the journal's entry of the first time that a study was asked for.

    A report of the study names it as its head, so that it has the same bytes whenever it is made.
    """
    wanted = (
        select(JournalEntry)
        .where(JournalEntry.subject == f"study:{study.id}")
        .order_by(col(JournalEntry.seq))
    )
    entry = session.exec(wanted).first()
    return Anchor(entry.seq, entry.digest) if entry else Anchor(0, GENESIS)
