"""One answer: what could differ between two runs of the same text is rewritten to be exact.

A DOUBLE sum depends on the order in which threads finish, so that sums and averages of anything
but whole and decimal numbers go through a DECIMAL, ``stddev`` is written out over exact sums, and
``list`` is given an order, down to the listed value itself, as windows are (``ties``). A product
of two DECIMAL(18) columns, which the engine refuses at run time once it passes 10^18 units, is
made in a wider type. For one of prices and sizes as they are stored no type is wide enough (it is
refused from 100 on): it goes through a DOUBLE, the same in every run, to ten places.

A number is finite or not known: the engine gives an infinity for a division by zero, NaN for the
root of a negative number, and holds NaN greater than every threshold, so that a rule would fire
on nothing divided by nothing. Here both are NULL, which fires nothing and adds nothing.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

import sqlglot
from sqlglot import exp

from surveillance.language.literal import emit
from surveillance.language.ties import settled

_EXACT = frozenset({"DECIMAL", "BIGINT", "INT", "SMALLINT", "TINYINT", "INT128", "UBIGINT", "UINT"})
_CLOSED = (exp.Add, exp.Sub, exp.Mul, exp.Neg, exp.Paren, exp.Coalesce, exp.Abs)
"""What makes exact numbers of exact numbers."""
_STORED = "DECIMAL(38,18)"
"""What prices, sizes and amounts are stored as."""
_EXACTLY = (exp.Sum, exp.Min, exp.Max)
_UNBOUND = (exp.Sqrt, exp.Ln, exp.Log, exp.Exp, exp.Pow)
_SPREADS = (exp.Stddev, exp.StddevSamp)


def exact(tree: exp.Expr, relations: Mapping[str, Mapping[str, str]]) -> exp.Expr:
    """Return the tree with its aggregates independent of the order of rows and of threads."""
    kinds: dict[str, set[str]] = {}
    for columns in relations.values():
        for name, kind in columns.items():
            kinds.setdefault(name, set()).add(kind.split("(")[0])
    names = frozenset(name for name, types in kinds.items() if types <= _EXACT)
    rewritten = _unplaced(tree.copy()).transform(_rewritten, names, copy=False)
    rewritten = rewritten.transform(_widened, _narrow(relations), copy=False)
    stored = _stored(relations)
    rewritten = _inside_out(rewritten, lambda node: _multiplied(node, stored))
    return settled(_inside_out(rewritten, lambda node: _finite(node, names)))


def _inside_out(tree: exp.Expr, change: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """Change every node, what is within before what is around it."""
    for node in reversed(list(tree.walk())):
        if (changed := change(node)) is not node:
            tree = changed if node is tree else tree
            node.replace(changed)
    return tree


def _unplaced(tree: exp.Expr) -> exp.Expr:
    """Forget where nodes stood in the text: nothing is found fault with any more, and the places
    are half of what every copy of a tree costs."""
    for node in tree.walk():
        node._meta = None
    return tree


def _rewritten(node: exp.Expr, names: frozenset[str]) -> exp.Expr:
    if isinstance(node, (exp.Sum, exp.Avg)):
        return _summed(node, names)
    if isinstance(node, exp.ArrayAgg):
        return _listed(node)
    if spread := _spread_in(node):
        return _spread(spread, emit(node).removeprefix(emit(spread)))
    return node


def _finite(node: exp.Expr, names: frozenset[str]) -> exp.Expr:
    if isinstance(node, (exp.Div, exp.IntDiv, exp.Mod)) and not _is_nonzero(node.expression):
        divisor = exp.Nullif(this=node.expression.unnest(), expression=exp.Literal.number(0))
        node.set("expression", divisor)
    if isinstance(node, _UNBOUND) or (isinstance(node, exp.Cast) and _may_overflow(node, names)):
        # The engine plans every mention of a number anew, and numbers are within numbers.
        is_finite = exp.Anonymous(this="isfinite", expressions=[node.copy()])
        return exp.Case(ifs=[exp.If(this=is_finite, true=node.copy())])
    return node


def _is_nonzero(node: exp.Expr) -> bool:
    if isinstance(node, exp.Literal):
        return not node.is_string and Decimal(node.name) != 0
    return isinstance(node, exp.Nullif)


def _may_overflow(node: exp.Cast, names: frozenset[str]) -> bool:
    of = node.this.this if isinstance(node.this, _EXACTLY) else node.this
    return node.to.this.name in ("DOUBLE", "FLOAT") and not _is_exact(of, names)


def _narrow(relations: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return a wider type for each column that is one DECIMAL(18) in every relation."""
    kinds: dict[str, set[str]] = {}
    for columns in relations.values():
        for name, kind in columns.items():
            kinds.setdefault(name, set()).add(kind.replace(" ", ""))
    same = {name: only for name, (only, *others) in kinds.items() if not others}
    return {
        name: kind.replace("(18,", "(20,")
        for name, kind in same.items()
        if kind.startswith("DECIMAL(18,")
    }


