"""Units: money is not compared with a quantity, nor seconds with microseconds, nor are lots of two
instruments, or amounts of two assets, added up. And a column that holds one of some words, whose
unit those words are, is not compared with another: that would never be true, and nobody would see.

Only what is certain is inferred: a column that the catalogue gives a unit, a parameter whose unit
is one of a few words, counts, and what sums, differences, quotients and choices make of them.
Anything else has no unit, fits everything, and is never a fault.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from sqlglot import exp

from surveillance.language.source import LanguageError, Source

Named: TypeAlias = Mapping[str, str]
"""The unit of each name that has one."""

_TIMES = {"us": 1, "ms": 1_000, "s": 10**6, "m": 60 * 10**6, "h": 3600 * 10**6, "d": 86400 * 10**6}
_SHARE = "share"
WORDS = {
    "USD": "money",
    "contracts": "quantity",
    **dict.fromkeys(("microseconds", "us"), "us"),
    **dict.fromkeys(("milliseconds", "ms"), "ms"),
    **dict.fromkeys(("seconds", "s"), "s"),
    **dict.fromkeys(("minutes", "min"), "m"),
    **dict.fromkeys(("hours", "h"), "h"),
    **dict.fromkeys(("days", "d"), "d"),
    **dict.fromkeys(
        ("trades", "orders", "transfers", "fills", "liquidations", "messages", "logins"), "count"
    ),
}
"""The words for the unit of a parameter that are compared; see also ``unit_named``."""
_OF = {"quantity": "instrument", "amount": "asset"}
"""What values of a unit are of: they can be added up for one of it only."""
_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Add, exp.Sub, exp.Between)
_WORDED = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ, exp.In, exp.Case)
"""What compares its first part with the others."""
_ONE_OF = "one of "
_KEEPING = (
    exp.Sum, exp.Min, exp.Max, exp.Avg, exp.Median, exp.PercentileCont, exp.PercentileDisc,
    exp.Abs, exp.Neg, exp.Paren, exp.Cast, exp.Round, exp.Floor, exp.Ceil, exp.Nullif, exp.Filter,
    exp.Window, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.Distinct, exp.Alias,
    exp.Stddev, exp.StddevSamp, exp.Ordered, exp.Order,
)  # fmt: skip


def unit_named(text: str) -> str | None:
    """Return the unit that a parameter's ``unit`` means, if it is one that is compared."""
    if re.match(r"(share|ratio|times|0 to 1)\b", text):
        return _SHARE
    return WORDS.get(text)


def one_of(words: Iterable[str]) -> str:
    """Return the unit of a column that holds one of some words and no other."""
    return f"{_ONE_OF}{', '.join(words)}"


@dataclass(frozen=True, slots=True)
class Units:
    """What is known of units: of the columns of each relation, and of parameters.

    ``shared`` are the columns of which all rows that an expression reduces have one value.
    """

    columns: Mapping[str, Named] = field(default_factory=dict)
    parameters: Named = field(default_factory=dict)
    shared: frozenset[str] = frozenset()


NONE = Units()


def units_of(tree: exp.Query, known: Units, source: Source) -> Named:
    """Return the units of the columns of a query, and refuse what does not fit in it.

    Raises:
        LanguageError: two units meet that cannot be compared or added.
    """
    return _Reader(known, source).query(tree, dict(known.columns))


