"""The page ``README.md``, written from ``results.json`` and ``plan.md`` and nothing else."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

from benchmarks.machines import simulate
from benchmarks.machines.simulate import Costs

_CORES = 8
_MACHINES = (1, 2, 4, 8, 16, 32)
_PLAN = Path(__file__).with_name("plan.md")


def written(results: Mapping[str, Any]) -> str:
    """Return the page of what was measured and simulated."""
    parts = {"engines": _engines(results), "costs": _costs(results), "days": _days(results),
             "stamp": _stamp(results)}  # fmt: skip
    text = _PLAN.read_text(encoding="utf-8")
    return Template(text).substitute({name: "\n".join(part) for name, part in parts.items()})


def costs_of(results: Mapping[str, Any]) -> Costs:
    """Return what a million messages cost, as measured, with an engine's own cost of a task."""
    costs, tasks = results["costs"], results["engines"]["dask"]["empty_ms"]["cpu"] / 1000
    return Costs(costs["landing"], costs["facts"], costs["rules"], tasks)


def _stamp(results: Mapping[str, Any]) -> Iterator[str]:
    machine, stamp, load = results["machine"], results["stamp"], results["load"]
    yield f"Written by `{results['command']}` at {stamp['at']}."
    yield ""
    yield f"- code {stamp['code']}, rules {stamp['rules'][:16]}"
    yield (
        f"- {machine['cores']} cores of {machine['processor']}, Python {machine['python']}, "
        f"load {load[0]:.1f} before and {load[1]:.1f} after"
    )


def _engines(results: Mapping[str, Any]) -> Iterator[str]:
    yield "| engine | start, CPU s | MiB | tasks, CPU s | tasks, s | an empty task, ms | verdicts |"
    yield "|---|---:|---:|---:|---:|---:|---|"
    for name, told in results["engines"].items():
        start, tasks = told["start"], told["tasks"]
        figures = [f"{start['cpu']:.1f}", f"{start['mib']:,.0f}", f"{tasks['cpu']:.1f}",
                   f"{tasks['wall']:.1f}", f"{told['empty_ms']['wall']:.2f}"]  # fmt: skip
        yield f"| {name} {told['version']} | {' | '.join(figures)} | {told['digest']} |"


def _costs(results: Mapping[str, Any]) -> Iterator[str]:
    costs, of = costs_of(results), results["from"]
    yield "| task | how many a day | CPU s | from |"
    yield "|---|---:|---:|---|"
    each = " a million messages"
    yield f"| land a batch of a minute | 1,440 | {costs.landing:.2f}{each} | {of['landing']} |"
    yield f"| make the facts of an instrument | 60 | {costs.facts:.2f}{each} | {of['facts']} |"
    yield f"| judge by the rules | 60 | {costs.rules:.2f} each | {of['facts']} |"


def _days(results: Mapping[str, Any]) -> Iterator[str]:
    costs = costs_of(results)
    yield "| machines | landed, h | facts made, h | judged, h | busy | cut by hour too, h | busy |"
    yield "|---:|---:|---:|---:|---:|---:|---:|"
    for machines in _MACHINES:
        whole = simulate.day(costs, machines * _CORES, by_hour=False)
        cut = simulate.day(costs, machines * _CORES, by_hour=True)
        figures = [f"{hours:.2f}" for hours in whole[:3]]
        figures += [f"{whole.busy:.0%}", f"{cut.judged:.2f}", f"{cut.busy:.0%}"]
        yield f"| {machines} | {' | '.join(figures)} |"
