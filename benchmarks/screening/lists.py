"""Screening against real lists: names a second, typos found, and what ordinary names raise."""

import time
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.screening.names import FAMILY, mistyped, ordinary
from surveillance.activity import sources
from surveillance.screening.screen import ALIKE, ListedName, Party, Screen
from surveillance.screening.similarity import likeness

_SEED = 11
_TYPOS, _ORDINARY = 2000, 5000
_FIRST = 1000
_LIKE = 0.75
_SURE = "strong"
_FORMS = ("LLC", "Limited", "GmbH", "Inc")


def measured(venue: Path, folder: Path) -> dict[str, Any]:
    """Return what was measured against the lists of a venue file."""
    listed = _listed(venue, folder)
    began = time.process_time()
    screen = Screen(listed)
    ready = time.process_time() - began
    chance = Random(_SEED)  # noqa: S311 - names, no secret
    return {
        "names": len(listed),
        "seconds to be ready": round(ready, 2),
        **_typos(screen, chance),
        **_raised(screen, chance),
        "recall of companies told by another legal form": _forms(screen),
        "hits that share only a first name": _first_names(screen, chance),
    }


def _listed(venue: Path, folder: Path) -> list[ListedName]:
    rows = [
        row
        for batch in sources.pull(sources.load(venue, folder))
        if "watchlist" in batch.tables
        for row in batch.tables["watchlist"].to_pylist()
        if row["entity"] is not None
    ]
    of = ListedName._fields[:-2]
    return [
        ListedName(**{name: row[name] for name in of}, since=row["ts"], until=None) for row in rows
    ]


def _people(screen: Screen) -> list[ListedName]:
    """Return people with a strong name of two tokens or more in Latin letters."""
    return [
        each
        for each, name in zip(screen.listed, screen.read, strict=True)
        if each.entity == "natural" and each.quality == _SURE and len(name.core) > 1
        and each.name.isascii()
    ]  # fmt: skip


def _typos(screen: Screen, chance: Random) -> dict[str, Any]:
    some = chance.sample(_people(screen), _TYPOS)
    found = 0
    for each in some:
        party = Party(mistyped(each.name, chance), "natural")
        found += any(
            match.listed[:2] == each[:2] and match.score >= ALIKE for match in screen.matches(party)
        )
    return {"recall of one-letter typos": found / len(some)}


def _forms(screen: Screen) -> float:
    """Return what share of listed companies is found where a transfer names them by another form.

    A transfer does not say of what kind its counterparty is.
    """
    named = [
        (each, " ".join(name.core))
        for each, name in zip(screen.listed, screen.read, strict=True)
        if each.entity == "legal" and each.quality == _SURE and name.form and len(name.core) > 1
    ][:_TYPOS]
    found = 0
    for place, (each, core) in enumerate(named):
        party = Party(f"{core} {_FORMS[place % len(_FORMS)]}")
        found += any(
            match.listed[:2] == each[:2] and match.score >= ALIKE for match in screen.matches(party)
        )
    return found / len(named)


def _raised(screen: Screen, chance: Random) -> dict[str, Any]:
    names = ordinary(_ORDINARY, _SEED)
    births = [f"{chance.randint(1950, 2005)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
              for _ in names]  # fmt: skip
    began = time.process_time()
    alone = [_hit(screen, Party(name, "natural")) for name in names]
    seconds = time.process_time() - began
    born = [
        _hit(screen, Party(name, "natural", day)) for name, day in zip(names, births, strict=True)
    ]
    return {
        "names a CPU-second": round(len(names) / seconds),
        "alerts per 1,000 ordinary names": 1000 * sum(alone) / len(names),
        "the same with dates of birth": 1000 * sum(born) / len(names),
    }


def _first_names(screen: Screen, chance: Random) -> int:
    """Count hits of a listed given name with an ordinary family name that is like no listed one."""
    tokens = {token for name in screen.read for token in name.core if len(token) > 1}
    families = [
        name for name in FAMILY if all(likeness(name.lower(), token) < _LIKE for token in tokens)
    ]
    given = [each.name.partition(",")[2].split() for each in _people(screen)]
    some = chance.sample([names[0] for names in given if names and names[0].isalpha()], _FIRST)
    return sum(_hit(screen, Party(f"{name} {chance.choice(families)}", "natural")) for name in some)


def _hit(screen: Screen, party: Party) -> bool:
    return any(match.score >= ALIKE for match in screen.matches(party))
