"""What a measure found in a few sentences, and what it is of."""

from collections.abc import Sequence

from surveillance.reports.measure.conduct import sentences as on_conduct
from surveillance.reports.measure.figures import MeasureReport
from surveillance.reports.measure.words import family, many, rate


def summary(report: MeasureReport) -> list[str]:
    """Return what was found, in a few sentences."""
    measure = report.measure
    against_aims = [report.against_aims(name) for name in report.rules]
    met, unknown = against_aims.count("met"), against_aims.count("no label")
    missed = len(against_aims) - met - unknown
    rules = many(len(against_aims), "rule")
    sentences = [f"Of {rules}, {met} reach both aims and {missed} miss one or both."]
    if unknown:
        sentences.append(
            f"{unknown} cannot be judged: no week of that severity has a label for them."
        )
    for risk, of in measure["clean"].items():
        on_clean = of["all"]
        low, high = on_clean["seeds"] or (None, None)
        sentences.append(
            f"{family(risk)}: {rate(on_clean['per_1000'])} alerts per 1,000 clean owners a day "
            f"(by seed {rate(low)} to {rate(high)}){_held(report, risk)}."
        )
    sentences += on_conduct(report)
    if report.tuned:
        numbers = ", ".join(map(str, report.tuned))
        sentences.append(f"Rules were tuned on {numbers}: this shows that they work, not how well.")
    return sentences


def _held(report: MeasureReport, risk: str) -> str:
    """Say of the family that has an aim whether it is reached."""
    reached = report.measure["clean"][risk]["all"]["per_1000"]
    aim = report.measure["aims"]["clean"]
    if risk != "manipulation" or reached is None:
        return ""
    return f"; the aim, fewer than {aim:g}, is {'reached' if reached < aim else 'missed'}"


def facts(report: MeasureReport) -> list[tuple[str, str]]:
    """Return what the measure is of, and what it depended on."""
    measure = report.measure
    orders, trades = _range(measure["orders"]), _range(measure["trades"])
    clean = _range(measure["clean_owners"])
    weeks = len(measure["seeds"]) * len(measure["severities"])
    size = f"{measure['days']} days and {measure['traders']} honest accounts"
    return [
        ("Seeds measured", ", ".join(map(str, measure["seeds"]))),
        ("Seeds tuned on", ", ".join(map(str, measure["seeds_tuned"]))),
        ("Severities", ", ".join(f"{severity:g}" for severity in measure["severities"])),
        ("Weeks", f"{weeks}, each of {size}"),
        ("In each", f"{orders} order messages, {trades} trades, {clean} clean owners"),
        ("Measured", measure["at"][:16].replace("T", " ") + " UTC"),
        ("Code", measure["code"]),
        ("Rulebook", measure["rulebook"]),
    ]  # fmt: skip


def _range(ends: Sequence[int]) -> str:
    low, high = ends
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
