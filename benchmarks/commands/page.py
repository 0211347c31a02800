"""The page ``README.md``, written from ``results.json`` and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

AIMS = {
    "rules check": None,
    "rules test spoofing": 1.0,
    "rules list": None,
    "cases list": 0.5,
    "run, two trades": 3.0,
    "tick, a quiet quarter hour": 12.0,
}
"""Most CPU seconds that each may take when it was done before, None where nothing is aimed at."""

WHERE = {
    "rules test spoofing": "nearly all is loading: the command line, DuckDB, pyarrow with numpy, "
    "deltalake, and the modules of all facts",
    "cases list": "two thirds are loading SQLAlchemy, SQLModel and pydantic and describing the "
    "38 tables to them, which alone is more than the aim; the rest the command line, the database "
    "and its queries",
    "run, two trades": "half is loading modules, pandas among them, which pyarrow asks for; the "
    "rest planning facts over next to nothing, the first calibration, adopting the rulebook",
    "tick, a quiet quarter hour": "eight tenths are facts, made anew in two views; two thirds of "
    "those in that of rules that look back days, over seven of them: `ahead`, `prevailing`, "
    "`client_orders`, `drives`, `dealings_ahead` and `usual_sizes`. A quarter hour in which an "
    "hour ends costs about a tenth more: what is settled by the hour is made in it alone",
}
"""Where the time of a command goes, as profiles say, for those that miss their aim."""


def written(results: Mapping[str, Any]) -> str:
    """Return the page of what was measured."""
    return "\n".join(_lines(results)) + "\n"


def _lines(results: Mapping[str, Any]) -> Iterator[str]:
    machine = results["machine"]
    yield from (
        "# What commands cost",
        "",
        f"Written by `{results['command']}` on {results['date']}.",
        "",
        f"- code {results['code']}, rules {results['rules'][:16]}",
        f"- {machine['cores']} cores of {machine['processor']}, Python {machine['python']}, "
        f"load {results['load'][0]:.1f} before and {results['load'][1]:.1f} after",
        "",
        "CPU seconds of all threads, each command in a process of its own. *First* is with an "
        "empty cache",
        "(`surveillance/cache.py`), *again* with what the first has left there. Ticks are made one "
        "after",
        "another in one process, on the week of the demonstration.",
        "",
        "| command | first | again | aim | met |",
        "|---|---|---|---|---|",
    )
    for name, aim in AIMS.items():
        yield _row(name, results["seconds"][name], aim)
    missed = {
        name: results["seconds"][name][-1] / aim
        for name, aim in AIMS.items()
        if aim is not None and results["seconds"][name][-1] > aim
    }
    if missed:
        yield from ("", "Where the time goes of what misses its aim:", "")
    for name, times in missed.items():
        yield from wrap(
            f"- **{name}**, {times:.1f} times its aim: {WHERE[name]}.",
            width=100,
            subsequent_indent="  ",
            break_on_hyphens=False,
        )


def _row(name: str, seconds: Sequence[float], aim: float | None) -> str:
    first, *_, again = seconds
    aimed = ("–", "–") if aim is None else (f"≤ {aim:g}", "yes" if again <= aim else "**no**")
    return f"| {name} | {first:.2f} | {again:.2f} | {' | '.join(aimed)} |"
