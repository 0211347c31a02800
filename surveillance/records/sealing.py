"""Sealing as rows are written: one place for all, and nobody who writes has to think of it.

What the sessions of SQLAlchemy flush is noted, and before it is committed the rows are read back
and their seals appended to the journal, in the same transaction. A statement that would change
rows of a sealed table without being noted is refused.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import ORMExecuteState, SessionTransaction
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session, SQLModel

from surveillance.records import database, reads, seals
from surveillance.records.seals import ERASED, Row
from surveillance.records.tables import CaseRead, metadata

_CHANGED, _ERASED, _READ = "rows to seal", "rows erased", "last read"
"""Keys of a session's ``info``: primary keys by table, seals of what goes, and a time."""


def _prepare(session: Session, *_: object) -> None:
    """Note what will be gone, and number reads in the order in which roots will see them."""
    if any(isinstance(each, CaseRead) for each in session.new):
        database.lock(session.connection())
    erased: set[Row] = session.info.setdefault(_ERASED, set())
    for each in session.deleted:
        name, key = _place(each)
        if seals.is_sealed(name, key[0]):
            erased.update(row for row, _ in seals.of_keys(session.connection(), name, [key]))


def _note(session: Session, *_: object) -> None:
    changed: dict[str, set[tuple[Any, ...]]] = session.info.setdefault(_CHANGED, {})
    for each in (*session.new, *(old for old in session.dirty if session.is_modified(old))):
        name, key = _place(each)
        if isinstance(each, CaseRead):
            session.info[_READ] = each.at
        if seals.is_sealed(name, key[0]):
            changed.setdefault(name, set()).add(key)


def insert(session: Session, kind: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows of a table that nobody needs as objects; they are sealed as any."""
    if not rows:
        return
    session.flush()
    table = metadata.tables[str(kind.__tablename__)]
    connection = session.connection()
    connection.execute(table.insert(), rows)
    names = [each.name for each in table.primary_key.columns]
    changed = session.info.setdefault(_CHANGED, {}).setdefault(table.name, set())
    changed.update(tuple(row[name] for name in names) for row in rows)


def _place(each: Any) -> tuple[str, tuple[Any, ...]]:
    mapper = inspect(each).mapper
    return str(mapper.local_table), tuple(mapper.primary_key_from_instance(each))


def _seal(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    written: dict[Row, str] = dict.fromkeys(session.info.pop(_ERASED, ()), ERASED)
    for name, keys in session.info.pop(_CHANGED, {}).items():
        written.update(seals.of_keys(session.connection(), name, keys))
    seals.write(session, written)
    at: datetime | None = session.info.pop(_READ, None)
    if at is not None:
        reads.seal(session, at)


def _forget(session: Session, transaction: SessionTransaction, _: object) -> None:
    if not transaction.nested:
        for noted in (_CHANGED, _ERASED, _READ):
            session.info.pop(noted, None)


def _refuse(state: ORMExecuteState) -> None:
    if (state.is_update or state.is_delete or state.is_insert) and state.bind_mapper is not None:
        name = str(state.bind_mapper.local_table)
        if name not in seals.UNSEALED:
            raise TypeError(f"expected rows of {name} to be written one by one, was a statement")


def listen() -> None:
    """Have every session of this process seal what it writes."""
    for name, act in (
        ("before_flush", _prepare),
        ("after_flush", _note),
        ("before_commit", _seal),
        ("after_begin", _forget),
        ("do_orm_execute", _refuse),
    ):
        if not event.contains(AnySession, name, act):
            event.listen(AnySession, name, act)
