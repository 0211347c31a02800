"""The small, safe SQL of rules, features and venue files: parse, allow-list, bind, type, emit.

One read-only SELECT, or one scalar expression, in DuckDB's dialect. sqlglot parses it
(``source``) and every node must be of a kind that is listed (``guard``), so there is no clock,
disk, network, code or chance to reach, whatever a name resolves to. What could still differ
between two runs of the same text is made exact (``exact``), and the engine itself says what types
come out (``bind``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp

from surveillance.language.bind import bind, expect_bound
from surveillance.language.exact import exact
from surveillance.language.fits import expect_fitting
from surveillance.language.guard import HIDDEN, expect_columns, guard, tables
from surveillance.language.literal import emit, fill, literal
from surveillance.language.source import LanguageError, Source
from surveillance.language.units import NONE, Named, Units, one_of, unit_named, units_of
from surveillance.model import Scalar

__all__ = [
    "HIDDEN",
    "ROW",
    "Expression",
    "LanguageError",
    "Query",
    "Source",
    "Units",
    "emit",
    "expect_bound",
    "expression",
    "literal",
    "one_of",
    "query",
    "unit_named",
]


ROW = "r"
"""The relation of an expression whose columns are given without one."""


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT that is in the language: its tree, its columns with types, the tables it reads."""

    tree: exp.Expr
    columns: Mapping[str, str]
    tables: frozenset[str]
    units: Named = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Return whether it reads all columns of a table, without naming them."""
        stars = self.tree.find_all(exp.Star)
        return any(self._shows_table(star) for star in stars)

    def _shows_table(self, star: exp.Star) -> bool:
        """Return whether a star stands for a table, and not for columns that the text lists."""
        select = star.find_ancestor(exp.Select)
        if isinstance(star.parent, exp.Count) or select is None:
            return False
        of = star.parent.table if isinstance(star.parent, exp.Column) else ""
        clauses = [select.args.get("from_"), *(select.args.get("joins") or [])]
        sources = [clause.this for clause in clauses if clause is not None]
        return any(
            isinstance(source, exp.Table)
            and source.name in self.tables
            and of in ("", source.alias_or_name)
            for source in sources
        )

    def sql(self) -> str:
        """Return the text to execute."""
        return emit(self.tree)


@dataclass(frozen=True, slots=True)
class Expression:
    """A scalar expression that is in the language, its type, and the columns it names."""

    tree: exp.Expr
    type: str
    unit: str | None = None

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
    units: Units = NONE,
    meant: Callable[[exp.Expr, Source], None] | None = None,
) -> Query:
    """Read one SELECT over ``relations`` (name to column types), with ``$name`` filled in.

    ``units`` are those of the relations' columns and of the parameters, as far as they are known.
    ``meant`` may put what a text means in the place of what it says, before anything is judged.

    Raises:
        LanguageError: it is not one SELECT, or names or does something that is not allowed.
    """
    source = Source(text)
    tree = source.parse()
    if not isinstance(tree, exp.Query):
        raise source.fault(f"expected one SELECT, was {text.split(maxsplit=1)[0].upper()}")
    if meant is not None:
        meant(tree, source)
    guard(tree, source)
    used = tables(tree, relations, source)
    read = {name: relations[name] for name in used}
    filled = fill(tree, parameters or {}, source)
    bind(filled, read, tree, source)
    expect_columns(tree, read, source)
    expect_fitting(tree, filled, read, source)
    units_read = units_of(tree, units, source)
    rewritten = exact(filled, read)
    return Query(rewritten, bind(rewritten, read, tree, source), used, units_read)


def expression(
    text: str,
    columns: Mapping[str, str] | Mapping[str, Mapping[str, str]],
    *,
    aggregates: bool = False,
    parameters: Mapping[str, Scalar | exp.Expr] | None = None,
    units: Units = NONE,
) -> Expression:
    """Read one scalar expression over columns, or over several relations' columns.

    ``columns`` is either column to type, or relation name to its columns, in which case the text
    qualifies names with the relation. ``aggregates`` says whether it may reduce many rows.

    Raises:
        LanguageError: it is not one expression, or does something that is not allowed.
    """
    source = Source(text, "select ")
    tree = source.parse()
    if not isinstance(tree, exp.Select) or len(tree.selects) != 1 or _clauses(tree):
        raise LanguageError(f"expected one expression, was {text.strip()!r}")
    guard(tree, source)
    _expect_scalar(tree, aggregates, source)
    relations = _relations(columns)
    shell = sqlglot.parse_one(f"select 1 from {', '.join(relations)}", dialect="duckdb")
    tree.set("from_", shell.args.get("from_"))
    tree.set("joins", shell.args.get("joins"))
    filled = fill(tree, parameters or {}, source)
    bind(filled, relations, tree, source)
    expect_columns(tree, relations, source)
    expect_fitting(tree, filled, relations, source)
    unit = next(iter(units_of(tree, units, source).values()), None)
    rewritten = exact(filled, relations)
    types = bind(rewritten, relations, tree, source)
    return Expression(rewritten.expressions[0], next(iter(types.values())), unit)


def _expect_scalar(tree: exp.Select, aggregates: bool, source: Source) -> None:
    reduced = tree.find(exp.Window, *([] if aggregates else [exp.AggFunc]))
    if reduced is not None:
        kind = "window function" if aggregates else "aggregate or window function"
        raise source.fault(f"expected no {kind} here", reduced)
    many = tree.find(exp.Unnest, exp.Explode)
    if many is not None:
        raise source.fault("expected one value, was a list unnested", many)
    nested = next((each for each in tree.find_all(exp.Select) if each is not tree), None)
    if nested is not None:
        raise source.fault("expected an expression without a subquery", nested)


def _clauses(tree: exp.Select) -> set[str]:
    clauses = {key for key, value in tree.args.items() if value}
    return clauses - {"expressions", "kind", "hint", "operation_modifiers"}


def _relations(
    columns: Mapping[str, str] | Mapping[str, Mapping[str, str]],
) -> dict[str, Mapping[str, str]]:
    flat = {name: kind for name, kind in columns.items() if isinstance(kind, str)}
    nested = {name: kind for name, kind in columns.items() if not isinstance(kind, str)}
    return {**nested, **({ROW: flat} if flat or not nested else {})}
