"""The query shape: one SELECT for what the other shapes cannot say, returning the hit contract.

Evidence is a result column that lists ids, or a SELECT of ids in terms of the row ``hit``, which
is asked only for the rows that fire or nearly do.
"""

from collections.abc import Mapping
from functools import lru_cache

from sqlglot import exp, parse_one

from surveillance.activity.catalogue import Table
from surveillance.language import LanguageError, Units, emit, query
from surveillance.language import Query as Read
from surveillance.model import Scalar
from surveillance.rules.logic import Query
from surveillance.rules.schema import Rule
from surveillance.rules.shape import SUBJECTS, Shape, ShapeError, rows, subject_columns, units_of

_LOC = ("detect", "query")


def query_shape(
    rule: Rule, detect: Query, relations: Mapping[str, Table], parameters: Mapping[str, Scalar]
) -> Shape:
    """Build the candidates of a SELECT whose tables are narrowed to the rule's reach."""
    schemas = {name: table.schema for name, table in relations.items()}
    try:
        read = query(detect.query, schemas, parameters, units_of(rule, schemas))
    except LanguageError as error:
        raise ShapeError(_LOC, error) from None
    columns = dict(read.columns)
    listed = {table: of for table, of in rule.evidence.items() if not _is_query(of)}
    subject = _take_contract(columns, listed, relations)
    late = {
        table: _late(
            table,
            of,
            {**schemas, "hit": {**read.columns, _NUMBER: "BIGINT"}},
            parameters,
            units_of(rule, schemas),
        )
        for table, of in rule.evidence.items()
        if table not in listed
    }
    lists = (f"{column} as evidence_{table}" for table, column in listed.items())
    chosen = ", ".join(["started_at", '"at"', *columns, *lists])
    narrowed = emit(_narrow(read.tree, relations))
    sql = f"with q as ({narrowed}) select {subject_columns(subject, 'q')}, {chosen} from q"
    tables = read.tables.union(*(query.tables for query in late.values())) - {"hit"}
    ids = {table: emit(_narrow(query.tree, relations)) for table, query in late.items()}
    whole = any(each.is_whole for each in (read, *late.values()))
    evidence = tuple(rule.evidence)
    return Shape(
        sql=sql,
        measures=columns,
        evidence=evidence,
        tables=tables,
        late=ids,
        units=read.units,
        whole=whole,
    )


_NUMBER = "hit_no"


def _take_contract(
    columns: dict[str, str], listed: Mapping[str, str], relations: Mapping[str, Table]
) -> list[str]:
    """Take what every hit has out of the columns, and return the subject; measures are left."""
    for name in ("started_at", "at"):
        if columns.pop(name, None) != "TIMESTAMP":
            raise ShapeError(_LOC, f"expected a column {name} of type TIMESTAMP")
    for table, column in listed.items():
        if table not in relations or columns.pop(column, None) != "VARCHAR[]":
            message = f"expected a table and a result column that lists its ids, was {column!r}"
            raise ShapeError(("evidence", table), message)
    subject = [name for name in SUBJECTS if columns.pop(name, None)]
    if not subject:
        raise ShapeError(_LOC, f"expected a column of {', '.join(SUBJECTS)}")
    return subject


def _is_query(text: str) -> bool:
    return text.split(maxsplit=1)[:1] == ["select"]


def _late(
    table: str,
    text: str,
    schemas: Mapping[str, Mapping[str, str]],
    parameters: Mapping[str, Scalar],
    units: Units,
) -> Read:
    """Read ``select id from … where … = hit.…``: the ids of one row of the result."""
    loc = ("evidence", table)
    if table not in schemas:
        raise ShapeError(loc, f"expected a table of activity, was {table!r}")
    whole = f"select hit.{_NUMBER}, found.id from hit, lateral ({text}) as found(id)"
    try:
        read = query(whole, schemas, parameters, units)
    except LanguageError as error:
        raise ShapeError(loc, error.message) from None
    if read.columns["id"] != "VARCHAR":
        raise ShapeError(loc, f"expected ids of {table}, was of type {read.columns['id']}")
    return read


def _narrow(tree: exp.Expr, relations: Mapping[str, Table]) -> exp.Expr:
    """Put a narrowed subquery in place of each table; no WITH has the name of one."""
    narrowed = tree.copy()
    for node in list(narrowed.find_all(exp.Table)):
        if node.name in relations:
            inner = _parsed(rows(relations[node.name])[1:-1]).copy()
            alias = exp.TableAlias(this=exp.to_identifier(node.alias_or_name))
            node.replace(exp.Subquery(this=inner, alias=alias, joins=node.args.get("joins")))
    return narrowed


@lru_cache(maxsize=256)
def _parsed(sql: str) -> exp.Expr:
    return parse_one(sql, dialect="duckdb")
