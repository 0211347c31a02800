"""The page ``README.md``, written from ``results.json`` and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

_AIM = 15


def written(results: Mapping[str, Any]) -> str:
    """Return the page of what was measured."""
    return "\n".join(_lines(results)) + "\n"


def waits(minutes: Sequence[Mapping[str, Any]], seconds: Sequence[float]) -> list[float]:
    """Return for each hit how long after it could be known it was filed.

    A minute that is over begins to land when the one before is done, and takes so many seconds.
    """
    found, free = [], 0.0
    for number, (minute, taken) in enumerate(zip(minutes, seconds, strict=True)):
        free = max(free, (number + 1) * 60) + taken
        found += [free - number * 60 - hit for hit in minute["hits"]]
    return found


def _lines(results: Mapping[str, Any]) -> Iterator[str]:
    minutes, machine, stamp = results["minutes"], results["machine"], results["stamp"]
    cores, load = machine["cores"], results["load"]
    yield from (
        "# From a message to an alert",
        "",
        f"Written by `{results['command']}` at {stamp['at']}.",
        "",
        f"- code {stamp['code']}, rules {stamp['rules'][:16]}",
        f"- {cores} cores of {machine['processor']}, Python {machine['python']}, "
        f"load {load[0]:.1f} before and {load[1]:.1f} after",
        "",
        f"{results['rate']:,} messages a second. What came within a minute lands when it is over,",
        "and is judged at once by the whole rulebook, in a process that stays warm. The clock is",
        "simulated: a minute begins to land when it is over and the one before is done.",
        "",
        "| minute | messages | landing, CPU s | judging, CPU s | both, s | hits |",
        "|---:|---:|---:|---:|---:|---:|",
    )
    for number, minute in enumerate(minutes, 1):
        figures = [f"{minute['messages']:,}", f"{minute['landing']:.1f}"]
        figures += [f"{minute['judging']:.1f}", f"{minute['wall']:.1f}", f"{len(minute['hits'])}"]
        yield f"| {number} | {' | '.join(figures)} |"
    yield from _waited(results)


def _waited(results: Mapping[str, Any]) -> Iterator[str]:
    minutes, cores = results["minutes"], results["machine"]["cores"]
    alone = [(minute["landing"] + minute["judging"]) / cores for minute in minutes]
    ways = {"as it was": [minute["wall"] for minute in minutes],
            f"if {cores} cores had nothing else to do": alone}  # fmt: skip
    yield from ("", "| from when a hit could be known to its alert | median, s | most, s |")
    yield "|---|---:|---:|"
    for name, seconds in ways.items():
        if waited := waits(minutes, seconds):
            yield f"| {name} | {median(waited):.0f} | {max(waited):.0f} |"
    paced = sum(seconds <= 60 for seconds in alone)
    yield from (
        "",
        f"The aim is {_AIM} s. On average half a minute of it is waiting for the minute to end.",
        f"Cores that had nothing else to do would keep pace in {paced} of {len(minutes)} minutes.",
        "What a minute costs grows with what came before it: rules look back over hours and days,",
        "and what they look back on is made anew for each minute (see the README beside",
        "`benchmarks/commands` for a tick's profile). A day at this rate is more than one machine",
        "judges; `benchmarks/machines` says what it asks of several.",
    )
