"""The parts of a measure about those who did nothing wrong."""

from collections.abc import Iterator, Sequence

from surveillance.reports.measure.figures import MeasureReport
from surveillance.reports.measure.parts import FigureTable, MeasureSection
from surveillance.reports.measure.words import NOTHING, family, listed, rate


def on_clean(report: MeasureReport) -> list[MeasureSection]:
    """Return how often the clean are alerted on, by kind and by rule."""
    sentences = (
        "How many alerts, and how many per 1,000 clean owners of that kind a day; clean is who did "
        "no abuse in that week. In brackets the lowest and the highest seed.",
    )
    return [
        MeasureSection("Alerts on the clean", sentences, _kinds(report), ("clean",)),
        MeasureSection("Which rules alert on the clean", (), _rules(report)),
    ]


def _kinds(report: MeasureReport) -> FigureTable:
    risks = list(report.measure["clean"])
    kinds = sorted({kind for of in report.measure["clean"].values() for kind in of["kinds"]})
    rows = [("everybody", *_cells(report, risks, None))]
    rows += [(kind, *_cells(report, risks, kind)) for kind in kinds]
    names = (name for risk in risks for name in (family(risk), "Rate"))
    return FigureTable(("Kind", "Owner-days", *names), rows)


def _cells(report: MeasureReport, risks: Sequence[str], kind: str | None) -> Iterator[str]:
    families = [report.measure["clean"][risk] for risk in risks]
    rates = [of["all"] if kind is None else of["kinds"][kind] for of in families]
    yield f"{rates[0]['owner_days']:,}" if rates else NOTHING
    for on_clean in rates:
        low, high = on_clean["seeds"] or (None, None)
        around = f"{rate(on_clean['per_1000'])} ({rate(low)}–{rate(high)})"
        yield f"{on_clean['alerts']:,}"
        yield around if on_clean["alerts"] else "0"


def _rules(report: MeasureReport) -> FigureTable:
    rows = [
        (family(risk), kind, listed(on_clean["rules"]))
        for risk, of in report.measure["clean"].items()
        for kind, on_clean in of["kinds"].items()
        if on_clean["rules"]
    ]
    return FigureTable(("Risk", "Kind", "Rules, and how many alerts"), rows, 3)
