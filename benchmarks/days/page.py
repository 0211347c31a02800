"""The page ``README.md``, written from ``results.json`` and nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any

_ALL = "all together"


def written(results: Mapping[str, Any]) -> str:
    """Return the page of what was measured."""
    return "\n".join(_lines(results)) + "\n"


def _lines(results: Mapping[str, Any]) -> Iterator[str]:
    costs, messages, machine = results["costs"], results["messages"], results["machine"]
    stamp, load = results["stamp"], results["load"]
    yield from (
        "# A day, and the same day again",
        "",
        f"Written by `{results['command']}` at {stamp['at']}.",
        "",
        f"- code {stamp['code']}, rules {stamp['rules'][:16]}",
        f"- {machine['cores']} cores of {machine['processor']}, Python {machine['python']}, "
        f"load {load[0]:.1f} before and {load[1]:.1f} after",
        "",
        f"One day of {messages:,} order messages, judged by shipped rules whose facts can be kept.",
        "CPU seconds of all threads of a cold process, without its start: with no facts kept; when",
        "they are made and kept; and when they are there. The floor reads and hashes the raw",
        "columns that the rule rests on. Whoever looks at a day again, such as one who tries a",
        "threshold on a month, pays the last.",
        "",
        "| rule | floor | none kept | made and kept | kept | × floor | messages a CPU second |"
        " MiB, none kept | MiB, kept | hits |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---|",
    )
    for name, cost in costs.items():
        yield _row(name, cost, messages)
    late = costs[_ALL]
    yield from (
        "",
        "## After a late row",
        "",
        "One order of the day lands late. Facts that read orders are made anew for the day, and no",
        "others; the next look reads them.",
        "",
        "| all rules together | CPU s | verdicts |",
        "|---|---:|---|",
    )
    for name in ("late", "late, kept", "late, none kept"):
        yield f"| {_SAID[name]} | {late[name]['cpu']:.2f} | {late[name]['digest']} |"


_SAID = {
    "late": "first look after it",
    "late, kept": "the next",
    "late, none kept": "with no facts kept",
}


def _row(name: str, cost: Mapping[str, Any], messages: int) -> str:
    kept, none = cost["kept"], cost["none kept"]
    ways = ("none kept", "made and kept", "kept")
    equal = len({cost[way]["digest"] for way in ways}) == 1
    figures = [f"{cost[way]['cpu']:.2f}" for way in ("floor", *ways)]
    figures += [f"{kept['cpu'] / cost['floor']['cpu']:.1f}", f"{messages / kept['cpu']:,.0f}"]
    figures += [f"{none['memory']:,}", f"{kept['memory']:,}"]
    hits = f"{kept['hits']}, {'equal' if equal else '**differ**'}"
    return f"| {name} | {' | '.join(figures)} | {hits} |"
