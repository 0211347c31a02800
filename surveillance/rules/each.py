"""The each shape: every row of a fact is a candidate; the rule is a filter over it."""

from collections.abc import Mapping

from surveillance.activity.catalogue import Table
from surveillance.language import Expression
from surveillance.model import Scalar
from surveillance.rules.logic import EXCUSE, Each
from surveillance.rules.schema import Rule
from surveillance.rules.shape import Shape, ShapeError, Texts, measured, rows, subject_columns

_LISTED = {"VARCHAR": "[{}]", "VARCHAR[]": "{}"}


def each(
    rule: Rule, detect: Each, relations: Mapping[str, Table], parameters: Mapping[str, Scalar]
) -> Shape:
    """Build one candidate for each row of the fact that is looked at."""
    texts = Texts(rule, relations, parameters)
    table = texts.table(("detect", "each"), detect.fact)
    texts.subject(table, detect.by)
    named = {detect.row: table.schema}
    where = texts.condition(("detect", "where"), detect.where, named).sql()
    measures = {
        name: texts.expression(("detect", "measure", name), text, named)
        for name, text in detect.measure.items()
    }
    excuses = {
        name: texts.condition(("detect", "unless", name), text, named).sql()
        for name, text in detect.unless.items()
    }
    columns = {
        "started_at": _time(texts, "started_at", detect.started_at, table, named),
        '"at"': _time(texts, "at", detect.at, table, named),
        **{name: measure.sql() for name, measure in measures.items()},
        **{f"{EXCUSE}{name}": sql for name, sql in excuses.items()},
        **{f"evidence_{name}": _ids(texts, name, of, named) for name, of in rule.evidence.items()},
    }
    body = ", ".join(f"{sql} as {name}" for name, sql in columns.items())
    known = " and ".join(f"{detect.row}.{name} is not null" for name in detect.by)
    return Shape(
        sql=f"select {subject_columns(detect.by, detect.row)}, {body} "
        f"from {rows(table)} {detect.row} where {known} and ({where})",
        measures={name: measure.type for name, measure in measures.items()},
        evidence=tuple(rule.evidence),
        tables=frozenset(texts.read),
        units=measured(measures),
        excuses=tuple(excuses),
    )


def _time(
    texts: Texts,
    key: str,
    text: str | None,
    table: Table,
    named: Mapping[str, Mapping[str, str]],
) -> str:
    (row,) = named
    read = texts.expression(("detect", key), text or f"{row}.{table.time}", named)
    if read.type != "TIMESTAMP":
        raise ShapeError(("detect", key), f"expected a time, was of type {read.type}")
    return read.sql()


def _ids(texts: Texts, name: str, text: str, named: Mapping[str, Mapping[str, str]]) -> str:
    """Return one list of the ids that columns of the row hold, each as often as they do."""
    loc = ("evidence", name)
    texts.key_of(loc, name)
    lists = []
    for column in text.split(","):
        read: Expression = texts.expression(loc, column.strip(), named)
        if read.type not in _LISTED:
            raise ShapeError(loc, f"expected a column of ids, was of type {read.type}")
        lists.append(_LISTED[read.type].format(read.sql()))
    return f"flatten([{', '.join(lists)}])"
