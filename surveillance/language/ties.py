"""Ties: rows that a window's order leaves equal are told apart by all that is known of them.

``row_number() over (order by ts)`` numbers rows of one microsecond as they happen to lie: over a
million rows with ties, the same query gave three answers in three runs. So whatever picks or
counts single rows gets one more key, the whole row of every relation of its SELECT; rows that are
equal even then may change places without anybody seeing it. An order by ``seq`` is one already,
for ``(ts, seq)`` is what the catalogue breaks ties with, and the whole row costs a wider sort.
"""

from collections.abc import Container, Iterator

from sqlglot import exp

from surveillance.language.guard import PLACED
from surveillance.language.source import Source

_TOTAL = frozenset({"seq", "_line"})


def untied(tree: exp.Expr) -> exp.Expr:
    """Return the tree with an order of rows that leaves no choice in every window that picks."""
    made = tree.copy()
    for order in _open_orders(made):
        rows = (_row(relation, n) for n, relation in enumerate(_ordered(order)))
        for key in [*_groups(order), *rows]:
            order.append("expressions", exp.Ordered(this=key, nulls_first=False))
    return made


def expect_apart(tree: exp.Expr, names: Container[str], source: Source) -> None:
    """Refuse a relation named as a column where its whole row would be needed as a key.

    Raises:
        LanguageError: its name means the column.
    """
    for order in _open_orders(tree):
        for relation in _ordered(order):
            if (name := relation.alias_or_name) and name.lower() in names:
                message = f"expected another name than a column's, was {name!r}; or order by seq"
                raise source.fault(message, relation)


def _open_orders(tree: exp.Expr) -> Iterator[exp.Order]:
    windows = [window for window in tree.find_all(exp.Window) if _picks(window)]
    orders = {id(order): order for window in windows if (order := _order(window)) is not None}
    yield from (order for order in orders.values() if not _is_total(order))


def _picks(window: exp.Window) -> bool:
    spec = window.args.get("spec")
    by_rows = spec is not None and str(spec.args.get("kind", "")).upper() == "ROWS"
    return by_rows or isinstance(window.this, PLACED)


def _order(window: exp.Window) -> exp.Order | None:
    """Return the order of a window, its own or that of the named one it stands on."""
    found: exp.Order | None = window.args.get("order")
    name, select = window.args.get("alias"), window.find_ancestor(exp.Select)
    if found is not None or name is None or select is None:
        return found
    named = (each for each in select.args.get("windows") or [] if each.name == name.name)
    return next((each.args.get("order") for each in named), None)


def _is_total(order: exp.Order) -> bool:
    keys = (each.this for each in order.expressions)
    return any(isinstance(key, exp.Column) and key.name.lower() in _TOTAL for key in keys)


def _row(relation: exp.Expr, number: int) -> exp.Expr:
    if not relation.alias_or_name:
        relation.set("alias", exp.TableAlias(this=exp.to_identifier(f"rows_{number}")))
    return exp.column(exp.to_identifier(relation.alias_or_name, quoted=True))


def _ordered(order: exp.Order) -> list[exp.Expr]:
    """Return the relations whose rows an order is of; none, where they are grouped."""
    select = order.find_ancestor(exp.Select)
    return [] if select is None or select.args.get("group") else list(_sources(select))


def _sources(select: exp.Select) -> Iterator[exp.Expr]:
    first = select.args.get("from_")
    joins = select.args.get("joins") or []
    seen = (join.this for join in joins if join.args.get("kind") not in ("SEMI", "ANTI"))
    yield from _relations(first.this if first is not None else None)
    for source in seen:
        yield from _relations(source)


def _relations(source: exp.Expr | None) -> Iterator[exp.Expr]:
    """Yield what one item of a FROM brings: itself, or what stands in its brackets."""
    if source is None:
        return
    is_bracket = isinstance(source, exp.Subquery) and isinstance(source.this, exp.Table)
    yield from _relations(source.this) if is_bracket and not source.alias else [source]
    for join in source.args.get("joins") or []:
        yield from _relations(join.this)


def _groups(order: exp.Order) -> Iterator[exp.Expr]:
    """Yield what tells the groups of a SELECT apart, where there are any."""
    select = order.find_ancestor(exp.Select)
    if select is None or not (group := select.args.get("group")):
        return
    plain = [each.unalias() for each in select.expressions]
    for key in group.expressions:
        is_place = isinstance(key, exp.Literal) and not key.is_string
        yield (plain[int(key.name) - 1] if is_place else key).copy()
    if group.args.get("all"):
        yield from (each.copy() for each in plain if each.find(exp.AggFunc, exp.Window) is None)