@dataclass(slots=True)
class _Reader:
    known: Units
    source: Source

    def query(self, tree: exp.Expr, tables: dict[str, Named]) -> Named:
        """Return the units of a query's columns, ``tables`` those of what it may read."""
        here = dict(tables)
        with_ = tree.args.get("with_")
        for cte in with_.expressions if with_ else []:
            here[cte.alias] = self.query(cte.this, here)
        if isinstance(tree, exp.SetOperation):
            sides = [self.query(side, here) for side in (tree.this, tree.expression)]
            return {name: unit for name, unit in sides[0].items() if sides[1].get(name) == unit}
        if isinstance(tree, exp.Subquery):
            return self.query(tree.this, here)
        return self._select(tree, here) if isinstance(tree, exp.Select) else {}

    def _select(self, tree: exp.Select, tables: dict[str, Named]) -> Named:
        scope = {
            each.alias_or_name: self._relation(each, tables)
            for each in _sources(tree)
            if each.alias_or_name or isinstance(each, exp.Subquery)
        }
        units: dict[str, str] = {}
        for each in tree.expressions:
            if each.is_star:
                units |= _starred(each, scope)
            elif unit := self.unit(each, scope):
                units[each.alias_or_name] = unit
        self._expect_of_one(tree, scope)
        aliased = {"": units, **scope}
        for key, part in tree.args.items():
            if key not in ("expressions", "with_", "from_"):
                for node in part if isinstance(part, list) else [part]:
                    if isinstance(node, exp.Expr):
                        self._look(node, aliased if key in ("qualify", "having") else scope)
        return units

    def _expect_of_one(self, tree: exp.Select, scope: Mapping[str, Named]) -> None:
        """Refuse sums of lots over instruments, and of amounts over assets."""
        apart = _told_apart(tree) | self.known.shared
        for node in tree.find_all(exp.Sum):
            if node.find_ancestor(exp.Select) is not tree:
                continue
            of = _OF.get(self.unit(node.this, scope) or "")
            is_windowed = node.find_ancestor(exp.Window) is not None
            if of and not is_windowed and of not in apart and not _is_keyed(apart):
                message = f"expected a sum of one {of}, was of all: group by {of}, or sum its worth"
                raise self.source.fault(message, node)

    def _relation(self, source: exp.Expr, tables: dict[str, Named]) -> Named:
        if isinstance(source, exp.Table):
            return tables.get(source.name, {})
        return self.query(source, tables)

    def _look(self, node: exp.Expr, scope: Mapping[str, Named]) -> None:
        """Read every expression below a clause, but for queries of their own."""
        if isinstance(node, (exp.Select, exp.SetOperation)):
            return
        if isinstance(node, (*_COMPARED, *_WORDED)):
            self.unit(node, scope)
            return
        for child in node.iter_expressions():
            self._look(child, scope)

    def unit(self, node: exp.Expr, scope: Mapping[str, Named]) -> str | None:
        """Return the unit of a value, refusing what is compared or added within it."""
        if isinstance(node, (exp.Select, exp.SetOperation, exp.Subquery, exp.Literal)):
            return None
        if isinstance(node, exp.Column):
            return _column(node, scope)
        if isinstance(node, exp.Placeholder):
            return self.known.parameters.get(node.name)
        parts = [self.unit(child, scope) for child in node.iter_expressions()]
        if isinstance(node, _WORDED):
            self._expect_words(node, parts)
        return self._same(node, parts) if isinstance(node, _COMPARED) else _made(node, parts)

    def _expect_words(self, node: exp.Expr, parts: Iterable[str | None]) -> None:
        """Refuse a word that a column never holds."""
        unit = next((part for part in parts if part and part.startswith(_ONE_OF)), None)
        if unit is None:
            return
        words = unit.removeprefix(_ONE_OF).split(", ")
        for said in _literals(node):
            if said.name not in words:
                near = difflib.get_close_matches(said.name, words, n=1)
                meant = f", did you mean {near[0]!r}" if near else ""
                message = f"expected {unit}; was {said.name!r}{meant}"
                raise self.source.fault(message, _first_placed(node))

    def _same(self, node: exp.Expr, parts: Iterable[str | None]) -> str | None:
        known = [part for part in parts if part and not part.startswith(_ONE_OF)]
        for other in known[1:]:
            if other != known[0]:
                raise self._fault(node, known[0], other)
        return known[0] if known and isinstance(node, (exp.Add, exp.Sub)) else None

    def _fault(self, node: exp.Expr, unit: str, other: str) -> LanguageError:
        what = "added to" if isinstance(node, (exp.Add, exp.Sub)) else "compared with"
        message = f"expected values of one unit, was {unit} {what} {other}"
        return self.source.fault(message, _first_placed(node))


