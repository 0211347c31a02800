"""What studies answer, as a terminal shows it."""

from typing import TYPE_CHECKING, Any

import typer

from surveillance.cli import show

if TYPE_CHECKING:
    from surveillance.records.tables import Study

_QUALITY = ("precision", "recall", "productive_rate")


def sentence(study: "Study") -> None:
    """Say what a study found in one sentence."""
    from surveillance.reports.study import told

    typer.echo(f"study {study.id[:16]}: {told(study).sentence}")


def values(answer: dict[str, Any]) -> None:
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


def _known(row: dict[str, Any]) -> dict[str, Any]:
    """Return how good the alerts of one value are, as far as is known."""
    figures: dict[str, Any] = {}
    if row["labels"] and len(row["labels"]) == 1:
        figures |= {name: row["labels"][0][name] for name in ("precision", "recall")}
    if row["dispositions"]["decided"]:
        figures["productive_rate"] = row["dispositions"]["rate"]
    return figures


def outcomes(answer: dict[str, Any]) -> None:
    """Say how good the alerts were before and after, as far as labels or officers tell."""
    for name, key in (("in force", "before"), ("as studied", "after")):
        for labelled in (answer["labels"] or {}).get(key, ()):
            scores = ", ".join(f"{what} {labelled[what]}" for what in ("precision", "recall", "f1"))
            typer.echo(f"{name}: {labelled['typology']}: {scores}")
        rate = answer["dispositions"][key]
        if rate["decided"]:
            low, high = rate["interval"]
            productive = f"{rate['productive']} of {rate['decided']} decided alerts productive"
            typer.echo(f"{name}: {productive}, {rate['rate']:.1%} ({low:.1%} to {high:.1%})")
