"""Guards: the triggers that refuse to change what is written once, and no others.

A seal says that a row is as it was written; it cannot say that a trigger did not write another in
its place. So whoever verifies the journal is told of a guard that is gone or was exchanged, of a
trigger that no migration made, and of a view that stands where a table should.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, inspect, text
from sqlmodel import Session

from surveillance.records.seals import Finding
from surveillance.records.tables import metadata

WRITTEN_ONCE = (
    "journal", "alert_hits", "comments", "case_reads", "rule_steps", "studies", "suppressed_hits",
    "canaries", "near_hits", "pattern_hits", "customer_reads",
)  # fmt: skip
"""Tables whose rows are written once."""
_IN_SQLITE = text("select name, sql from sqlite_master where type = 'trigger'")
_IN_POSTGRESQL = text(
    "select t.tgname, concat_ws(' ', c.relname, p.proname, t.tgenabled, p.prosrc) "
    "from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid "
    "join pg_namespace n on n.oid = c.relnamespace "
    "where not t.tgisinternal and n.nspname = current_schema()"
)
_REFUSE = "BEGIN RAISE EXCEPTION '% {}', TG_TABLE_NAME; END"


def findings(session: Session) -> Iterator[Finding]:
    """Name every guard that is not as it was made, and what no migration made."""
    connection = session.connection()
    expected, there = _expected(connection), dict(_there(connection))
    for name in sorted(expected.keys() | there.keys()):
        if name not in there:
            yield Finding(f"trigger:{name}", "was dropped: what is written once can be changed")
        elif name not in expected:
            yield Finding(f"trigger:{name}", "was put in: no migration makes it")
        elif there[name] != expected[name]:
            yield Finding(f"trigger:{name}", f"was exchanged, is {there[name]}")
    for name in sorted(set(inspect(connection).get_view_names()) & metadata.tables.keys()):
        yield Finding(f"view:{name}", "stands in place of the table")


def _there(connection: Connection) -> Iterator[tuple[str, str]]:
    is_sqlite = connection.dialect.name == "sqlite"
    for name, made in connection.execute(_IN_SQLITE if is_sqlite else _IN_POSTGRESQL):
        yield name, " ".join(made.split())


def _expected(connection: Connection) -> dict[str, str]:
    """Return the guards as the migrations make them, by name."""
    if connection.dialect.name == "sqlite":
        made = {
            f"{table}_no_{change.lower()}": f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE "
            f"{change} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for table in WRITTEN_ONCE
            for change in ("UPDATE", "DELETE")
        }
        grow = "BEGIN SELECT RAISE(ABORT, 'alerts grow and stay'); END"
        return made | {
            "alerts_no_delete": f"CREATE TRIGGER alerts_no_delete BEFORE DELETE ON alerts {grow}"
        }
    once, stay = _REFUSE.format("is append-only"), _REFUSE.format("grow and stay")
    return {f"{table}_no_change": f"{table} refuse_change O {once}" for table in WRITTEN_ONCE} | {
        "alerts_no_delete": f"alerts refuse_loss O {stay}"
    }
