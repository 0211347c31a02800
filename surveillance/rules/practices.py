"""What rules are held against: the practices, red flags and offences of ``coverage.yml``.

The file is data, because the law's list is not ours to code: a practice has the source and the
letter that rules name in their own ``practices``. The law lists some practices under several
indicators; those rows say which one they are the ``same_as``, and what answers one answers all.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from surveillance import yamlfile
from surveillance.errors import RuleError, SurveillanceError
from surveillance.rules.book import Rulebook
from surveillance.rules.schema import Rule

NAME = "coverage.yml"
_PART = re.compile(r"\([^()]*\)$")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Practice(_Strict):
    """One row: what it is called and means, or which other row it repeats.

    ``law`` are citations that answer it where a rule names no practice; ``gap`` says why no rule
    does; where it does not apply, this venue cannot see such a thing by its nature.
    """

    code: str = Field(min_length=1)
    group: str
    name: str = ""
    meaning: str = ""
    same_as: str = ""
    law: tuple[str, ...] = ()
    gap: str = ""
    applies: bool = True

    @model_validator(mode="after")
    def _whole(self) -> "Practice":
        if bool(self.same_as) == bool(self.name and self.meaning):
            raise ValueError("expected either name and meaning or same_as")
        if not self.applies and not self.gap:
            raise ValueError("expected gap, the reason why it does not apply")
        return self


class Section(_Strict):
    """The rows of one source."""

    source: str
    title: str
    about: str
    rows: tuple[Practice, ...]


class _File(_Strict):
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Reference:
    """Every section, and every row by its full name such as ``2016/522 Annex II 5(e)``."""

    sections: tuple[Section, ...]
    rows: Mapping[str, Practice]

    def meant(self, name: str) -> str | None:
        """Return the row that a rule means by a practice, the original where rows repeat it."""
        while name not in self.rows:
            shorter = _PART.sub("", name)
            if shorter == name:
                return None
            name = shorter
        return self.original(name)

    def original(self, name: str) -> str:
        """Return the row that a row repeats, or the row itself."""
        return self.rows[name].same_as or name

    def unknown(self, rule: Rule) -> Iterator[str]:
        """Yield the practices of a rule that no row is called."""
        return (name for name in rule.practices if self.meant(name) is None)


def load(folder: Path) -> Reference:
    """Read and check the reference of a rulebook's folder.

    Raises:
        RuleError: every fault, with line and column.
    """
    document = yamlfile.load(folder / NAME, RuleError)
    sections = document.validate(_File).sections
    placed = [
        (("sections", at, "rows", number), f"{section.source} {row.code}", row)
        for at, section in enumerate(sections)
        for number, row in enumerate(section.rows)
    ]
    rows = {name: row for _, name, row in placed}
    names = [name for _, name, _ in placed]
    faults = [
        document.fault((*loc, "code"), f"expected each code once, was {name!r} twice")
        for loc, name, _ in placed
        if names.count(name) > 1
    ]
    faults += [
        document.fault(
            (*loc, "same_as"), f"expected a row that is no repetition, was {row.same_as!r}"
        )
        for loc, _, row in placed
        if row.same_as and (row.same_as not in rows or rows[row.same_as].same_as)
    ]
    if faults:
        raise RuleError(faults)
    return Reference(sections, rows)


def _near(name: str, reference: Reference) -> str:
    near = difflib.get_close_matches(name, reference.rows, n=2)
    return f", did you mean {' or '.join(map(repr, near))}?" if near else ""


def check(book: Rulebook, folder: Path) -> None:
    """Refuse a rulebook that names a practice which its folder's reference does not have.

    Raises:
        SurveillanceError: every such practice, with the rule that names it.
    """
    reference = load(folder)
    unknown = [
        f"{entry.path}: {name!r}{_near(name, reference)}"
        for entry in book.entries.values()
        for name in reference.unknown(entry.rule)
    ]
    if unknown:
        raise SurveillanceError(f"expected practices of {NAME}, was {'; '.join(unknown)}")
