"""The parts of a measure about those who did nothing wrong."""

from collections.abc import Iterator, Sequence

from surveillance.reports.measure.figures import Told
from surveillance.reports.measure.parts import Section, Table
from surveillance.reports.measure.words import NOTHING, family, listed, rate


def on_clean(told: Told) -> list[Section]:
    """Return how often the clean are alerted on, by kind and by rule."""
    said = (
        "How many alerts, and how many per 1,000 clean owners of that kind a day; clean is who did "
        "no abuse in that week. In brackets the lowest and the highest seed.",
    )
    return [
        Section("Alerts on the clean", said, _kinds(told), ("clean",)),
        Section("Which rules alert on the clean", (), _rules(told)),
    ]


def _kinds(told: Told) -> Table:
    risks = list(told.measure["clean"])
    kinds = sorted({kind for of in told.measure["clean"].values() for kind in of["kinds"]})
    rows = [("everybody", *_cells(told, risks, None))]
    rows += [(kind, *_cells(told, risks, kind)) for kind in kinds]
    names = (name for risk in risks for name in (family(risk), "Rate"))
    return Table(("Kind", "Owner-days", *names), rows)


def _cells(told: Told, risks: Sequence[str], kind: str | None) -> Iterator[str]:
    of = [told.measure["clean"][risk] for risk in risks]
    figures = [one["all"] if kind is None else one["kinds"][kind] for one in of]
    yield f"{figures[0]['owner_days']:,}" if figures else NOTHING
    for one in figures:
        low, high = one["seeds"] or (None, None)
        yield f"{one['alerts']:,}"
        yield f"{rate(one['per_1000'])} ({rate(low)}–{rate(high)})" if one["alerts"] else "0"


def _rules(told: Told) -> Table:
    rows = [
        (family(risk), kind, listed(one["rules"]))
        for risk, of in told.measure["clean"].items()
        for kind, one in of["kinds"].items()
        if one["rules"]
    ]
    return Table(("Risk", "Kind", "Rules, and how many alerts"), rows, 3)
