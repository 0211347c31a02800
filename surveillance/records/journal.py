"""The journal: everything anybody did, each entry sealed with the digest of the one before.

Changing, inserting or removing an entry breaks the chain at that place. Cutting the tail does not,
so the head is printed in every report: held against such an anchor, a cut shows too. The database
refuses changes by triggers; the chain is for whoever gets round them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from surveillance.canonical import canonical, digest
from surveillance.errors import CaseError
from surveillance.records import database
from surveillance.records.tables import JournalEntry

GENESIS = "0" * 64
"""What the first entry names as the one before it."""
SYSTEM = "system"
"""Who acts where no officer does."""
HEAD = "head"
"""Key of a session's ``info`` under which stands what it wrote last."""
ORIGIN = "origin"
"""Key under which stands who is at the keyboard: a user of the operating system, or a token."""


class Anchor(NamedTuple):
    """A place in the journal that was seen: sequence number and digest; seq 0 is before all."""

    seq: int
    digest: str


@dataclass(frozen=True, slots=True)
class JournalCheck:
    """What verification found: entries read, and the first one that is wrong and why."""

    entries: int
    head: Anchor
    bad_seq: int | None = None
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Tell whether every entry is as it was written."""
        return self.bad_seq is None


def require_text(text: str, what: str) -> None:
    """Raise a CaseError unless somebody wrote a reason, or another ``what``, that can be kept.

    Blank is none; and a NUL no PostgreSQL can hold, so it is refused on every database alike.
    """
    if not text.strip() or "\x00" in text:
        raise CaseError(f"expected a {what}, was {text!r}")


class Act(NamedTuple):
    """What somebody did, to be an entry: who, the verb, what it was done to, and the detail."""

    actor: str
    verb: str
    subject: str
    detail: Mapping[str, Any]


def append(
    session: Session,
    actor: str,
    verb: str,
    subject: str,
    detail: Mapping[str, Any],
    *,
    at: datetime,
) -> JournalEntry:
    """Add an entry to the caller's transaction, after waiting for every other writer."""
    [entry] = append_all(session, [Act(actor, verb, subject, detail)], at=at)
    return entry


def append_all(session: Session, acts: Sequence[Act], *, at: datetime) -> list[JournalEntry]:
    """Add several entries at once to the caller's transaction, in their order."""
    database.lock(session.connection())
    last, entries = head(session), []
    for act in acts:
        entry = JournalEntry(
            seq=last.seq + 1,
            at=at,
            actor=act.actor,
            verb=act.verb,
            subject=act.subject,
            detail=canonical(act.detail),
            origin=session.info.get(ORIGIN),
            previous=last.digest,
            digest="",
        )
        entry.digest = _seal(entry)
        last = Anchor(entry.seq, entry.digest)
        entries.append(entry)
    session.add_all(entries)
    session.flush()
    if entries:
        session.info[HEAD] = last
    return entries


def append_once(
    session: Session, verb: str, subject: str, detail: Mapping[str, Any], *, at: datetime
) -> None:
    """Say that the system did something, unless it was said before by one who was cut short."""
    database.lock(session.connection())
    same = select(JournalEntry.seq).where(
        JournalEntry.verb == verb,
        JournalEntry.subject == subject,
        JournalEntry.detail == canonical(detail),
    )
    if session.exec(same.limit(1)).first() is None:
        append(session, SYSTEM, verb, subject, detail, at=at)


def has_entry(session: Session, verb: str, subject: str) -> bool:
    """Tell whether an entry with this verb and subject is there."""
    wanted = select(JournalEntry.seq).where(
        JournalEntry.verb == verb, JournalEntry.subject == subject
    )
    return session.exec(wanted.limit(1)).first() is not None


