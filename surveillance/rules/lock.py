"""``rules.lock``: every version of every rule, with the digest of its behaviour.

Behaviour that is edited without a new version is refused, because alerts already filed name the
version that judged them; prose may change freely. The lock only ever grows.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from surveillance.errors import Fault, RuleError
from surveillance.rules.book import Rulebook

Locked: TypeAlias = Mapping[str, Mapping[str, str]]
"""Rule id to version (as text) to digest of behaviour."""

NAME = "rules.lock"


def read_lock(folder: Path) -> Locked:
    """Read the lock of a rules folder; a folder without one has locked nothing."""
    path = folder / NAME
    if not path.exists():
        return {}
    try:
        locked = json.loads(path.read_text(encoding="utf-8"))
        return {rule: dict(versions) for rule, versions in locked.items()}
    except (ValueError, AttributeError, TypeError) as wrong:
        raise RuleError([Fault(path, 1, 1, f"expected the JSON of a lock, was {wrong}")]) from None


def check_lock(book: Rulebook, folder: Path) -> None:
    """Refuse a rulebook whose behaviour is not what its lock says.

    Raises:
        RuleError: a rule changed without a new version, or is not locked, or went back.
    """
    faults = _faults(book, read_lock(folder), needs_lock=True)
    if faults:
        raise RuleError(faults)


def write_lock(book: Rulebook, folder: Path) -> list[str]:
    """Add the rulebook's new versions to its lock, and return them as ``id@version``.

    Raises:
        RuleError: a rule changed without a new version, or its version is not the next one.
    """
    locked = read_lock(folder)
    faults = _faults(book, locked, needs_lock=False)
    if faults:
        raise RuleError(faults)
    added = [
        f"{name}@{entry.rule.version}"
        for name, entry in book.entries.items()
        if str(entry.rule.version) not in locked.get(name, {})
    ]
    for name, entry in book.entries.items():
        locked = {**locked, name: {**locked.get(name, {}), str(entry.rule.version): entry.digest}}
    body = json.dumps(_ordered(locked), indent=2, ensure_ascii=False)
    (folder / NAME).write_text(body + "\n", encoding="utf-8")
    return added


def _ordered(locked: Locked) -> dict[str, dict[str, str]]:
    return {
        rule: dict(sorted(versions.items(), key=lambda item: int(item[0])))
        for rule, versions in sorted(locked.items())
    }


def _faults(book: Rulebook, locked: Locked, *, needs_lock: bool) -> list[Fault]:
    faults = []
    for name, entry in book.entries.items():
        versions = locked.get(name, {})
        latest = max(map(int, versions), default=0)
        version, known = entry.rule.version, versions.get(str(entry.rule.version))
        message = ""
        if known is not None and known != entry.digest:
            message = f"expected version {latest + 1} for changed behaviour, was still {version}"
        elif known is not None and version < latest:
            message = f"expected the latest version {latest}, was {version}"
        elif known is None and versions and version != latest + 1:
            message = f"expected version {latest + 1}, was {version}"
        elif known is None and needs_lock:
            message = "expected to be in rules.lock, was not; run: surveillance rules lock"
        if message:
            faults.append(Fault(entry.path, 1, 1, message, "version"))
    return faults
