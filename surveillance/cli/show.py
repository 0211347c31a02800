"""How a list is shown: a table for people, JSON or CSV for machines; and progress meanwhile."""

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer
from typer.core import TyperGroup

from surveillance.canonical import canonical
from surveillance.errors import SurveillanceError
from surveillance.times import format_time, parse_time

if TYPE_CHECKING:
    from surveillance.installation import Installation


class Format(StrEnum):
    """How a list is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class Defaulting(TyperGroup):
    """A group of words of which the first may be left out."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in the word that was left out."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)


Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Write JSON.")]
As: TypeAlias = Annotated[Format, typer.Option("--format", help="How to write the list.")]
Where: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--where", help="FIELD=VALUE, as JSON has them; may be repeated: all must hold."),
]
Limit: TypeAlias = Annotated[
    int | None, typer.Option("--limit", min=1, help="How many at most; default all.")
]
Run: TypeAlias = Annotated[str, typer.Argument(help="Run id, the beginning of one, or latest.")]


def installation(context: typer.Context) -> "Installation":
    """Open the installation that ``--home`` names."""
    from surveillance.config import load_settings
    from surveillance.installation import open_installation
    from surveillance.records.identity import keyboard

    return open_installation(load_settings(context.obj), keyboard())


def moment(text: str | None) -> datetime | None:
    """Read a time option, or return None."""
    return None if text is None else parse_time(text)


def versioned(text: str) -> tuple[str, int]:
    """Read RULE@VERSION, such as ``spoofing@2``."""
    rule, _, version = text.partition("@")
    if not version.isdecimal():
        raise SurveillanceError(f"expected RULE@VERSION such as spoofing@2, was {text!r}")
    return rule, int(version)


def existing(path: Path) -> Path:
    """Return a path that must be there."""
    if not path.exists():
        raise SurveillanceError(f"expected a file, was {path}, which does not exist")
    return path


def rows(
    records: Sequence[Mapping[str, Any]],
    shown: Sequence[str],
    how: Format,
    as_json: bool = False,
    empty: str = "nothing",
    *,
    where: Sequence[str] | None = None,
    limit: int | None = None,
) -> None:
    """Write a list; ``shown`` are the columns that a table has room for, in order."""
    wanted = _chosen(records, where or ())
    records = wanted[:limit]
    if as_json or how is Format.JSON:
        document(list(records))
    elif how is Format.CSV:
        _csv(records, list(records[0]) if records else shown)
    elif not records:
        typer.echo(empty)
    else:
        _table([[_brief(row.get(name)) for name in shown] for row in records], shown)
    if len(wanted) > len(records):
        remark(f"{len(wanted) - len(records)} more; see: --limit")


def _chosen(
    records: Sequence[Mapping[str, Any]], where: Sequence[str]
) -> Sequence[Mapping[str, Any]]:
    """Return the rows whose fields have some values; of a list, one of its own is enough."""
    for condition in where:
        name, equals, value = condition.partition("=")
        if not equals or (records and name not in records[0]):
            known = ", ".join(records[0]) if records else "its fields"
            raise SurveillanceError(f"expected FIELD=VALUE of {known}; was {condition!r}")
        records = [row for row in records if value in _written(row[name])]
    return records


def _written(value: Any) -> list[str]:
    many = value if isinstance(value, (list, tuple)) else [value]
    return [str(each).lower() if isinstance(each, bool) else _brief(each) for each in many]


def document(value: Any) -> None:
    """Write any value as indented JSON, keys in the order given."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, default=_plain))


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else _scalar(value)


def _csv(records: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in records:
        writer.writerow([_safe(_exact(row[name])) for name in columns])


def _safe(text: str) -> str:
    """Keep a spreadsheet from running what a trader named an account."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _exact(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return canonical(value) if isinstance(value, (Mapping, list, tuple)) else _scalar(value)


def _scalar(value: Any) -> str:
    return canonical(value).strip('"')


def _brief(value: Any) -> str:
    """Write a value as people read it in a table; CSV and JSON have all of it."""
    if isinstance(value, Mapping):
        return ", ".join(f"{_brief(item)} {name}" for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_brief(item) for item in value)
    if isinstance(value, datetime):
        return format_time(value).replace(".000000Z", "Z")
    return _exact(value)


def _table(cells: Sequence[Sequence[str]], shown: Sequence[str]) -> None:
    """Fold wide cells on a terminal; anywhere else keep every row on one line, to be searched."""
    titles = [name.replace("_", " ") for name in shown]
    numeric = [all(_is_number(row[n]) for row in cells if row[n]) for n in range(len(shown))]
    if sys.stdout.isatty():
        _folded(cells, titles, numeric)
        return
    lines = [titles, *cells]
    widths = [max(len(line[n]) for line in lines) for n in range(len(shown))]
    for line in lines:
        padded = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        )
        typer.echo("  ".join(padded).rstrip())


def _folded(cells: Sequence[Sequence[str]], titles: Sequence[str], numeric: Sequence[bool]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for n, title in enumerate(titles):
        side: Any = "right" if numeric[n] else "left"
        table.add_column(title, justify=side, no_wrap=n == 0, overflow="fold")
    for row in cells:
        table.add_row(*map(escape, row))
    Console().print(table)


def remark(text: str) -> None:
    """Say something on the error stream that a person should know and no program reads."""
    typer.echo(f"note: {text}", err=True)


@contextmanager
def progress(total: int | None, title: str) -> Iterator[Callable[[str], None]]:
    """Show a bar on a terminal's error stream; call what is given once for each step."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.fields[title]:<12}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    console = Console(stderr=True)
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as shown:
        task = shown.add_task("", total=total, title=title)

        def step(text: str) -> None:
            shown.update(task, advance=1, description=text)

        yield step
