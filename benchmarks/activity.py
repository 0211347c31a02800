"""Activity made block by block, and landed through the lake as a venue's feed would be.

A block is what is landed at once. Lakes lie below one folder, each with what is known of it
beside it, and made again only for another recipe or another edition of this generator.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks import planted
from benchmarks.flow import flow
from benchmarks.market import (
    ACTORS,
    Market,
    market,
    name_of,
    owner_of,
    terms,
)
from benchmarks.messages import START, Messages, chosen, joined, messages, written
from benchmarks.recipes import EDITION, OPENED, RECIPES, SEED, Recipe

_SECOND = 1_000_000
_OWN = 3
"""Addresses, and accounts at banks, of each owner, that nobody else pays from or to."""
_PUBLIC = 0.2, 40
"""Share of transfers that go where everybody's go, such as another venue, and how many such are."""


def lake(work: Path, name: str, progress: Callable[[int, int], None] = lambda n, of: None) -> Path:
    """Return the folder of a lake, made first where it is not there; ``made.json`` describes it."""
    recipe, home = RECIPES[name], work / name
    record, digest = home / "made.json", recipe.digest
    if record.is_file() and json.loads(record.read_text())["recipe"] == digest:
        return home
    if home.exists():
        raise SystemExit(f"expected no folder {home}, or one of edition {EDITION}; delete it")
    made = _land(recipe, home / "lake", progress)
    record.write_text(json.dumps({"recipe": digest, **made}, indent=1))
    return home


def _land(recipe: Recipe, root: Path, progress: Callable[[int, int], None]) -> dict[str, Any]:
    from surveillance.activity.batch import Batch
    from surveillance.activity.lake import Lake

    place, expected_hits = Lake(root), []
    rows: dict[str, int] = {}
    wall = cpu = 0.0
    for number, (tables, expected) in enumerate(blocks(recipe)):
        batch = Batch("venue", f"{recipe.digest}{number:04d}", tables)
        at = OPENED + timedelta(seconds=(number + 1) * recipe.seconds + 60)
        began = time.perf_counter(), time.process_time()
        landing = place.land(batch, at)
        wall, cpu = wall + time.perf_counter() - began[0], cpu + time.process_time() - began[1]
        if landing.quarantined:
            raise AssertionError(f"expected every row to land, was {landing}")
        for name, count in landing.counts.items():
            rows[name] = rows.get(name, 0) + count.landed
        expected_hits += expected
        progress(number + 1, recipe.blocks)
    return {"rows": rows, "wall_s": wall, "cpu_s": cpu, "planted": expected_hits}


def blocks(recipe: Recipe) -> Iterator[tuple[dict[str, pa.Table], list[tuple[str, str]]]]:
    """Make the rows of each block, and say whom which rule must find in it."""
    venue, length = market(recipe.whale), recipe.seconds * _SECOND
    carried: list[Messages] = []
    for number in range(recipe.blocks):
        start = number * length
        chance = np.random.default_rng([SEED, 1, number])
        acted = planted.acts(venue, number, start, length)
        later, tables = _block(recipe, venue, chance, acted, carried)
        carried = [later]
        tables["transfers"] = _transfers(recipe, venue, chance, acted)
        tables["events"] = _rows(list(planted.events(acted)), "us")
        if number == 0:
            tables |= _reference(recipe, venue)
        yield tables, acted.expected


def _block(
    recipe: Recipe,
    venue: Market,
    chance: np.random.Generator,
    acted: planted.Acts,
    carried: list[Messages],
) -> tuple[Messages, dict[str, pa.Table]]:
    """Return the messages that fall into the next block, and the rows of this one."""
    orders, trades = flow(chance, venue, acted.start, acted.length, recipe.orders)
    more, dealt = planted.arrays(acted)
    size = len(orders.us)
    dealt = type(dealt)(
        dealt.us, dealt.buy + size, dealt.sell + size, dealt.quantity, dealt.price, dealt.taker
    )
    orders, trades = joined([orders, more]), joined([trades, dealt])
    order = np.argsort(trades.us, kind="stable")
    trades = chosen(trades, order)
    sent = joined([*carried, messages(acted.block, orders, trades)])
    is_later = sent.us >= acted.start + acted.length
    tables = written(acted.block, chosen(sent, ~is_later), orders, trades, recipe.round_to)
    return chosen(sent, is_later), tables


