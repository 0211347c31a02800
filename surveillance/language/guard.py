"""What is in the language: kinds of nodes, functions and tables, each named; all else is refused.

An allow-list, because what a database can do grows with each release. Besides what reaches
outside, it leaves out what depends on the order of rows where nobody gave one.
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
Nullif Lower Upper Trim Substring Replace SplitPart Concat Length StartsWith Contains EndsWith
RegexpLike RegexpExtract RegexpReplace StrPosition Pad UnixToTime TimestampTrunc Extract DateDiff
Hour DayOfWeek ToDays StrToTime RowNumber Rank DenseRank Lag Lead FirstValue LastValue MD5
ArrayContains ArrayDistinct ArraySort Flatten
"""
_ALLOWED = frozenset((_STRUCTURE + _FUNCTIONS).split())
_ANONYMOUS = frozenset({"epoch_us", "date_part", "to_seconds", "to_microseconds", "cardinality"})
_PLACED = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue)
"""Window functions that mean nothing without an order of rows."""
_HIDDEN = frozenset({"rowid"})
"""Columns that every stored table has and no catalogue names: where a row happens to lie."""
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
                raise source.fault(f"the function {node.name.lower()}() is not allowed", node)
        elif type(node).__name__ not in _ALLOWED:
            raise source.fault(f"{_kind(node, source)} is not allowed", node)
        if message := _by_chance(node):
            raise source.fault(message, node)


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
        elif given := node.args.get("with_"):
            for cte in given.expressions:
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
    if isinstance(node, exp.Join) and node.args.get("method") == "POSITIONAL":
        return "a positional join is not allowed"
    if isinstance(node, exp.Column) and node.name.lower() in _HIDDEN:
        return f"the column {node.name.lower()} is not allowed"
    return ""


def _needs_order(window: exp.Window) -> bool:
    return isinstance(window.this, _PLACED) or window.args.get("spec") is not None


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
