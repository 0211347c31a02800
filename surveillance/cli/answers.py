"""What studies answer, as a terminal shows it."""

from typing import TYPE_CHECKING

import typer

from surveillance.cli import show

if TYPE_CHECKING:
    from surveillance.records.answers import (
        Backtest,
        ProductiveRate,
        Score,
        Tuning,
        ValueOutcome,
    )
    from surveillance.records.tables import Study

_QUALITY = ("precision", "recall", "productive_rate")


def sentence(study: "Study") -> None:
    """Say what a study shows in one sentence."""
    from surveillance.reports.study import study_report

    typer.echo(f"study {study.id[:16]}: {study_report(study).sentence}")


def values(answer: "Tuning") -> None:
    """Say what each value of a parameter would have alerted on."""
    today = answer["parameter"]["value"]
    lines = [
        {
            **row,
            "": "today" if row["value"] == today else "",
            **{
                name or "no_segment": row["by_segment"].get(name, 0)
                for name in answer["alerting_segments"]
            },
            **_known(row),
        }
        for row in answer["values"]
    ]
    segments = [name or "no_segment" for name in answer["alerting_segments"]]
    known = [name for name in _QUALITY if any(name in line for line in lines)]
    columns = ["value", "", "alerts", "subjects", "added", "dropped", *segments, *known]
    show.rows(lines, columns, show.Format.TABLE)
    below = answer["below"]
    typer.echo(f"hits below the line: {below['population']}, drawn: {len(below['sample'])}")


def _known(row: "ValueOutcome") -> dict[str, float | None]:
    """Return how good the alerts of one value are, as far as is known."""
    known: dict[str, float | None] = {}
    if row["labels"] and len(row["labels"]) == 1:
        (score,) = row["labels"]
        known |= {"precision": score["precision"], "recall": score["recall"]}
    if row["dispositions"]["decided"]:
        known["productive_rate"] = row["dispositions"]["rate"]
    return known


def outcomes(answer: "Backtest") -> None:
    """Say how good the alerts were before and after, as far as labels or officers tell."""
    labels, rates = answer["labels"], answer["dispositions"]
    _outcome("in force", labels["before"] if labels else [], rates["before"])
    _outcome("as studied", labels["after"] if labels else [], rates["after"])


def _outcome(version: str, scores: list["Score"], rate: "ProductiveRate") -> None:
    for score in scores:
        shares = f"precision {score['precision']}, recall {score['recall']}, f1 {score['f1']}"
        typer.echo(f"{version}: {score['typology']}: {shares}")
    if rate["decided"] and rate["interval"] is not None:
        low, high = rate["interval"]
        productive = f"{rate['productive']} of {rate['decided']} decided alerts productive"
        typer.echo(f"{version}: {productive}, {rate['rate']:.1%} ({low:.1%} to {high:.1%})")
