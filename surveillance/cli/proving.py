"""Words for proof: judge a run again, here or elsewhere, and check that the journal is whole."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surveillance.cli import show
from surveillance.cli.people import By, officer_of
from surveillance.errors import SurveillanceError

if TYPE_CHECKING:
    from surveillance.installation import Installation
    from surveillance.proof.replay import Replay
    from surveillance.records.journal import Anchor


replay_app = typer.Typer(
    cls=show.Defaulting,
    no_args_is_help=True,
    help="""Prove a run: judge it again, or hand it over to be judged elsewhere.

    Judging again is the plain form: surveillance replay RUN [--with RULE@VERSION] [--certificate]

    Examples: surveillance replay 3f9a; surveillance replay export 3f9a; surveillance replay verify
    run-3f9a.evidence.zip
    """,
)
journal_app = typer.Typer(no_args_is_help=True, help="The append-only, hash-chained journal.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(replay_app, name="replay")
    app.add_typer(journal_app, name="journal")


@replay_app.command("run")
def replay(
    context: typer.Context,
    run: show.Run,
    swap: Annotated[
        str | None, typer.Option("--with", help="RULE@VERSION: a what-if with another version.")
    ] = None,
    certificate: Annotated[
        bool, typer.Option("--certificate", help="Also render the certificate as PDF.")
    ] = False,
    as_json: show.Json = False,
) -> None:
    """Judge a run again from what is kept, and compare; exit code 1 if it differs.

    The word "run" may be left out.

    Examples: surveillance replay 3f9a --certificate; surveillance replay 3f9a --with spoofing@2
    """
    from surveillance.proof.replay import replay_in

    place = show.installation(context)
    with place.session() as session:
        other = None if swap is None else show.versioned(swap)
        replayed = replay_in(session, place.lake, run, other, place.settings.threads)
    _say(replayed, as_json)
    if certificate:
        _certify(place, replayed)
    if not replayed.equal:
        raise typer.Exit(1)


@replay_app.command()
def export(
    context: typer.Context,
    run: show.Run,
    to: Annotated[
        Path | None, typer.Option(help="File to write; default run-RUN.evidence.zip here.")
    ] = None,
    as_json: show.Json = False,
) -> None:
    """Write a run with all that it rests on as one file, which anybody can verify anywhere.

    It holds the activity that the run could read, and with it personal data.

    Example: surveillance replay export 3f9a --to /media/stick/evidence.zip
    """
    from surveillance.proof import bundle
    from surveillance.records import journal

    place = show.installation(context)
    with place.session() as session:
        exported = bundle.export(session, place.lake, run, to, place.settings.threads)
        detail = {"sha256": exported.sha256, "bytes": exported.size}
        subject = f"run:{exported.run_id}"
        journal.append(session, journal.SYSTEM, "export", subject, detail, at=datetime.now(UTC))
    if as_json:
        show.document({**asdict(exported), "path": str(exported.path)})
    else:
        typer.echo(f"{exported.path}  {exported.size:,} bytes\nsha256 {exported.sha256}")


@replay_app.command("verify")
def verify_bundle(
    file: Annotated[Path, typer.Argument(help="Evidence bundle.")],
    threads: Annotated[int | None, typer.Option(min=1, help="Threads; default one a core.")] = None,
    as_json: show.Json = False,
) -> None:
    """Replay a run from its bundle alone, and compare; exit code 1 if it differs.

    Needs no installation: no database, no lake, no settings.

    Example: surveillance replay verify run-3f9a.evidence.zip
    """
    from surveillance.proof import bundle

    replayed = bundle.verify(show.existing(file), threads)
    _say(replayed, as_json)
    if not replayed.equal:
        raise typer.Exit(1)


def _say(replayed: "Replay", as_json: bool) -> None:
    differences = [asdict(difference) for difference in replayed.differences]
    if as_json:
        digests = {"digest": replayed.digest, "recorded_digest": replayed.recorded_digest}
        comparison = {"equal": replayed.equal, "differences": differences, "notes": replayed.notes}
        show.document({**comparison, **digests, "run_id": replayed.summary["run_id"]})
        return
    digest = replayed.digest or "nothing: what the run rests on is not as it was"
    typer.echo(f"recorded {replayed.recorded_digest}\nreplayed {digest}")
    for note in replayed.notes:
        typer.echo(note)
    columns = ["kind", "rule_id", "subject", "measure", "before", "after"]
    show.rows(differences, columns, show.Format.TABLE, empty="equal")


def _certify(place: "Installation", replayed: "Replay") -> None:
    from surveillance import reports
    from surveillance.records import journal

    with place.session() as session:
        head = journal.head(session)
    rendered = reports.render_replay(
        replayed.summary,
        institution=place.settings.institution,
        at=datetime.now(UTC),
        journal_head=head,
        templates=place.settings.templates / "reports",
    )
    path = place.settings.reports / "run" / f"replay-{replayed.summary['run_id']}.pdf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(rendered.pdf)
    typer.echo(f"{path} sha256 {rendered.sha256}", err=True)


@journal_app.command()
def verify(
    context: typer.Context,
    anchor: Annotated[
        str | None, typer.Option(help="SEQ:DIGEST from a report; catches a cut tail.")
    ] = None,
    as_json: show.Json = False,
) -> None:
    """Check every link of the journal, and all that it names; exit code 1 if anything is wrong.

    What it names: every row by its last seal, both ways, runs with their verdicts, rule versions,
    models, reports, files of activity. Anchors outside, if any are set, must agree with it.

    Example: surveillance journal verify --anchor 41:9f2c…
    """
    from surveillance.proof import audit
    from surveillance.records import journal
    from surveillance.upkeep import anchors

    place = show.installation(context)
    with place.session() as session, show.progress(None, "checking") as step:
        check = journal.verify(session, _anchor(anchor))
        outside = anchors.findings(session, place.settings.anchoring)
        within = audit.findings(session, place.lake, place.settings.reports, step)
        rows = [asdict(finding) for finding in (*outside, *within)]
    head = f"{check.head.seq}:{check.head.digest}"
    ok = check.ok and not rows
    if as_json:
        show.document({"ok": ok, **asdict(check), "head": head, "findings": rows})
    else:
        typer.echo(
            f"{check.entries} entries, head {head}" if check.ok else f"broken: {check.reason}"
        )
        for row in rows:
            typer.echo(f"{row['subject']}: {row['message']}")
    if not ok:
        raise typer.Exit(1)


@journal_app.command("anchor")
def write_anchor(context: typer.Context) -> None:
    """Write the head of the journal down outside now, as the scheduler does every hour.

    Example: surveillance journal anchor
    """
    from surveillance.records import journal
    from surveillance.upkeep import anchors

    place = show.installation(context)
    with place.session() as session:
        head = journal.head(session)
    for where in anchors.anchor(place.settings.anchoring, head, datetime.now(UTC)):
        typer.echo(f"{head.seq}:{head.digest}  {where}")


@journal_app.command("list")
def list_journal(
    context: typer.Context,
    by: By,
    about: Annotated[str, typer.Option(help="A subject, such as case:ID, or an actor.")] = "",
    before: Annotated[int | None, typer.Option(help="Only entries before this number.")] = None,
    where: show.Where = None,
    limit: Annotated[int, typer.Option(min=1, help="How many entries.")] = 200,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List what was done, the latest first; for supervisors and auditors.

    Example: surveillance journal list --about case:4be1c0ffee12 --by auditor
    """
    from surveillance.casework import history
    from surveillance.records.tables import Role

    with show.installation(context).session() as session:
        officer = officer_of(session, by)
        officer.require(Role.SUPERVISOR, Role.AUDITOR)
        listed = history.entries(session, officer, about, before, limit)
        rows = [history.plain(entry) for entry in listed]
    columns = ["seq", "at", "actor", "verb", "subject", "detail"]
    show.rows(rows, columns, how, as_json, "nothing was done", where=where)


def _anchor(text: str | None) -> "Anchor | None":
    from surveillance.records.journal import Anchor

    if text is None:
        return None
    seq, _, name = text.partition(":")
    if not seq.isdecimal() or not name:
        raise SurveillanceError(f"expected SEQ:DIGEST as printed in a report, was {text!r}")
    return Anchor(int(seq), name)
