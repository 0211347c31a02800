"""What is true of a simulated week: acts of abuse, and of what kind the honest are.

The answer sheet names rows. Officers work acts: rows of one typology, done in one disguise, that
belong together because they share a row or an owner and no long silence lies between them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeAlias

import pyarrow as pa

from surveillance.activity.catalogue import TABLES
from surveillance.activity.lake.view import View
from surveillance.activity.sources.synthetic import Twin
from surveillance.times import utc

Row: TypeAlias = tuple[str, str]
"""A table and the id of a row in it."""
_Node: TypeAlias = str | Row
"""An owner, or a row."""
ACCOUNTS = "accounts"
PLAIN = "plain"
"""The disguise of who wears none."""
_SILENCE = {"transfers": timedelta(days=3)}
_USUAL_SILENCE = timedelta(hours=12)
"""A longer silence ends an act; payments follow one another more slowly than orders."""


@dataclass(frozen=True, slots=True)
class Act:
    """Abuse that an officer would work as a whole; without times where only accounts are named."""

    typology: str
    rows: frozenset[Row]
    accounts: frozenset[str]
    start: datetime | None = None
    end: datetime | None = None
    disguise: str = PLAIN


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """Every act, the accounts of each owner, and the kind of each owner who did no abuse."""

    acts: tuple[Act, ...]
    owned: Mapping[str, set[str]]
    clean: Mapping[str, str]
    twins: tuple[Twin, ...] = ()
    """The kinds among the clean who look like abuse."""

    def of(self, typology: str) -> list[Act]:
        """Return the acts of a typology."""
        return [act for act in self.acts if act.typology == typology]


@dataclass(frozen=True, slots=True)
class _LabelledRow:
    """A row of the answer sheet, with who is behind it and when it happened."""

    typology: str
    disguise: str
    row: Row
    trader: str
    owner: str
    ts: datetime | None


def ground_truth(
    view: View, labels: pa.Table, kinds: Mapping[str, str], twins: tuple[Twin, ...] = ()
) -> GroundTruth:
    """Read the answer sheet over a view whose ``owners`` are prepared.

    ``labels`` has typology, table, id, trader_id and disguise; ``kinds`` maps an account to its
    honest kind.
    """
    owners = view.arrow("select trader_id, owner_id from owners order by trader_id").to_pylist()
    owner_of = {row["trader_id"]: row["owner_id"] for row in owners}
    sheet = labels.to_pylist()
    times = {name: _times(view, name) for name in sorted({row["table"] for row in sheet})}
    labelled = [
        _LabelledRow(
            row["typology"],
            row["disguise"],
            (row["table"], row["id"]),
            row["trader_id"],
            owner_of.get(row["trader_id"], row["trader_id"]),
            times[row["table"]].get(row["id"]),
        )
        for row in sheet
    ]
    guilty = {row.owner for row in labelled}
    clean = _clean(owner_of, kinds, guilty)
    return GroundTruth(tuple(_acts(labelled)), _owned(owner_of), clean, twins)


def _times(view: View, table: str) -> dict[str, datetime]:
    if table == ACCOUNTS:
        return {}
    name = TABLES[table].names
    rows = view.arrow(f"select {name} as id, min(ts) as ts from {table} group by all").to_pylist()
    return {row["id"]: utc(row["ts"]) for row in rows}


def _owned(owner_of: Mapping[str, str]) -> dict[str, set[str]]:
    owned: dict[str, set[str]] = {}
    for trader, owner in owner_of.items():
        owned.setdefault(owner, set()).add(trader)
    return owned


def _clean(
    owner_of: Mapping[str, str], kinds: Mapping[str, str], guilty: set[str]
) -> dict[str, str]:
    clean: dict[str, set[str]] = {}
    for trader, kind in kinds.items():
        owner = owner_of.get(trader, trader)
        if owner not in guilty:
            clean.setdefault(owner, set()).add(kind)
    return {owner: " and ".join(sorted(of)) for owner, of in sorted(clean.items())}


def _acts(labelled: Iterable[_LabelledRow]) -> Iterator[Act]:
    ordered = sorted(labelled, key=lambda row: (row.typology, row.disguise, row.row, row.trader))
    seen = {(row.typology, row.trader) for row in ordered if row.ts is not None}
    for _, group in groupby(ordered, key=lambda row: (row.typology, row.disguise)):
        rows = list(group)
        for joined in _together([row for row in rows if row.ts is not None]):
            for part in _parts(joined):
                yield _act(part)
        for row in rows:
            if row.ts is None and (row.typology, row.trader) not in seen:
                yield _act([row])


def _together(labelled: list[_LabelledRow]) -> list[list[_LabelledRow]]:
    """Join the rows of owners who share one, such as both sides of a trade."""
    parents: dict[_Node, _Node] = {}

    def root(node: _Node) -> _Node:
        while parents.setdefault(node, node) != node:
            node = parents[node]
        return node

    for row in labelled:
        low, high = sorted((root(row.owner), root(row.row)), key=str)
        parents[high] = low
    groups: dict[_Node, list[_LabelledRow]] = {}
    for row in labelled:
        groups.setdefault(root(row.owner), []).append(row)
    return list(groups.values())


def _parts(group: list[_LabelledRow]) -> Iterator[list[_LabelledRow]]:
    """Cut rows where a silence is too long for one act."""
    part: list[_LabelledRow] = []
    for row in sorted(group, key=lambda row: (row.ts, row.row)):
        longest = _SILENCE.get(row.row[0], _USUAL_SILENCE)
        if part and row.ts and part[-1].ts and row.ts - part[-1].ts > longest:
            yield part
            part = []
        part.append(row)
    if part:
        yield part


def _act(part: list[_LabelledRow]) -> Act:
    times = [row.ts for row in part if row.ts is not None]
    return Act(
        part[0].typology,
        rows=frozenset(row.row for row in part),
        accounts=frozenset(row.trader for row in part),
        start=min(times, default=None),
        end=max(times, default=None),
        disguise=part[0].disguise,
    )
