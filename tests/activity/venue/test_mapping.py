"""What SELECTs of venue files mean: exact names everywhere, and how often a row was there."""

from pathlib import Path

import pytest

from surveillance.activity.venue.mapping import mapped
from surveillance.language import LanguageError, query
from tests.given.raw import read

RELATIONS = {
    "t": {
        "id": "VARCHAR",
        "px": "VARCHAR",
        "user (column 3)": "VARCHAR",
        "_file": "VARCHAR",
        "_line": "BIGINT",
    },
    "u": {"id": "VARCHAR", "rate": "VARCHAR", "_file": "VARCHAR", "_line": "BIGINT"},
}
NAMES = {
    "t": {
        "id": frozenset({"id"}),
        "px": frozenset({"px"}),
        "user": frozenset({"user (column 3)"}),
        "_file": frozenset({"_file"}),
        "_line": frozenset({"_line"}),
    },
    "u": {name: frozenset({name}) for name in RELATIONS["u"]},
}


@pytest.mark.parametrize(
    "select",
    [
        'select "user" as x from t',
        "select user as x from t",
        'select t."user" as x from t',
        'select upper("user") as x from t where "user" is not null order by "user"',
        'with m as (select "user" from t) select "user" as x from m',
        'with m as (select * from t) select m."user" as x from m',
        'with m as (select upper("user") as "user" from t) select "user" as x from m',
        'select x from (select "user" as x from t union all select "user" from t)',
        'select max("user") as x from t group by "user" having max("user") > \'\'',
        'select (select max(u.id) from u where u.id = "user") as x from t',
        'select "user" as x from t join u using (id)',
        'select "user" as x, row_number() over (partition by "user" order by t._line) as n from t',
    ],
)
def test_a_column_called_user_is_read_wherever_it_stands(select: str) -> None:
    sql = mapped(select, RELATIONS, NAMES).query.sql()
    assert "user (column 3)" in sql
    assert '"user"' not in sql


@pytest.mark.parametrize(
    "select",
    [
        'select "user" as x from u',
        'select "current_date" as x from t',
        "select u.rowid from u",
        'select "user" from (select id from t)',
        "select session_user from t",
    ],
)
def test_a_name_that_no_relation_has_is_refused_as_ever(select: str) -> None:
    with pytest.raises(LanguageError, match="is not allowed"):
        mapped(select, RELATIONS, NAMES)


@pytest.mark.parametrize(
    ("select", "is_by_row"),
    [
        ("select id from t where px > '1'", True),
        ("with m as (select * from t) select id from m union all select px from t", True),
        ("select md5(id) || '-' || occurrence(id, px) as x from t", True),
        ("select unnest([id, px]) as x from t", True),
        ("select e from t, unnest([id, px]) as l(e)", True),
        ("select id from t union select id from t", False),
        ("select distinct id from t", False),
        ("select max(id) as x from t", False),
        ("select t.id from t join t as o on o.id = t.id", False),
        ("select t.id from t join u on u.id = t.id", False),
        ("select id from t union all select id from u", False),
        ("select id from t where id in (select id from t where px = '1')", False),
        ("select row_number() over (order by _line) as n from t", False),
        ("select id from t where exists (select 1 from t)", False),
    ],
)
def test_whether_rows_come_one_of_one_is_known(select: str, is_by_row: bool) -> None:
    assert mapped(select, RELATIONS, NAMES).is_by_row is is_by_row


def test_what_becomes_a_number_is_known_by_way_of_other_names() -> None:
    select = (
        "with m as (select id, px as p from t union all select id, rate from u) "
        "select id as trade_id, p as price, cast(id as bigint) as seq from m"
    )
    found = mapped(select, RELATIONS, NAMES, frozenset({"price"})).numbers
    assert found >= {"price", "p", "px", "rate", "id"}
    assert mapped("select id from t", RELATIONS, NAMES, frozenset({"price"})).numbers == {"price"}


LINES = ["10:00,30", "10:00,30", "10:00,30", "10:05,40"]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 0, 1, 2], [0, 3, 1, 2]])
def test_equal_rows_are_told_apart_alike_in_every_export(tmp_path: Path, order: list[int]) -> None:
    body = "\n".join(["time,size", *(LINES[place] for place in order)])
    (tmp_path / "a.csv").write_text(body + "\n")
    (tmp_path / "b.csv").write_text("time,size\n" + "\n".join(LINES[1:]) + "\n")
    ids = "concat_ws('|', time, size) || '-' || occurrence(time, size) as id"
    reading = read(tmp_path, columns=ids)
    of = {
        name: {row[0] for row, at in zip(reading.rows, reading.lines, strict=True) if at[0] == name}
        for name in ("a.csv", "b.csv")
    }
    assert of["a.csv"] == {"10:00|30-1", "10:00|30-2", "10:00|30-3", "10:05|40-1"}
    assert of["b.csv"] == of["a.csv"] - {"10:00|30-3"}


@pytest.mark.parametrize(
    "select",
    [
        "select occurrence() as n from t",
        "select occurrence(t.id) as n from t join u on u.id = t.id",
        "select occurrence(id) as n from t group by id",
        "with m as (select id from t) select occurrence(id) as n from m",
        "select sum(occurrence(id)) as n from t",
    ],
)
def test_occurrence_counts_rows_of_one_raw_relation_alone(select: str) -> None:
    with pytest.raises(LanguageError, match=r"expected occurrence\(\) of columns, in a SELECT"):
        mapped(select, RELATIONS, NAMES)


def test_a_rule_knows_no_occurrence() -> None:
    with pytest.raises(LanguageError, match=r"occurrence\(\) is not allowed"):
        query("select occurrence(id) as n from t", RELATIONS)


def test_a_column_may_be_named_anew_in_another_case_alone() -> None:
    names = {"raw": {"Side": frozenset({"Side"})}}

    found = mapped('select "Side" as side from raw', {"raw": {"Side": "VARCHAR"}}, names)

    assert list(found.query.columns) == ["side"]
