"""The rulebook: every rule of a folder, checked together, so that one reading names every fault.

A rule is one file ``<risk>/<id>.yml``; there is no list to edit. The same reading serves rule
texts that come from the database, which is how a replay judges with a version long replaced.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from surveillance.activity.catalogue import Table
from surveillance.activity.facts import reach_of, relations
from surveillance.errors import Fault, RuleError
from surveillance.model import digest
from surveillance.rules.compile import Compiled, compile_rule
from surveillance.rules.schema import Rule
from surveillance.yamlfile import Document, parse, text_of

RESERVED = ("segments.yml", "features.yml", "coverage.yml", "patterns.yml")


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule version of a rulebook: parsed, compiled, and the text it came from."""

    rule: Rule
    compiled: Compiled
    text: str
    path: str

    @property
    def reach(self) -> timedelta:
        """Return how far before a run's start the rule, and the facts it reads, look."""
        return self.compiled.reach + reach_of(self.compiled.tables)

    @property
    def digest(self) -> str:
        """Return the digest of the rule's behaviour."""
        return self.rule.behaviour

    @property
    def text_digest(self) -> str:
        """Return the digest of the bytes of the rule file."""
        return digest(self.text)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Rules by id, in order of id."""

    entries: Mapping[str, Entry]

    @property
    def reach(self) -> timedelta:
        """Return how far before a run's start its rules, and the facts they read, look."""
        return max((entry.reach for entry in self.entries.values()), default=timedelta(0))

    @property
    def tables(self) -> frozenset[str]:
        """Return every table and fact that its rules read."""
        return frozenset().union(*(entry.compiled.tables for entry in self.entries.values()))

    def swap(self, entry: Entry) -> "Rulebook":
        """Return this rulebook with another version of one rule."""
        return Rulebook(dict(sorted({**self.entries, entry.rule.id: entry}.items())))


def load_rulebook(folder: Path) -> Rulebook:
    """Read and check every rule below ``folder``.

    Raises:
        RuleError: every fault of every file, each with line and column.
    """
    if not folder.is_dir():
        raise RuleError([Fault(folder, 1, 1, "expected a folder of rules, was absent")])
    files = [path for path in sorted(folder.rglob("*.yml")) if path.name not in RESERVED]
    return _collect((path, None) for path in files)


def read_rulebook(texts: Mapping[str, str]) -> Rulebook:
    """Read rules from stored texts, by a name that faults are reported under."""
    return _collect((Path(name), text) for name, text in sorted(texts.items()))


def read_rule(text: str, path: Path | str, known: Mapping[str, Table] | None = None) -> Entry:
    """Read and compile one rule.

    Raises:
        RuleError: every fault of the text, each with line and column.
    """
    document = parse(text, path, RuleError)
    return _entry(document, known or relations())


def _collect(files: Iterable[tuple[Path, str | None]]) -> Rulebook:
    faults: list[Fault] = []
    entries: dict[str, Entry] = {}
    for path, text in files:
        try:
            found = text_of(path, RuleError) if text is None else text
            document, entry = _compiled(found, path)
            faults += [] if text else _misplaced(entry, document, path)
            if entry.rule.id in entries:
                message = f"expected each id once, was also in {entries[entry.rule.id].path}"
                faults.append(document.fault(("id",), message))
            entries[entry.rule.id] = entry
        except RuleError as error:
            faults += error.faults
    if faults:
        raise RuleError(faults)
    return Rulebook(dict(sorted(entries.items())))


@lru_cache(maxsize=256)
def _compiled(text: str, path: Path) -> tuple[Document, Entry]:
    """Read a rule once a process: the same texts come from a folder, and from what is in force."""
    document = parse(text, path, RuleError)
    return document, _entry(document, relations())


def _entry(document: Document, known: Mapping[str, Table]) -> Entry:
    rule = document.validate(Rule)
    return Entry(rule, compile_rule(rule, document, known), document.text, str(document.path))


def _misplaced(entry: Entry, document: Document, path: Path) -> list[Fault]:
    faults = []
    if entry.rule.id != path.stem:
        message = f"expected the name of the file, {path.stem!r}, was {entry.rule.id!r}"
        faults.append(document.fault(("id",), message))
    if entry.rule.risk != path.parent.name:
        message = f"expected the name of the folder, {path.parent.name!r}, was {entry.rule.risk!r}"
        faults.append(document.fault(("risk",), message))
    return faults