def _widened(node: exp.Expr, narrow: Mapping[str, str]) -> exp.Expr:
    if isinstance(node, exp.Mul):
        columns = [node.this.unnest(), node.expression.unnest()]
        if all(isinstance(each, exp.Column) and each.name in narrow for each in columns):
            kind = narrow[columns[0].name]
            columns[0].replace(exp.cast(columns[0].copy(), kind, dialect="duckdb"))
    return node


def _stored(relations: Mapping[str, Mapping[str, str]]) -> frozenset[str]:
    """Return the columns that are as wide as what venues write in some relation."""
    columns = (each for columns in relations.values() for each in columns.items())
    return frozenset(name for name, kind in columns if kind.replace(" ", "") == _STORED)


def _multiplied(node: exp.Expr, stored: frozenset[str]) -> exp.Expr:
    if not isinstance(node, exp.Mul) or not all(
        any(column.name in stored for column in side.find_all(exp.Column))
        for side in (node.this, node.expression)
    ):
        return node
    left, right = (
        exp.cast(side.copy(), "DOUBLE", dialect="duckdb") for side in (node.this, node.expression)
    )
    kind = exp.DataType.build("DECIMAL(38, 10)", dialect="duckdb")
    return exp.TryCast(this=exp.Mul(this=left, expression=right), to=kind)


def _listed(node: exp.ArrayAgg) -> exp.Expr:
    order = node.this.expressions if isinstance(node.this, exp.Order) else []
    of = node.this.this if order else node.this
    value = of.expressions[0] if isinstance(of, exp.Distinct) else of
    by = [*(each.copy() for each in order), exp.Ordered(this=value.copy())]
    return exp.ArrayAgg(this=exp.Order(this=of, expressions=by))


def _summed(node: exp.Sum | exp.Avg, names: frozenset[str]) -> exp.Expr:
    of = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    if not _is_exact(of, names):
        of.replace(exp.cast(of.copy(), "DECIMAL(38, 10)", dialect="duckdb"))
    return node


def _is_exact(node: exp.Expr, names: frozenset[str]) -> bool:
    if isinstance(node, exp.Cast):
        return node.to.this.name in _EXACT
    if isinstance(node, exp.Column):
        return node.name in names
    if isinstance(node, exp.Case):
        values = [branch.args["true"] for branch in node.args["ifs"]]
        default = node.args.get("default")
        return all(_is_exact(each, names) for each in [*values, *([default] if default else [])])
    if isinstance(node, _CLOSED):
        return all(_is_exact(child, names) for child in node.iter_expressions())
    return isinstance(node, (exp.Literal, exp.Null)) and not getattr(node, "is_string", False)


def _spread_in(node: exp.Expr) -> exp.Expr | None:
    """Return the deviation that a node is, or that it filters or moves along a window."""
    if isinstance(node, _SPREADS) and not isinstance(node.parent, (exp.Filter, exp.Window)):
        return node
    inner = node
    while isinstance(inner, (exp.Filter, exp.Window)):
        inner = inner.this
    is_whole = inner is not node and not isinstance(node.parent, exp.Window)
    return inner if is_whole and isinstance(inner, _SPREADS) else None


def _spread(of: exp.Expr, rest: str) -> exp.Expr:
    """Write out a sample deviation; ``rest`` is the filter or window of its sums.

    No type has room for the squares of large values and the digits of small ones, so they are
    summed apart, each with the digits that a double has of it. Values beyond 10^15 are left out.
    """
    x = f"cast({emit(of.this)} as double)"
    square = f"try_cast(case when abs({x}) {{}} then pow({x}, 2) end as decimal(38, {{}}))"
    parts = (
        square.format("< 1000", 20),
        square.format(f">= 1000 and abs({x}) < 1e9", 10),
        square.format("between 1e9 and 1e15", 0),
    )
    value = f"try_cast(case when abs({x}) <= 1e15 then {x} end as decimal(38, 12))"
    n, total, *sums = (
        f"cast({each}{rest} as double)"
        for each in (f"count({value})", f"sum({value})", *(f"sum({part})" for part in parts))
    )
    squares = f"({' + '.join(f'coalesce({each}, 0)' for each in sums)})"
    return sqlglot.parse_one(
        f"sqrt(greatest(0, ({squares} - {total} * ({total} / nullif({n}, 0))))"
        f" / nullif(greatest(0, {n} - 1), 0))",
        dialect="duckdb",
    )
