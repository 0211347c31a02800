"""A file a person wrote in YAML: plain values, and the place of each for the messages.

Only the part of YAML that says what it means: no anchors, aliases, merge keys or tags of its own,
no key twice, keys and dates are text, a number is read only if it comes back digit for digit, and
every character can be seen. All faults of a file are raised together, each with its line and
column, so that one reading names them all. A file is read only up to a size that people write.
In a file of rows a list that comes again may be named by an anchor, up to a number of values.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from surveillance.characters import unseen
from surveillance.errors import Fault, FileError

Loc: TypeAlias = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

_TAG = "tag:yaml.org,2002:"
_TEXT = ("str", "timestamp", "merge", "value")
_PLAIN = (f"{_TAG}map", f"{_TAG}seq")
_MAX_TEXT = 256_000
MAX_ROWS = 4_000_000
"""Rows written out take more text than anything else that a person writes."""
_MAX_VALUES = 500_000
"""Aliases of aliases make a small text a large value."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands, 1-based, and where its text begins if it is a scalar."""

    line: int
    column: int
    text_line: int
    text_column: int
    style: str


@dataclass(frozen=True)
class Document:
    """One YAML file: ``data`` of plain values, and the place of every path within it."""

    path: Path | str
    text: str
    data: Any
    places: Mapping[Loc, Place]
    error: type[FileError] = FileError

    def fault(self, loc: Sequence[str | int], message: str) -> Fault:
        """Describe a mistake at ``loc``, or at the nearest place above it that is written."""
        known = self._known(loc)
        place = self.places[known]
        return Fault(self.path, place.line, place.column, message, _dotted(known))

    def fault_within(self, loc: Loc, line: int, column: int, message: str) -> Fault:
        """Describe a mistake inside the text at ``loc``; line and column count from its start."""
        known = self._known(loc)
        where = self._within(self.places[known], line, column)
        return Fault(self.path, *where, message, _dotted(known))

    def validate(self, model: type[Model]) -> Model:
        """Read the document as ``model``, or raise every fault in it as the document's error."""
        try:
            return model.model_validate(self.data)
        except ValidationError as invalid:
            raise self.error([self._explain(error) for error in invalid.errors()]) from None

    def _explain(self, error: Mapping[str, Any]) -> Fault:
        return self.fault(error["loc"], _message(error))

    def _known(self, loc: Sequence[str | int]) -> Loc:
        """Drop the steps pydantic adds (tags of a union, names of types) and the unwritten."""
        known: Loc = ()
        for step in loc:
            if (*known, step) in self.places:
                known = (*known, step)
        return known

    def _within(self, place: Place, line: int, column: int) -> tuple[int, int]:
        lines = self.text.splitlines()
        if place.style == "|":
            indent = _indent(lines[place.text_line - 1 :])
            return place.text_line + line - 1, indent + column
        row, left = place.text_line, column
        start = _indent(lines[row - 1 :]) + 1 if place.style == ">" else place.text_column
        while row < len(lines) and left > len(lines[row - 1].rstrip()) - start + 1:
            left -= len(lines[row - 1].rstrip()) - start + 2
            row, start = row + 1, _indent(lines[row:]) + 1
        return row, start + left - 1


class Part(BaseModel):
    """A part of a file: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


@dataclass
class _Walk:
    """One pass over the parsed nodes, gathering places and faults."""

    path: Path | str
    aliases: bool = False
    places: dict[Loc, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def value(self, node: Node, loc: Loc) -> Any:
        self.places.setdefault(loc, _place(node, node))
        if len(self.places) > _MAX_VALUES:
            raise ValueError(f"expected at most {_MAX_VALUES} values, were more")
        if node.anchor is not None and not self.aliases:
            return self._refuse(node, loc, "expected no anchor or alias, was one")
        if isinstance(node, (MappingNode, SequenceNode)) and str(node.tag) not in _PLAIN:
            return self._refuse(node, loc, f"expected a plain value, was tagged {node.tag}")
        if isinstance(node, MappingNode):
            return self._mapping(node, loc)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*loc, index)) for index, item in enumerate(node.value)]
        text = str(node.value)
        if (place := unseen(text)) is not None:
            return self._refuse(node, loc, _hidden(text[place]))
        return self._scalar(node, loc, text)

    def _mapping(self, node: MappingNode, loc: Loc) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._refuse(key, loc, "expected text as a key, was a list or mapping")
                continue
            name = str(key.value)
            if name == "<<":
                self._refuse(key, loc, "expected each key written out, was a merge key")
                continue
            if name in values:
                first = self.places[(*loc, name)].line
                self._refuse(key, (*loc, name), f"expected each key once, was also on line {first}")
                continue
            self.places[(*loc, name)] = _place(key, value)
            values[name] = self.value(value, (*loc, name))
        return values

    def _scalar(self, node: Node, loc: Loc, text: str) -> Any:
        tag = str(node.tag).removeprefix(_TAG)
        if tag in _TEXT:
            return text
        if tag == "null":
            return None
        if tag == "bool" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if tag not in ("int", "float"):
            return self._refuse(node, loc, f"expected a plain value, was tagged {tag}")
        number = _number(text, tag)
        if number is None:
            return self._refuse(
                node, loc, f"expected a number that comes back as written, was {text}; quote it"
            )
        return number

    def _refuse(self, node: Node, loc: Loc, message: str) -> None:
        mark = node.start_mark
        fault = Fault(self.path, mark.line + 1, mark.column + 1, message, _dotted(loc))
        self.faults.append(fault)


def load(path: Path, error: type[FileError] = FileError) -> Document:
    """Read the YAML file at ``path``; its faults are raised as ``error``."""
    return parse(text_of(path, error), path, error)


def text_of(path: Path, error: type[FileError] = FileError, most: int = _MAX_TEXT) -> str:
    """Return the text of the file at ``path``, no longer than can be read; or raise ``error``."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(most + 1)
    except (OSError, UnicodeDecodeError) as wrong:
        fault = Fault(path, 1, 1, f"expected a readable UTF-8 file, was {wrong}")
        raise error([fault]) from None


