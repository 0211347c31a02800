"""The page ``README.md``, written from ``results.json`` and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
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
        "is there.",
        "",
    )
    for part in ("facts", "rules"):
        total, most = sum(row["seconds"] for row in results[part]), _MOST[part]
        met = "met" if total <= most else "**not met**"
        yield f"All {part}: {total:.1f} CPU-s; aim at most {most}: {met}."
        yield ""
    yield from _table(results["facts"], ("fact", "rows"), "rows")
    yield ""
    yield from _table(results["rules"], ("rule", "alerts"), "hits")


def _table(rows: Sequence[Mapping[str, Any]], head: Sequence[str], count: str) -> Iterator[str]:
    yield f"| {' | '.join(head)} | CPU seconds |"
    yield "|---|--:|--:|"
    for row in rows:
        shown = row["outcome"].replace("_", " ") if row.get("outcome") else ""
        value = shown if shown in ("insufficient data", "error") else f"{row[count]:,}"
        yield f"| {row['name']} | {value} | {row['seconds']:.2f} |"
