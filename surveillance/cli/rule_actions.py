"""Words for the life of a rule: publish, shadow, approve, retire, roll back, compare."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from surveillance.cli import show
from surveillance.cli.people import By, bound, officer_of
from surveillance.cli.rulebook import rules_app
from surveillance.errors import SurveillanceError

if TYPE_CHECKING:
    from sqlmodel import Session

    from surveillance.governance.lifecycle.history import VersionHistory
    from surveillance.records.tables import Officer

Version = Annotated[str, typer.Argument(help="RULE@VERSION, such as spoofing@2.")]
Rule = Annotated[str, typer.Argument(help="Rule id.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the version.")]


def register(_: typer.Typer) -> None:
    """Add these commands to those of the rulebook."""
    for command in (publish, shadow, approve, refuse, retire, rollback, history, diff):
        rules_app.command()(command)


def publish(context: typer.Context, by: By, reason: Reason) -> None:
    """Publish what is new in the folder as drafts, and propose them for approval.

    The lock must fit, and every inline test of what is new must pass. A draft judges nothing.

    Example: surveillance rules publish --by desk-1 --reason "Fewer alerts on market makers."
    """
    from surveillance.governance import publishing

    place = bound(show.installation(context), by)
    new = publishing.publish(place, by, reason, datetime.now(UTC))
    typer.echo("\n".join(f"{name} is draft" for name in new) or "nothing new to publish")


def shadow(context: typer.Context, version: Version, by: By, reason: Reason) -> None:
    """Run a draft beside the rules in force; what it finds is kept, and nothing is filed.

    Example: surveillance rules shadow spoofing@2 --by desk-1 --reason "Backtested on March."
    """
    from surveillance.governance import lifecycle

    def verb(session: "Session", officer: "Officer", at: datetime) -> None:
        lifecycle.shadow(session, *show.versioned(version), officer, reason, at)

    _do(context, by, verb)
    typer.echo(f"{version} is shadow")


def approve(context: typer.Context, version: Version, by: By) -> None:
    """Make a version active, as a supervisor who is not its author; the one before is retired.

    On record must be a backtest and a shadow period, as long as backtest_days and shadow_hours of
    the settings say, unless this behaviour was active before.

    Example: surveillance rules approve spoofing@2 --by supervisor
    """
    from surveillance.governance import lifecycle

    settings = show.installation(context).settings

    def verb(session: "Session", officer: "Officer", at: datetime) -> None:
        lifecycle.approve(session, *show.versioned(version), officer, settings, at)

    _do(context, by, verb)
    typer.echo(f"{version} is active")


def refuse(context: typer.Context, version: Version, by: By, reason: Reason) -> None:
    """Turn down a draft or a shadow, or take back one's own; it is retired."""
    from surveillance.governance import lifecycle

    def verb(session: "Session", officer: "Officer", at: datetime) -> None:
        lifecycle.refuse(session, *show.versioned(version), officer, reason, at)

    _do(context, by, verb)
    typer.echo(f"{version} is retired")


def retire(context: typer.Context, version: Version, by: By, reason: Reason) -> None:
    """Take an active version out of force, as a supervisor: from now on nothing looks for it.

    Example: surveillance rules retire fan_in@1 --by supervisor --reason "Covered by pass_through."
    """
    from surveillance.governance import lifecycle

    def verb(session: "Session", officer: "Officer", at: datetime) -> None:
        lifecycle.retire(session, *show.versioned(version), officer, reason, at)

    _do(context, by, verb)
    typer.echo(f"{version} is retired")


def rollback(
    context: typer.Context,
    rule: Rule,
    to: Annotated[int, typer.Option("--to", help="The version whose body is wanted back.")],
    by: By,
    reason: Reason,
) -> None:
    """Publish the body of an old version as a new one, in the folder and its lock too.

    A behaviour that was active before needs no backtest and no shadow, but the second officer.

    Example: surveillance rules rollback spoofing --to 1 --by desk-1 --reason "Too many misses."
    """
    from surveillance.governance import publishing

    place = bound(show.installation(context), by)
    name = publishing.rollback(place, rule, to, by, reason, datetime.now(UTC))
    typer.echo(f"{name} is draft, with the body of {rule}@{to}")


def history(
    context: typer.Context,
    rule: Rule,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List every step in the life of a rule's versions: when, who, why.

    Example: surveillance rules history spoofing
    """
    from surveillance.governance.lifecycle.history import history as versions_of

    place, now = show.installation(context), datetime.now(UTC)
    with place.session() as session:
        versions = versions_of(session, rule, now)
    if not versions:
        raise SurveillanceError(f"expected a published rule, was {rule!r}; see: rules list")
    columns = ["since", "version", "life", "by", "reason"]
    show.rows(_steps(versions), columns, how, as_json, where=where, limit=limit)
    if how is show.Format.TABLE and not as_json:
        for past in versions:
            if past.waiting and (lacking := past.proof.lacking(place.settings, now)):
                typer.echo(f"{past.proof.name} waits for {'; '.join(lacking)}")


def _steps(versions: "Iterable[VersionHistory]") -> list[dict[str, Any]]:
    taken = [(past.row, step) for past in versions for step in past.steps]
    return [
        {
            "since": step.since,
            "version": step.version,
            "life": step.life,
            "by": step.by,
            "reason": step.reason,
            "digest": row.digest,
            "author": row.author,
        }
        for row, step in sorted(taken, key=lambda pair: (pair[1].since, pair[1].id))
    ]


def diff(
    context: typer.Context,
    a: Annotated[str, typer.Argument(help="RULE@VERSION, a rule file, or RULE for the folder's.")],
    b: Annotated[str, typer.Argument(help="What to compare it with, named alike.")],
    as_json: show.Json = False,
) -> None:
    """Say in words how two versions of a rule behave differently, then line by line.

    Example: surveillance rules diff spoofing@1 spoofing@2
    """
    from surveillance.rules.difference import difference

    changes = difference(_text(context, a), _text(context, b), a, b)
    if as_json:
        show.document({"a": a, "b": b, "words": changes.words, "text": changes.text})
        return
    typer.echo("\n".join(f"- {sentence}" for sentence in changes.words))
    typer.echo("\n" + "\n".join(changes.text) if changes.text else "")


def _text(context: typer.Context, name: str) -> str:
    from surveillance.config import load_settings
    from surveillance.proof import rulebooks

    if Path(name).suffix in (".yml", ".yaml"):
        return show.existing(Path(name)).read_text(encoding="utf-8")
    if "@" in name:
        with show.installation(context).session() as session:
            return rulebooks.rule_text(session, *show.versioned(name))
    folder = load_settings(context.obj).rules
    paths = sorted(folder.glob(f"*/{name}.yml")) if name.isidentifier() else []
    if not paths:
        raise SurveillanceError(f"expected RULE@VERSION, a rule file or a rule, was {name!r}")
    return paths[0].read_text(encoding="utf-8")


def _do(
    context: typer.Context, by: str, verb: "Callable[[Session, Officer, datetime], None]"
) -> None:
    with show.installation(context).session() as session:
        verb(session, officer_of(session, by), datetime.now(UTC))
