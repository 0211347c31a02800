"""Words for what-ifs: what a rule would have found, and where its line should be."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from surveillance.cli import answers, show
from surveillance.cli.people import officer_of
from surveillance.errors import SurveillanceError

if TYPE_CHECKING:
    from surveillance.activity.venue import Venue
    from surveillance.installation import Installation
    from surveillance.records.tables import Officer, Study
    from surveillance.rules.book import Entry

Start: TypeAlias = Annotated[
    str | None,
    typer.Option("--from", help="Start of the window; default: the last 30 days landed."),
]
End: TypeAlias = Annotated[
    str | None, typer.Option("--to", help="End of the window, not included.")
]
AsOf: TypeAlias = Annotated[
    str | None, typer.Option(help="Judge on what was known then; default now.")
]
Labels: TypeAlias = Annotated[
    Path | None, typer.Option(help="Label file, or the folder that holds it.", show_default=False)
]
Venue_: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--venue",
        help="Venue file that says what the labels mean; default: the demonstration's.",
        show_default=False,
    ),
]
By: TypeAlias = Annotated[
    str, typer.Option("--by", help="Officer who asks; their name stands in the study.")
]
Pdf: TypeAlias = Annotated[bool, typer.Option("--pdf", help="Also render the report.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (backtest, tune, studies):
        app.command()(command)


def backtest(
    context: typer.Context,
    rule: Annotated[Path, typer.Argument(help="Rule file to study.")],
    start: Start = None,
    end: End = None,
    as_of: AsOf = None,
    labels: Labels = None,
    venue: Venue_ = None,
    by: By = "system",
    pdf: Pdf = False,
    as_json: show.Json = False,
) -> None:
    """Compare a rule file with the version in force on stored activity; nothing is filed.

    Says which alerts would be gained, lost or changed, and which measure crossed which line; with
    labels precision and recall, with closed cases the productive-alert rate. The study is stored.

    Example: surveillance backtest rules/manipulation/spoofing.yml --from 2026-03-02 --to 2026-03-09
    """
    from surveillance.rules.book import recall_rule
    from surveillance.studies import backtest as study
    from surveillance.studies import setting, store

    place, now = show.installation(context), datetime.now(UTC)
    asker = _asker(place, by, pdf)
    entry = recall_rule(_text(rule), rule)
    window = setting.window_of(place, show.moment(start), show.moment(end))
    known_at, labelled = show.moment(as_of) or now, _venue(labels, venue)
    with show.progress(5, "backtest") as step:
        record = study.backtest(
            place, entry, window, known_at, labelled, by=by, at=now, progress=step
        )
    answer = store.backtest_of(record)
    if as_json:
        show.document({"id": record.id, **answer})
    else:
        answers.sentence(record)
        changed = [
            {**change, "reason": "; ".join(change["reasons"])} for change in answer["changes"]
        ]
        columns = ["kind", "at", "subject", "instrument", "before", "after", "reason"]
        show.rows(changed, columns, show.Format.TABLE, empty="no alert differs")
        answers.outcomes(answer)
    _render(place, record, asker, pdf)


def tune(
    context: typer.Context,
    rule: Annotated[str, typer.Argument(help="Rule id (the version in force), or a rule file.")],
    parameter: Annotated[
        str | None, typer.Option("--parameter", "-p", help="The number to move.")
    ] = None,
    around: Annotated[str, typer.Option(help="How far to either side of today's value.")] = "50%",
    values: Annotated[
        str | None, typer.Option(help="Values to try instead, such as 3,5,8.")
    ] = None,
    start: Start = None,
    end: End = None,
    as_of: AsOf = None,
    labels: Labels = None,
    venue: Venue_ = None,
    sample: Annotated[
        int | None,
        typer.Option(min=1, help="How many hits below the line to draw; default by formula."),
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="Write the sample here, as CSV for an officer to label.")
    ] = None,
    labelled: Annotated[
        Path | None, typer.Option(help="Read such a sheet back, with labels filled in.")
    ] = None,
    by: By = "system",
    pdf: Pdf = False,
    as_json: show.Json = False,
) -> None:
    """Show how many alerts a rule would raise with other values of a parameter; files nothing.

    Above and below the line, per segment, with a sample below the line for an officer to label as
    productive or unproductive. Read back, the labels say how many productive alerts are missed.

    Examples: surveillance tune spoofing --parameter size_ratio --around 50% --sheet sample.csv;
    surveillance tune spoofing --labelled sample.csv --by officer --pdf
    """
    from surveillance.rules.variant import dial_of
    from surveillance.studies import setting, store
    from surveillance.studies import tuning as study
    from surveillance.studies.tuning import sheet as sheets

    place, now = show.installation(context), datetime.now(UTC)
    asker = _asker(place, by, pdf)
    if labelled is not None:
        record = study.labelled(place, show.existing(labelled), _id(rule), parameter, by, now)
    else:
        entry = _entry(place, rule)
        dial = dial_of(entry.rule, parameter or "")
        tried = study.listed_values(dial, values) if values else study.around(dial, around)
        window = setting.window_of(place, show.moment(start), show.moment(end))
        known_at, venue_labels = show.moment(as_of) or now, _venue(labels, venue)
        with show.progress(len(tried) + 1, "tuning") as step:
            record = study.tune(
                place,
                entry,
                dial,
                tried,
                window,
                known_at,
                venue_labels,
                sample,
                by=by,
                at=now,
                progress=step,
            )
    answer = store.tuning_of(record)
    if as_json:
        show.document({"id": record.id, **answer})
    else:
        answers.sentence(record)
        answers.values(answer)
    if sheet is not None:
        count = sheets.write(sheet, record.id, answer["below"])
        typer.echo(f"{sheet}: {count} hits to label", err=True)
    _render(place, record, asker, pdf)


def studies(
    context: typer.Context,
    rule: Annotated[str | None, typer.Option(help="Only those of this rule.")] = None,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List the stored studies, the latest first.

    Example: surveillance studies --rule spoofing
    """
    from surveillance.studies import store

    with show.installation(context).session() as session:
        rows = [
            {
                "id": study.id[:16],
                "kind": study.kind.value,
                "rule_id": study.rule_id,
                "rule_digest": study.rule_digest[:16],
                "from": study.start,
                "to": study.end,
                "created_by": study.created_by,
                "created_at": study.created_at,
            }
            for study in store.latest(session, rule)
        ]
    columns = ["id", "kind", "rule_id", "from", "to", "created_by", "created_at"]
    show.rows(rows, columns, how, as_json, "no study yet", where=where, limit=limit)


