"""A venue file proposed from the files themselves: headers, the first hundred rows, and judgement.

Whatever is not certain is said beside it as a comment, for a person decides what the venue means.
"""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from surveillance.activity.venue.draft.matching import Match, match
from surveillance.activity.venue.draft.select import Selected, selected
from surveillance.activity.venue.draft.sheet import Sheet, sheet
from surveillance.errors import SourceError

__all__ = ["Draft", "draft"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed venue file; ``folder`` is where its patterns are at home, ``missing`` says which
    required columns nothing fills, and ``strangers`` which files seem to be no table."""

    text: str
    folder: Path
    missing: tuple[str, ...]
    strangers: tuple[Path, ...]


def draft(paths: Sequence[Path], name: str = "my-venue", folder: Path | None = None) -> Draft:
    """Propose a venue file for some files; ``folder`` is where it will stand, if it is above them.

    Raises:
        SourceError: a file cannot be read, or there is none.
    """
    if not paths:
        raise SourceError("expected files, was none")
    home = _home([path.resolve() for path in paths], folder)
    groups = _grouped(sheet(path.resolve()) for path in paths)
    pairs = [(group, match(group[0])) for group in groups]
    chosen = _relations([(group, found) for group, found in pairs if found], home)
    strangers = tuple(group[0].path for group, found in pairs if not found)
    missing = tuple(
        f"{each.match.table.name}.{column} of {each.glob}"
        for each in chosen
        for column in each.match.missing
    )
    return Draft(_text(name, chosen, strangers), home, missing, strangers)


@dataclass(frozen=True, slots=True)
class _Relation:
    """Files of one layout, under the name of their relation."""

    name: str
    glob: str
    match: Match
    selected: Selected


def _home(paths: Sequence[Path], folder: Path | None) -> Path:
    if folder is not None and all(path.is_relative_to(folder.resolve()) for path in paths):
        return folder.resolve()
    return Path(os.path.commonpath([path.parent for path in paths]))


def _grouped(sheets: Iterable[Sheet]) -> list[list[Sheet]]:
    """Gather files that one pattern names and that are laid out alike."""
    groups: dict[tuple[object, ...], list[Sheet]] = {}
    for each in sheets:
        pattern = re.sub(r"[0-9]+", "*", each.path.name)
        groups.setdefault((each.path.parent, pattern, each.shape), []).append(each)
    return list(groups.values())


def _relations(pairs: Sequence[tuple[list[Sheet], Match]], home: Path) -> list[_Relation]:
    relations: list[_Relation] = []
    for group, found in pairs:
        stem = re.sub(r"[^a-z]+", "_", group[0].path.name.split(".")[0].lower()).strip("_")
        taken = {each.name for each in relations}
        first = f"raw_{stem or 'rows'}"
        name = next(
            each
            for n in range(1, 10_000)
            if (each := first if n == 1 else f"{first}_{n}") not in taken
        )
        relations.append(_Relation(name, _glob(group, home), found, selected(found, name)))
    return relations


def _glob(group: Sequence[Sheet], home: Path) -> str:
    path = group[0].path.relative_to(home)
    name = re.sub(r"([\[*?])", r"[\1]", path.name)
    if len(group) > 1:
        name = re.sub(r"[0-9]+", "*", name)
    return (path.parent / name).as_posix()


def _text(name: str, relations: Sequence[_Relation], strangers: Sequence[Path]) -> str:
    lines = [
        "# A draft, made from the beginning of each file. Read it line by line, answer what is",
        "# marked QUESTION, and try it: surveillance venue check FILE",
        f"venue: {name}",
        "source: files",
    ]
    if local := [each.name for each in relations if each.selected.is_local]:
        lines += [
            f"# QUESTION: stamps in {', '.join(local)} have no offset: which zone are they of?",
            "time_zone: UTC",
        ]
    if words := _words(relations):
        lines += ["words:", *words]
    lines += ["# products: [spot]  # QUESTION: what does the venue trade? default: everything"]
    lines += ["files:", *(line for each in relations for line in _file(each))]
    lines += [f"  # {path.name} seems to be no table of the catalogue" for path in strangers]
    lines += ["tables:" if relations else "tables: {}"]
    for table in dict.fromkeys(each.match.table.name for each in relations):
        lines += _table(table, [each for each in relations if each.match.table.name == table])
    return "\n".join(lines if relations else _emptied(lines)) + "\n"


def _emptied(lines: Sequence[str]) -> list[str]:
    return ["files: {}" if line == "files:" else line for line in lines]


def _words(relations: Sequence[_Relation]) -> list[str]:
    said: dict[str, dict[str, str | None]] = {}
    for each in relations:
        for place, meanings in each.selected.words.items():
            said.setdefault(place, {}).update(meanings)
    lines = []
    for place, meanings in said.items():
        known = {word: means for word, means in meanings.items() if means}
        strange = [_quoted(word) for word, means in meanings.items() if not means]
        pairs = ", ".join(f"{_quoted(word)}: {means}" for word, means in known.items())
        question = f"  # QUESTION: what means {', '.join(strange)}?" if strange else ""
        lines.append(f"  {place}: {{{pairs}}}{_line(question)}")
    return lines


def _file(relation: _Relation) -> list[str]:
    spec = {**relation.match.sheet.spec, **relation.selected.spec}
    keys = "".join(f", {key}: {_quoted(str(value))}" for key, value in spec.items())
    lines = [f"  {relation.name}: {{glob: {_quoted(relation.glob)}{keys}}}"]
    return [*lines, *(f"  # {_line(remark)}" for remark in relation.match.sheet.remarks)]


def _table(table: str, relations: Sequence[_Relation]) -> list[str]:
    lines = [f"  # {each.glob} seems to be {table}" for each in relations]
    notes = dict.fromkeys(note for each in relations for note in each.selected.notes)
    lines += [f"  # {_line(note)}" for note in notes]
    columns = list(dict.fromkeys(name for each in relations for name in each.selected.columns))
    lines.append(f"  {table}: |")
    for number, each in enumerate(relations):
        lines += ["    union all"] if number else []
        lines.append(f"    {each.selected.select(columns, each.name)}")
    return lines


def _quoted(text: str) -> str:
    """Write a text in YAML, whatever is in it."""
    escaped = "".join(
        character
        if character.isprintable() and character not in '"\\'
        else f"\\U{ord(character):08x}"
        for character in text
    )
    return f'"{escaped}"'


def _line(text: str) -> str:
    """Return a text that cannot end a comment."""
    return "".join(character if character.isprintable() else "?" for character in text)
