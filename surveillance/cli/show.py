"""How a list is shown: a table for people, JSON or CSV for machines; and progress meanwhile."""

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from surveillance.model import canonical, parse_time

if TYPE_CHECKING:
    from surveillance.installation import Installation


class Format(StrEnum):
    """How a list is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Write JSON; same as --format json.")]
As: TypeAlias = Annotated[Format, typer.Option("--format", help="How to write the list.")]
Time: TypeAlias = Annotated[
    str | None, typer.Option(help="A time such as 2026-03-02 or 2026-03-02T14:30:00Z.")
]


def installation(context: typer.Context) -> "Installation":
    """Open the installation that ``--home`` names."""
    from surveillance.config import load_settings
    from surveillance.installation import open_installation

    return open_installation(load_settings(context.obj))


def moment(text: str | None) -> Any:
    """Read a time option, or return None."""
    return None if text is None else parse_time(text)


def rows(
    found: Sequence[Mapping[str, Any]],
    shown: Sequence[str],
    how: Format,
    as_json: bool = False,
    empty: str = "nothing",
) -> None:
    """Write a list; ``shown`` are the columns that a table has room for, in order."""
    if as_json or how is Format.JSON:
        document(list(found))
    elif how is Format.CSV:
        _csv(found)
    elif not found:
        typer.echo(empty)
    else:
        _table(found, shown)


def document(value: Any) -> None:
    """Write any value as indented JSON."""
    plain = json.loads(canonical(value))
    typer.echo(json.dumps(plain, indent=2, ensure_ascii=False))


def _csv(found: Sequence[Mapping[str, Any]]) -> None:
    if not found:
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(found[0])
    for row in found:
        writer.writerow([_safe(_cell(value)) for value in row.values()])


def _safe(text: str) -> str:
    """Keep a spreadsheet from running what a trader named an account."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _table(found: Sequence[Mapping[str, Any]], shown: Sequence[str]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in shown:
        numeric = all(isinstance(row.get(name), (int, float)) for row in found)
        table.add_column(name.replace("_", " "), justify="right" if numeric else "left")
    for row in found:
        table.add_row(*(escape(_cell(row.get(name))) for name in shown))
    Console(soft_wrap=not sys.stdout.isatty()).print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, (dict, list, tuple)):
        return canonical(value)
    return canonical(value).strip('"')


@contextmanager
def progress(total: int | None, title: str) -> Iterator[Callable[[str], None]]:
    """Show a bar on the terminal's error stream; call what is given once for each step."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.fields[title]:<12}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=total, title=title)

        def step(text: str) -> None:
            shown.update(task, advance=1, description=text)

        yield step


def existing(path: Path) -> Path:
    """Refuse a file that is not there."""
    if not path.exists():
        raise typer.BadParameter(f"expected a file, was {path}, which does not exist")
    return path
