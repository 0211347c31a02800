"""The command that joins orders with their ends by every kind of key, and writes the page.

Ids are as venues have them: UUIDs at random, and numbers of 19 digits that grow. A key is made of
the id once, when it lands; joins follow for as long as the row is kept. So both are measured, and
what the keys take on disk.
"""

import argparse
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks import machine
from benchmarks.stamp import Stamp, stamp
from surveillance.activity.catalogue import KEY

HERE = Path(__file__).parent
_TIMES = 3
_ENDED = 2 / 3
"""Part of the orders that end while one looks."""

KEYS: Mapping[str, str] = {
    "text": "id",
    "UUID of the id": "cast(id as uuid)",
    "BIGINT of the id": "cast(id as bigint)",
    "hash, 64 bits": "hash(instrument || chr(31) || id)",
    "digest, 128 bits": "cast(md5_number(instrument || chr(31) || id) as uuid)",
    "dense number": "n",
}
"""Each kind of key, as SQL over the id; ``digest, 128 bits`` is what the lake stores."""
_ONLY = {"UUID of the id": "UUIDs", "BIGINT of the id": "19 digits"}
"""Keys that can be made of ids of one form alone."""


class Cost(NamedTuple):
    """CPU seconds to make the keys, to join all, and to join a hundredth; and MB on disk."""

    made: float
    joined: float
    few: float
    megabytes: float


class Named(NamedTuple):
    """CPU seconds to join rows by a name that few have, and to count them by it."""

    joined: float
    counted: float


TRADERS = 20_000


def main() -> None:
    """Measure both forms of ids, and write ``README.md`` beside this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ids", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="orders: %(default)s")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to: %(default)s")
    asked = parser.parse_args()
    costs = {
        form: {
            key: _cost(entries, sql) for key, sql in KEYS.items() if _ONLY.get(key, form) == form
        }
        for form, entries in _forms(asked.rows)
    }
    text = "\n".join(_page(asked.rows, costs, _names(asked.rows), stamp())) + "\n"
    (asked.out / "README.md").write_text(text, encoding="utf-8")


def _forms(rows: int) -> Iterator[tuple[str, pa.Table]]:
    chance = np.random.default_rng(7)
    halves = chance.integers(0, 2**63, size=(rows, 2))
    uuids = [str(uuid.UUID(int=(int(a) << 64) | int(b))) for a, b in halves]
    yield "UUIDs", _entries(uuids)
    first = 1_700_000_000_000_000_000
    yield "19 digits", _entries([str(first + 997 * n) for n in range(rows)])


def _entries(ids: Sequence[str]) -> pa.Table:
    """Return orders of fifty instruments, one after another."""
    numbers = np.arange(len(ids))
    instruments = pa.array(np.char.add("COIN-", (numbers % 50).astype("U2")))
    return pa.table({"n": numbers, "instrument": instruments, "id": ids, "ts": numbers * 1000})


def _cost(entries: pa.Table, key: str) -> Cost:
    with duckdb.connect() as connection, TemporaryDirectory(prefix="ids-") as scratch:
        connection.execute("set threads = 1")
        connection.register("landed", entries)
        connection.execute("create table raw as from landed")
        made = _least(
            connection, f"create or replace table entry as select {key} as k, ts from raw"
        )
        # An order ends a while after it came: near its place, but not in it.
        connection.execute(
            "create table ended as select k, ts + (hash(ts) % 60000000)::bigint as ts from entry "
            f"where hash(ts + 1) % 1000 < {_ENDED * 1000:.0f} order by 2"
        )
        join = "select count(e.ts), sum(e.ts - b.ts) from {} b left join ended e using (k)"
        file = Path(scratch) / "keys.parquet"
        connection.execute(f"copy (select k from entry) to '{file}' (compression zstd)")
        return Cost(
            made=made,
            joined=_least(connection, join.format("entry")),
            few=_least(connection, join.format("(from entry where ts % 100000 = 0)")),
            megabytes=file.stat().st_size / 1e6,
        )


def _names(rows: int) -> dict[str, Named]:
    """Measure names, of which there are few: joined with who stands behind each, and counted by."""
    kinds = {"text": "'TR-' || n", "digest, 128 bits": f"cast(md5_number('TR-' || n) as {KEY})",
             "dense number": "n"}  # fmt: skip
    named = {}
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        for kind, key in kinds.items():
            drawn = f"select hash(i) % {TRADERS} as n from range({rows}) t(i)"
            connection.execute(f"create or replace table told as select {key} as k from ({drawn})")
            behind = f"select {key} as k, n // 3 as owner from range({TRADERS}) t(n)"
            connection.execute(f"create or replace table behind as {behind}")
            named[kind] = Named(
                _least(connection, "select sum(owner) from told join behind using (k)"),
                _least(
                    connection, "select max(n) from (select count(*) as n from told group by k)"
                ),
            )
    return named


def _least(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    seconds = []
    for _ in range(_TIMES):
        before = time.process_time()
        connection.execute(sql).fetchall()
        seconds.append(time.process_time() - before)
    return min(seconds)


def _page(
    rows: int, costs: Mapping[str, Mapping[str, Cost]], names: Mapping[str, Named], of: Stamp
) -> Iterator[str]:
    known = machine.described()
    yield from (
        "# What keys cost",
        "",
        f"Written by `python -m benchmarks.ids --rows {rows}` at {of['at']}.",
        "",
        f"- code {of['code']}, rules {of['rules'][:16]}",
        f"- one core of {known['processor']}, DuckDB {known['libraries']['duckdb']}",
        "",
        f"{rows:,} orders left-joined with the ends of two thirds of them, by each kind of key.",
        f"CPU seconds, the least of {_TIMES}: to make the keys of the ids as text, once; to join",
        "all; to join the hundredth part that a rule's first condition leaves. Megabytes are of",
        "the keys in Parquet. No text tells apart ids that two instruments share.",
    )
    for form, by_key in costs.items():
        yield from ("", f"## Ids as {form}", "", "| key | made | joined | few | MB |")
        yield "|---|---:|---:|---:|---:|"
        for key, cost in by_key.items():
            figures = " | ".join(f"{figure:.2f}" for figure in cost[:3])
            yield f"| {key} | {figures} | {cost.megabytes:.1f} |"
    yield from _MEANING
    yield from ("", "## Names", "", "| name | joined | counted |", "|---|---:|---:|")
    for kind, named in names.items():
        yield f"| {kind} | {named.joined:.2f} | {named.counted:.2f} |"
    yield from (
        "",
        f"{rows:,} rows of {TRADERS:,} traders, joined with the owner of each, and counted by",
        "trader. Names of traders, owners and instruments stay text inside: few are told apart, so",
        "that they cost a fraction of what ids do, and rules compare and say them.",
    )


_MEANING = (
    "",
    "The lake stores the digest (`surveillance/activity/ids.py`) beside the text. It is one width",
    "for every form of id, so the engine need not know which a venue has; it tells apart ids that",
    "several instruments share; and it is made of the row alone, where a dense number needs a",
    "dictionary of all ids ever seen. 64 bits would collide: among five billion ids one pair in",
    "two tries.",
)


if __name__ == "__main__":
    main()
