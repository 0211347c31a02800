"""The rulebook: every rule of a folder, checked together, so that one reading names every fault.

A rule is one file ``<risk>/<id>.yml``; there is no list to edit. The same reading serves rule
texts that come from the database, which is how a replay judges with a version long replaced.
A text is read and compiled once a machine; whoever proves something compiles it anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from surveillance import cache
from surveillance.activity import lineage
from surveillance.activity.catalogue import Table
from surveillance.activity.facts import reach_of, relations
from surveillance.canonical import digest
from surveillance.errors import Fault, RuleError, SurveillanceError
from surveillance.rules.compiled import Compiled
from surveillance.rules.folder import rule_files
from surveillance.rules.schema import Rule
from surveillance.yamlfile import parse, text_of


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
    def own_reach(self) -> timedelta:
        """Return how far back what it needs may lie: a rate of the day before is no activity."""
        return self.compiled.reach + reach_of(self.compiled.tables, worth=False)

    @property
    def digest(self) -> str:
        """Return the digest of the rule's behaviour: its own, and that of the facts it rests on."""
        return behaviour_of(self.rule, lineage.versions(self.compiled.tables))

    @property
    def text_digest(self) -> str:
        """Return the digest of the bytes of the rule file."""
        return digest(self.text)


def behaviour_of(rule: Rule, facts: Mapping[str, int]) -> str:
    """Return the digest of what a rule does, with the facts beyond their first version below it."""
    return digest([rule.behaviour, dict(facts)]) if facts else rule.behaviour


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
    return _collect((path, None) for path in rule_files(folder))


def load_rule(folder: Path, rule_id: str) -> Entry:
    """Read and check one rule of ``folder``, whatever the others are like.

    Raises:
        RuleError: every fault of its file, each with line and column.
        SurveillanceError: there is no such rule.
    """
    files = {path.stem: path for path in rule_files(folder)}
    if rule_id not in files:
        raise SurveillanceError(f"expected a rule of {', '.join(sorted(files))}; was {rule_id!r}")
    return _collect([(files[rule_id], None)]).entries[rule_id]


def read_rulebook(texts: Mapping[str, str]) -> Rulebook:
    """Read rules from stored texts, by a name that faults are reported under."""
    return _collect((Path(name), text) for name, text in sorted(texts.items()))


def read_rule(text: str, path: Path | str, known: Mapping[str, Table] | None = None) -> Entry:
    """Read and compile one rule from its text, anew: what proves a run rests on no cache.

    Raises:
        RuleError: every fault of the text, each with line and column.
    """
    compiled, _ = _compile(text, path, known)
    return _entry(compiled, text, path)


@lru_cache(maxsize=256)
def recall_rule(text: str, path: Path | str) -> Entry:
    """Return what ``read_rule`` does, but read and compiled once a machine; see ``cache``.

    Raises:
        RuleError: every fault of the text, each with line and column.
    """
    compiled, _ = cache.once("rule", text, lambda: _compile(text, path), _plain, _restored)
    return _entry(compiled, text, path)


@lru_cache(maxsize=256)
def parse_rule(text: str, path: Path | str) -> Rule:
    """Return a rule as it is written, read once a machine and not compiled; see ``cache``.

    Raises:
        RuleError: every fault of the text, each with line and column.
    """
    rule, _ = cache.once("written", text, lambda: _parse(text, path), _values, _validated)
    return rule


def _parse(text: str, path: Path | str) -> tuple[Rule, Any]:
    document = parse(text, path, RuleError)
    return document.validate(Rule), document.data


def _values(read: tuple[Rule, Any]) -> Any:
    return read[1]


def _validated(values: Any) -> tuple[Rule, Any]:
    return Rule.model_validate(values), values


def _compile(
    text: str, path: Path | str, known: Mapping[str, Table] | None = None
) -> tuple[Compiled, Any]:
    """Return the compiled rule of a text, and the plain values that the rule was read from."""
    from surveillance.rules.compile import compile_rule

    document = parse(text, path, RuleError)
    rule = document.validate(Rule)
    return compile_rule(rule, document, known or relations()), document.data


def _plain(read: tuple[Compiled, Any]) -> dict[str, Any]:
    compiled, values = read
    return {"rule": values, "compiled": compiled.plain()}


def _restored(plain: Mapping[str, Any]) -> tuple[Compiled, Any]:
    rule = Rule.model_validate(plain["rule"])
    return Compiled.of(rule, plain["compiled"]), plain["rule"]


def _entry(compiled: Compiled, text: str, path: Path | str) -> Entry:
    return Entry(rule=compiled.rule, compiled=compiled, text=text, path=str(path))


def _collect(files: Iterable[tuple[Path, str | None]]) -> Rulebook:
    faults: list[Fault] = []
    entries: dict[str, Entry] = {}
    for path, stored in files:
        try:
            entry = recall_rule(text_of(path, RuleError) if stored is None else stored, path)
            faults += _misplaced(entry, path) if stored is None else []
            if entry.rule.id in entries:
                message = f"expected each id once, was also in {entries[entry.rule.id].path}"
                faults.append(_fault(entry, "id", message))
            entries[entry.rule.id] = entry
        except RuleError as error:
            faults += error.faults
    if faults:
        raise RuleError(faults)
    return Rulebook(dict(sorted(entries.items())))


def _misplaced(entry: Entry, path: Path) -> list[Fault]:
    faults = []
    if entry.rule.id != path.stem:
        message = f"expected the name of the file, {path.stem!r}, was {entry.rule.id!r}"
        faults.append(_fault(entry, "id", message))
    if entry.rule.risk != path.parent.name:
        message = f"expected the name of the folder, {path.parent.name!r}, was {entry.rule.risk!r}"
        faults.append(_fault(entry, "risk", message))
    return faults


def _fault(entry: Entry, key: str, message: str) -> Fault:
    return parse(entry.text, Path(entry.path), RuleError).fault((key,), message)