def parse(
    text: str, path: Path | str, error: type[FileError] = FileError, *, rows: bool = False
) -> Document:
    """Read YAML ``text`` that came from ``path``; its faults are raised as ``error``.

    A file of ``rows`` may be longer, and name what comes again by an alias.
    """
    if len(text) > (most := MAX_ROWS if rows else _MAX_TEXT):
        message = f"expected at most {most} characters, was more"
        raise error([Fault(path, 1, 1, message)])
    if (place := unseen(text.removeprefix("\ufeff"))) is not None:
        raise error([_unseen_fault(text.removeprefix("\ufeff"), place, path)])
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except (YAMLError, RecursionError, ValueError, OverflowError) as wrong:
        raise error([_syntax_fault(wrong, path)]) from None
    if root is None:
        raise error([Fault(path, 1, 1, "expected a YAML mapping, was an empty file")])
    walk = _Walk(path, rows)
    try:
        data = walk.value(root, ())
    except (ValueError, RecursionError) as wrong:
        raise error([_syntax_fault(wrong, path)]) from None
    if walk.faults:
        raise error(walk.faults)
    return Document(path, text, data, walk.places, error)


def _syntax_fault(wrong: Exception, path: Path | str) -> Fault:
    mark = getattr(wrong, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    problem = wrong.problem if isinstance(wrong, MarkedYAMLError) else str(wrong).splitlines()[0]
    return Fault(path, line, column, f"expected YAML, was unreadable: {problem}")


def _unseen_fault(text: str, place: int, path: Path | str) -> Fault:
    before = text[:place]
    line, column = before.count("\n") + 1, place - before.rfind("\n")
    return Fault(path, line, column, _hidden(text[place]))


def _hidden(char: str) -> str:
    return f"expected text that can be seen, was the character U+{ord(char):04X}"


def _place(shown: Node, value: Node) -> Place:
    """Return the place of ``shown`` (the key, where there is one) and of the text of ``value``."""
    style = getattr(value, "style", None) or ""
    start = value.start_mark
    block = style in ("|", ">")
    text_line = start.line + (2 if block else 1)
    text_column = start.column + (2 if style in ("'", '"') else 1)
    line, column = shown.start_mark.line + 1, shown.start_mark.column + 1
    return Place(line, column, text_line, text_column, style)


def _indent(lines: Sequence[str]) -> int:
    return next((len(line) - len(line.lstrip()) for line in lines if line.strip()), 0)


def _number(text: str, tag: str) -> int | float | None:
    """Read a number, or return nothing where digits, a base or leading zeros would be lost."""
    plain = text.replace("_", "").removeprefix("+")
    if tag == "int":
        return int(plain) if re.fullmatch(r"-?(0|[1-9]\d{0,17})", plain) else None
    if not re.fullmatch(r"-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", plain, re.IGNORECASE):
        return None
    value = float(plain)
    try:
        is_exact = math.isfinite(value) and Decimal(plain) == Decimal(repr(value))
    except InvalidOperation:  # an exponent that not even a decimal holds
        return None
    return value if is_exact else None


def _dotted(loc: Sequence[str | int]) -> str:
    return ".".join(str(step) for step in loc)


def _message(error: Mapping[str, Any]) -> str:
    name = error["loc"][-1] if error["loc"] else ""
    match error["type"]:
        case "missing":
            return f"expected the key {name!r}, was absent"
        case "extra_forbidden":
            return f"expected a key that is known here, was {name!r}"
        case "value_error" | "assertion_error":
            return str(error["ctx"]["error"])
    if error["type"] in ("model_type", "dict_type"):
        return f"expected keys with values, such as {{key: value}}, was {error['input']!r}"
    expected = str(error["msg"]).removeprefix("Input should be ").split(", unable")[0]
    return f"expected {expected}, was {error['input']!r}"
