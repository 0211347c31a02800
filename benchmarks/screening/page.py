"""The page ``README.md``, written from ``results.json`` and nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any

_AIMS: Mapping[str, tuple[str, float, float]] = {
    "recall of one-letter typos": ("≥ 0.97", 0.97, 1),
    "names a CPU-second": ("≥ 5,000", 5000, float("inf")),
    "hits that share only a first name": ("0 of 1,000", 0, 0),
}
"""What is aimed at: in words, least and most."""


def written(results: Mapping[str, Any]) -> str:
    """Return the page of what was measured."""
    return "\n".join(_lines(results)) + "\n"


def _lines(results: Mapping[str, Any]) -> Iterator[str]:
    pairs, lists, stamp = results["pairs"], results["lists"], results["stamp"]
    yield from (
        "# How well names are screened",
        "",
        f"Written by `{results['command']}` at {stamp['at']}, code {stamp['code']}, "
        f"rules {stamp['rules'][:16]}.",
        "",
        f"## {pairs['pairs']} labelled pairs",
        "",
        "Pairs of OpenSanctions (MIT). The product's threshold was fixed on the even rows; the odd "
        "rows are the other half. While the matcher was made the other half was measured four "
        "times and the matcher changed after three of them, so it is no clean half; it "
        "has been measured again whenever this page was made anew, and its errors "
        "were not listed.",
        "",
        "| matcher | threshold | F1, tuning half | F1, other half | F1, whole |",
        "|---|---|---|---|---|",
    )
    lines = dict(zip(pairs["f1"], pairs["lines"].values(), strict=True))
    for name, scores in pairs["f1"].items():
        yield f"| {name} | {lines[name]} | {' | '.join(map(str, scores.values()))} |"
    yield ""
    for name, (gap, low, high) in pairs["ahead"].items():
        yield (
            f"Ahead of {name} on the other half by {gap} of F1, 95 % interval {low} to {high} "
            "(pairs drawn again 10,000 times)."
        )
    yield from (
        "",
        f"## {lists['names']:,} listed names",
        "",
        "OFAC's SDN list with aliases (July 2021) and the United Nations' list (February 2026); "
        "ordinary names are made of common given and family names.",
        "",
        "| measure | figure | aim | met |",
        "|---|---|---|---|",
    )
    for name, value in lists.items():
        aim, least, most = _AIMS.get(name, ("–", 0, 0))
        met = "–" if aim == "–" else "yes" if least <= value <= most else "**no**"
        yield f"| {name} | {value:,} | {aim} | {met} |"
