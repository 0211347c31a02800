"""The parts of a measure's page and report, in order: words, tables and names of pictures."""

from collections.abc import Sequence

from surveillance.records.measures import TypologyFigures
from surveillance.reports.measure.clean import on_clean
from surveillance.reports.measure.conduct import on_conduct
from surveillance.reports.measure.figures import MeasureReport
from surveillance.reports.measure.parts import FigureTable, MeasureSection
from surveillance.reports.measure.words import (
    NOTHING,
    listed,
    precision,
    rate,
    recall,
    share,
    spread,
)


def sections(report: MeasureReport, pictures: Sequence[str]) -> list[MeasureSection]:
    """Return every section; ``pictures`` are the names of those that are drawn."""
    curves = [name for name in pictures if name not in ("delays", "clean")]
    return [
        _aims(report),
        _misses(report),
        MeasureSection("By severity", _about_severity(), _by_severity(report), curves),
        MeasureSection("Until it is known", _about_delays(report), _delays(report), ("delays",)),
        *on_conduct(report),
        *on_clean(report),
        MeasureSection("Row by row", _about_rows(), _rows(report)),
        MeasureSection("Typologies", _about_typologies(), _typologies(report)),
        MeasureSection("How it is counted", points=_counted(report)),
        MeasureSection("Limits", points=_limits(report)),
    ]


def _aims(report: MeasureReport) -> MeasureSection:
    aims = report.measure["aims"]
    columns = (
        "Rule", "Aims", "Alerts", "Related", "Precision", "Acts", "Recall", "F1", "Clean",
    )  # fmt: skip
    rows = []
    for name, rule in report.rules.items():
        of = rule["at_aim"]
        rows.append((
            name, report.against_aims(name), f"{of['alerts']:,}", f"{of['related']:,}",
            precision(of), f"{of['acts']:,}", recall(of), share(of["f1"]),
            rate(of["per_1000_clean"]),
        ))  # fmt: skip
    sentences = (
        f"Over the weeks of severity {aims['severity']:g} and more: precision is the share of "
        f"alerts that are right or related, aimed at {aims['precision']:g}; recall the share of "
        f"acts that are detected, aimed at {aims['recall']:g}; clean is alerts per 1,000 clean "
        "owners a day. In brackets 95 % intervals.",
    )
    return MeasureSection("Rules against their aims", sentences, FigureTable(columns, rows, 2))


def _misses(report: MeasureReport) -> MeasureSection:
    rows = []
    for name, rule in report.rules.items():
        if report.missed(name) or name in report.reasons or rule["unable"]:
            unable = "; ".join(rule["unable"])
            why = report.reasons.get(name) or unable or "No reason is written down yet"
            rows.append((
                name, report.against_aims(name), listed(rule["on_other"]) or NOTHING,
                listed(rule["on_clean"]) or NOTHING, f"{rule['besides']:,}", why,
            ))  # fmt: skip
    columns = ("Rule", "Aims", "On other abuse", "On the clean", "Else", "Why")
    sentences = (
        "Alerts that are wrong, over all weeks: on abuse that is not related, on the clean by "
        "what kind of honest trader they are, and on what abusers did besides. The reasons are "
        "written by hand.",
    )
    return MeasureSection("Aims that are missed, and why", sentences, FigureTable(columns, rows, 6))


def _about_severity() -> tuple[str, ...]:
    return ("Precision and recall of each rule at each severity.",)


def _by_severity(report: MeasureReport) -> FigureTable:
    names = [f"{severity:g}" for severity in report.measure["severities"]]
    columns = ["Rule", *(f"{word} {name}" for name in names for word in ("Precision", "Recall"))]
    rows = []
    for rule, of in report.rules.items():
        each = [of["severities"][name] for name in names]
        cells = [
            share(of_share)
            for figures in each
            for of_share in (figures["precision"], figures["recall"])
        ]
        rows.append((rule, *cells))
    return FigureTable(columns, rows)


