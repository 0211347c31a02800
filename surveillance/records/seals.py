"""Seals: the journal holds the digest of every row that matters, as it was written last.

The chain proves that entries are as they were written, a seal that a row is: one that was changed,
deleted or put in past the journal differs from what its last seal says, and is named. Rows are read
as the driver returns them, by whatever columns the database has, so that a seal can be checked
before a migration changes them. A row that is erased leaves an empty seal, its tombstone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, column, inspect, select, table, text, tuple_
from sqlmodel import Session

from surveillance.canonical import canonical, digest
from surveillance.records import database, journal
from surveillance.records.scheduled import CLOCK
from surveillance.records.tables import metadata
from surveillance.times import EPOCH

SEAL, ROWS = "seal", "rows"
"""Verb and subject of an entry with seals: by table and key the digest of a row, or nothing."""
ERASED = ""
"""The seal of a row that was erased."""
UNSEALED = frozenset(
    {
        "journal", "case_reads", "leases", "jobs", "sign_ins", "sign_in_tries", "outbox",
        "drafts", "saved_views", "tasks",
    }
)  # fmt: skip
"""Tables without seals of rows: one is a chain, one has roots, the others pass by themselves.

Drafts and views are notes of an officer to themselves, and a task says how far slow work is; what
was done with them is sealed.
"""
_PROVED = {"artefacts": "body", "verdicts": "body"}
"""Columns that another column is the digest of, too large to be read once more."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was kept, such as ``run:3f9a…``, and in which way."""

    subject: str
    message: str


class Row(NamedTuple):
    """Where a sealed row is: its table, and its primary key as text."""

    table: str
    key: str


def is_sealed(name: str, key: object) -> bool:
    """Tell whether a row has seals; the clock moves every minute, so it has none."""
    return name not in UNSEALED and (name, key) != ("watermarks", CLOCK)


def of_keys(
    connection: Connection, name: str, keys: Iterable[tuple[Any, ...]]
) -> Iterator[tuple[Row, str]]:
    """Yield the seals of the rows of a table that have some primary keys and are there."""
    wanted, columns = sorted(keys, key=repr), metadata.tables[name].primary_key.columns
    typed = [column(each.name, each.type) for each in columns]
    for some in database.portions(wanted):
        where = tuple_(*typed).in_(some) if len(typed) > 1 else typed[0].in_([k for (k,) in some])
        rows = connection.execute(select(text("*")).select_from(table(name)).where(where))
        yield from (sealed(name, row._asdict()) for row in rows)


def all_rows(connection: Connection) -> Iterator[tuple[Row, str]]:
    """Yield the seal that every row of every sealed table should have, as it is now."""
    there = set(inspect(connection).get_table_names())
    for name in sorted(there & metadata.tables.keys() - UNSEALED):
        every = select(text("*")).select_from(table(name)).execution_options(yield_per=_AT_ONCE)
        each = (sealed(name, row._asdict()) for row in connection.execute(every))
        yield from ((row, seal) for row, seal in each if is_sealed(row.table, row.key))


def write(session: Session, seals: Mapping[Row, str]) -> None:
    """Append seals to the journal, with the time of the entry before: they belong to it."""
    ordered = sorted(seals.items())
    for some in database.portions(ordered):
        detail: dict[str, dict[str, str]] = {}
        for row, seal in some:
            detail.setdefault(row.table, {})[row.key] = seal
        at = journal.last_at(session) or EPOCH
        journal.append(session, journal.SYSTEM, SEAL, ROWS, detail, at=at)


def write_all(session: Session, without: frozenset[Row] = frozenset()) -> None:
    """Seal every row whose seal is another or that has none, but for some."""
    known = last(session)
    rows = all_rows(session.connection())
    write(session, {r: s for r, s in rows if r not in without and known.get(r) != s})


def carry(connection: Connection, migrate: Callable[[], None]) -> None:
    """Migrate, and seal rows as they are then; those that were not as sealed before stay wrong."""
    wrong: frozenset[Row] = frozenset()
    with Session(connection) as session:
        if inspect(connection).has_table("journal") and last(session):
            wrong = frozenset(row for row, _ in wrong_rows(session))
        session.commit()
    migrate()
    with Session(connection) as session:
        if inspect(connection).has_table("journal"):
            write_all(session, wrong)
        session.commit()


def last(session: Session) -> dict[Row, str]:
    """Return the last seal of every row."""
    seals: dict[Row, str] = {}
    for _, detail in journal.entries(session, SEAL):
        for name, rows in detail.items():
            seals.update((Row(name, key), seal) for key, seal in rows.items())
    return seals


def wrong_rows(session: Session) -> Iterator[tuple[Row, str]]:
    """Yield every row that is not as its last seal says, both ways, and how."""
    known = last(session)
    for row, seal in all_rows(session.connection()):
        sealed = known.pop(row, None)
        if sealed is None:
            yield row, "was put in past the journal: it has no seal"
        elif sealed == ERASED:
            yield row, "was erased, and is there again"
        elif sealed != seal:
            yield row, f"was changed past the journal: expected the seal {sealed}, was {seal}"
    for row, seal in known.items():
        if seal != ERASED:
            yield row, "was deleted past the journal: it has a seal, and is not there"


def findings(session: Session) -> Iterator[Finding]:
    """Name every row that is not as sealed."""
    for row, message in wrong_rows(session):
        yield Finding(f"row:{row.table}/{row.key}", message)


def sealed(name: str, values: Mapping[Any, Any]) -> tuple[Row, str]:
    """Return where a row of a table is, and the seal that it should have."""
    key, proved = [values[each] for each in _key_of(name)], _PROVED.get(name)
    written = str(key[0]) if len(key) == 1 else canonical(key)
    row = {each: _stored(value) for each, value in values.items() if each != proved}
    return Row(name, written), digest(row)


@cache
def _key_of(name: str) -> tuple[str, ...]:
    return tuple(each.name for each in metadata.tables[name].primary_key.columns)


def _stored(value: Any) -> Any:
    return digest(bytes(value)) if isinstance(value, (bytes, memoryview)) else value
