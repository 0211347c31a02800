"""Words for keeping it well: what is wrong, backups, and coming to a new version."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from surveillance.cli import show
from surveillance.cli.people import By, officer_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from surveillance.upkeep.backup import Backup
    from surveillance.upkeep.doctor import Check

holds_app = typer.Typer(
    no_args_is_help=True, help="Legal holds: whose activity is kept whatever its age."
)
Subject: TypeAlias = Annotated[str, typer.Argument(help="trader:ID, owner:ID or case:ID.")]
Reason: TypeAlias = Annotated[str, typer.Option(help="Why; kept in the journal.")]
To: TypeAlias = Annotated[Path, typer.Argument(help="Folder to write, not there yet.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (doctor, backup, restore, upgrade):
        app.command()(command)
    app.command()(erase)
    app.add_typer(holds_app, name="holds")


def doctor(
    context: typer.Context,
    as_json: show.Json = False,
) -> None:
    """Say what is wrong with this installation and what to do; exit code 1 if anything is.

    It looks at free disk, permissions, the clock, the database, whether lake and database belong
    together, the journal, every file of activity and report, the rules' lock, venue files, and
    whether PDF files can be written. It changes nothing, and reads all of the lake.

    Example: surveillance doctor --json
    """
    from surveillance.config import load_settings
    from surveillance.upkeep.doctor import examine

    _show(examine(load_settings(context.obj), datetime.now(UTC)), as_json)


def backup(context: typer.Context, to: To) -> None:
    """Copy lake, database, reports and settings into a folder, while all goes on.

    The folder has a list of the digests of its files. Keep it where this machine's end is not its
    end, and restore it now and then: a backup that was never restored is a hope.

    Example: surveillance backup /media/safe/2026-03-02
    """
    from surveillance.records import journal
    from surveillance.upkeep.backup import back_up

    place = show.installation(context)
    written = back_up(place.settings, to)
    detail = {"digest": written.digest, "files": written.files, "head": written.head._asdict()}
    with place.session() as session:
        now = datetime.now(UTC)
        journal.append(session, journal.SYSTEM, "backup", "installation", detail, at=now)
    _said(written)


def restore(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="FROM", help="Folder that backup wrote.")],
) -> None:
    """Put a backup into an empty home, bring it up to date, and check all of it.

    Every file must be as it was written. Settings of the backup are put beside as
    config.backup.toml, because they may name places of where they came from: look, and rename it.

    Example: surveillance --home /srv/surveillance restore /media/safe/2026-03-02
    """
    from surveillance.config import load_settings
    from surveillance.records import journal
    from surveillance.upkeep import backup as backups

    place = backups.restore(load_settings(context.obj), show.existing(source), datetime.now(UTC))
    with place.session() as session:
        head = journal.head(session)
    typer.echo(f"{place.settings.home}: restored and checked, head {head.seq}:{head.digest}")


def upgrade(context: typer.Context, to: To, as_json: show.Json = False) -> None:
    """Back up, bring the database to this version, and look at all; exit code 1 if all is not well.

    Stop schedule and serve first. The only way back is the backup, restored by the version before.

    Example: surveillance upgrade /media/safe/before-0.3
    """
    from surveillance.config import load_settings
    from surveillance.upkeep.upgrade import upgrade as bring

    written, checks = bring(load_settings(context.obj), to, datetime.now(UTC))
    if not as_json:
        _said(written)
    _show(checks, as_json)


def erase(context: typer.Context) -> None:
    """Erase activity older than retention_years, as the scheduler does every day.

    What is held stays, and so do accounts and lists. An entry of the journal stands where rows
    were, and a replay that needs them says that they were erased by policy. Nothing may run
    meanwhile.

    Example: surveillance erase
    """
    from surveillance.upkeep import retention

    place = show.installation(context)
    now = datetime.now(UTC)
    rows = sum(gone.rows for gone in retention.erase(place, now))
    before = retention.limit(place, now)
    typer.echo(f"{rows:,} rows from before {before:%Y-%m-%d} erased: {retention.policy(place)}")


@holds_app.command("list")
def list_holds(
    context: typer.Context,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List what is held, and since when and why."""
    from surveillance.upkeep import holds

    with show.installation(context).session() as session:
        rows = holds.listed(session)
    show.rows(
        rows,
        ["subject", "placed_at", "placed_by", "reason"],
        how,
        as_json,
        "no holds",
        where=where,
        limit=limit,
    )


@holds_app.command()
def place(context: typer.Context, subject: Subject, by: By, reason: Reason) -> None:
    """Keep what a trader, an owner or whom a case is about did, until released; for supervisors.

    Example: surveillance holds place case:C-7 --by supervisor --reason "Asked for by the court."
    """
    from surveillance.upkeep import holds

    with show.installation(context).session() as session:
        holds.place(session, officer_of(session, by), subject, reason, datetime.now(UTC))


@holds_app.command()
def release(context: typer.Context, subject: Subject, by: By, reason: Reason) -> None:
    """Let retention go on for a subject that was held; for supervisors.

    Example: surveillance holds release case:C-7 --by supervisor --reason "The court is done."
    """
    from surveillance.upkeep import holds

    with show.installation(context).session() as session:
        holds.release(session, officer_of(session, by), subject, reason, datetime.now(UTC))


def _said(written: "Backup") -> None:
    head = f"{written.head.seq}:{written.head.digest}"
    typer.echo(f"{written.path}  {written.files} files, {written.size:,} bytes\nhead {head}")


def _show(checks: "Iterable[Check]", as_json: bool) -> None:
    done = []
    for check in checks:
        done.append(check)
        if not as_json:
            typer.echo(f"{'well' if check.is_well else 'WRONG':<6} {check.name}: {check.message}")
            if check.remedy:
                typer.echo(f"       {check.remedy}")
    if as_json:
        show.document([asdict(check) for check in done])
    if not all(check.is_well for check in done):
        raise typer.Exit(1)
