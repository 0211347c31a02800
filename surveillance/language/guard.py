"""What is in the language: kinds of nodes, functions and tables, each named; all else is refused.

An allow-list, because what a database can do grows with each release. Besides what reaches
outside, it leaves out what depends on the order of rows where nobody gave one (an ASOF join picks
among equal times as the rows happen to lie), and names that the engine answers itself where no
table has them: ``"current_date"`` in double quotes is the clock. Padding is left out because the
engine pads constants while it reads a query, where nothing bounds it.
"""

import re
from collections.abc import Iterator, Mapping

from sqlglot import exp

from surveillance.language.literal import emit
from surveillance.language.source import Source

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
Nullif Lower Upper Trim Substring Replace SplitPart Concat ConcatWs Length StartsWith Contains
EndsWith RegexpLike RegexpExtract RegexpReplace StrPosition UnixToTime TimestampTrunc Extract
DateDiff Hour DayOfWeek ToDays StrToTime RowNumber Rank DenseRank Lag Lead FirstValue LastValue MD5
ArrayContains ArrayDistinct ArraySort Flatten
"""
_ALLOWED = frozenset((_STRUCTURE + _FUNCTIONS).split())
_ANONYMOUS = frozenset({"epoch_us", "date_part", "to_seconds", "to_microseconds", "cardinality"})
FUNCTIONS = frozenset(_FUNCTIONS.split()) | _ANONYMOUS
"""Every function of the language: its kind of node, or its name where it has no kind of its own."""
PLACED = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue)
"""Window functions that mean nothing without an order of rows."""
_HIDDEN = """
rowid current_catalog current_database current_date current_role current_schema current_time
current_timestamp current_user localtime localtimestamp session_user user
"""
HIDDEN = frozenset(_HIDDEN.split())
"""Names that the engine knows and no catalogue has: where a row lies, what time it is, who asks."""
_TYPES = """
BOOLEAN TINYINT SMALLINT INT BIGINT INT128 UTINYINT USMALLINT UINT UBIGINT DECIMAL FLOAT DOUBLE
TEXT VARCHAR DATE TIME TIMESTAMP TIMESTAMPNTZ TIMESTAMPTZ INTERVAL JSON LIST ARRAY STRUCT
"""
_PARTS = """
microsecond millisecond second minute hour day week month quarter year
epoch dow isodow doy dayofweek dayofyear
"""
_TIMED = (exp.Interval, exp.DateDiff, exp.TimestampTrunc, exp.Extract)
_GROWING = (exp.Replace, exp.RegexpReplace)
_JOINS = {"POSITIONAL": "a positional", "ASOF": "an asof", "NATURAL": "a natural"}
_MAX_DEPTH = 80


def guard(tree: exp.Expr, source: Source) -> None:
    """Refuse a tree with anything in it that is not in the language.

    Raises:
        LanguageError: something is not allowed.
    """
    for node, depth in _walk(tree):
        if depth > _MAX_DEPTH:
            raise source.fault(f"expected nesting of at most {_MAX_DEPTH} levels")
        if isinstance(node, exp.Anonymous):
            if node.name.lower() not in _ANONYMOUS:
                raise source.fault(_refused(node.name.lower()), node)
        elif type(node).__name__ not in _ALLOWED:
            raise source.fault(f"{_kind(node, source)} is not allowed", node)
        if message := _by_chance(node) or _misnamed(node) or _growing(node):
            raise source.fault(message, node)


def _refused(function: str) -> str:
    """Say that a function is not in the language, and of those that read stamps what is."""
    instead = (
        "; say epoch_ms(n) of milliseconds, make_timestamp(n) of microseconds"
        if function.startswith("make_timestamp")
        else ""
    )
    return f"the function {function}() is not allowed{instead}"


def _growing(node: exp.Expr) -> str:
    """Refuse what makes texts longer by the factor, level by level: 40 of them fill any memory."""
    if isinstance(node, _GROWING) and any(inner is not node for inner in node.find_all(*_GROWING)):
        return "a replacement within a replacement is not allowed"
    return ""


def expect_columns(
    tree: exp.Expr, relations: Mapping[str, Mapping[str, str]], source: Source
) -> frozenset[str]:
    """Return the names of columns, the tables' and the text's own; refuse all other names.

    What binds without being a column is a whole row, or a value of the engine. Where windows tell
    whole rows apart, these go under the name of their relation, which is then no column's.

    Raises:
        LanguageError: a name is not that of a column, or has letters that look like others.
    """
    columns = {name.lower() for of in relations.values() for name in of}
    for relation in _whole(tree):
        if relation.alias_or_name.lower() in columns:
            message = f"expected another name than a column's, was {relation.alias_or_name!r}"
            raise source.fault(message, relation)
    names = columns | {name.lower() for name in _aliases(tree)}
    for column in tree.find_all(exp.Column):
        if not column.table and column.name.lower() not in names | {"*"}:
            raise source.fault(f"expected a column, was {column.name!r}", column)
    known = columns | {name.lower() for name in relations}
    strange = [
        name
        for name in tree.find_all(exp.Identifier)
        if not name.name.isascii() and name.name.lower() not in known
    ]
    if strange:
        first = min(strange, key=lambda name: int(name.meta.get("start", 0)))
        raise source.fault(f"expected a name of plain letters, was {first.name!r}", first)
    return frozenset(names)


def _whole(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the relations of every SELECT of ``*`` that has windows; see ``ties``."""
    for select in tree.find_all(exp.Select):
        if any(each.is_star for each in select.expressions) and select.find(exp.Window):
            sources = [select.args.get("from_"), *(select.args.get("joins") or [])]
            yield from (each.this for each in sources if each is not None)