def _text(path: Path) -> str:
    try:
        return show.existing(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SurveillanceError(f"expected a rule file in UTF-8, was {path}") from None


def _id(rule: str) -> str:
    return Path(rule).stem if rule.endswith((".yml", ".yaml")) else rule


def _entry(place: "Installation", rule: str) -> "Entry":
    """Return the rule of a file, or the version in force, or the one of the rulebook."""
    from surveillance.rules.book import recall_rule
    from surveillance.studies.setting import version_in_force

    if rule.endswith((".yml", ".yaml")):
        return recall_rule(_text(Path(rule)), rule)
    with place.session() as session:
        in_force = version_in_force(session, rule, datetime.now(UTC))
    entries = place.rulebook().entries
    if in_force is None and rule not in entries:
        raise SurveillanceError(
            f"expected a rule file, or a rule of {', '.join(entries)}; was {rule!r}"
        )
    return in_force or entries[rule]


def _venue(labels: Path | None, venue: Path | None) -> "Venue | None":
    from surveillance.activity.sources import load
    from surveillance.demo import VENUE

    if labels is None:
        if venue is not None:
            raise SurveillanceError("expected --labels beside --venue, was without")
        return None
    folder = labels if labels.is_dir() else show.existing(labels).parent
    return load(show.existing(venue or VENUE), folder)


def _asker(place: "Installation", by: str, pdf: bool) -> "Officer | None":
    """Return the officer who asks, who must be known, or None for the system.

    A report names who made it, so that one is asked for only by an officer.
    """
    from surveillance.records.journal import SYSTEM
    from surveillance.records.tables import Role

    if by == SYSTEM:
        if pdf:
            raise SurveillanceError("expected --by OFFICER beside --pdf, was without")
        return None
    with place.session() as session:
        officer = officer_of(session, by)
    officer.require(Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR)
    return officer


def _render(place: "Installation", study: "Study", asker: "Officer | None", pdf: bool) -> None:
    if not pdf or asker is None:
        return
    from surveillance import rendering

    with place.session() as session:
        now = datetime.now(UTC)
        report = rendering.render_study(session, place.settings, study.id, asker, now)
    typer.echo(f"{place.settings.reports / report.path} sha256 {report.sha256}", err=True)
