"""The query shape: one SELECT for what the other shapes cannot say, returning the hit contract."""

from collections.abc import Mapping

from sqlglot import exp, parse_one

from surveillance.activity.catalogue import Table
from surveillance.language import LanguageError, emit, query
from surveillance.model import Scalar
from surveillance.rules.schema import Query, Rule
from surveillance.rules.shape import SUBJECTS, Shape, ShapeError, rows, subject_columns, units_of

_LOC = ("detect", "query")


def query_shape(
    rule: Rule, detect: Query, relations: Mapping[str, Table], parameters: Mapping[str, Scalar]
) -> Shape:
    """Build the candidates of a SELECT whose tables are narrowed to the rule's reach."""
    schemas = {name: table.schema for name, table in relations.items()}
    try:
        found = query(detect.query, schemas, parameters, units_of(rule, schemas))
    except LanguageError as error:
        raise ShapeError(_LOC, error) from None
    columns = dict(found.columns)
    for name in ("started_at", "at"):
        if columns.pop(name, None) != "TIMESTAMP":
            raise ShapeError(_LOC, f"expected a column {name} of type TIMESTAMP")
    for table, column in rule.evidence.items():
        if table not in relations or columns.pop(column, None) != "VARCHAR[]":
            message = f"expected a table and a result column that lists its ids, was {column!r}"
            raise ShapeError(("evidence", table), message)
    subject = [name for name in SUBJECTS if columns.pop(name, None)]
    if not subject:
        raise ShapeError(_LOC, f"expected a column of {', '.join(SUBJECTS)}")
    lists = (f"{column} as evidence_{table}" for table, column in rule.evidence.items())
    chosen = ", ".join(["started_at", '"at"', *columns, *lists])
    narrowed = emit(_narrow(found.tree, relations))
    sql = f"with q as ({narrowed}) select {subject_columns(subject, 'q')}, {chosen} from q"
    return Shape(sql, columns, tuple(rule.evidence), found.tables, units=found.units)


def _narrow(tree: exp.Expr, relations: Mapping[str, Table]) -> exp.Expr:
    """Put a narrowed subquery in place of each table; no WITH has the name of one."""
    made = tree.copy()
    for node in list(made.find_all(exp.Table)):
        if node.name in relations:
            inner = parse_one(rows(relations[node.name])[1:-1], dialect="duckdb")
            alias = exp.TableAlias(this=exp.to_identifier(node.alias_or_name))
            node.replace(exp.Subquery(this=inner, alias=alias, joins=node.args.get("joins")))
    return made