def _aliases(tree: exp.Expr) -> Iterator[str]:
    """Yield the names of columns that a text gives."""
    for node in tree.find_all(exp.Alias, exp.TableAlias, exp.PropertyEQ):
        if isinstance(node, exp.TableAlias):
            yield from (each.name for each in node.columns)
        else:
            yield node.alias or node.this.name


def tables(
    tree: exp.Expr, relations: Mapping[str, Mapping[str, str]], source: Source
) -> frozenset[str]:
    """Return the relations that a query reads; tables of its own WITH are not among them.

    Raises:
        LanguageError: a table is not one of ``relations``.
    """
    used = set()
    for cte in tree.find_all(exp.CTE):
        if cte.alias_or_name in relations:
            message = f"expected another name than a table's, was {cte.alias_or_name!r}"
            raise source.fault(message, cte.args["alias"])
    for table in tree.find_all(exp.Table):
        if not table.db and table.name in _in_scope(table):
            continue
        if table.db or table.catalog or table.name not in relations:
            known = ", ".join(sorted(relations)) or "none"
            raise source.fault(f"expected a table of {known}; was {emit(table)!r}", table)
        used.add(table.name)
    return frozenset(used)


def _in_scope(table: exp.Table) -> Iterator[str]:
    """Yield the names of every WITH that a table stands in or below, and that come before it."""
    node: exp.Expr = table
    inside: exp.Expr | None = None
    while node.parent is not None:
        node, below = node.parent, node
        if isinstance(node, exp.With):
            inside = below
        elif with_ := node.args.get("with_"):
            for cte in with_.expressions:
                if cte is inside:
                    break
                yield cte.alias_or_name
            inside = None


def _walk(tree: exp.Expr) -> Iterator[tuple[exp.Expr, int]]:
    stack = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        yield node, depth
        stack.extend((child, depth + 1) for child in node.iter_expressions(reverse=True))


def _by_chance(node: exp.Expr) -> str:
    """Say what is wrong with a node whose answer hangs on how rows happen to lie."""
    if isinstance(node, exp.With) and node.args.get("recursive"):
        return "a recursive WITH is not allowed"
    if isinstance(node, exp.Window) and _needs_order(node) and not _has_order(node):
        return f"expected an order by in the window of {emit(node.this)}"
    if isinstance(node, exp.Distinct) and node.args.get("on"):
        return "distinct on is not allowed"
    if isinstance(node, (exp.Stddev, exp.StddevSamp)) and isinstance(node.this, exp.Distinct):
        return "a deviation of distinct values is not allowed"
    if isinstance(node, exp.Join) and node.args.get("method") in _JOINS:
        return f"{_JOINS[node.args['method']]} join is not allowed"
    return ""


def _misnamed(node: exp.Expr) -> str:
    """Say what is wrong with the name of a column, a type or a part of time."""
    if isinstance(node, exp.Column) and node.args.get("db"):
        return f"expected a column, or a table and its column, was {emit(node)}"
    if isinstance(node, exp.Column) and _is_hidden(node):
        return f"the column {node.name.lower()} is not allowed"
    if isinstance(node, exp.DataType) and node.this.name not in _TYPES.split():
        return f"the type {emit(node)} is not allowed"
    part = _part(node)
    if part is not None and part.lower().removesuffix("s") not in _PARTS.split():
        return f"expected a length of time such as second or day, was {part or 'none'!r}"
    return ""


def _is_hidden(column: exp.Column) -> bool:
    name = column.name.lower()
    return name in HIDDEN and (not column.table or name == "rowid")


def _part(node: exp.Expr) -> str | None:
    """Return which part of time a node counts or takes, and nothing if it does neither."""
    if isinstance(node, exp.Anonymous) and node.name.lower() == "date_part":
        first = node.expressions[0] if node.expressions else None
        return first.name if isinstance(first, exp.Literal) and first.is_string else ""
    if not isinstance(node, _TIMED):
        return None
    unit = node.this if isinstance(node, exp.Extract) else node.args.get("unit")
    return unit.name if isinstance(unit, (exp.Var, exp.Literal)) else ""


def _needs_order(window: exp.Window) -> bool:
    return isinstance(window.this, PLACED) or window.args.get("spec") is not None


def _has_order(window: exp.Window) -> bool:
    select = window.find_ancestor(exp.Select)
    named = [] if select is None else select.args.get("windows") or []
    name = window.args.get("alias")
    meant = [window, *(each for each in named if name is not None and each.name == name.name)]
    return any(each.args.get("order") is not None for each in meant)


def _kind(node: exp.Expr, source: Source) -> str:
    if isinstance(node, exp.Func):
        return f"the function {source.name(node)}()"
    return re.sub(r"(?<!^)(?=[A-Z])", " ", type(node).__name__).lower()
