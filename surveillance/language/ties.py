"""Ties: rows that a window's order leaves equal, and that would lie as they happen to lie.

``row_number``, ``lag`` and a frame counted in rows tell such rows apart by chance: by the file they
came from, or the thread that was first. So the order goes on over every column that the SELECT
uses. Rows that are equal in all of these can change places and nobody can tell, so it need go no
further, and it costs no more than it must. Where a SELECT says ``*`` it goes on over whole rows.
"""

from collections.abc import Iterator

from sqlglot import exp

_BY_PLACE = (exp.RowNumber, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue)


def settled(tree: exp.Expr) -> exp.Expr:
    """Return the tree with every order that a result can hang on made total."""
    for select in tree.find_all(exp.Select):
        for window in list(_windows(select)):
            _inline(window, select)
            if _counts_rows(window):
                _extend(window, select)
    return tree


def _windows(select: exp.Select) -> Iterator[exp.Window]:
    for window in select.find_all(exp.Window):
        is_definition = window.parent is select and window.arg_key == "windows"
        if window.find_ancestor(exp.Select) is select and not is_definition:
            yield window


def _inline(window: exp.Window, select: exp.Select) -> None:
    """Write a named window out where it is used, if its order matters there."""
    name = window.args.get("alias")
    named = {each.name: each for each in select.args.get("windows") or []}
    if name is None or name.name not in named or not _counts_rows(window, named[name.name]):
        return
    meant = named[name.name].copy()
    window.set("alias", None)
    for key in ("partition_by", "order", "spec"):
        window.set(key, window.args.get(key) or meant.args.get(key))


def _counts_rows(window: exp.Window, meant: exp.Window | None = None) -> bool:
    of = window.this.this if isinstance(window.this, exp.IgnoreNulls) else window.this
    if isinstance(of, (exp.Rank, exp.DenseRank)):
        return False
    spec = window.args.get("spec") or (meant.args.get("spec") if meant else None)
    return isinstance(of, _BY_PLACE) or (
        spec is not None and str(spec.args.get("kind")).upper() == "ROWS"
    )


def _extend(window: exp.Window, select: exp.Select) -> None:
    order = window.args.get("order")
    if order is None:
        return
    there = [each.this for each in order.expressions] + (window.args.get("partition_by") or [])
    more = [each for each in dict.fromkeys(_told_apart(select)) if each not in there]
    for each in more:
        order.append("expressions", exp.Ordered(this=each.copy(), nulls_first=False))


def _told_apart(select: exp.Select) -> Iterator[exp.Expr]:
    """Yield what the rows that a SELECT's windows see can be told apart by."""
    group = select.args.get("group")
    if group is not None:
        yield from group.expressions
        return
    if any(each.is_star for each in select.expressions):
        yield from _sources(select)
    hidden = {each.alias for each in select.expressions if each.find(exp.Window)}
    parts = [*select.expressions, select.args.get("qualify"), *(select.args.get("windows") or [])]
    for part in filter(None, parts):
        for column in part.find_all(exp.Column):
            of_here = column.find_ancestor(exp.Select) is select
            if of_here and not isinstance(column.this, exp.Star) and column.name not in hidden:
                yield column


def _sources(select: exp.Select) -> Iterator[exp.Expr]:
    """Yield whole rows of everything that a SELECT reads, by the names these go under."""
    joined = [join.this for join in select.args.get("joins") or []]
    for source in filter(None, [select.args.get("from_"), *joined]):
        of = source.this if isinstance(source, exp.From) else source
        if of.alias_or_name:
            yield exp.column(of.alias_or_name)
