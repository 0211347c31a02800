"""The small, safe SQL of rules, features and venue files: parse, allow-list, bind, type, emit.

One read-only SELECT, or one scalar expression, in DuckDB's dialect. sqlglot parses it and every
node must be of a kind listed here, so there is no clock, disk, network, code or chance to reach,
whatever a name resolves to. What could differ between two runs of the same text is made exact:
``list`` is ordered, sums and averages of anything but whole and decimal numbers go through a
DECIMAL (a DOUBLE sum depends on the order in which threads finish), and ``stddev`` is written
out over exact sums.

Types come from the engine's own binder over empty tables rather than from sqlglot's annotations,
which know no user table and half of the functions; what binds here runs there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from surveillance.errors import SurveillanceError
from surveillance.model import Scalar

_STRUCTURE = """
Select Union Except Intersect Subquery From Join Where Group Having Qualify Order Ordered With CTE
Table TableAlias Alias Aliases Column Identifier Star Literal Null Boolean Paren Tuple Distinct
Window WindowSpec Filter Interval Var DataType DataTypeParam ColumnDef Case If In Between Like
ILike Is Not And Or EQ NEQ GT GTE LT LTE NullSafeEQ NullSafeNEQ Add Sub Mul Div IntDiv Mod Neg
DPipe Cast TryCast Exists Placeholder Unnest Explode Array Bracket Struct PropertyEQ Dot
JSONExtract JSONExtractScalar JSONPath JSONPathKey JSONPathRoot JSONPathSubscript Lateral
"""
_FUNCTIONS = """
Count CountIf Sum Min Max Avg Median PercentileCont PercentileDisc LogicalOr LogicalAnd ArrayAgg
Stddev StddevSamp Abs Round Floor Ceil Trunc Sqrt Ln Log Exp Pow Sign Least Greatest Coalesce
Nullif Lower Upper Trim Substring Replace SplitPart Concat Length StartsWith Contains EndsWith
RegexpLike RegexpExtract RegexpReplace StrPosition Pad UnixToTime TimestampTrunc Extract DateDiff
Hour DayOfWeek ToDays StrToTime RowNumber Rank DenseRank Lag Lead FirstValue LastValue MD5 Sum
ArrayContains ArrayDistinct ArraySort Flatten
"""
_ALLOWED = frozenset((_STRUCTURE + _FUNCTIONS).split())
_ANONYMOUS = frozenset({"epoch_us", "date_part", "to_seconds", "to_microseconds", "cardinality"})
_EXACT = frozenset({"DECIMAL", "BIGINT", "INT", "SMALLINT", "TINYINT", "INT128", "UBIGINT", "UINT"})
_MAX_DEPTH = 80
_MAX_TEXT = 20_000


class LanguageError(SurveillanceError):
    """A query or expression that is not in the language; line and column count from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        self.message, self.line, self.column = message, line, column
        super().__init__(f"line {line}, column {column}: {message}")


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT that is in the language: its tree, its columns with types, the tables it reads."""

    tree: exp.Expr
    columns: Mapping[str, str]
    tables: frozenset[str]

    def sql(self) -> str:
        """Return the text to execute."""
        return emit(self.tree)


@dataclass(frozen=True, slots=True)
class Expression:
    """A scalar expression that is in the language, its type, and the columns it names."""

    tree: exp.Expr
    type: str

    def sql(self) -> str:
        """Return the text to put into a query."""
        return emit(self.tree)

    @property
    def columns(self) -> frozenset[str]:
        """Return the names of the columns that it reads, qualified where the text was."""
        return frozenset(
            f"{column.table}.{column.name}" if column.table else column.name
            for column in self.tree.find_all(exp.Column)
        )


def query(
    text: str,
    relations: Mapping[str, Mapping[str, str]],
    parameters: Mapping[str, Scalar | exp.Expr] | None = None,
) -> Query:
    """Read one SELECT over ``relations`` (name to column types), with ``$name`` filled in.

    Raises:
        LanguageError: it is not one SELECT, or names or does something that is not allowed.
    """
    tree = _parse(text)
    if not isinstance(tree, exp.Query):
        raise LanguageError(f"expected one SELECT, was {type(tree).__name__.upper()}")
    _guard(tree, text)
    tables = _tables(tree, relations)
    read = {name: relations[name] for name in tables}
    filled = _exact(_fill(tree, parameters or {}, text), read)
    columns = _bind(filled, read, original=tree)
    return Query(filled, columns, tables)


def expression(
    text: str,
    columns: Mapping[str, str] | Mapping[str, Mapping[str, str]],
    *,
    aggregates: bool = False,
    parameters: Mapping[str, Scalar | exp.Expr] | None = None,
) -> Expression:
    """Read one scalar expression over columns, or over several relations' columns.

    ``columns`` is either column to type, or relation name to its columns, in which case the text
    qualifies names with the relation. ``aggregates`` says whether it must reduce many rows.

    Raises:
        LanguageError: it is not one expression, or does something that is not allowed.
    """
    relations = _relations(columns)
    tree = _parse(f"select {text}", shift=len("select "))
    if not isinstance(tree, exp.Select) or len(tree.selects) != 1 or _clauses(tree):
        raise LanguageError(f"expected one expression, was {text.strip()!r}")
    _guard(tree, text, shift=len("select "))
    reduced = tree.find(exp.AggFunc, exp.Window) is not None
    if reduced and not aggregates:
        raise LanguageError("expected no aggregate or window function here")
    if tree.find(exp.Select) is not tree or any(tree.find_all(exp.Subquery)):
        raise LanguageError("expected an expression without a subquery")
    joined = ", ".join(relations)
    shell = sqlglot.parse_one(f"select 1 from {joined}", dialect="duckdb")
    tree.set("from_", shell.args.get("from_"))
    tree.set("joins", shell.args.get("joins"))
    filled = _exact(_fill(tree, parameters or {}, text), relations)
    types = _bind(filled, relations, original=tree, shift=len("select "))
    return Expression(filled.expressions[0], next(iter(types.values())))


def emit(tree: exp.Expr) -> str:
    """Write a tree as DuckDB SQL."""
    return tree.sql(dialect="duckdb", comments=False)


def literal(value: Scalar | Decimal) -> exp.Expr:
    """Return a value as a literal of the language."""
    if value is None:
        return exp.null()
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    if isinstance(value, str):
        return exp.Literal.string(value)
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    sign = exp.Literal.number(format(abs(number), "f"))
    return exp.Neg(this=sign) if number < 0 else sign


def _clauses(tree: exp.Select) -> set[str]:
    given = {key for key, value in tree.args.items() if value}
    return given - {"expressions", "kind", "hint", "operation_modifiers"}


def _relations(
    columns: Mapping[str, str] | Mapping[str, Mapping[str, str]],
) -> dict[str, Mapping[str, str]]:
    flat = {name: kind for name, kind in columns.items() if isinstance(kind, str)}
    nested = {name: kind for name, kind in columns.items() if not isinstance(kind, str)}
    return {**nested, **({"r": flat} if flat or not nested else {})}


def _parse(text: str, shift: int = 0) -> exp.Expr:
    if len(text) > _MAX_TEXT:
        raise LanguageError(f"expected at most {_MAX_TEXT} characters, was {len(text)}")
    try:
        trees = [tree for tree in sqlglot.parse(text, dialect="duckdb") if tree is not None]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        line, column = int(first.get("line") or 1), int(first.get("col") or 1)
        near = str(first.get("highlight") or "the end")
        message = str(first.get("description") or "cannot be read").rstrip(".")
        if message.startswith("Required keyword"):
            message = "expected an expression"
        start = max(1, column - len(near) + 1)
        raise LanguageError(f"{message} near {near!r}", line, _left(line, start, shift)) from None
    except (TokenError, RecursionError) as error:
        raise LanguageError(f"cannot be read: {str(error).splitlines()[0][:120]}") from None
    if len(trees) != 1:
        raise LanguageError(f"expected one statement, was {len(trees)}")
    return trees[0]


def _left(line: int, column: int, shift: int) -> int:
    return max(1, column - shift) if line == 1 else column


def _guard(tree: exp.Expr, text: str, shift: int = 0) -> None:
    for node, depth in _walk(tree):
        name = type(node).__name__
        if depth > _MAX_DEPTH:
            raise LanguageError(f"expected nesting of at most {_MAX_DEPTH} levels")
        if isinstance(node, exp.Anonymous):
            if node.name.lower() not in _ANONYMOUS:
                raise _refused(node, f"the function {node.name.lower()}() is not allowed", shift)
        elif name not in _ALLOWED:
            raise _refused(node, f"{_word(node)} is not allowed", shift)
        if isinstance(node, exp.With) and node.args.get("recursive"):
            raise _refused(node, "a recursive WITH is not allowed", shift)


def _walk(tree: exp.Expr) -> Iterator[tuple[exp.Expr, int]]:
    stack = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        yield node, depth
        stack.extend((child, depth + 1) for child in node.iter_expressions(reverse=True))


def _word(node: exp.Expr) -> str:
    if isinstance(node, exp.Func):
        return f"the function {node.sql_name().lower()}()"
    return re.sub(r"(?<!^)(?=[A-Z])", " ", type(node).__name__).lower()


def _refused(node: exp.Expr, message: str, shift: int = 0) -> LanguageError:
    for inner in (node, *node.find_all(exp.Identifier)):
        if "line" in inner.meta:
            line = int(inner.meta["line"])
            column = int(inner.meta["col"]) - len(str(inner.name)) + 1
            return LanguageError(message, line, _left(line, column, shift))
    return LanguageError(message)


def _tables(tree: exp.Expr, relations: Mapping[str, Mapping[str, str]]) -> frozenset[str]:
    own = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    used = set()
    for table in tree.find_all(exp.Table):
        if table.name in own and not table.db:
            continue
        if table.db or table.catalog or table.name not in relations:
            known = ", ".join(sorted(relations)) or "none"
            raise _refused(table, f"expected a table of {known}; was {emit(table)!r}")
        used.add(table.name)
    return frozenset(used)


def _fill(tree: exp.Expr, parameters: Mapping[str, Scalar | exp.Expr], text: str) -> exp.Expr:
    def value(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Placeholder):
            return node
        if node.name not in parameters:
            before = text[: max(0, text.find(f"${node.name}"))]
            known = ", ".join(f"${name}" for name in sorted(parameters)) or "none"
            raise LanguageError(
                f"expected a parameter of {known}; was ${node.name}",
                before.count("\n") + 1,
                len(before) - before.rfind("\n"),
            )
        found = parameters[node.name]
        return found.copy() if isinstance(found, exp.Expr) else literal(found)

    return tree.copy().transform(value)


def _exact(tree: exp.Expr, relations: Mapping[str, Mapping[str, str]]) -> exp.Expr:
    kinds: dict[str, set[str]] = {}
    for columns in relations.values():
        for name, kind in columns.items():
            kinds.setdefault(name, set()).add(kind.split("(")[0])
    exact = frozenset(name for name, found in kinds.items() if found <= _EXACT)
    return tree.transform(_exact_node, exact)


def _exact_node(node: exp.Expr, exact: frozenset[str]) -> exp.Expr:
    if isinstance(node, (exp.Sum, exp.Avg)):
        return _exact_sum(node, exact)
    if isinstance(node, exp.ArrayAgg) and not isinstance(node.this, exp.Order):
        inner = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
        ordered = exp.Order(this=node.this, expressions=[exp.Ordered(this=inner.copy())])
        return exp.ArrayAgg(this=ordered)
    if isinstance(node, (exp.Stddev, exp.StddevSamp)):
        return _spread(node.this)
    return node


def _exact_sum(node: exp.Sum | exp.Avg, exact: frozenset[str]) -> exp.Expr:
    of = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    if not _is_exact(of, exact):
        of.replace(exp.cast(of.copy(), "DECIMAL(38, 10)", dialect="duckdb"))
    return node


def _is_exact(node: exp.Expr, exact: frozenset[str]) -> bool:
    if isinstance(node, exp.Cast):
        return node.to.this.name in _EXACT
    if isinstance(node, exp.Column):
        return node.name in exact
    if isinstance(node, exp.Case):
        values = [branch.args["true"] for branch in node.args["ifs"]]
        return all(
            _is_exact(value, exact) for value in (*values, *_given(node.args.get("default")))
        )
    closed = (exp.Add, exp.Sub, exp.Mul, exp.Neg, exp.Paren, exp.Coalesce, exp.Abs)
    if isinstance(node, closed):
        return all(_is_exact(child, exact) for child in node.iter_expressions())
    return isinstance(node, (exp.Literal, exp.Null)) and not getattr(node, "is_string", False)


def _given(node: exp.Expr | None) -> list[exp.Expr]:
    return [] if node is None else [node]


def _spread(of: exp.Expr) -> exp.Expr:
    x = f"cast({emit(of)} as decimal(18, 6))"
    return sqlglot.parse_one(
        f"sqrt(greatest(0, (sum({x} * {x}) - sum({x}) * (sum({x}) / count({x}))))"
        f" / nullif(count({x}) - 1, 0))",
        dialect="duckdb",
    )


@lru_cache(maxsize=32)
def _empty(
    relations: tuple[tuple[str, tuple[tuple[str, str], ...]], ...],
) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:", config={"threads": "1"})
    for name, columns in relations:
        body = ", ".join(f'"{column}" {kind}' for column, kind in columns)
        connection.execute(f'create table "{name}" ({body})')
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def _bind(
    tree: exp.Expr,
    relations: Mapping[str, Mapping[str, str]],
    *,
    original: exp.Expr,
    shift: int = 0,
) -> dict[str, str]:
    key = tuple((name, tuple(columns.items())) for name, columns in sorted(relations.items()))
    try:
        rows = _empty(key).cursor().execute(f"describe {emit(tree)}").fetchall()
    except duckdb.Error as error:
        raise _unbound(error, original, shift) from None
    return {str(name): str(kind) for name, kind, *_ in rows}


def _unbound(error: duckdb.Error, original: exp.Expr, shift: int) -> LanguageError:
    message = re.sub(r"\s+", " ", str(error).split("\n\nLINE")[0]).strip()
    message = re.sub(r"^\w+ Error: | You might need to add.*$", "", message)
    for name in re.findall(r'"([^"]+)"', message):
        for node in original.find_all(exp.Identifier):
            if node.name.lower() == name.lower():
                return _refused(node, message, shift)
    return LanguageError(message)
