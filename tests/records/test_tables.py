import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, StatementError
from sqlmodel import Session, SQLModel

from surveillance.casework import cases
from surveillance.customers import identity
from surveillance.errors import CaseError, SurveillanceError
from surveillance.records import database, tables
from surveillance.records.tables import (
    Approval,
    Artefact,
    Canary,
    Case,
    CaseState,
    Disposition,
    Lease,
    Life,
    Matter,
    NearHit,
    Officer,
    Role,
    RuleStep,
    RuleVersion,
    RunRow,
    Study,
    StudyKind,
    Suppressed,
    Suppression,
    Watermark,
)
from tests.given.dossiers import NOON
from tests.given.filing import LATER, opened

WRITTEN_ONCE = ("journal", "alert_hits", "comments", "case_reads", "customer_reads")
WRITTEN_ONCE_OF_RULES = ("rule_steps", "studies", "suppressed_hits", "canaries", "near_hits")


def test_the_migration_makes_exactly_the_tables_of_the_page(engine: Engine) -> None:
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, tables.metadata) == []


def test_the_migration_makes_exactly_the_constraints_of_the_page(own_engine: Engine) -> None:
    with own_engine.begin() as connection:
        migrated = shape(connection)
    database.migrate(own_engine, "base")
    with own_engine.begin() as connection:
        tables.metadata.create_all(connection)
        assert shape(connection) == migrated


def test_the_migration_goes_back_and_forth(own_engine: Engine) -> None:
    database.migrate(own_engine, "base")
    assert inspect(own_engine).get_table_names() == ["alembic_version"]
    database.migrate(own_engine)
    assert set(inspect(own_engine).get_table_names()) == {
        *tables.metadata.tables,
        "alembic_version",
    }


def test_migrating_twice_changes_nothing(session: Session, engine: Engine) -> None:
    session.add(Watermark(source="venue", ts=NOON))
    session.commit()
    database.migrate(engine)
    assert session.get_one(Watermark, "venue", populate_existing=True).ts == NOON


def test_a_database_that_is_up_to_date_is_not_migrated(
    own_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alembic.command.upgrade", lambda *given: pytest.fail("was migrated"))
    database.migrate(own_engine)


def test_a_database_of_a_later_version_is_refused(own_engine: Engine) -> None:
    with own_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(
        SurveillanceError, match=r"expected a database of this version .* was: Can't locate"
    ):
        database.migrate(own_engine)


def test_no_table_is_described_to_pydantic_before_somebody_writes_one_as_json() -> None:
    kinds = [mapper.class_ for mapper in inspect(tables.Case).registry.mappers]
    assert tables.Case in kinds
    assert [kind for kind in kinds if not kind.model_config.get("defer_build")] == []


def test_times_come_back_aware_and_in_utc(session: Session) -> None:
    tokyo = timezone(timedelta(hours=9))
    moment = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=tokyo)
    session.add(Watermark(source="venue", ts=moment))
    session.commit()
    session.expire_all()
    back = session.get_one(Watermark, "venue").ts
    assert back == datetime(2026, 3, 2, 0, 0, 0, 123456, tzinfo=UTC)
    assert back.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(session: Session) -> None:
    session.add(Watermark(source="venue", ts=NOON.replace(tzinfo=None)))
    with pytest.raises(StatementError, match="timezone"):
        session.flush()


def closed(**changes: Any) -> Case:
    values: dict[str, Any] = {
        "id": "c",
        "subject": "OWN-1",
        "priority": 60.0,
        "opened_at": NOON,
        "state": CaseState.CLOSED,
        "disposition": Disposition.FALSE_POSITIVE,
        "reason": "a hedge",
        "closed_at": NOON,
        "closed_by": "officer-1",
    }
    return Case(**{**values, **changes})


def proposal(**changes: Any) -> Approval:
    values: dict[str, Any] = {
        "matter": Matter.RULE,
        "subject": "spoofing@3",
        "digest": "d",
        "reason": "backtested",
        "proposed_by": "officer-1",
        "proposed_at": NOON,
        "granted": True,
        "decided_by": "supervisor-1",
        "decided_at": NOON,
    }
    return Approval(**{**values, **changes})


@pytest.mark.parametrize(
    "make",
    [
        lambda: closed(reason="  "),
        lambda: closed(disposition=None),
        lambda: closed(closed_by=None),
        lambda: closed(closed_at=None),
        lambda: closed(state=CaseState.OPEN),
        lambda: closed(priority=101.0),
        lambda: closed(assignee="nobody"),
        lambda: proposal(decided_by="officer-1"),
        lambda: proposal(decided_by=None),
        lambda: proposal(granted=None),
        lambda: proposal(reason=""),
    ],
)
def test_the_database_itself_refuses_what_must_never_be(
    session: Session, staff: dict[str, Officer], make: Callable[[], SQLModel]
) -> None:
    session.add_all([closed(), proposal()])
    session.commit()
    session.expunge_all()
    row = make()
    if isinstance(row, Case):
        row.id = "other"
    session.add(row)
    with pytest.raises(IntegrityError):
        session.flush()


def test_a_state_of_no_name_is_refused(session: Session, staff: dict[str, Officer]) -> None:
    opened(session)
    with pytest.raises(IntegrityError):
        session.connection().execute(text("UPDATE cases SET state = 'parked'"))