def _transfers(
    recipe: Recipe, venue: Market, chance: np.random.Generator, acted: planted.Acts
) -> pa.Table:
    size = recipe.transfers
    us, trader = acted.start + chance.integers(0, acted.length, size), venue.traders(chance, size)
    own = venue.owners[trader] * _OWN + chance.integers(0, _OWN, size)
    is_public = chance.random(size) < _PUBLIC[0]
    natural = pa.table(
        {
            "us": us,
            "trader": trader,
            "out": chance.integers(0, 2, size),
            "cents": np.ceil(20_000 * np.exp(chance.normal(0, 1, size))).astype(np.int64),
            "kind": chance.integers(0, 3, size),
            "peer": np.where(is_public, -1 - chance.integers(0, _PUBLIC[1], size), own),
        }
    )
    acted_transfers = _rows(acted.transfers)
    for name in ("address", "counterparty_id"):
        if name not in acted_transfers.column_names:
            acted_transfers = acted_transfers.append_column(
                name, pa.nulls(acted_transfers.num_rows, pa.string())
            )
    with duckdb.connect() as connection:
        connection.register("usual", natural)
        connection.register("acted", acted_transfers)
        return connection.sql(
            _TRANSFERS.format(cut=recipe.round_to or 1, block=acted.block)
        ).to_arrow_table()


_TRANSFERS = f"""
with moves as (
    select us, printf('TR%06d', trader) as trader_id,
        case "out" when 1 then 'out' else 'in' end as direction,
        case "out" when 1 then cents * 35 // 100 + 1 else cents end as cents,
        ['chain', 'bank', 'internal'][kind + 1] as kind,
        case kind when 0 then '0x' || sha1(peer::varchar) end as address,
        case when kind > 0 then 'BA' || peer end as counterparty_id
    from usual
    union all by name
    select us, printf('TR%06d', trader) as trader_id, direction, usd * 100 as cents, kind,
        address, counterparty_id
    from acted
), numbered as (
    select *, row_number() over (order by us, trader_id, direction, cents) as place from moves
)
select make_timestamp({START} + us // {{cut}} * {{cut}}) as ts, {{block}} * 1000000 + place as seq,
    printf('TF%010d', {{block}} * 1000000 + place) as transfer_id, trader_id, direction,
    'USDC' as asset, (cents::decimal(16, 0) * 0.01::decimal(3, 2))::decimal(18, 8) as amount,
    (cents::decimal(16, 0) * 0.01::decimal(3, 2))::decimal(18, 6) as usd, kind, address,
    counterparty_id
from numbered order by us, place
"""


def _reference(recipe: Recipe, venue: Market) -> dict[str, pa.Table]:
    """Return the accounts of everybody who will ever act, the instruments, and a sanctions list."""
    since = START - 30 * 86_400 * _SECOND
    traders = [
        {"trader_id": name_of(t), "owner_id": owner_of(int(o)), "kind": "client"}
        for t, o in enumerate(venue.owners)
    ]
    actors = [
        account
        for number in range(recipe.blocks)
        for account in planted.acts(venue, number, 0, 60 * _SECOND * ACTORS).accounts
    ]
    label = {"address": planted.SANCTIONED, "category": "sanctioned", "source": "list"}
    return {
        "accounts": _rows([{"us": since, **row} for row in [*traders, *actors]], "us"),
        "instruments": _rows([{"us": since, **row} for row in terms(venue.base)], "us"),
        "address_labels": _rows([{"us": since, **label}], "us"),
    }


def _rows(rows: list[dict[str, Any]], time_column: str = "") -> pa.Table:
    table = pa.Table.from_pylist(rows, _schema(rows))
    if not time_column:
        return table
    moments = table.column(time_column).cast(pa.timestamp("us"))
    return table.drop_columns([time_column]).append_column("ts", moments)


def _schema(rows: list[dict[str, Any]]) -> pa.Schema:
    """Return every column that any row has; ``from_pylist`` looks at the first row alone."""
    kinds = {
        name: pa.string() if isinstance(value, str) else pa.int64()
        for row in rows
        for name, value in row.items()
    }
    return pa.schema(list(kinds.items()))
