"""Words for the rulebook: check it, lock it, read it, test it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surveillance.cli import show

if TYPE_CHECKING:
    from surveillance.model import Hit, Window
    from surveillance.rules.book import Entry, Rulebook
    from surveillance.rules.inline import Example
    from surveillance.studies.variations import Tried

rules_app = typer.Typer(no_args_is_help=True, help="The rules that say what to look for.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(rules_app, name="rules")


def _folder(context: typer.Context) -> Path:
    from surveillance.config import load_settings

    return load_settings(context.obj).rules


def _book(context: typer.Context) -> "Rulebook":
    from surveillance.rules.book import load_rulebook

    return load_rulebook(_folder(context))


def _entry(context: typer.Context, rule: str) -> "Entry":
    from surveillance.rules.book import load_rule

    return load_rule(_folder(context), rule)


@rules_app.command()
def check(context: typer.Context) -> None:
    """Check every rule: keys, types, logic, lock, detector, and its own tests. All faults at once.

    Exit code 1 if a test fails, 2 if a file is wrong.
    """
    from surveillance.activity import lineage
    from surveillance.detection import anomaly, feature_file, segments
    from surveillance.rules import practices
    from surveillance.rules.lock import check_lock

    folder, book = _folder(context), _book(context)
    definitions = feature_file.load(folder / "features.yml")
    segments.load(folder / "segments.yml")
    lineage.expect_locked()
    check_lock(book, folder)
    anomaly.check(book, definitions)
    practices.check(book, folder)
    failed = _tested(list(book.entries.values()))
    typer.echo(f"{failed} tests failed" if failed else f"{len(book.entries)} rules are in order")
    if failed:
        raise typer.Exit(1)


@rules_app.command()
def lock(context: typer.Context) -> None:
    """Write the digest of every new rule version to rules.lock.

    Behaviour that changed under a version that is locked is refused: raise the version first.
    """
    from surveillance.rules.lock import write_lock

    added = write_lock(_book(context), _folder(context))
    typer.echo("\n".join(f"locked {name}" for name in added) or "nothing new to lock")


@rules_app.command("list")
def list_rules(
    context: typer.Context,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List the rules of the folder, how far each version has come, and which one is in force."""
    from surveillance.governance import lifecycle
    from surveillance.rules.folder import listed

    now = datetime.now(UTC)
    with show.installation(context).session() as session:
        active = lifecycle.active(session, now)
        lives = lifecycle.lives_at(session, now)
    rows = [
        {
            "id": rule.id,
            "version": rule.version,
            "life": lives.get((rule.id, rule.version), "not published"),
            "in_force": active.get(rule.id),
            "title": rule.title,
            "risk": rule.risk,
            "typology": rule.typology,
            "severity": rule.severity,
            "needs": rule.needs,
            "practices": rule.practices,
            "digest": rule.digest,
        }
        for rule in listed(_folder(context))
    ]
    columns = ["id", "version", "life", "in_force", "risk", "severity", "title"]
    show.rows(rows, columns, how, as_json, where=where, limit=limit)
    if gone := sorted(active.keys() - {row["id"] for row in rows}):
        typer.echo(f"in force, but not in the folder: {', '.join(gone)}", err=True)


@rules_app.command("show")
def show_rule(
    context: typer.Context,
    rule: Annotated[str, typer.Argument(help="Rule id.")],
    version: Annotated[int | None, typer.Option(help="A version that was published.")] = None,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print the text of the file.")] = False,
) -> None:
    """Say in plain sentences what a rule looks for, or print the text that says so.

    Without a version it is the rule of the folder.

    Example: surveillance rules show spoofing

    Example: surveillance rules show spoofing --version 1 --yaml
    """
    from surveillance.activity.facts import relations
    from surveillance.rules.book import recall_rule
    from surveillance.rules.wording import worded

    if version is None:
        entry = _entry(context, rule)
    else:
        entry = recall_rule(_published(context, rule, version), f"{rule}@{version}")
    if as_yaml:
        typer.echo(entry.text, nl=False)
        return
    typer.echo("\n".join(worded(entry, relations())))


def _published(context: typer.Context, rule: str, version: int) -> str:
    from surveillance.proof import rulebooks

    with show.installation(context).session() as session:
        return rulebooks.rule_text(session, rule, version)


@rules_app.command()
def test(
    context: typer.Context,
    rule: Annotated[str | None, typer.Argument(help="Rule id; default: all.")] = None,
) -> None:
    """Run the tests that live in a rule; exit code 1 if one fails.

    Example: surveillance rules test spoofing
    """
    entries = [_entry(context, rule)] if rule else list(_book(context).entries.values())
    if _tested(entries, chatty=True):
        raise typer.Exit(1)


def _judged(entry: "Entry", example: "Example", window: "Window") -> "tuple[str, tuple[Hit, ...]]":
    from surveillance.detection.detect import try_example

    return try_example(entry, example, window)


def _tested(entries: "list[Entry]", chatty: bool = False) -> int:
    from surveillance.rules.examples import examples_of

    failed = 0
    for entry in entries:
        for test in examples_of(entry, _judged):
            failed += not test.passed
            mark = "known gap" if test.known_gap else "ok" if test.passed else "FAILED"
            if chatty or not test.passed:
                typer.echo(f"{mark:9} {test.rule_id}: {test.name}")
            if not test.passed:
                typer.echo(f"          {test.message}")
    return failed


@rules_app.command("try")
def try_cases(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Cases as YAML; see docs/rules.md.")],
    as_json: show.Json = False,
) -> None:
    """Judge cases of conduct by the whole rulebook: who is missed, who is accused.

    A file is a list of cases. Each has an id, rows by table as `background` and `act` (as in the
    tests of rules: times are offsets, `times` and `apart` repeat a row), and what is expected:
    `guilty` accounts have an alert of one of `typologies`, nobody else has but those of `may`;
    `silent: true` and every background alone have none. Exit code 1 if a case is not as expected.

    Example: surveillance rules try cases.yml
    """
    from surveillance.studies import variations

    cases, book = variations.read(show.existing(path)), _book(context)
    with show.progress(len(cases), "cases") as step:
        tried = []
        for each in variations.tried(cases, book):
            tried.append(each)
            step(each.case.id)
    as_expected = sum(each.as_expected for each in tried)
    if as_json:
        show.document([_said(each) for each in tried])
    else:
        show.rows([_told(each) for each in tried], _TRIED, show.Format.TABLE)
        typer.echo(f"{as_expected} of {len(tried)} as expected")
    if as_expected < len(tried):
        raise typer.Exit(1)


_TRIED = ["id", "as_expected", "missed", "accused", "alerts", "name"]


def _said(tried: "Tried") -> dict[str, object]:
    return {
        "id": tried.case.id,
        "as_expected": tried.as_expected,
        "missed": tried.missed,
        "accused": tried.accused,
    }


def _told(tried: "Tried") -> dict[str, object]:
    alerts = sorted({f"{subject} ({rule})" for subject, rule in tried.alerts})
    return _said(tried) | {"alerts": [*alerts, *tried.unable], "name": tried.case.name}
