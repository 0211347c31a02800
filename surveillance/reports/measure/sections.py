"""The parts of a measure's page and report, in order: words, tables and names of pictures."""

from collections.abc import Mapping, Sequence
from typing import Any

from surveillance.reports.measure.clean import on_clean
from surveillance.reports.measure.figures import Told
from surveillance.reports.measure.parts import Section, Table
from surveillance.reports.measure.words import (
    NOTHING,
    listed,
    rate,
    share,
    shares,
    spread,
)


def sections(told: Told, pictures: Sequence[str]) -> list[Section]:
    """Return every section; ``pictures`` are the names of those that are drawn."""
    curves = [name for name in pictures if name not in ("delays", "clean")]
    return [
        _aims(told),
        _misses(told),
        Section("By severity", _by_severity_said(), _by_severity(told), curves),
        Section("Until it is known", _delays_said(told), _delays(told), ("delays",)),
        *on_clean(told),
        Section("Row by row", _rows_said(), _rows(told)),
        Section("Typologies", _typologies_said(), _typologies(told)),
        Section("How it is counted", points=_counted(told)),
        Section("Limits", points=_limits(told)),
    ]


def _aims(told: Told) -> Section:
    aims = told.measure["aims"]
    columns = (
        "Rule", "Standing", "Alerts", "Of kin", "Precision", "Episodes", "Recall", "F1", "Clean",
    )  # fmt: skip
    rows = []
    for name, rule in told.rules.items():
        of = rule["at_aim"]
        rows.append((
            name, told.standing(name), f"{of['alerts']:,}", f"{of['kin']:,}",
            shares(of, "precision"), f"{of['episodes']:,}", shares(of, "recall"), share(of["f1"]),
            rate(of["per_1000_clean"]),
        ))  # fmt: skip
    said = (
        f"Over the weeks of severity {aims['severity']:g} and more: precision is the share of "
        f"alerts that are right or of kin, aimed at {aims['precision']:g}; recall the share of "
        f"episodes that are found, aimed at {aims['recall']:g}; clean is alerts per 1,000 clean "
        "owners a day. In brackets 95 % intervals.",
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
        "Alerts that are wrong, over all weeks: on abuse that is not of kin, on the clean by "
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


def _rows_said() -> tuple[str, ...]:
    return (
        "The same weeks as against the aims, counted by single orders, trades, transfers or "
        "accounts: those that the evidence of alerts names, and of them those that are labelled. "
        "Here rows of kin count as wrong.",
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
        "subject took part. It is of kin if the row is of a typology that the rule's file names "
        "under also, because it sees a part of that conduct as well; abuse of any other typology "
        "makes it wrong. Only episodes of its own typology count for recall.",
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
