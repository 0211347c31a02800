"""The parts of a measure's page and report, in order: words, tables and names of pictures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surveillance.reports.measure.told import Told
from surveillance.reports.measure.words import (
    NOTHING,
    family,
    listed,
    many,
    rate,
    share,
    shares,
    spread,
)


@dataclass(frozen=True, slots=True)
class Table:
    """Cells under their columns; all but the first ``words`` columns are numbers."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what is said below it, a table, and which pictures stand there."""

    title: str
    said: Sequence[str] = ()
    table: Table | None = None
    pictures: Sequence[str] = ()
    points: Sequence[str] = ()


def sections(told: Told, pictures: Sequence[str]) -> list[Section]:
    """Return every section; ``pictures`` are the names of those that are drawn."""
    curves = [name for name in pictures if name not in ("delays", "clean")]
    return [
        _aims(told),
        _misses(told),
        Section("By severity", _by_severity_said(), _by_severity(told), curves),
        Section("Until it is known", _delays_said(told), _delays(told), ("delays",)),
        Section("Alerts on the clean", _clean_said(), _clean(told), ("clean",)),
        Section("Which rules alert on the clean", (), _clean_rules(told)),
        Section("Row by row", _rows_said(), _rows(told)),
        Section("Typologies", _typologies_said(), _typologies(told)),
        Section("How it is counted", points=_counted(told)),
        Section("Limits", points=_limits(told)),
    ]


def summary(told: Told) -> list[str]:
    """Return what was found, in a few sentences."""
    measure = told.measure
    standing = [told.standing(name) for name in told.rules]
    met, unknown = standing.count("met"), standing.count("no label")
    missed = len(standing) - met - unknown
    said = [
        f"Of {many(len(standing), 'rule')}, {met} reach both aims, {missed} miss one or both, and "
        f"{unknown} cannot be judged, because no week of that severity has a label for them.",
    ]
    for risk, of in measure["clean"].items():
        every = of["all"]
        low, high = every["seeds"] or (None, None)
        said.append(
            f"{family(risk)}: {rate(every['per_1000'])} alerts per 1,000 clean owners a day "
            f"(by seed {rate(low)} to {rate(high)}){_held(told, risk)}."
        )
    if told.tuned:
        numbers = ", ".join(map(str, told.tuned))
        said.append(f"Rules were tuned on {numbers}: this shows that they work, not how well.")
    return said


def _held(told: Told, risk: str) -> str:
    """Say of the family that has an aim whether it is reached."""
    found, aim = told.measure["clean"][risk]["all"]["per_1000"], told.measure["aims"]["clean"]
    if risk != "manipulation" or found is None:
        return ""
    return f"; the aim, fewer than {aim:g}, is {'reached' if found < aim else 'missed'}"


def facts(told: Told) -> list[tuple[str, str]]:
    """Return what the measure is of, and what it depended on."""
    measure = told.measure
    wide = {name: _range(measure[name]) for name in ("orders", "trades", "clean_owners")}
    weeks = len(measure["seeds"]) * len(measure["severities"])
    size = f"{measure['days']} days and {measure['traders']} honest accounts"
    return [
        ("Seeds measured", ", ".join(map(str, measure["seeds"]))),
        ("Seeds tuned on", ", ".join(map(str, measure["seeds_tuned"]))),
        ("Severities", ", ".join(f"{one:g}" for one in measure["severities"])),
        ("Weeks", f"{weeks}, each of {size}"),
        ("In each", f"{wide['orders']} order messages, {wide['trades']} trades, "
                    f"{wide['clean_owners']} clean owners"),
        ("Made", measure["at"][:16].replace("T", " ") + " UTC"),
        ("Code", measure["code"]),
        ("Rulebook", measure["rulebook"]),
    ]  # fmt: skip


def _range(ends: Sequence[int]) -> str:
    low, high = ends
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _aims(told: Told) -> Section:
    aims = told.measure["aims"]
    columns = ("Rule", "Standing", "Alerts", "Precision", "Episodes", "Recall", "F1", "Clean")
    rows = []
    for name, rule in told.rules.items():
        of = rule["at_aim"]
        rows.append((
            name, told.standing(name), f"{of['alerts']:,}", shares(of, "precision"),
            f"{of['episodes']:,}", shares(of, "recall"), share(of["f1"]),
            rate(of["per_1000_clean"]),
        ))  # fmt: skip
    said = (
        f"Over the weeks of severity {aims['severity']:g} and more: precision is the share of "
        f"alerts that are right, aimed at {aims['precision']:g}; recall the share of episodes that "
        f"are found, aimed at {aims['recall']:g}; clean is alerts per 1,000 clean owners a day. In "
        "brackets 95 % intervals.",
    )
    return Section("Rules against their aims", said, Table(columns, rows, 2))


def _misses(told: Told) -> Section:
    rows = []
    for name, rule in told.rules.items():
        if told.missed(name) or name in told.reasons or rule["unable"]:
            unable = "; ".join(rule["unable"])
            why = told.reasons.get(name) or unable or "No reason is written down yet"
            rows.append((
                name, told.standing(name), listed(rule["on_other"]) or NOTHING,
                listed(rule["on_clean"]) or NOTHING, f"{rule['besides']:,}", why,
            ))  # fmt: skip
    columns = ("Rule", "Standing", "On other abuse", "On the clean", "Else", "Why")
    said = (
        "Alerts that are not right, over all weeks: on abuse of another typology, on the clean by "
        "what kind of honest trader they are, and on what abusers did besides. The reasons are "
        "written by hand.",
    )
    return Section("Aims that are missed, and why", said, Table(columns, rows, 6))


def _by_severity_said() -> tuple[str, ...]:
    return ("Precision and recall of each rule at each severity.",)


