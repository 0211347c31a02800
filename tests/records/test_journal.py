from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlmodel import Session, col, create_engine, delete, select, update

from surveillance.records import journal, tables
from surveillance.records.journal import GENESIS, Anchor
from surveillance.records.tables import JournalEntry
from tests.given.depth import deep
from tests.given.dossiers import NOON

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=9)


def write(session: Session, count: int) -> None:
    for number in range(count):
        at = NOON + timedelta(microseconds=number)
        journal.append(session, "officer-1", "comment", "case:c", {"n": number}, at=at)


@pytest.fixture
def unguarded(session: Session, engine: Engine) -> Session:
    """A session on a journal of five entries whose triggers somebody got round."""
    write(session, 5)
    session.commit()
    if engine.dialect.name == "postgresql":
        session.connection().execute(text("SET LOCAL session_replication_role = replica"))
        return session
    for change in ("update", "delete"):
        session.connection().execute(text(f"DROP TRIGGER journal_no_{change}"))
    session.commit()
    return session


def test_an_empty_journal_verifies_and_starts_at_genesis(session: Session) -> None:
    assert journal.head(session) == Anchor(0, GENESIS)
    assert journal.verify(session).ok


def test_each_entry_names_the_one_before(session: Session) -> None:
    write(session, 3)
    first, second, third = session.exec(select(JournalEntry).order_by(col(JournalEntry.seq)))
    assert [first.seq, second.seq, third.seq] == [1, 2, 3]
    assert [first.previous, second.previous, third.previous] == [
        GENESIS,
        first.digest,
        second.digest,
    ]
    assert journal.head(session) == Anchor(3, third.digest)


def test_a_journal_still_verifies_after_new_entries(session: Session) -> None:
    write(session, 2)
    anchor = journal.head(session)
    write(session, 3)
    session.commit()
    session.expire_all()
    check = journal.verify(session, anchor)
    assert (check.ok, check.entries, check.head) == (True, 5, journal.head(session))


def test_the_detail_is_canonical(session: Session) -> None:
    entry = journal.append(session, "a", "v", "s", {"b": NOON, "a": 1}, at=NOON)
    assert entry.detail == '{"a":1,"b":"2026-03-02T12:00:00.000000Z"}'


def test_an_entry_of_a_transaction_that_failed_leaves_no_gap(session: Session) -> None:
    write(session, 1)
    session.commit()
    write(session, 1)
    session.rollback()
    write(session, 1)
    assert journal.verify(session).entries == 2


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "officer-2"},
        {"verb": "close"},
        {"subject": "case:d"},
        {"detail": '{"n":9}'},
        {"at": NOON - timedelta(microseconds=1)},
        {"digest": "f" * 64},
    ],
)
def test_a_changed_entry_is_named(unguarded: Session, change: dict[str, object]) -> None:
    unguarded.exec(update(JournalEntry).where(col(JournalEntry.seq) == 3).values(change))
    check = journal.verify(unguarded)
    assert (check.bad_seq, check.entries) == (3, 2)
    assert "expected digest" in check.reason


def test_a_removed_entry_is_a_gap(unguarded: Session) -> None:
    unguarded.exec(delete(JournalEntry).where(col(JournalEntry.seq) == 3))
    check = journal.verify(unguarded)
    assert check.bad_seq == 4
    assert check.reason == "expected entry 3, was 4: entries are missing"


def test_a_removed_entry_shows_though_the_rest_was_renumbered(unguarded: Session) -> None:
    unguarded.exec(delete(JournalEntry).where(col(JournalEntry.seq) == 3))
    unguarded.exec(update(JournalEntry).where(col(JournalEntry.seq) == 4).values(seq=3))
    assert journal.verify(unguarded).bad_seq == 3


def test_a_cut_tail_shows_against_an_anchor_only(unguarded: Session) -> None:
    anchor = journal.head(unguarded)
    unguarded.exec(delete(JournalEntry).where(col(JournalEntry.seq) > 3))
    assert journal.verify(unguarded).ok
    check = journal.verify(unguarded, anchor)
    assert check.bad_seq == 4
    assert check.reason == "expected at least 5 entries, was cut after 3"


def test_a_tail_rewritten_after_a_cut_shows_against_an_anchor(unguarded: Session) -> None:
    anchor = journal.head(unguarded)
    unguarded.exec(delete(JournalEntry).where(col(JournalEntry.seq) > 3))
    write(unguarded, 4)
    assert journal.verify(unguarded).ok
    assert journal.verify(unguarded, anchor).bad_seq == 5


def test_writers_at_once_make_one_chain(engine: Engine) -> None:
    def work(_: int) -> None:
        for _ in range(5):
            with Session(engine) as session:
                session.exec(select(JournalEntry)).all()
                write(session, 2)
                session.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    with Session(engine) as session:
        check = journal.verify(session)
    assert (check.ok, check.entries) == (True, 40)


@settings(max_examples=deep(40, 100))
@given(st.lists(st.tuples(TEXT, TEXT, TEXT, st.dictionaries(TEXT, TEXT | st.integers()))))
def test_whatever_was_written_verifies(
    entries: list[tuple[str, str, str, dict[str, str | int]]],
) -> None:
    engine = create_engine("sqlite://")
    tables.metadata.create_all(engine)
    with Session(engine) as session:
        for actor, verb, subject, detail in entries:
            journal.append(session, actor, verb, subject, detail, at=NOON)
        session.commit()
        session.expire_all()
        assert journal.verify(session).entries == len(entries)


def test_the_latest_entry_of_a_subject_is_the_one_that_counts(session: Session) -> None:
    for number in (1, 2):
        journal.append(session, "system", "read", "source:v", {"n": number}, at=NOON)
    journal.append(session, "system", "read", "source:w", {"n": 3}, at=NOON)
    journal.append(session, "system", "land", "source:v", {"n": 4}, at=NOON)
    assert journal.latest(session, "read", "source:v") == {"n": 2}
    assert journal.latest(session, "read", "source:x") is None
