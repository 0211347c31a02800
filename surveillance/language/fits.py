"""Texts that are compared with a number or a time, or cast to one, must be one.

The engine would say so only when a row comes by, which is when a rule is needed.
"""

from collections.abc import Iterator, Mapping

from sqlglot import exp

from surveillance.language.bind import is_a
from surveillance.language.literal import emit
from surveillance.language.source import Source

_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between)
_READ = ("DECIMAL", "BIGINT", "HUGEINT", "INTEGER", "DOUBLE", "TIMESTAMP", "DATE", "BOOLEAN")


def expect_fitting(
    tree: exp.Expr,
    filled: exp.Expr,
    relations: Mapping[str, Mapping[str, str]],
    source: Source,
) -> None:
    """Refuse a text of the tree, or a parameter given to it, that is not of the type it must be.

    Raises:
        LanguageError: a text is compared with a column, or cast to a type, that it does not fit.
    """
    kinds: dict[str, set[str]] = {}
    for columns in relations.values():
        for name, kind in columns.items():
            kinds.setdefault(name, set()).add(kind)
    known = {name: next(iter(types)) for name, types in kinds.items() if len(types) == 1}
    for text, kind, place in (*_cast(tree), *_compared(filled, known)):
        if kind.startswith(_READ) and not is_a(text, kind):
            raise source.fault(f"expected a value of type {kind}, was {text!r}", place)


def _cast(tree: exp.Expr) -> Iterator[tuple[str, str, exp.Expr]]:
    """Yield texts with the type that each must have, and where a fault would stand."""
    for cast in tree.find_all(exp.Cast):
        if type(cast) is exp.Cast and _is_text(cast.this):
            yield cast.this.name, emit(cast.to), cast.to


def _compared(tree: exp.Expr, known: Mapping[str, str]) -> Iterator[tuple[str, str, exp.Expr]]:
    for node in tree.find_all(*_COMPARED):
        beside = [each.unnest() for each in node.iter_expressions()]
        columns = [each for each in beside if isinstance(each, exp.Column) and each.name in known]
        for text in (each.name for each in beside if _is_text(each)):
            yield from ((text, known[column.name], column) for column in columns)


def _is_text(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and node.is_string