def entries(session: Session, verb: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the subject and the detail of every entry with this verb, in order."""
    wanted = select(JournalEntry.subject, JournalEntry.detail).where(JournalEntry.verb == verb)
    for subject, detail in session.exec(wanted.order_by(col(JournalEntry.seq))):
        yield subject, json.loads(detail)


def subjects(session: Session, verb: str) -> set[str]:
    """Return every subject of an entry with this verb."""
    return set(session.exec(select(JournalEntry.subject).where(JournalEntry.verb == verb)))


def latest(session: Session, verb: str, subject: str) -> dict[str, Any] | None:
    """Return the detail of the last entry with this verb and subject, or None."""
    wanted = select(JournalEntry.detail).where(
        JournalEntry.verb == verb, JournalEntry.subject == subject
    )
    detail = session.exec(wanted.order_by(col(JournalEntry.seq).desc()).limit(1)).first()
    return None if detail is None else dict(json.loads(detail))


def origin_of(session: Session, verb: str, subject: str) -> str:
    """Return where the last entry with this verb and subject came from; empty if nowhere known."""
    wanted = select(JournalEntry.origin).where(
        JournalEntry.verb == verb, JournalEntry.subject == subject
    )
    return session.exec(wanted.order_by(col(JournalEntry.seq).desc()).limit(1)).first() or ""


def head(session: Session) -> Anchor:
    """Return the last entry's place, which is what an anchor is made of."""
    last = select(JournalEntry.seq, JournalEntry.digest).order_by(col(JournalEntry.seq).desc())
    newest = session.exec(last.limit(1)).first()
    return Anchor(*newest) if newest else Anchor(0, GENESIS)


def last_at(session: Session) -> datetime | None:
    """Return when the last entry was written, or None before the first."""
    last = select(JournalEntry.at).order_by(col(JournalEntry.seq).desc()).limit(1)
    return session.exec(last).first()


def verify(session: Session, anchor: Anchor | None = None) -> JournalCheck:
    """Read the whole chain and name the first entry that is wrong, missing or cut off."""
    ordered = select(JournalEntry).order_by(col(JournalEntry.seq))
    rows = ordered.execution_options(populate_existing=True, yield_per=1000)
    return _check(session.exec(rows), anchor)


def is_entry_of(entry: Mapping[str, Any], subject: str, detail: Mapping[str, Any]) -> bool:
    """Tell whether an entry, copied out of the journal, is sealed and states this of a subject."""
    names = ("seq", "at", "actor", "verb", "subject", "detail", "previous")
    origin = entry.get("origin")
    parts = [*(entry.get(name) for name in names), *([origin] if origin else [])]
    return (
        digest(parts) == entry.get("digest")
        and entry["subject"] == subject
        and entry["detail"] == canonical(detail)
    )


def _check(entries: Iterable[JournalEntry], anchor: Anchor | None) -> JournalCheck:
    count, last = 0, Anchor(0, GENESIS)
    for entry in entries:
        reason = _fault(entry, last) or _off_anchor(Anchor(entry.seq, entry.digest), anchor)
        if reason:
            return JournalCheck(count, last, bad_seq=entry.seq, reason=reason)
        count, last = count + 1, Anchor(entry.seq, entry.digest)
    if anchor and last.seq < anchor.seq:
        reason = f"expected at least {anchor.seq} entries, was cut after {last.seq}"
        return JournalCheck(count, last, bad_seq=last.seq + 1, reason=reason)
    return JournalCheck(count, last)


def _fault(entry: JournalEntry, last: Anchor) -> str:
    if entry.seq != last.seq + 1:
        return f"expected entry {last.seq + 1}, was {entry.seq}: entries are missing"
    if entry.previous != last.digest:
        return f"expected to follow {last.digest}, was {entry.previous}"
    seal = _seal(entry)
    return "" if seal == entry.digest else f"expected digest {seal}, was {entry.digest}"


def _off_anchor(place: Anchor, anchor: Anchor | None) -> str:
    if anchor is None or place.seq != anchor.seq or place.digest == anchor.digest:
        return ""
    return f"expected the anchored digest {anchor.digest}, was {place.digest}"


def _seal(entry: JournalEntry) -> str:
    """Return the digest of an entry; one without an origin is sealed as before there were any."""
    parts = [
        entry.seq, entry.at, entry.actor, entry.verb, entry.subject, entry.detail, entry.previous,
    ]  # fmt: skip
    return digest(parts + [entry.origin] * bool(entry.origin))