def _about_delays(report: MeasureReport) -> tuple[str, ...]:
    return (
        "From the first labelled event of an act to the moment at which the rule was true, and "
        "to the tick that files it: median, 90th percentile, longest. A rule that needs a whole "
        "pattern, a settlement or a day of payments cannot be true before it is there.",
    )


def _delays(report: MeasureReport) -> FigureTable:
    rows = []
    for name, rule in report.rules.items():
        of = rule["at_aim"]
        if of["delay_s"]:
            known, filed = (
                spread(delays, "median", "p90", "most") for delays in (of["delay_s"], of["filed_s"])
            )
            rows.append((name, f"{of['detected']:,}", known, filed))
    return FigureTable(("Rule", "Acts detected", "Until true", "Until filed"), rows)


def _about_rows() -> tuple[str, ...]:
    return (
        "The same weeks as against the aims, counted by single orders, trades, transfers or "
        "accounts: those that the evidence of alerts names, and of them those that are labelled. "
        "Here related rows count as wrong.",
    )


def _rows(report: MeasureReport) -> FigureTable:
    rows = []
    for name, rule in report.rules.items():
        of = rule["at_aim"]["rows"]
        counts = (f"{count:,}" for count in (of["tp"], of["fp"], of["fn"]))
        rows.append(
            (
                name,
                " and ".join(rule["judged_by"]) or NOTHING,
                *counts,
                precision(of),
                recall(of),
                share(of["f1"]),
            )
        )
    columns = ("Rule", "By", "Right", "Wrong", "Missed", "Precision", "Recall", "F1")
    return FigureTable(columns, rows, 2)


def _about_typologies() -> tuple[str, ...]:
    return ("Acts that any rule of the typology detected, of those that there are.",)


def _typologies(report: MeasureReport) -> FigureTable:
    names = [f"{severity:g}" for severity in report.measure["severities"]]
    rows = []
    for typology, of in report.measure["typologies"].items():
        each = [_detected(of["severities"][name]) for name in names]
        rows.append((typology, ", ".join(of["rules"]) or "no rule", *each))
    return FigureTable(("Typology", "Rules", *names), rows, 2)


def _detected(figures: TypologyFigures) -> str:
    acts = figures["acts"]
    return f"{figures['detected']:,} of {acts:,}" if acts else "no label"


def _counted(report: MeasureReport) -> tuple[str, ...]:
    return (
        "Every week is simulated anew, landed in a lake of its own, divided into segments, and "
        "judged by the whole rulebook as in a first run; only hits at or above the alert line "
        "count, because that is what an officer is shown.",
        "An alert is right if its evidence names a labelled row of the rule's typology and its "
        "subject took part. It is related if the row is of a typology that the rule's file names "
        "under related, because it sees a part of that conduct as well; abuse of any other "
        "typology makes it wrong. Only acts of its own typology count for recall.",
        "An act is the labelled rows of one typology that share a row or an owner with no "
        "silence of more than twelve hours between them, three days for payments. It is "
        "detected if a right alert touches it.",
        "A rule that gives no verdict has missed what was there. Where a typology has no label, "
        "there is no recall.",
        "Filing assumes ticks of 15 minutes that wait 5 minutes for what is late.",
        "Intervals are Wilson's at 95 %. Alerts of one act, and weeks of one seed, are not "
        "independent of one another: the true intervals are wider.",
    )


def _limits(report: MeasureReport) -> tuple[str, ...]:
    return (
        "The venue and its abuse are simulated by the makers of the rules; a real venue has honest "
        "behaviour and abuse that nobody thought of. The figures compare versions of rules; they "
        "do not promise precision elsewhere.",
        "Precision depends on how much abuse there is: here several acts of every typology in "
        "a week of a small venue, far more than anywhere. Alerts on the clean do not depend on it.",
        "A week is simulated with the same honest traders at every severity of a seed.",
        "Segments and detectors are made on the week that they judge, as in a first run.",
    )
