"""The page of labelled sets: what is found of each typology, and what moved numbers cost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from benchmarks.labelled.judged import Counted
from benchmarks.labelled.moved import Moved
from benchmarks.stamp import Stamp

_HEAD = """# Labelled activity of others

Written by `{command}` at {at}, code {code}, rules {rules}.
All of it is simulated, by generators of others; what alerts name is compared with their labels.

A scenario is missed where no alert of its typology names one of its rows; an alert is false where
it names none of its typology. Alerts of any rule on traders without a label are told by rule.
"""
_MOVED = """
## Every number a fifth lower and higher, one at a time

The rules that find something in `exchange-labelled/seed1`, each number of them moved alone: {tried}
values, of which {costly} cost a scenario or a false alert. Whole numbers are moved to whole ones,
so that those below five stay.

| rule | number | value | scenarios missed more | false alerts more |
|---|---|---:|---:|---:|
"""


@dataclass(frozen=True)
class Judged:
    """A set, what is counted of each typology, and its alerts on the clean, by rule."""

    name: str
    counts: Sequence[Counted]
    clean: int
    on_clean: Mapping[str, int]


def page(command: str, stamp: Stamp, judged: Sequence[Judged], moves: Sequence[Moved]) -> str:
    """Return the page as Markdown."""
    head = _HEAD.format(command=command, **stamp)
    text = head + "".join(_set(each) for each in judged)
    return text + (_moved(moves) if moves else "")


def _set(of: Judged) -> str:
    wrong = ", ".join(f"{name} {count}" for name, count in of.on_clean.items()) or "none"
    lines = [
        f"\n## {of.name}\n",
        "| typology | precision | recall | scenarios | missed | false alerts |",
        "|---|---:|---:|---:|---:|---:|",
        *(_typology(count) for count in of.counts),
        f"\nAlerts on the {of.clean:,} clean: {wrong}.\n",
    ]
    return "\n".join(lines)


def _typology(of: Counted) -> str:
    shares = (f"{share:.3f}" if share is not None else "–" for share in (of.precision, of.recall))
    cells = [of.typology, *shares, of.scenarios, len(of.missed), of.false]
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _moved(moves: Sequence[Moved]) -> str:
    costly = [move for move in moves if move.missed > 0 or move.false > 0]
    head = _MOVED.format(tried=len(moves), costly=len(costly))
    return head + "".join(_rows(costly)) + _tried(moves)


def _rows(moves: Sequence[Moved]) -> Iterator[str]:
    for move in moves:
        yield f"| {move.rule_id} | {move.name} | {move.value:g} | {move.missed} | {move.false} |\n"


def _tried(moves: Sequence[Moved]) -> str:
    """Say of each rule how many values were tried of how many numbers."""
    by_rule = groupby(moves, lambda move: move.rule_id)
    tried = {name: len(list(of)) for name, of in by_rule}
    told = ", ".join(f"{name} {count}" for name, count in tried.items())
    return f"\nValues tried, by rule: {told}.\n"
