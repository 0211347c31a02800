"""How the SELECT of a venue file becomes one that no single bad value can stop.

Each computed column of each branch is evaluated row by row on its own: where that fails the row
still comes out, with a ``fault`` that names the column and what was found, and the lake
quarantines it. A cast below the top level (in a WITH, a join or a WHERE) gives NULL instead.
The file and line of the first relation of each branch are carried through as ``source_line``.
"""

import re

from sqlglot import exp, parse_one

from surveillance.activity.batch import FAULT, ORIGIN
from surveillance.activity.contract import quoted, text
from surveillance.activity.exactness import exact
from surveillance.activity.venue.loading import FILE, LINE
from surveillance.language import Query, emit

_REDUCING = (exp.AggFunc, exp.Window, exp.Unnest, exp.Explode, exp.Subquery, exp.Select)

_SCALE = re.compile(r"(?:DECIMAL\(\d+, (\d+)\)|DECIMAL\(\d+\)|BIGINT|INT|HUGEINT|INT128)")


def salvaged(query: Query) -> str:
    """Return SQL with the columns of ``query``, then ``source_line`` and ``fault``."""
    tree = query.tree.copy()
    with_ = tree.args.get("with_")
    carriers: set[str] = set(query.tables)
    for cte in with_.expressions if with_ else []:
        carriers |= {cte.alias} if _carry(cte.this, carriers) else set()
        _soften(cte.this)
    tree.set("with_", None)
    body = _branches(tree, carriers, tuple(query.columns))
    return f"{emit(with_)} {body}" if with_ else body


def _branches(tree: exp.Expr, carriers: set[str], names: tuple[str, ...]) -> str:
    if isinstance(tree, exp.Subquery) and not tree.alias:
        return _branches(tree.this, carriers, names)
    if isinstance(tree, exp.Union) and not tree.args.get("distinct"):
        sides = (_branches(side, carriers, names) for side in (tree.this, tree.expression))
        return " union all ".join(sides)
    if isinstance(tree, exp.Select) and not _is_opaque(tree):
        return _branch(tree, carriers, names)
    _soften(tree)
    columns = ", ".join(map(quoted, names))
    return f"select {columns}, null as {ORIGIN}, null as {FAULT} from ({emit(tree)})"


def _is_opaque(tree: exp.Select) -> bool:
    """Return whether the rows of a SELECT are not rows of its first relation, one by one."""
    stars = any(value.find(exp.Star) is value for value in tree.expressions)
    return bool(stars or tree.args.get("distinct") or _reduces(tree))


def _branch(tree: exp.Select, carriers: set[str], names: tuple[str, ...]) -> str:
    origin = _origin(tree, carriers)
    values = [projection.unalias() for projection in tree.expressions]
    guarded = [_computes(value) for value in values]
    shown = [f"c{number}.v" if guard else f"c{number}" for number, guard in enumerate(guarded)]
    columns = [f"{value} as {quoted(name)}" for value, name in zip(shown, names, strict=True)]
    faults = [
        f"case when c{number} is null then "
        f"{text(f'{names[number]}: expected {emit(value)}, was ')} || w{number} end"
        for number, value in enumerate(values)
        if guarded[number]
    ]
    fault = f"nullif(concat_ws('; ', {', '.join(faults)}), '')" if faults else "null"
    inner = tree.copy()
    inner.set("expressions", [])
    _soften(inner)
    parts = [
        part
        for number, value in enumerate(values)
        for part in _parts(number, value, guarded[number], _joined(tree, carriers))
    ]
    inner.set("expressions", [exp.Var(this=", ".join([*parts, f"{origin} as origin"]))])
    return (
        f"select {', '.join(columns)}, origin as {ORIGIN}, {fault} as {FAULT} from ({emit(inner)})"
    )


