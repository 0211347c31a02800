"""The floor: reading the columns that a rule's logic needs, and nothing else.

Every value is hashed and the hashes are folded with exclusive or, so that no statistics of a file
can answer in place of its rows. A rule that reads a fact needs the columns the fact is made of.
"""

import glob
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

Columns: TypeAlias = Mapping[str, frozenset[str]]

_LIFE = (
    "ts event order_id order_key instrument trader_id side type quantity remaining displayed depth "
    "reason ended_by"
)
_DEALT = "ts trade_id trade_key instrument buyer_id seller_id"
_NEEDS = {
    "loud_seconds": {"orders": "ts event order_id instrument trader_id"},
    "twin_orders": {
        "orders": "ts event order_id order_key quantity",
        "trades": f"{_DEALT} buy_order_key sell_order_key quantity",
    },
    "pulled_bait": {
        "orders": "ts event order_id order_key instrument trader_id side quantity",
        "trades": "ts instrument buyer_id seller_id",
    },
    "self_match": {"trades": f"{_DEALT} price quantity"},
    "small_deposits": {"transfers": "ts transfer_id trader_id direction usd"},
    "ahead_of_client_order": {
        "orders": "ts event order_id order_key parent_id instrument trader_id side quantity price",
        "trades": f"{_DEALT} buy_order_key sell_order_key price quantity",
    },
    "circular_trades": {"trades": f"{_DEALT} seq price quantity is_block is_liquidation"},
    "fleeting_orders": {"orders": _LIFE},
    "layering": {
        "orders": f"{_LIFE} price",
        "trades": f"{_DEALT} buy_order_key sell_order_key is_block is_liquidation",
    },
    "marking_the_close": {"trades": f"{_DEALT} price quantity taker_side is_block"},
    "matched_orders": {
        "orders": "ts event order_id order_key quantity",
        "trades": f"{_DEALT} buy_order_key sell_order_key price quantity is_block is_liquidation",
    },
    "quote_stuffing": {"orders": "ts event order_id instrument trader_id"},
    "self_matched_trades": {"trades": f"{_DEALT} price quantity is_block is_liquidation"},
    "spoofing": {
        "orders": _LIFE,
        "trades": f"{_DEALT} buy_order_key sell_order_key is_block is_liquidation",
    },
    "fan_in": {"transfers": "ts transfer_id trader_id direction usd counterparty_id address"},
    "pass_through": {
        "transfers": "ts transfer_id trader_id direction usd kind",
        "trades": "ts instrument buyer_id seller_id price quantity",
    },
    "sanctioned_address": {
        "transfers": "ts transfer_id trader_id direction asset amount usd address"
    },
    "structuring": {"transfers": "ts transfer_id trader_id direction usd"},
    "features": {
        "orders": f"{_LIFE} seq price level",
        "trades": f"{_DEALT} seq buy_order_key sell_order_key price quantity taker_side is_block "
        "is_liquidation combo_id",
        "transfers": "ts seq transfer_id trader_id direction asset amount usd kind address "
        "counterparty_id self_hosted",
        "positions": "ts trader_id instrument quantity entry_price margin liquidation_price delta",
        "logins": "ts trader_id country",
        "marks": "ts instrument kind value",
        "instruments": "ts instrument kind underlying quote settlement multiplier",
    },
    "strange_order_flow": {
        "orders": "ts event order_id order_key instrument trader_id side quantity price"
    },
    "strange_transfers": {
        "transfers": "ts trader_id direction amount usd counterparty_id address kind"
    },
}


def columns(rules: Iterable[str]) -> Columns:
    """Return the columns that some rules need together, by raw table."""
    needed: dict[str, set[str]] = {}
    for rule in rules:
        for table, names in _NEEDS[rule].items():
            needed.setdefault(table, set()).update(names.split())
    return {table: frozenset(names) for table, names in needed.items()}


def ready(job: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """Import the engine, and return the work."""
    import duckdb

    def work() -> dict[str, Any]:
        with duckdb.connect() as connection:
            for table, names in columns(job["only"]).items():
                files = sorted(glob.glob(f"{job['lake']}/{table}/*.parquet"))
                folded = ", ".join(f"bit_xor(hash({name}))" for name in sorted(names))
                connection.execute(f"select {folded} from read_parquet({files!r})").fetchall()
        return {}

    return work