def test_a_subject_has_one_case_in_work(session: Session) -> None:
    for name in ("c-1", "c-2"):
        session.add(Case(id=name, subject="OWN-1", priority=1.0, opened_at=NOON))
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize("table", WRITTEN_ONCE)
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_is_written_once_cannot_be_changed(
    session: Session, staff: dict[str, Officer], table: str, change: str
) -> None:
    case = opened(session)
    cases.comment(session, case.id, staff["officer-1"], "a note", LATER)
    cases.read(session, case.id, staff["auditor-1"], LATER)
    identity.read(session, "OWN", "file", staff["auditor-1"], LATER)
    session.commit()
    changed = {"journal": "verb = 'nothing'", "alert_hits": "run_id = 'none'"}
    statement = change.format(table).replace("id = id", changed.get(table, "id = id"))
    with pytest.raises(DBAPIError, match=f"{table} is append-only"):
        session.connection().execute(text(statement))


@pytest.mark.parametrize("table", WRITTEN_ONCE_OF_RULES)
@pytest.mark.usefixtures("staff")
def test_what_is_written_once_of_rules_cannot_be_changed(session: Session, table: str) -> None:
    rule = RuleVersion(rule_id="r", version=1, digest="d", text_digest="t", created_at=NOON)
    run = RunRow(
        id="run", start=NOON, end=LATER, as_of=LATER, created_at=LATER, manifest="{}", digest="d"
    )
    session.add(Artefact(digest="t", kind="rule", body=b"", created_at=NOON))
    session.flush()
    session.add_all([rule, run])
    session.flush()
    session.add(RuleStep(rule_id="r", version=1, life=Life.DRAFT, since=NOON, by="system"))
    session.add(Canary(run_id="run", rule_id="r", version=1, act="e", found=True))
    session.add(
        Study(
            id="s",
            kind=StudyKind.BACKTEST,
            rule_id="r",
            rule_digest="d",
            start=NOON,
            end=LATER,
            as_of=LATER,
            created_at=LATER,
            created_by="system",
            body="{}",
        )
    )
    session.add(
        Suppression(
            id=1,
            rule_id="r",
            subject="s",
            until=LATER,
            reason="known",
            proposed_by="officer-1",
            proposed_at=NOON,
        )
    )
    session.flush()
    session.add(
        NearHit(
            hit_id="n", person="s", typology="t", run_id="run", started_at=NOON, at=NOON, body="{}"
        )
    )
    session.add(Suppressed(hit_id="h", suppression_id=1, run_id="run", score=70.0, at=NOON))
    session.commit()
    column = "found" if table == "canaries" else "rule_id"
    column = {"suppressed_hits": "score", "near_hits": "person"}.get(table, column)
    with pytest.raises(DBAPIError, match=f"{table} is append-only"):
        session.connection().execute(text(f"UPDATE {table} SET {column} = {column}"))


def test_an_alert_grows_and_stays(session: Session) -> None:
    opened(session)
    session.commit()
    with pytest.raises(DBAPIError, match="alerts grow and stay"):
        session.connection().execute(text("DELETE FROM alerts"))


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_what_is_written_once_cannot_be_truncated(session: Session) -> None:
    with pytest.raises(DBAPIError, match="journal is append-only"):
        session.connection().execute(text("TRUNCATE journal"))


def test_a_reading_engine_does_not_wait_for_a_writer(engine: Engine) -> None:
    with Session(engine) as writer, Session(database.reading(engine)) as reader:
        writer.add(Lease(name="tick", holder="a", until=NOON))
        database.lock(writer.connection())
        writer.flush()
        assert reader.get(Lease, "tick") is None


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_reading_engine_of_postgresql_cannot_write(engine: Engine) -> None:
    with Session(database.reading(engine)) as reader:
        reader.add(Lease(name="tick", holder="a", until=NOON))
        with pytest.raises(DBAPIError, match="read-only"):
            reader.flush()


def test_sqlite_waits_for_the_other_writer_instead_of_failing_late(tmp_path: Path) -> None:
    engine = database.engine(f"sqlite:///{tmp_path / 'a.db'}")
    database.migrate(engine)
    with engine.connect() as first, engine.connect() as second:
        second.exec_driver_sql("PRAGMA busy_timeout = 1")
        second.rollback()
        first.begin()
        with pytest.raises(OperationalError, match="locked"):
            second.execute(text("SELECT 1"))


def test_a_plain_postgresql_url_means_psycopg() -> None:
    assert database.engine("postgresql://u@localhost/d").dialect.driver == "psycopg"


def test_an_officer_of_another_role_is_told_what_was_expected() -> None:
    auditor = Officer(id="a-1", role=Role.AUDITOR, password_hash="", created_at=NOON)
    with pytest.raises(CaseError, match=r"expected officer or supervisor, was a-1 \(auditor\)"):
        auditor.require(Role.OFFICER, Role.SUPERVISOR)


def test_an_officer_who_left_may_do_nothing() -> None:
    gone = Officer(id="o", role=Role.OFFICER, active=False, password_hash="", created_at=NOON)
    with pytest.raises(CaseError, match="no longer active"):
        gone.require(Role.OFFICER)


def test_an_officer_is_shown_without_the_hash() -> None:
    person = Officer(id="o", role=Role.OFFICER, password_hash="$argon2id$x", created_at=NOON)
    assert "argon2id" not in repr(person)


def shape(connection: Connection) -> dict[str, Any]:
    """Return the constraints and indexes of every table, as the database tells them."""
    seen = inspect(connection)
    ask = (
        seen.get_check_constraints,
        seen.get_unique_constraints,
        seen.get_foreign_keys,
        seen.get_indexes,
        seen.get_columns,
    )
    return {
        name: [sorted(json.dumps(item, default=str) for item in get(name)) for get in ask]
        for name in tables.metadata.tables
    }
