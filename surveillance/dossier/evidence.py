"""What stands behind hits: their evidence rows, and who and what they speak of, as known then.

A run files its hits together, so the rows of all of them are read in one pass over each table and
dealt out afterwards: a query a hit cost twenty times as much.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, TypeAlias

import pyarrow as pa

from surveillance.activity.catalogue import ARRIVED, TABLES
from surveillance.activity.contract import quoted, text
from surveillance.activity.lake.view import View
from surveillance.detection.making import whole
from surveillance.model import Hit
from surveillance.times import format_time, utc

Record: TypeAlias = Mapping[str, str | None]

ROWS = 200
"""The most evidence rows that go with an alert; the count of all of them stands beside."""


class Evidence:
    """What a view knows of some hits; ``owners`` must be prepared on its connection."""

    def __init__(self, view: View, hits: Sequence[Hit]) -> None:
        self._view, self._hits = view, hits
        tables = dict.fromkeys(table for hit in hits for table, ids in hit.evidence.items() if ids)
        self._rows = {table: _Rows(view, table, hits) for table in tables}

    def rows(self, hit: Hit) -> tuple[dict[str, tuple[Record, ...]], dict[str, int]]:
        """Return the evidence rows of a hit per table, as exact text, and how many there are."""
        rows: dict[str, tuple[Record, ...]] = {}
        counts: dict[str, int] = {}
        for table, ids in hit.evidence.items():
            places = self._rows[table].places(hit) if ids else []
            counts[table] = len(places)
            if ids:
                rows[table] = self._rows[table].read(places[:ROWS])
        return rows, counts

    def span(self, hit: Hit) -> tuple[datetime, datetime]:
        """Return the times of the first and the last evidence row, or else those of the hit.

        When an account was opened is no part of what was done with it.
        """
        spans = [
            span
            for table, ids in hit.evidence.items()
            if ids and table != "accounts" and (span := self._rows[table].span(hit)) is not None
        ]
        if not spans:
            return hit.started_at, max(hit.at, hit.started_at)
        return min(first for first, _ in spans), max(last for _, last in spans)

    def moments(self, hit: Hit) -> list[datetime]:
        """Return the times of every evidence row in order, or else when the rule became true."""
        times = (self._rows[table].times(hit) for table, ids in hit.evidence.items() if ids)
        return sorted(moment for of_table in times for moment in of_table) or [hit.at]

    def amounts(self, hit: Hit) -> dict[str, str]:
        """Return what each trade and transfer of the evidence is worth, USD, where it is known."""
        worth: dict[str, str] = {}
        for table in _WORTH.keys() & {table for table, ids in hit.evidence.items() if ids}:
            worth |= self._rows[table].amounts(hit, _WORTH[table].column)
        return worth

    def accounts(self, hit: Hit) -> tuple[str, ...]:
        """Return the trader that a hit names, or every account of its owner."""
        if hit.trader_id is not None:
            return (hit.trader_id,)
        return self._owned.get(hit.owner_id, (hit.owner_id,)) if hit.owner_id is not None else ()

    def subject(self, hit: Hit) -> dict[str, str | None]:
        """Return the account and KYC record of a hit's subject, the latest of its accounts."""
        record: dict[str, str | None] = {}
        for latest in (self._accounts, self._kyc):
            known = [latest[name] for name in self.accounts(hit) if name in latest]
            if known:
                record |= _as_text(max(known, key=lambda row: row["ts"]))
        record.pop("ts", None)
        return record

    def instrument(self, hit: Hit) -> dict[str, str | None]:
        """Return the terms of a hit's instrument."""
        terms = self._instruments.get(hit.instrument or "")
        return {} if terms is None else _as_text(terms)

    @cached_property
    def _owned(self) -> dict[str, tuple[str, ...]]:
        owners = {hit.owner_id for hit in self._hits if hit.owner_id and hit.trader_id is None}
        accounts = self._view.arrow(
            f"select owner_id, trader_id from owners where owner_id in ({listed(owners)}) "
            "order by trader_id"
        ).to_pylist()
        owned: dict[str, tuple[str, ...]] = {}
        for row in accounts:
            owned[row["owner_id"]] = (*owned.get(row["owner_id"], ()), row["trader_id"])
        return owned

    @cached_property
    def _accounts(self) -> dict[str, dict[str, Any]]:
        return self._latest("accounts", {name for hit in self._hits for name in self.accounts(hit)})

    @cached_property
    def _kyc(self) -> dict[str, dict[str, Any]]:
        return self._latest("kyc", {name for hit in self._hits for name in self.accounts(hit)})

    @cached_property
    def _instruments(self) -> dict[str, dict[str, Any]]:
        named = {hit.instrument for hit in self._hits if hit.instrument}
        return self._latest("instruments", named)

    def _latest(self, table: str, names: set[str]) -> dict[str, dict[str, Any]]:
        key, columns = TABLES[table].key[0], ", ".join(map(quoted, TABLES[table].schema))
        rows = self._view.arrow(
            f"select {columns} from {quoted(table)} where {key} in ({listed(names)}) "
            f"qualify row_number() over (partition by {key} order by ts desc) = 1"
        ).to_pylist()
        return {row[key]: row for row in rows}


