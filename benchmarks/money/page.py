"""The page ``README.md``, written from ``results.json`` and nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any

_MOST = {"facts": 30, "rules": 5}
"""CPU seconds aimed at."""


def written(results: Mapping[str, Any]) -> str:
    """Return the page of what was measured."""
    return "\n".join(_lines(results)) + "\n"


def _lines(results: Mapping[str, Any]) -> Iterator[str]:
    sizes, stamp, machine = results["sizes"], results["stamp"], results["machine"]
    yield from (
        "# What facts of money cost",
        "",
        f"Written by `{results['command']}` at {stamp['at']}, code {stamp['code']}, "
        f"rules {stamp['rules'][:16]}, on {machine['cores']} cores of {machine['processor']}.",
        "",
        f"{sizes['transfers']:,} made-up transfers of {sizes['accounts']:,} accounts in a month, "
        f"of which one account has {sizes['hub']:,}. CPU seconds are of all threads together. Each "
        "fact is made with all of its columns over the whole month; the rules are judged over what "
        "is there, in one run.",
        "",
        "It is measured twice. With *habits* nearly all is paid to one of four whom the payer "
        "always pays, and paid in the month before too; twenty accounts launder. Among *strangers* "
        "everybody pays whomever chance names, so that nearly everybody looks like a gatherer, and "
        "most of the cost of rules is to write down tens of thousands of hits: no venue is so, and "
        "it is the costly end. Neither has lists of names: what screening costs stands in "
        "[screening](../screening/README.md).",
        "",
    )
    for kind, measured in results["kinds"].items():
        for part in ("facts", "rules"):
            total, most = sum(row["seconds"] for row in measured[part]), _MOST[part]
            met = "met" if total <= most else "**not met**"
            yield f"All {part}, {kind}: {total:.1f} CPU-s; aim at most {most}: {met}."
            yield ""
    yield from _table(results["kinds"], "facts", "rows")
    yield ""
    yield from _table(results["kinds"], "rules", "hits")


def _table(kinds: Mapping[str, Any], part: str, count: str) -> Iterator[str]:
    """Yield the rows of all kinds beside one another; what is in one alone is empty in others."""
    rows = [{row["name"]: row for row in measured[part]} for measured in kinds.values()]
    noun = {"rows": "rows", "hits": "alerts"}[count]
    head = [f"{word}, {kind}" for kind in kinds for word in (noun, "CPU-s")]
    yield f"| {part[:-1]} | {' | '.join(head)} |"
    yield "|---|" + "--:|" * len(head)
    for name in dict.fromkeys(name for named in rows for name in named):
        cells = [cell for named in rows for cell in _cells(named.get(name), count)]
        yield f"| {name} | {' | '.join(cells)} |"


def _cells(row: Mapping[str, Any] | None, count: str) -> tuple[str, str]:
    if row is None:
        return "", ""
    shown = row["outcome"].replace("_", " ") if row.get("outcome") else ""
    value = shown if shown in ("insufficient data", "error") else f"{row[count]:,}"
    return value, f"{row['seconds']:.2f}"
