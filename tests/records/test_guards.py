"""A trigger that is gone, exchanged or put in is named, on either database."""

import pytest
from sqlmodel import Session

from surveillance.records import guards

DROPPED = {
    "sqlite": ["drop trigger journal_no_delete"],
    "postgresql": ["drop trigger journal_no_change on journal"],
}
EXCHANGED = {
    "sqlite": [
        "drop trigger comments_no_update",
        "create trigger comments_no_update before update on comments begin select 1; end",
    ],
    "postgresql": ["alter table comments disable trigger comments_no_change"],
}
PUT_IN = {
    "sqlite": [
        "create trigger sneaky after insert on alerts "
        "begin update alerts set score = 0 where id = new.id; end"
    ],
    "postgresql": [
        "create function sneak() returns trigger language plpgsql as "
        "$$ begin new.score := 0; return new; end $$",
        "create trigger sneaky before insert on alerts for each row execute function sneak()",
    ],
}
IN_PLACE = {
    name: ["alter table drafts rename to hidden", "create view drafts as select * from hidden"]
    for name in ("sqlite", "postgresql")
}


def found(session: Session, done: dict[str, list[str]]) -> list[str]:
    connection = session.connection()
    for statement in done[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    subjects = [finding.subject for finding in guards.findings(session)]
    session.rollback()
    return subjects


@pytest.mark.parametrize(
    ("done", "subject"),
    [
        (DROPPED, "trigger:journal_no_"),
        (EXCHANGED, "trigger:comments_no_"),
        (PUT_IN, "trigger:sneaky"),
        (IN_PLACE, "view:drafts"),
    ],
    ids=["dropped", "exchanged", "put in", "in place of a table"],
)
def test_a_guard_that_is_not_as_made_is_named(
    session: Session, done: dict[str, list[str]], subject: str
) -> None:
    assert list(guards.findings(session)) == []
    [named] = found(session, done)
    assert named.startswith(subject)
