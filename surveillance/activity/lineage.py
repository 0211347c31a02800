"""Which facts a rule rests on, in which versions: a fact is part of every rule that reads it.

A rule reads facts, and facts read others down to the tables that venues fill. Whoever changes what
a fact is raises its ``VERSION`` (1 where it does not say), and so the behaviour of every rule above
it. ``facts.lock`` holds the digest of each version's code, so that no edit goes unnoticed: code,
that is the module and those of facts and values that it imports, without comments and docstrings.

``python -m surveillance.activity.lineage > surveillance/activity/facts.lock`` writes it anew.
"""

import ast
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from surveillance.activity.facts import facts, needed
from surveillance.canonical import digest
from surveillance.errors import SurveillanceError

LOCK = Path(__file__).with_name("facts.lock")
_SCREENING = "surveillance.screening"
_FOLLOWED = (
    "surveillance.activity.facts.",
    "surveillance.activity.showing.",
    "surveillance.activity.legs",
    "surveillance.activity.pricing",
    "surveillance.activity.valuation",
    f"{_SCREENING}.",
)


def versions(names: Iterable[str]) -> dict[str, int]:
    """Return the facts among tables, and those behind them, that are beyond their first version."""
    known = facts()
    found = {name: getattr(known[name], "VERSION", 1) for name in needed(names)}
    return {name: version for name, version in sorted(found.items()) if version > 1}


def differing(before: Mapping[str, int], now: Mapping[str, int]) -> list[tuple[str, int, int]]:
    """Return the facts that are in another version than before, with both, as ``versions`` has it.

    A fact is kept in its latest version alone, so whatever was judged by an earlier one is judged
    by other code here.
    """
    ends = ((name, before.get(name, 1), now.get(name, 1)) for name in sorted({*before, *now}))
    return [(name, was, is_) for name, was, is_ in ends if was != is_]


def expect_locked() -> None:
    """Refuse facts of this package whose code is not what their version says.

    Raises:
        SurveillanceError: names each, and what to do.
    """
    locked = json.loads(LOCK.read_text(encoding="utf-8"))
    faults = [
        f"{name}: expected VERSION {int(was['version']) + 1} for changed code, or the code of "
        f"version {was['version']}"
        for name, now in current().items()
        if (was := locked.get(name)) is not None
        and was["version"] == now["version"]
        and was["code"] != now["code"]
    ]
    faults += [
        f"{name}: expected to be in facts.lock in version {now['version']}, was not"
        for name, now in current().items()
        if name not in locked or locked[name]["version"] != now["version"]
    ]
    if faults:
        raise SurveillanceError("\n".join(faults))


def current() -> dict[str, dict[str, object]]:
    """Return, for each fact of this package, its version and the digest of its code."""
    return {
        name: {
            "version": getattr(fact, "VERSION", 1),
            "code": digest(canonical_code(getattr(fact, "__name__", ""))),
        }
        for name, fact in sorted(facts().items())
        if getattr(fact, "__name__", "").startswith(_FOLLOWED[0])
    }


def canonical_code(module: str) -> Mapping[str, str]:
    """Return the code of a module and of those it is made with, by name."""
    reached: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name], imported = _code(name)
            waiting += imported
    return reached


@cache
def _code(module: str) -> tuple[str, tuple[str, ...]]:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise SurveillanceError(f"expected the module {module}, was none")
    text = Path(spec.origin).read_text(encoding="utf-8")
    tree = ast.parse(text)
    return _without_prose(text, tree), tuple(_imported(tree))


def _without_prose(text: str, tree: ast.Module) -> str:
    """Leave out comments that stand on their own, docstrings, and empty lines."""
    prose = {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = (
        line.rstrip() for number, line in enumerate(text.splitlines(), 1) if number not in prose
    )
    return "\n".join(line for line in lines if line and not line.lstrip().startswith("#"))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(_FOLLOWED):
            yield node.module
        if isinstance(node, ast.ImportFrom) and node.module == _SCREENING:
            yield from (f"{_SCREENING}.{alias.name}" for alias in node.names)


if __name__ == "__main__":
    print(json.dumps(current(), indent=2))  # noqa: T201 - what it is run for
