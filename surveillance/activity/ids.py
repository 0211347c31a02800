"""Ids: what they may hold, and the keys that they are joined by.

A key is a digest of an id and of what it is unique within, so that rows of two instruments that a
venue numbers alike are never joined. It is made at landing and stored beside the text. Orders and
trades have one. Transfers, logins and swaps are joined by their ids as text, because there are few
of them and each is unique as it is; so are the names of traders, owners and instruments, of which
few are told apart (``benchmarks/ids``).
"""

import pyarrow as pa

from surveillance.activity.batch import USUAL, Conventions, Scope
from surveillance.activity.catalogue import KEY, TEXT, Column, Table
from surveillance.model import CANARY

MAY_BE_EMPTY = frozenset({"name_id"})
"""Ids that say by being empty that something is the first of its kind."""

UNSEEN = r"'[\p{C}\p{Zl}\p{Zp}\x{00a0}]'"
"""Pattern of characters that nobody sees, or that look like a blank."""


def is_id(column: Column) -> bool:
    """Return whether a column names somebody or something that activity is joined by."""
    return column.type == TEXT and (
        column.name in ("instrument", "linked_to", "copies", "underlying", "tx_hash")
        or column.name.endswith("_id")
    )


def plain_ids(table: Table, rows: pa.Table) -> frozenset[str]:
    """Return the ids of a batch that are plain text, without a blank at either end.

    Nearly all are, and to see it of a whole column is a tenth as dear as of each value.
    """
    ids = {column.name for column in table.columns if is_id(column)}
    return frozenset(name for name in rows.column_names if name in ids and _is_plain(rows[name]))


def _is_plain(ids: pa.ChunkedArray) -> bool:
    import pyarrow.compute as pc

    if ids.type != pa.string():
        return False
    odd = pc.or_(pc.starts_with(ids, " "), pc.ends_with(ids, " "))
    ours = pc.starts_with(ids, CANARY)
    fine = pc.and_not(pc.string_is_ascii(ids), pc.or_(odd, ours))
    printable = pc.and_(pc.ascii_is_printable(ids), pc.not_equal(ids, ""))
    return pc.all(pc.and_(fine, printable), min_count=0).as_py() is True


def key_of(name: str, scope: Scope, trader: str) -> str:
    """Return SQL for the key of an id: a digest of it and of what it is unique within.

    An id that is chosen to have the digest of another is no way to hide: whoever enters a second
    order under the key of a first is refused by name.
    """
    within = {
        "instrument": "instrument",
        "venue": "''",
        "trader": f"instrument || chr(30) || coalesce({trader}, '')",
        "day": "instrument || chr(30) || cast(cast(ts as date) as varchar)",
    }[scope]
    return f'cast(md5_number({within} || chr(31) || "{name}") as {KEY})'


def keys(table: Table, conventions: Conventions = USUAL) -> dict[str, str]:
    """Return SQL for every key of a table, by name."""
    return {
        column.name: key_of(column.keys, *_scope(table, column, conventions))
        for column in table.columns
        if column.keys
    }


def _scope(table: Table, column: Column, conventions: Conventions) -> tuple[Scope, str]:
    side = {"buy_order_id": "buyer_id", "sell_order_id": "seller_id"}
    scope = conventions.trades if column.keys == "trade_id" else conventions.orders
    trader = "trader_id" if "trader_id" in table.schema else side.get(column.keys, "''")
    return scope, trader
