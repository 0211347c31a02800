"""The page ``README.md``, written from ``results.json`` and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

AIMS = {
    "rules check": None,
    "rules test spoofing": 1.0,
    "rules list": 0.5,
    "cases list": 0.5,
    "run, two trades": 3.0,
    "tick, the first of a process": 5.0,
    "tick, a quiet quarter hour": 12.0,
}
"""Most CPU seconds that each may take when it was done before, None where nothing is aimed at."""

MILLISECONDS, KILOBYTES = 3.0, 10.0
"""Most that an alert may take to be filed, and to be kept beside its evidence."""

HOW_FILED = (
    f"All that landed is judged and filed at once. Aims are ≤ {MILLISECONDS:g} CPU ms an alert for "
    f"filing, and ≤ {KILOBYTES:g} KB beside its evidence (scene, rows, playback). *Dossiers* are "
    "made before anybody waits for the database, *filing* is the transaction, with the dossiers of "
    "patterns in it; *beside* is all that the tables of alerts, hits, cases, terms and the journal "
    "take, with their indexes."
)
WHY_FILED = (
    "What an alert costs goes with its hits, each kept whole with what its rows are worth, and "
    "with the words that find its case, which are each sealed in the journal: of what stands "
    "beside evidence in the demonstration hits are a half, and the journal a quarter."
)
_LISTS = (
    "five sixths are loading, four of them SQLAlchemy, SQLModel and pydantic with the 38 tables "
    "described to them, and one the command line; the rest the database and its queries"
)
WHERE = {
    "rules test spoofing": "nearly all is loading: the command line, DuckDB, pyarrow with numpy, "
    "deltalake, and the modules of all facts",
    "rules list": _LISTS,
    "cases list": _LISTS,
    "run, two trades": "a third is loading modules, pandas among them, which pyarrow asks for; a "
    "fifth the first calibration, and about as much each adopting the rulebook and planning facts "
    "over next to nothing",
    "tick, the first of a process": "as of every other, and beside facts about 4: loading modules, "
    "reading the rulebook from the cache, fitting detectors from what is stored. With an empty "
    "cache the rulebook is compiled besides and its canaries are judged",
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
    yield from _filing(results["filing"])


def _filing(filed: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    yield from ("", "## Filing", "")
    yield from wrap(HOW_FILED, width=100, break_on_hyphens=False)
    yield from (
        "",
        "| filed | alerts | hits an alert | dossiers, ms | filing, ms | met | evidence, KB "
        "| beside, KB | met |",
        "|---|---|---|---|---|---|---|---|---|",
    )
    for name, each in sorted(filed.items()):
        yield _filed(name, each)
    yield ""
    yield from wrap(WHY_FILED, width=100, break_on_hyphens=False)


def _filed(name: str, each: Mapping[str, float]) -> str:
    alerts = each["alerts"]
    dossiers, filing = (each[part] * 1000 / alerts for part in ("dossiers", "filing"))
    evidence, beside = (each[part] / 1000 / alerts for part in ("evidence", "bytes"))
    met = ["yes" if low else "**no**" for low in (filing <= MILLISECONDS, beside <= KILOBYTES)]
    return (
        f"| {name} | {alerts:g} | {each['hits'] / alerts:.1f} | {dossiers:.1f} | {filing:.1f} "
        f"| {met[0]} | {evidence:.1f} | {beside:.1f} | {met[1]} |"
    )


def _row(name: str, seconds: Sequence[float], aim: float | None) -> str:
    first, *_, again = seconds
    aimed = ("–", "–") if aim is None else (f"≤ {aim:g}", "yes" if again <= aim else "**no**")
    return f"| {name} | {first:.2f} | {again:.2f} | {' | '.join(aimed)} |"
