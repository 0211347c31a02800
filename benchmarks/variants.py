"""The rules that are measured, with their parameters: one set, thirty, or one eight times looser.

Peers are given the parameters and do what the rule's text says; ours are given the text with the
parameters put in, as a compliance officer would have written thirty rules.
"""

import re
from pathlib import Path
from typing import TypeAlias

Parameters: TypeAlias = dict[str, float]

RULES = Path(__file__).parent / "rules"
PLAIN: dict[str, Parameters] = {
    "pulled_bait": {"large": 80, "age": 2_000_000},
    "self_match": {"trades": 1, "share": 0.001},
    "small_deposits": {"deposits": 3, "bunching": 2},
}
"""Each measured rule with the parameters that its file has."""
_LOOSE: dict[str, Parameters] = {
    "pulled_bait": {"large": 10, "age": 2_000_000},
    "self_match": {"trades": 1, "share": 0.001 / 8},
    "small_deposits": {"deposits": 1, "bunching": 2 / 8},
}


def parameters(rule: str, pack: str) -> list[Parameters]:
    """Return the sets of a pack: ``one``, ``thirty`` or ``loose``."""
    if pack == "one":
        return [PLAIN[rule]]
    if pack == "loose":
        return [_LOOSE[rule]]
    (first, firsts), (second, seconds) = _GRIDS[rule].items()
    return [{first: a, second: b} for a in firsts for b in seconds]


_GRIDS: dict[str, dict[str, list[float]]] = {
    "pulled_bait": {
        "large": [80, 100, 120, 150, 200, 300],
        "age": [400_000, 800_000, 1_200_000, 1_600_000, 2_000_000],
    },
    "self_match": {"trades": [1, 2, 3, 4, 5], "share": [0.001, 0.002, 0.005, 0.01, 0.02, 0.05]},
    "small_deposits": {"deposits": [3, 4, 5, 6, 7], "bunching": [2, 2.5, 3, 4, 5, 6]},
}


def texts(rule: str, pack: str) -> dict[str, str]:
    """Return the texts of a pack's rules by their names."""
    text = (RULES / f"{rule}.yml").read_text(encoding="utf-8")
    sets = parameters(rule, pack)
    return {f"{rule}_{n:02d}": _put(text, rule, f"{rule}_{n:02d}", s) for n, s in enumerate(sets)}


def _put(text: str, rule: str, name: str, values: Parameters) -> str:
    text = text.replace(f"id: {rule}\n", f"id: {name}\n")
    for parameter, value in values.items():
        pattern = rf"(\n  {parameter}: {{value: )[\d.]+"
        text, count = re.subn(pattern, rf"\g<1>{value}", text)
        if count != 1:
            raise AssertionError(f"expected one parameter {parameter} in {rule}, was {count}")
    return text
