"""The folder of a rulebook: the files that hold a rule, and what a list says of each.

What a list says follows from the files alone, so a machine reads them for it once as they stand:
to load every fact and compile every rule only to name them is most of what naming them would cost.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from surveillance import cache
from surveillance.canonical import digest

RESERVED = ("segments.yml", "features.yml", "coverage.yml", "patterns.yml", "policy.yml")


@dataclass(frozen=True, slots=True)
class ListedRule:
    """A rule of a folder as a list shows it; ``digest`` is of its behaviour, facts included."""

    id: str
    version: int
    title: str
    risk: str
    typology: str
    severity: str
    needs: tuple[str, ...]
    practices: tuple[str, ...]
    digest: str


def rule_files(folder: Path) -> list[Path]:
    """Return the files of a folder that hold a rule each."""
    return [path for path in sorted(folder.rglob("*.yml")) if path.name not in RESERVED]


def listed(folder: Path) -> tuple[ListedRule, ...]:
    """Return what a list shows of every rule below ``folder``, in order of id.

    Raises:
        RuleError: every fault of every file, each with line and column.
    """
    stood = _standing(folder)

    def plain(rules: tuple[ListedRule, ...]) -> list[dict[str, Any]] | None:
        return [asdict(rule) for rule in rules] if _standing(folder) == stood else None

    return cache.once("listed", stood, lambda: _read(folder), plain, _restored)


def _standing(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): _state(path) for path in rule_files(folder)}


def _state(path: Path) -> str:
    try:
        return digest(path.read_bytes())
    except OSError:
        return "unreadable"  # as whoever reads the rules will say


def _read(folder: Path) -> tuple[ListedRule, ...]:
    from surveillance.rules.book import load_rulebook

    return tuple(
        ListedRule(
            id=name,
            version=entry.rule.version,
            title=entry.rule.title,
            risk=entry.rule.risk,
            typology=entry.rule.typology,
            severity=entry.rule.severity,
            needs=tuple(entry.rule.needs),
            practices=tuple(entry.rule.practices),
            digest=entry.digest,
        )
        for name, entry in load_rulebook(folder).entries.items()
    )


def _restored(plain: list[Mapping[str, Any]]) -> tuple[ListedRule, ...]:
    many = ({**each, "needs": tuple(each["needs"])} for each in plain)
    return tuple(ListedRule(**each | {"practices": tuple(each["practices"])}) for each in many)
