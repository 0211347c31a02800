"""How a table of text is laid out: its delimiter, what stands before its header, its columns.

What a venue file does not say is recognised where that is safe; where it is not, the refusal
names the setting that is missing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from surveillance.activity.venue import Relation
from surveillance.activity.venue.records import Cutter
from surveillance.errors import SourceError

DELIMITERS = ",;\t|"
_LOOKED_AT = 60
_HEADER_LINES = 20
_WORD = re.compile(r"[^\W\d]")
_JSON = re.compile(r'\s*(\{\s*("|$)|\[\s*([\[{"]|$))')
_MAX_COLUMNS = 10_000


@dataclass(frozen=True, slots=True)
class Layout:
    """Delimiter, lines before the first record, and the names of the columns as written."""

    cutter: Cutter
    before: int
    names: tuple[str, ...]
    remark: str | None = None


def layout(path: Path, head: str, spec: Relation) -> Layout:
    """Recognise the layout of the table in ``path`` by its first lines.

    Raises:
        SourceError: there is no line of column names, or what stands before it is not clear.
    """
    lines = re.split(r"\r\n|\r|\n", head)
    whole = lines[:_LOOKED_AT] if len(lines) > 1 else lines
    cutter = Cutter(spec.delimiter or _delimiter(whole[spec.skip or 0 :], spec), spec.quote)
    skip, remark = (
        (spec.skip, None) if spec.skip is not None else _preamble(path, whole, cutter, spec)
    )
    place = _first(lines, skip)
    if place is None:
        raise SourceError(f"expected a line of column names in {path}, was an empty file")
    if isinstance(spec.header, list):
        return Layout(cutter, skip, tuple(spec.header), remark)
    names, taken = _names(path, lines, place, cutter)
    if not spec.header:
        return Layout(cutter, skip, tuple(f"c{n}" for n in range(1, len(names) + 1)), remark)
    return Layout(cutter, place + taken, tuple(name.strip() for name in names), remark)


def _first(lines: Sequence[str], skip: int) -> int | None:
    """Return the first line that is not blank, after those to skip."""
    filled = (place for place, line in enumerate(lines) if place >= skip and line.strip())
    return next(filled, None)


def _names(
    path: Path, lines: Sequence[str], place: int, cutter: Cutter
) -> tuple[tuple[str, ...], int]:
    """Return the values of the record at ``place``, and how many lines it goes over."""
    if _JSON.match(lines[place]):
        raise SourceError(
            f"expected a line of column names in {path}:{place + 1}, was JSON: "
            f"{lines[place][:80]!r}; say `format: json`, or `format: jsonl` of one record a line"
        )
    for taken in range(1, _HEADER_LINES):
        text = "\n".join(lines[place : place + taken])
        values = cutter.cut(text)
        if values is not None:
            if len(values) > _MAX_COLUMNS:
                raise SourceError(f"{path}: expected at most {_MAX_COLUMNS} columns")
            return values, taken
        if not cutter.is_open(text):
            break
    raise SourceError(
        f"expected a line of column names in {path}:{place + 1}, was {lines[place][:80]!r}, "
        "whose quotes do not close; say `quote` or `skip`"
    )


def _delimiter(lines: Sequence[str], spec: Relation) -> str:
    """Return the delimiter that cuts the header into most columns, and the lines below alike."""
    filled = [line for line in lines if line.strip()]
    if not filled:
        return DELIMITERS[0]

    def worth(delimiter: str) -> tuple[int, int]:
        widths = [_width(Cutter(delimiter, spec.quote), line) for line in filled]
        usual = _usual(widths)
        return (widths.count(usual) if usual > 1 else 0, usual)

    best = max(DELIMITERS, key=worth)
    return best if worth(best)[0] else DELIMITERS[0]


def _width(cutter: Cutter, line: str) -> int:
    values = cutter.cut(line)
    return 0 if values is None else len(values)


def _usual(widths: Sequence[int]) -> int:
    """Return the width of most lines; of two, the greater."""
    return max(widths, key=lambda width: (widths.count(width), width), default=0)


def _preamble(
    path: Path, lines: Sequence[str], cutter: Cutter, spec: Relation
) -> tuple[int, str | None]:
    """Return how many lines stand before the header, and a remark if there are any.

    Raises:
        SourceError: a header stands further down, but not everything before it is a plain title.
    """
    widths = [_width(cutter, line) if line.strip() else 0 for line in lines]
    start = _first(lines, 0)
    usual = _usual([width for width in widths if width])
    if spec.header is not True or start is None or usual < 2 or widths[start] == usual:
        return 0, None
    place = widths.index(usual)
    if not _is_header(lines[place], cutter):
        return 0, None
    if any(width > 1 for width in widths[:place]):
        raise SourceError(
            f"expected a line of column names in {path}:{start + 1}, was {lines[start][:80]!r}; "
            f"if they are on line {place + 1} say `skip: {place}`"
        )
    return place, f"{place} lines before the column names were passed over; say `skip: {place}`"


def _is_header(line: str, cutter: Cutter) -> bool:
    names = [name.strip() for name in cutter.cut(line) or ()]
    words = all(_WORD.match(name) for name in names)
    return words and len({name.lower() for name in names}) == len(names)


def engine_names(
    headers: Sequence[Sequence[str]], reserved: frozenset[str]
) -> tuple[list[list[str]], dict[str, frozenset[str]]]:
    """Return a name for the engine for each column of each file, and by exact name which it has.

    The engine takes no notice of case and answers some names itself, so that columns that differ
    in case alone, stand twice or are ``reserved`` go under a longer name, which says their place.
    """
    named = [[name or f"c{place}" for place, name in enumerate(names, 1)] for names in headers]
    first: dict[str, str] = {}
    places: dict[str, int] = {}
    for names in named:
        for place, name in enumerate(names, 1):
            first.setdefault(name.lower(), name)
            places.setdefault(name, place)
    apart = {low for names in named for low in _differing(names)}
    engine: list[list[str]] = []
    exact: dict[str, set[str]] = {}
    for names in named:
        engine.append([])
        for place, name in enumerate(names, 1):
            low = name.lower()
            if names.count(name) > 1:
                column = f"{name} (column {place})"
            elif low in reserved or (low in apart and name != first[low]):
                column = f"{name} (column {places[name]})"
            else:
                column = name if low in apart else first[low]
            engine[-1].append(column)
            exact.setdefault(name, set()).add(column)
            exact.setdefault(column, set()).add(column)
    return engine, {name: frozenset(columns) for name, columns in exact.items()}


def _differing(names: Sequence[str]) -> set[str]:
    """Return, in small letters, the names that stand in one header in more than one spelling."""
    spellings: dict[str, set[str]] = {}
    for name in names:
        spellings.setdefault(name.lower(), set()).add(name)
    return {low for low, several in spellings.items() if len(several) > 1}