def _first_placed(node: exp.Expr) -> exp.Expr | None:
    """Return the first node within another of which is known where it stands."""
    placed = (each for each in node.walk() if "start" in each.meta)
    return min(placed, key=lambda each: int(each.meta["start"]), default=None)


def _literals(node: exp.Expr) -> list[exp.Literal]:
    """Return the words that a comparison names."""
    if isinstance(node, exp.Case):
        sides = [each.this for each in node.args["ifs"]] if node.this else []
    else:
        sides = [node.this, *(node.expressions or [node.args.get("expression")])]
    return [side for side in sides if isinstance(side, exp.Literal) and side.is_string]


def _told_apart(tree: exp.Select) -> frozenset[str]:
    """Return the names of what the rows of a group have in common."""
    group = tree.args.get("group")
    where = tree.args.get("where")
    fixed = {
        side.name
        for equal in (where.find_all(exp.EQ) if where else ())
        for side in (equal.this, equal.expression)
        if isinstance(side, exp.Column)
    }
    if group is None:
        return frozenset(fixed)
    if group.args.get("all"):
        plain = [each for each in tree.expressions if each.find(exp.AggFunc) is None]
        return frozenset(fixed | _names(plain) | {each.alias_or_name for each in plain})
    return frozenset(fixed | _names(group.expressions))


def _names(nodes: Iterable[exp.Expr]) -> frozenset[str]:
    return frozenset(column.name for node in nodes for column in node.find_all(exp.Column))


def _is_keyed(names: frozenset[str]) -> bool:
    """Return whether names tell orders, trades, requests or liquidations apart."""
    return any(name.startswith(("order_", "trade_", "rfq_", "liquidation_")) for name in names)


def _sources(tree: exp.Select) -> list[exp.Expr]:
    first = tree.args.get("from_")
    joins = [join.this for join in tree.args.get("joins") or []]
    return [*([first.this] if first else []), *joins]


def _starred(star: exp.Expr, scope: Mapping[str, Named]) -> dict[str, str]:
    """Return what a star shows, without the columns that it leaves out or gives another value."""
    table = star.table if isinstance(star, exp.Column) else ""
    shown = [named for name, named in scope.items() if not table or name == table]
    hidden = {name.name for name in star.find_all(exp.Identifier)}
    return {name: unit for named in shown for name, unit in named.items() if name not in hidden}


def _column(column: exp.Column, scope: Mapping[str, Named]) -> str | None:
    if column.table:
        return scope.get(column.table, {}).get(column.name)
    units = {named[column.name] for named in scope.values() if column.name in named}
    return units.pop() if len(units) == 1 else None


def _made(node: exp.Expr, parts: list[str | None]) -> str | None:
    """Return the unit of what a node makes of its parts."""
    if isinstance(node, (exp.Mul, exp.Div)):
        return _product(node, parts[0], parts[1])
    if isinstance(node, (exp.Count, exp.CountIf)):
        return "count"
    if isinstance(node, exp.Anonymous) and node.name.lower() == "epoch_us":
        return "us"
    if isinstance(node, exp.DateDiff):
        return WORDS.get(node.args["unit"].name.lower().removesuffix("s") + "s")
    units = parts[:1] if isinstance(node, _KEEPING) else []
    if isinstance(node, (exp.Coalesce, exp.Greatest, exp.Least)):
        units = list({part for part in parts if part})
    return units[0] if len(units) == 1 else None


def _product(node: exp.Expr, left: str | None, right: str | None) -> str | None:
    scale = node.expression.unnest()
    if isinstance(scale, exp.Literal) and left:
        return _scaled(node, left, Decimal(scale.name)) if left in _TIMES else left
    if isinstance(node, exp.Mul):
        units = [unit for unit in (left, right) if unit != _SHARE]
        return units[0] if len(units) == 1 else None
    if left and left == right:
        return _SHARE
    return left if right in (_SHARE, "count") else None


def _scaled(node: exp.Expr, unit: str, by: Decimal) -> str | None:
    """Return the unit of time that a length counts in after a change of its scale."""
    scaled = _TIMES[unit] * by if isinstance(node, exp.Div) else _TIMES[unit] / by
    return next((name for name, size in _TIMES.items() if size == scaled), None)
