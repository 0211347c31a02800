"""What a SELECT of a venue file means, over raw relations, in words that the engine understands.

A raw column is called by its exact name, even one that the engine would answer itself (``user``)
or cannot tell from another (``c`` and ``C``), so names become those the relations go by.
``occurrence(a, b)`` says the how-many-th row of its file with these values a row is: with it a
statement without ids keeps equal real rows apart, and the same rows in another export are the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from surveillance.activity.venue.loading import FILE, LINE
from surveillance.activity.venue.numerals import number_columns
from surveillance.language import HIDDEN, Query, Source, query

Names = Mapping[str, frozenset[str]]
"""By exact name, the columns of the engine that may be meant."""
_APART = (exp.Group, exp.Distinct, exp.Exists, exp.Except, exp.Intersect)
_WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class Mapped:
    """A SELECT of a venue file, and what may be known of it beforehand.

    ``is_by_row`` says that each row comes of one row of one relation, so that the relation's files
    may be read one by one; ``numbers`` are the columns, in small letters, that it makes numbers of.
    """

    query: Query
    is_by_row: bool
    numbers: frozenset[str]


def mapped(
    text: str,
    relations: Mapping[str, Mapping[str, str]],
    names: Mapping[str, Names],
    outputs: frozenset[str] = frozenset(),
) -> Mapped:
    """Read a SELECT over relations of which those in ``names`` are raw; ``outputs`` are numbers.

    Raises:
        LanguageError: it is not in the language, or a name is that of several columns.
    """
    known: list[tuple[bool, frozenset[str]]] = []

    def meant(tree: exp.Expr, source: Source) -> None:
        try:
            scopes = traverse_scope(tree)
        except (SqlglotError, RecursionError):
            scopes = []  # what cannot be read so is refused for what it is
        counts = _counted(tree, names, source)
        for scope in scopes:
            _name_outputs(scope.expression, tree)
            _resolve(scope, names, source)
            _keep_names(scope.expression, tree)
        known.append((_is_by_row(tree, counts), number_columns(tree, outputs)))

    select = query(text, relations, meant=meant)
    is_by_row, numbers = known[0]
    return Mapped(select, is_by_row and len(select.tables) == 1, numbers)


def _resolve(scope: Scope, names: Mapping[str, Names], source: Source) -> None:
    for column in list(scope.find_all(exp.Column)):
        if isinstance(column.this, exp.Identifier) and (found := _meant(column, scope, names)):
            _rename(column, found, source)
            if owner := _owner(column, scope, names):
                column.set("table", exp.to_identifier(owner, quoted=True))
    for join in scope.expression.args.get("joins") or []:
        for identifier in join.args.get("using") or []:
            name = identifier.this if isinstance(identifier, exp.Column) else identifier
            columns = _lookup(name.name, [_outputs(each, names) for each in _all(scope)])
            if len(columns) == 1:
                name.set("this", next(iter(columns)))
                name.set("quoted", True)


def _meant(column: exp.Column, scope: Scope, names: Mapping[str, Names]) -> frozenset[str]:
    """Return the columns of the engine that a name may mean; of the nearest query that has one."""
    at: Scope | None = scope
    while at is not None:
        wanted = [at.sources[column.table]] if column.table in at.sources else []
        sources = wanted if column.table else _all(at)
        if found := _lookup(column.name, [_outputs(each, names) for each in sources]):
            return found
        at = at.parent
    return frozenset()


def _owner(column: exp.Column, scope: Scope, names: Mapping[str, Names]) -> str | None:
    """Return which of several relations a computed column reads, so that a fault can name it."""
    if column.table or len(scope.sources) < 2:
        return None
    within: exp.Expr | None = column
    while within is not None and within.parent is not scope.expression:
        within = within.parent
    if within is None or within.arg_key != "expressions":
        return None
    owners = [
        alias for alias, of in scope.sources.items() if _lookup(column.name, [_outputs(of, names)])
    ]
    return owners[0] if len(owners) == 1 else None


def _all(scope: Scope) -> list[exp.Expr | Scope]:
    return list(scope.sources.values())


def _lookup(name: str, among: list[dict[str, frozenset[str]]]) -> frozenset[str]:
    """Return what a name may mean: exactly, without spaces around it, or else in another case."""
    for written in (name, name.strip()):
        exact = frozenset[str]().union(*(each.get(written, frozenset()) for each in among))
        if exact:
            return exact
    low = name.strip().lower()
    return frozenset(
        column
        for each in among
        for other, columns in each.items()
        if other.lower() == low
        for column in columns
    )


def _rename(column: exp.Column, found: frozenset[str], source: Source) -> None:
    if len(found) > 1:
        several = " or ".join(f'"{each}"' for each in sorted(found))
        raise source.fault(f"expected one column, {several}, was {column.name!r}", column)
    (name,) = found
    if name != column.name:
        column.this.meta[_WRITTEN] = column.name
        column.this.set("this", name)
        column.this.set("quoted", True)


def _outputs(of: exp.Expr | Scope, names: Mapping[str, Names]) -> dict[str, frozenset[str]]:
    """Return the columns of a relation or of a query below, by what a text calls them."""
    if not isinstance(of, Scope):
        return dict(names.get(of.name, {})) if isinstance(of, exp.Table) else {}
    select = of.expression
    while isinstance(select, (exp.SetOperation, exp.Subquery)):
        select = select.this
    within = of
    while within.set_operation_scopes:
        within = within.set_operation_scopes[0]
    columns: dict[str, frozenset[str]] = {}
    for each in select.expressions if isinstance(select, exp.Select) else []:
        if each.is_star:
            table = each.table if isinstance(each, exp.Column) else ""
            sources = [within.sources[table]] if table in within.sources else _all(within)
            for source in sources:
                columns.update(_outputs(source, names))
        else:
            named = each.args["alias"] if isinstance(each, exp.Alias) else each.this
            meta = named.meta if isinstance(named, exp.Identifier) else {}
            column = each.alias_or_name
            columns[str(meta.get(_WRITTEN, column))] = frozenset({column})
    return columns


def _name_outputs(select: exp.Expr, tree: exp.Expr) -> None:
    """Give the outputs of a query below names that the engine does not answer itself."""
    if not isinstance(select, exp.Select) or _is_whole(select, tree):
        return
    for each in select.expressions:
        if isinstance(each, exp.Alias) and each.alias.lower() in HIDDEN:
            alias = each.args["alias"]
            alias.meta[_WRITTEN] = alias.name
            alias.set("this", f"{alias.name} (column)")
            alias.set("quoted", True)


def _keep_names(select: exp.Expr, tree: exp.Expr) -> None:
    """Let the outputs of the whole be called what the text calls them."""
    if not isinstance(select, exp.Select) or not _is_whole(select, tree):
        return
    for each in list(select.expressions):
        written = each.this.meta.get(_WRITTEN) if isinstance(each, exp.Column) else None
        if written is not None:
            each.replace(exp.alias_(each.copy(), written, quoted=True))


def _is_whole(select: exp.Expr, tree: exp.Expr) -> bool:
    """Return whether what a SELECT gives is what the whole query gives."""
    top = select
    while isinstance(top.parent, (exp.SetOperation, exp.Subquery)) and top is not tree:
        top = top.parent
    return top is tree


def _counted(tree: exp.Expr, names: Mapping[str, Names], source: Source) -> set[int]:
    """Write ``occurrence`` out, and return which windows stand for it."""
    counts = set()
    for call in list(tree.find_all(exp.Anonymous)):
        if call.name.lower() != "occurrence":
            continue
        select = call.find_ancestor(exp.Select)
        of = _single(select, names)
        if of is None or not call.expressions or call.find_ancestor(exp.Window, exp.AggFunc):
            message = "expected occurrence() of columns, in a SELECT over one raw relation"
            raise source.fault(message, call)
        line = exp.Ordered(this=exp.column(LINE, of), nulls_first=False)
        window = exp.Window(
            this=exp.RowNumber(),
            partition_by=[exp.column(FILE, of), *(each.copy() for each in call.expressions)],
            order=exp.Order(expressions=[line]),
        )
        counts.add(id(window))
        if call is tree:
            raise source.fault("expected one SELECT, was OCCURRENCE")
        call.replace(window)
    return counts


def _single(select: exp.Expr | None, names: Mapping[str, Names]) -> str | None:
    """Return the one raw relation that a SELECT reads row by row, by the name it goes under."""
    if select is None or any(select.args.get(key) for key in ("joins", "group", "distinct")):
        return None
    from_ = select.args.get("from_")
    of = from_.this if from_ else None
    return of.alias_or_name if isinstance(of, exp.Table) and of.name in names else None


def _is_by_row(tree: exp.Expr, counts: set[int]) -> bool:
    """Return whether each row that a query gives comes of one row that it reads."""
    for node in tree.walk():
        if isinstance(node, exp.Window) and id(node) not in counts:
            return False
        alone = isinstance(node, exp.AggFunc) and node.find_ancestor(exp.Window) is None
        if alone or isinstance(node, _APART):
            return False
        if isinstance(node, exp.Union) and node.args.get("distinct"):
            return False
        if isinstance(node, exp.Join) and not isinstance(node.this, (exp.Unnest, exp.Lateral)):
            return False
        if isinstance(node, exp.Select) and node is not tree and not _is_source(node):
            return False
    return True


def _is_source(select: exp.Select) -> bool:
    """Return whether a SELECT below is read from, not compared with."""
    top: exp.Expr = select
    while isinstance(top.parent, (exp.SetOperation, exp.Subquery)):
        top = top.parent
    return top.parent is None or isinstance(top.parent, (exp.From, exp.CTE))
