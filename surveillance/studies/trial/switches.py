"""Which rules a venue's activity switches on, and which single column would switch on the next."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from surveillance.records.trading import Trading
from surveillance.rules.schema import Rule
from surveillance.studies.watch.products import products_of


@dataclass(frozen=True, slots=True)
class Switches:
    """Rules by whether they can judge: all needs met; some missing; or nothing there to trade.

    ``next`` are the columns that are all that some rule lacks, those of most rules first.
    """

    on: tuple[str, ...]
    off: dict[str, tuple[str, ...]]
    untraded: dict[str, str]
    next: dict[str, tuple[str, ...]]


def switches(rules: Iterable[Rule], has: Callable[[str], bool], trading: Trading) -> Switches:
    """Hold what rules need against what there is."""
    on, off, untraded = [], {}, {}
    for rule in sorted(rules, key=lambda each: each.id):
        missing = tuple(need for need in rule.needs if not has(need))
        if not missing:
            on.append(rule.id)
        elif reason := trading.without(products_of(rule)):
            untraded[rule.id] = reason
        else:
            off[rule.id] = missing
    return Switches(tuple(on), off, untraded, _next(off))


def _next(off: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    wanted: dict[str, list[str]] = {}
    for rule, missing in off.items():
        if len(missing) == 1:
            wanted.setdefault(missing[0], []).append(rule)
    ordered = sorted(wanted.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return {column: tuple(rules) for column, rules in ordered}