class _Rows:
    """The evidence rows of all hits in one table, in order of time."""

    def __init__(self, view: View, table: str, hits: Sequence[Hit]) -> None:
        self._key = key = TABLES[table].names
        self._time, self._name = TABLES[table].time, table
        ids = {name for hit in hits for name in hit.evidence.get(table, ())}
        view.connection.register(
            "named", pa.Table.from_pydict({"id": pa.array(sorted(ids), pa.string())})
        )
        ties = ["seq"] if "seq" in TABLES[table].schema else []
        self._table = view.arrow(
            f"select * exclude ({', '.join([ARRIVED, *_keys(table)])}) from {_shown(view, table)} "
            f"where {key} in (select id from named) order by {', '.join([self._time, *ties, key])}"
        )
        of = "instrument" if "instrument" in TABLES[table].schema else key
        self._instruments = self._table.column(of).to_pylist()
        self._texts: dict[int, Record] = {}
        self._places: dict[str, list[int]] = {}
        for place, name in enumerate(self._table.column(key).to_pylist()):
            self._places.setdefault(name, []).append(place)

    def places(self, hit: Hit) -> list[int]:
        """Return the rows that a hit names; of an id that comes twice, those of its instrument."""
        return sorted(
            place
            for name in set(hit.evidence.get(self._name, ()))
            for place in self._of(self._places.get(name, ()), hit.instrument)
        )

    def _of(self, places: Sequence[int], instrument: str | None) -> Sequence[int]:
        own = [place for place in places if self._instruments[place] == instrument]
        return own or places

    def read(self, places: Sequence[int]) -> tuple[Record, ...]:
        """Return rows as text; each is written once, though picture and dossier ask for it."""
        if new := [place for place in places if place not in self._texts]:
            rows = self._table.take(pa.array(new, pa.int64())).to_pylist()
            self._texts.update(zip(new, map(_as_text, rows), strict=True))
        return tuple(self._texts[place] for place in places)

    def span(self, hit: Hit) -> tuple[datetime, datetime] | None:
        places = self.places(hit)
        if not places:
            return None
        times = self._table.column(self._time)
        first, last = times[places[0]].as_py(), times[places[-1]].as_py()
        return utc(first), utc(last)

    def amounts(self, hit: Hit, column: str) -> dict[str, str]:
        places = pa.array(self.places(hit), pa.int64())
        rows = self._table.select([self._key, column]).take(places).to_pylist()
        return {row[self._key]: number(row[column]) for row in rows if row[column] is not None}

    def times(self, hit: Hit) -> list[datetime]:
        times = self._table.column(self._time).take(pa.array(self.places(hit), pa.int64()))
        return [utc(moment) for moment in times.to_pylist()]


class _Worth(NamedTuple):
    """How rows of a table are shown with what they are worth, USD: which fact says it, and where.

    ``key`` and ``read`` are of the fact, ``shown`` and ``column`` of what comes out.
    """

    fact: str
    key: str
    read: str
    shown: str
    column: str


_WORTH = {
    "trades": _Worth("valued_trades", "trade_key", "usd as notional", "*", "notional"),
    "transfers": _Worth(
        "valued_transfers", "transfer_id", "usd as worth",
        "* exclude (worth) replace (worth as usd)", "usd",
    ),
}  # fmt: skip


def _shown(view: View, table: str) -> str:
    """Return SQL for the rows of a table; trades and transfers with what they are worth, USD."""
    if table not in _WORTH:
        return quoted(table)
    worth = _WORTH[table]
    whole(view, [worth.fact])
    valued = f"(select {worth.key}, {worth.read} from {worth.fact})"
    return f"(select {worth.shown} from {quoted(table)} left join {valued} using ({worth.key}))"


def _keys(table: str) -> list[str]:
    """Return the columns that are for joins, and nothing that people read."""
    return [column.name for column in TABLES[table].columns if column.keys]


def listed(names: Sequence[str] | set[str]) -> str:
    """Write names as a SQL list; of none, one that nothing is in."""
    return ", ".join(text(name) for name in sorted(names)) or "null"


@lru_cache(maxsize=16_384)
def number(value: Decimal) -> str:
    """Write a decimal as plain text, without trailing zeros; ``normalize`` would round it.

    Kept, because the prices and sizes of a scene are few, and each comes often.
    """
    written = format(value, "f")
    return (written.rstrip("0").rstrip(".") or "0") if "." in written else written


def _as_text(row: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: _exact(value) for name, value in row.items()}


def _exact(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, datetime):
        return format_time(utc(value))
    return str(value).lower() if isinstance(value, bool) else str(value)
