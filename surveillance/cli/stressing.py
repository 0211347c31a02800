"""Words for the risk desk: what portfolios lose when prices and volatility move."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from surveillance.cli import show


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(stress)


def stress(
    context: typer.Context,
    run: show.Run = "latest",
    pdf: Annotated[
        Path | None, typer.Option(help="Write the report as PDF here.", show_default=False)
    ] = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Stress what traders held at the end of a run's window: a grid of price and volatility moves.

    Says what each would lose and what of it the insurance fund would pay under the margin that the
    venue holds; who is concentrated; the margin and the tier that follow, as suggestions that
    nothing applies. JSON has all of it, with how segments' flow moved around market events; CSV has
    a row a trader and move. The web shows the test that was made last.

    Example: surveillance stress latest --pdf stress.pdf
    """
    from surveillance.reports.stress import StressReport, render
    from surveillance.studies.watch.stress import make

    place = show.installation(context)
    stored = make(place, run, datetime.now(UTC))
    report = StressReport(stored.id, stored.test, stored.at)
    if pdf is not None:
        settings = place.settings
        rendered = render(
            report,
            institution=settings.institution,
            journal_head=stored.head,
            templates=settings.templates / "reports",
        )
        pdf.write_bytes(rendered.pdf)
        typer.echo(f"{pdf} sha256 {rendered.sha256}", err=True)
    if as_json or how is show.Format.JSON:
        show.document(asdict(stored.test))
        return
    if how is show.Format.CSV:
        rows = [
            {"trader_id": trader.trader_id, "segment": trader.segment, **asdict(cell)}
            for trader in stored.test.traders
            for cell in trader.cells
        ]
        show.rows(rows, ["trader_id", "segment", "price", "volatility", "change", "fund_loss"], how)
        return
    shown = [
        "trader_id", "segment", "notional", "worst", "fund_loss", "margin_held",
        "margin_suggested", "coverage", "tier",
    ]  # fmt: skip
    show.rows([asdict(trader) for trader in stored.test.traders], shown, how, empty="no positions")
    typer.echo(report.sentence)