def _by_severity(told: Told) -> Table:
    names = [f"{one:g}" for one in told.measure["severities"]]
    columns = ["Rule", *(f"{word} {name}" for name in names for word in ("Precision", "Recall"))]
    rows = []
    for rule, of in told.rules.items():
        each = [of["severities"][name] for name in names]
        cells = [share(one[word]) for one in each for word in ("precision", "recall")]
        rows.append((rule, *cells))
    return Table(columns, rows)


def _delays_said(told: Told) -> tuple[str, ...]:
    return (
        "From the first labelled event of an episode to the moment at which the rule was true, and "
        "to the tick that files it: median, 90th percentile, longest. A rule that needs a whole "
        "pattern, a settlement or a day of payments cannot be true before it is there.",
    )


def _delays(told: Told) -> Table:
    rows = []
    for name, rule in told.rules.items():
        of = rule["at_aim"]
        if of["delay_s"]:
            known, filed = (
                spread(of[key], "median", "p90", "most") for key in ("delay_s", "filed_s")
            )
            rows.append((name, f"{of['found']:,}", known, filed))
    return Table(("Rule", "Episodes found", "Until true", "Until filed"), rows)


def _clean_said() -> tuple[str, ...]:
    return (
        "How many alerts, and how many per 1,000 clean owners of that kind a day; clean is who did "
        "no abuse in that week. In brackets the lowest and the highest seed.",
    )


def _clean(told: Told) -> Table:
    risks = list(told.measure["clean"])
    kinds = sorted({kind for of in told.measure["clean"].values() for kind in of["kinds"]})
    rows = [("everybody", *_kind_cells(told, risks, None))]
    rows += [(kind, *_kind_cells(told, risks, kind)) for kind in kinds]
    names = (name for risk in risks for name in (family(risk), "Rate"))
    return Table(("Kind", "Owner-days", *names), rows)


def _kind_cells(told: Told, risks: Sequence[str], kind: str | None) -> Iterator[str]:
    of = [told.measure["clean"][risk] for risk in risks]
    figures = [one["all"] if kind is None else one["kinds"][kind] for one in of]
    yield f"{figures[0]['owner_days']:,}" if figures else NOTHING
    for one in figures:
        low, high = one["seeds"] or (None, None)
        yield f"{one['alerts']:,}"
        yield f"{rate(one['per_1000'])} ({rate(low)}–{rate(high)})" if one["alerts"] else "0"


def _clean_rules(told: Told) -> Table:
    rows = [
        (family(risk), kind, listed(one["rules"]))
        for risk, of in told.measure["clean"].items()
        for kind, one in of["kinds"].items()
        if one["rules"]
    ]
    return Table(("Risk", "Kind", "Rules, and how many alerts"), rows, 3)


def _rows_said() -> tuple[str, ...]:
    return (
        "The same weeks as against the aims, counted by single orders, trades, transfers or "
        "accounts: those that the evidence of alerts names, and of them those that are labelled.",
    )


def _rows(told: Told) -> Table:
    rows = []
    for name, rule in told.rules.items():
        of = rule["at_aim"]["rows"]
        counts = (f"{of[key]:,}" for key in ("tp", "fp", "fn"))
        rows.append(
            (
                name,
                " and ".join(rule["judged_by"]) or NOTHING,
                *counts,
                shares(of, "precision"),
                shares(of, "recall"),
                share(of["f1"]),
            )
        )
    columns = ("Rule", "By", "Right", "Wrong", "Missed", "Precision", "Recall", "F1")
    return Table(columns, rows, 2)


def _typologies_said() -> tuple[str, ...]:
    return ("Episodes that any rule of the typology found, of those that there are.",)


def _typologies(told: Told) -> Table:
    names = [f"{one:g}" for one in told.measure["severities"]]
    rows = []
    for typology, of in told.measure["typologies"].items():
        each = [_found(of["severities"][name]) for name in names]
        rows.append((typology, ", ".join(of["rules"]) or "no rule", *each))
    return Table(("Typology", "Rules", *names), rows, 2)


def _found(one: Mapping[str, Any]) -> str:
    return f"{one['found']:,} of {one['episodes']:,}" if one["episodes"] else "no label"


def _counted(told: Told) -> tuple[str, ...]:
    return (
        "Every week is simulated anew, landed in a lake of its own, divided into segments, and "
        "judged by the whole rulebook as in a first run; only hits at or above the queue line "
        "count, because that is what an officer is shown.",
        "An alert is right if its evidence names a labelled row of the rule's typology and its "
        "subject took part. Abuse of another typology does not make it right.",
        "An episode is the labelled rows of one typology that share a row or an owner with no "
        "silence of more than twelve hours between them, three days for payments. It is found if "
        "a right alert touches it.",
        "A rule that gives no verdict has missed what was there. Where a typology has no label, "
        "there is no recall.",
        "Filing assumes ticks of 15 minutes that wait 5 minutes for what is late.",
        "Intervals are Wilson's at 95 %. Alerts of one episode, and weeks of one seed, are not "
        "independent of one another: the true intervals are wider.",
    )


def _limits(told: Told) -> tuple[str, ...]:
    return (
        "The venue and its abuse are simulated by the makers of the rules; a real venue has honest "
        "behaviour and abuse that nobody thought of. The figures compare versions of rules; they "
        "do not promise precision elsewhere.",
        "Precision depends on how much abuse there is: here several episodes of every typology in "
        "a week of a small venue, far more than anywhere. Alerts on the clean do not depend on it.",
        "A week is simulated with the same honest traders at every severity of a seed.",
        "Segments and detectors are made on the week that they judge, as in a first run.",
    )
