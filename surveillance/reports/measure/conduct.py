"""The parts of a measure about disguises, about honest twins of abuse, and about the score."""

from collections.abc import Mapping

from surveillance.records.measures import Conduct, DisguiseFigures, TwinFigures
from surveillance.reports.measure.figures import MeasureReport
from surveillance.reports.measure.parts import FigureTable, MeasureSection
from surveillance.reports.measure.words import NOTHING, listed, many, rate, share

_PLAIN = "plain"


def on_conduct(report: MeasureReport) -> list[MeasureSection]:
    """Return what disguises hide, who of the honest is accused, and whether the score ranks."""
    found = report.measure.get("conduct")
    if found is None:
        return []
    least = report.measure["aims"]["recall"]
    return [
        MeasureSection("Disguises", _about(report), _disguises(found)),
        MeasureSection("What is missed in which disguise", (), _missed(found, least)),
        MeasureSection("Honest twins of abuse", (_said_of_twins(found),), _twins(found)),
        MeasureSection("Whether the score ranks", points=(_ranks(found), *_unkept(found))),
    ]


def sentences(report: MeasureReport) -> list[str]:
    """Return in a few sentences how disguises, twins and the score did against their aims."""
    found = report.measure.get("conduct")
    if found is None:
        return []
    return [_said_of_recall(found), _said_of_clean(found), _said_of_twins(found), _ranks(found)]


def _about(report: MeasureReport) -> tuple[str, ...]:
    severity = report.measure["aims"]["severity"]
    return (
        f"Acts in weeks of severity {severity:g} and more, and those of them that any rule of "
        "their typology detected; by rule they stand below.",
    )


def _disguises(found: Conduct) -> FigureTable:
    rows = [
        (name, found["meaning"].get(name, NOTHING), f"{of['acts']:,}", f"{of['detected']:,}",
         share(of["recall"], of["recall_interval"]))
        for name, of in found["disguises"].items()
    ]  # fmt: skip
    return FigureTable(("Disguise", "What it is", "Acts", "Detected", "Recall"), rows, 2)


def _missed(found: Conduct, least: float) -> FigureTable:
    rows = []
    for rule, of in found["rules"].items():
        plain, worn = _summed(of, plain=True), _summed(of, plain=False)
        weak = {
            name: f"{figures['detected']} of {figures['acts']}"
            for name, figures in of.items()
            if figures["recall"] is not None and figures["recall"] < least
        }
        words = ", ".join(f"{name} {count}" for name, count in weak.items())
        rows.append((rule, words or NOTHING, plain, worn))
    columns = ("Rule", f"Below {least:g}", "Plain", "Disguised")
    return FigureTable(columns, rows, 2)


def _summed(of: Mapping[str, DisguiseFigures], *, plain: bool) -> str:
    some = [figures for name, figures in of.items() if (name == _PLAIN) == plain]
    acts = sum(figures["acts"] for figures in some)
    return f"{sum(figures['detected'] for figures in some):,} of {acts:,}" if acts else NOTHING


def _twins(found: Conduct) -> FigureTable:
    rows = [
        (kind, of["resembles"], of["differs"], listed(of["rules"]) or NOTHING,
         f"{of['owners']:,}", f"{of['accused']:,}", share(of["share"], of["share_interval"]))
        for kind, of in found["twins"].items()
    ]  # fmt: skip
    columns = ("Twin", "Looks like", "But", "Accused by", "Owners", "Accused", "Share")
    return FigureTable(columns, rows, 4)


def _said_of_recall(found: Conduct) -> str:
    acts = sum(of["acts"] for of in found["disguises"].values())
    detected = sum(of["detected"] for of in found["disguises"].values())
    return f"Over all disguises rules detect {detected:,} of {acts:,} acts of their typologies."


def _said_of_clean(found: Conduct) -> str:
    clean, aim = found["clean"], found["aims"]["clean"]
    if clean["upper"] is None:
        return "Nobody was clean."
    held = "reached" if clean["upper"] < aim else "missed"
    return (
        f"All rules together: {rate(clean['per_1000'])} alerts per 1,000 clean owners a day over "
        f"{clean['owner_days']:,} owner-days, twins among them; 95 % sure fewer than "
        f"{rate(clean['upper'])}; the aim, fewer than {aim:g}, is {held}."
    )


def _said_of_twins(found: Conduct) -> str:
    owners, accused = _accused(found["twins"])
    aim = found["aims"]["twins"]
    if not owners:
        return "There are no honest twins of abuse."
    held = "reached" if accused <= aim * owners else "missed"
    return (
        f"Of {many(owners, 'honest twin')} of abuse, each counted once a week, {accused:,} were "
        f"accused ({100 * accused / owners:.1f} %); the aim, at most {100 * aim:g} %, is {held}."
    )


def _accused(twins: Mapping[str, TwinFigures]) -> tuple[int, int]:
    return (
        sum(of["owners"] for of in twins.values()),
        sum(of["accused"] for of in twins.values()),
    )


def _ranks(found: Conduct) -> str:
    of, aim = found["ranking"], found["aims"]["auc"]
    if of["auc"] is None:
        return "There is nothing that the score could rank."
    held = "reached" if of["auc"] >= aim else "missed"
    return (
        f"A right or related alert scores above a wrong one or a near miss {of['auc']:.2f} of the "
        f"time (of {of['right']:,} against {of['wrong']:,} and {of['near']:,}), and above a wrong "
        f"alert alone {share(of['auc_of_alerts'])}; the aim, {aim:g}, is {held}."
    )


def _unkept(found: Conduct) -> tuple[str, ...]:
    names = ", ".join(found["no_near"])
    weak = {n: f"{auc:.2f}" for n, auc in found["ranking_by_rule"].items()
            if auc < found["aims"]["auc"]}  # fmt: skip
    ranked = ", ".join(f"{name} {auc}" for name, auc in weak.items())
    return (
        f"Rules that kept no near miss: {names}." if names else "Every rule keeps near misses.",
        f"Rules whose own alerts rank worse than that: {ranked}." if ranked
        else "Every rule's own alerts rank so.",
    )  # fmt: skip
