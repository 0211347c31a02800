"""Values and trees as text: literals, parameters put in their place, and SQL to execute."""

import re
from collections.abc import Mapping
from decimal import Decimal

from sqlglot import exp

from surveillance.language.source import Source
from surveillance.model import Scalar


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


def fill(tree: exp.Expr, parameters: Mapping[str, Scalar | exp.Expr], source: Source) -> exp.Expr:
    """Return a copy of the tree with a literal, or a tree, in place of every ``$name``.

    Raises:
        LanguageError: there is no parameter of that name.
    """

    def value(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Placeholder):
            return node
        if node.name not in parameters:
            known = ", ".join(f"${name}" for name in sorted(parameters)) or "none"
            mark = re.search(rf"\${re.escape(node.name)}\b", source.text)
            offset = len(source.prefix) + (mark.start() if mark else 0)
            message = f"expected a parameter of {known}; was ${node.name}"
            raise source.fault_at(message, offset)
        parameter = parameters[node.name]
        return parameter.copy() if isinstance(parameter, exp.Expr) else literal(parameter)

    return tree.transform(value)
