"""The rules that are measured, with their parameters: each alone, ten together, or thirty of one.

Five kinds of conduct: one thing after another, sums over a window of trades and of transfers, and
two whose fact does what is hard. Each with two sets of parameters, as for two segments of traders,
makes the ten: as many as a small rulebook has, and each still said by a peer in one query. Peers
are given the parameters and do what the rule's text says; ours are given the text with the
parameters put in, as a compliance officer would have written thirty rules.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

Parameters: TypeAlias = dict[str, float]
Ask: TypeAlias = tuple[str, Parameters]
"""A rule by name, and its parameters."""

RULES = Path(__file__).parent / "rules"
PLAIN: dict[str, Parameters] = {
    "loud_seconds": {"seconds": 4, "messages": 100},
    "pulled_bait": {"large": 80, "age": 2_000_000},
    "self_match": {"trades": 1, "share": 0.001},
    "small_deposits": {"deposits": 3, "bunching": 2},
    "twin_orders": {"part": 0.8, "gap": 60_000_000},
}
"""Each measured rule with the parameters that its file has, in the order of their names."""
_STRICT: dict[str, Parameters] = {
    "loud_seconds": {"seconds": 6, "messages": 200},
    "pulled_bait": {"large": 200, "age": 1_000_000},
    "self_match": {"trades": 3, "share": 0.01},
    "small_deposits": {"deposits": 5, "bunching": 3},
    "twin_orders": {"part": 0.95, "gap": 5_000_000},
}
_LOOSE: dict[str, Parameters] = {
    "loud_seconds": {"seconds": 3, "messages": 45},
    "pulled_bait": {"large": 10, "age": 2_000_000},
    "self_match": {"trades": 1, "share": 0.001 / 8},
    "small_deposits": {"deposits": 1, "bunching": 2 / 8},
    "twin_orders": {"part": 0.7, "gap": 300_000_000},
}
_LARGE = 80, 100, 120, 150, 200, 300
_AGES = 400_000, 800_000, 1_200_000, 1_600_000, 2_000_000
PACKS: dict[str, list[Ask]] = {
    "ten": [(rule, sets[rule]) for rule in PLAIN for sets in (PLAIN, _STRICT)],
    "thirty": [("pulled_bait", {"large": a, "age": b}) for a in _LARGE for b in _AGES],
}


def asks(task: str, pack: str) -> list[Ask]:
    """Return the rules with their parameters: of a pack, or one, as it is or ``loose``."""
    sets = {"one": PLAIN, "loose": _LOOSE}.get(pack)
    return PACKS[pack] if sets is None else [(task, sets[task])]


def texts(asked: Sequence[Ask]) -> dict[str, str]:
    """Return the texts of rules by their names, which are in the order that they were asked in."""
    return {
        name: _put((RULES / f"{rule}.yml").read_text(encoding="utf-8"), rule, name, values)
        for number, (rule, values) in enumerate(asked)
        for name in (f"{rule}_{number:02d}",)
    }


def _put(text: str, rule: str, name: str, values: Parameters) -> str:
    text = text.replace(f"id: {rule}\n", f"id: {name}\n")
    for parameter, value in values.items():
        pattern = rf"(\n  {parameter}: {{value: )[\d.]+"
        text, count = re.subn(pattern, rf"\g<1>{value}", text)
        if count != 1:
            raise AssertionError(f"expected one parameter {parameter} in {rule}, was {count}")
    return text
