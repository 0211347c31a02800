"""What is true of a simulated week: episodes of abuse, and of what kind the honest are.

The answer sheet names rows. Officers work episodes: rows of one typology that belong together,
because they share a row or an owner and no long silence lies between them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, TypeAlias

import pyarrow as pa

from surveillance.activity.catalogue import TABLES
from surveillance.activity.lake.view import View
from surveillance.times import utc

Row: TypeAlias = tuple[str, str]
"""A table and the id of a row in it."""
ACCOUNTS = "accounts"
_SILENCE = {"transfers": timedelta(days=3)}
_USUAL_SILENCE = timedelta(hours=12)
"""A longer silence ends an episode; payments follow one another more slowly than orders."""


@dataclass(frozen=True, slots=True)
class Episode:
    """Abuse that an officer would work as one; without times where only accounts are named."""

    typology: str
    rows: frozenset[Row]
    accounts: frozenset[str]
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """Every episode, the accounts of each owner, and the kind of each owner who did no abuse."""

    episodes: tuple[Episode, ...]
    owned: Mapping[str, set[str]]
    clean: Mapping[str, str]

    def of(self, typology: str) -> list[Episode]:
        """Return the episodes of a typology."""
        return [one for one in self.episodes if one.typology == typology]


@dataclass(frozen=True, slots=True)
class _Named:
    """A row of the answer sheet, with who is behind it and when it happened."""

    typology: str
    row: Row
    trader: str
    owner: str
    ts: datetime | None


def told(view: View, labels: pa.Table, kinds: Mapping[str, str]) -> Truth:
    """Read the answer sheet over a view whose ``owners`` are prepared.

    ``labels`` has typology, table, id, trader_id; ``kinds`` maps an account to its honest kind.
    """
    owners = view.arrow("select trader_id, owner_id from owners order by trader_id").to_pylist()
    owner_of = {row["trader_id"]: row["owner_id"] for row in owners}
    sheet = labels.to_pylist()
    times = {name: _times(view, name) for name in sorted({row["table"] for row in sheet})}
    named = [
        _Named(
            row["typology"],
            (row["table"], row["id"]),
            row["trader_id"],
            owner_of.get(row["trader_id"], row["trader_id"]),
            times[row["table"]].get(row["id"]),
        )
        for row in sheet
    ]
    guilty = {one.owner for one in named}
    return Truth(tuple(_episodes(named)), _owned(owner_of), _clean(owner_of, kinds, guilty))


def _times(view: View, table: str) -> dict[str, datetime]:
    if table == ACCOUNTS:
        return {}
    name = TABLES[table].key[0]
    rows = view.arrow(f"select {name} as id, min(ts) as ts from {table} group by all").to_pylist()
    return {row["id"]: utc(row["ts"]) for row in rows}


def _owned(owner_of: Mapping[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for trader, owner in owner_of.items():
        found.setdefault(owner, set()).add(trader)
    return found


def _clean(
    owner_of: Mapping[str, str], kinds: Mapping[str, str], guilty: set[str]
) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for trader, kind in kinds.items():
        owner = owner_of.get(trader, trader)
        if owner not in guilty:
            found.setdefault(owner, set()).add(kind)
    return {owner: " and ".join(sorted(of)) for owner, of in sorted(found.items())}


def _episodes(named: Iterable[_Named]) -> Iterator[Episode]:
    ordered = sorted(named, key=lambda one: (one.typology, one.row, one.trader))
    for typology, rows in groupby(ordered, key=lambda one: one.typology):
        every = list(rows)
        timed = [one for one in every if one.ts is not None]
        seen = {one.trader for one in timed}
        for group in _together(timed):
            for part in _parts(group):
                yield _episode(typology, part)
        for one in every:
            if one.ts is None and one.trader not in seen:
                yield _episode(typology, [one])


def _together(named: list[_Named]) -> list[list[_Named]]:
    """Join the rows of owners who share one, such as both sides of a trade."""
    joined: dict[Any, Any] = {}

    def root(name: Any) -> Any:
        while joined.setdefault(name, name) != name:
            name = joined[name]
        return name

    for one in named:
        low, high = sorted((root(one.owner), root(one.row)), key=str)
        joined[high] = low
    found: dict[Any, list[_Named]] = {}
    for one in named:
        found.setdefault(root(one.owner), []).append(one)
    return list(found.values())


def _parts(group: list[_Named]) -> Iterator[list[_Named]]:
    """Cut rows where a silence is too long for one episode."""
    part: list[_Named] = []
    for one in sorted(group, key=lambda one: (one.ts, one.row)):
        longest = _SILENCE.get(one.row[0], _USUAL_SILENCE)
        if part and one.ts and part[-1].ts and one.ts - part[-1].ts > longest:
            yield part
            part = []
        part.append(one)
    if part:
        yield part


def _episode(typology: str, part: list[_Named]) -> Episode:
    times = [one.ts for one in part if one.ts is not None]
    return Episode(
        typology,
        frozenset(one.row for one in part),
        frozenset(one.trader for one in part),
        min(times, default=None),
        max(times, default=None),
    )