def _parts(number: int, value: exp.Expr, guarded: bool, joined: set[str]) -> list[str]:
    if not guarded:
        softened = value.copy()
        _soften(softened)
        return [f"{emit(softened)} as c{number}"]
    read = {emit(column): column.table for column in value.find_all(exp.Column)}
    was = " || ', ' || ".join(
        f"{text(f'{column} ')} || "
        f"coalesce('''' || left(cast({column} as varchar), 80) || '''', 'empty')"
        f"{_place(table) if table in joined else ''}"
        for column, table in read.items()
    )
    return [
        f"try({{'v': {emit(_exactly(value))}}}) as c{number}",
        f"{was or text('a constant')} as w{number}",
    ]


def _place(alias: str) -> str:
    """Return SQL that says in which file and line a value of a joined relation stands."""
    of = quoted(alias)
    return f" || coalesce(' (' || {of}.{FILE} || ':' || {of}.{LINE} || ')', '')"


def _joined(tree: exp.Select, carriers: set[str]) -> set[str]:
    """Return what is joined to the first relation and carries the file and line of its rows."""
    sources = [join.this for join in tree.args.get("joins") or []]
    return {
        each.alias_or_name
        for each in sources
        if isinstance(each, exp.Table) and each.name in carriers
    }


def _exactly(value: exp.Expr) -> exp.Expr:
    """Let a cast fail where it would round, as a cast of text to a number otherwise does."""
    strict = value.copy()
    for cast in list(strict.find_all(exp.Cast)):
        kind = emit(cast.to)
        scale = _SCALE.fullmatch(kind)
        if scale is None or cast.this.find(exp.Cast, exp.Literal) is not None:
            continue
        was = f"cast({emit(cast.this)} as varchar)"
        within = exact(was, int(scale[1] or 0))
        checked = parse_one(
            f"case when not coalesce({within}, true) then cast({was} || '!' as {kind}) "
            f"else {emit(cast)} end",
            dialect="duckdb",
        )
        strict = checked if cast is strict else strict
        cast.replace(checked)
    return strict


def _computes(value: exp.Expr) -> bool:
    """Return whether a column can fail for one row, and can be tried on its own."""
    simple = isinstance(value, (exp.Column, exp.Literal, exp.Null, exp.Boolean))
    return not simple and value.find(*_REDUCING) is None


def _origin(tree: exp.Select, carriers: set[str]) -> str:
    source = _source(tree, carriers)
    return (
        "null" if source is None or _reduces(tree) else f"{source}.{FILE} || ':' || {source}.{LINE}"
    )


def _source(tree: exp.Select, carriers: set[str]) -> str | None:
    """Return the alias of the first relation, if it carries the file and line of its rows."""
    first = tree.args["from_"].this if tree.args.get("from_") else None
    if isinstance(first, exp.Table) and first.name in carriers:
        return quoted(first.alias_or_name)
    if isinstance(first, exp.Subquery) and _carry(first.this, carriers):
        return quoted(first.alias) if first.alias else None
    return None


def _carry(tree: exp.Expr, carriers: set[str]) -> bool:
    """Let a SELECT below the top hand on the file and line of its rows, if it can."""
    if not isinstance(tree, exp.Select) or tree.args.get("distinct") or _reduces(tree):
        return False
    source = _source(tree, carriers)
    if source is None:
        return False
    there = {projection.alias_or_name for projection in tree.expressions}
    if "*" not in there:
        wanted = [name for name in (FILE, LINE) if name not in there]
        for name in wanted:
            tree.append("expressions", exp.Var(this=f"{source}.{name} as {name}"))
    return True


def _reduces(tree: exp.Select) -> bool:
    if tree.args.get("group"):
        return True
    return any(
        aggregate.find_ancestor(exp.Window) is None
        for value in tree.expressions
        for aggregate in value.find_all(exp.AggFunc)
    )


def _soften(tree: exp.Expr) -> None:
    for cast in list(tree.find_all(exp.Cast)):
        if type(cast) is exp.Cast and not isinstance(cast.this, exp.Literal):
            cast.replace(exp.TryCast(**cast.args))
