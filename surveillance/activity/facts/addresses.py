"""What the addresses on chain are: one form for every spelling, and what is no address at all.

The lake keeps what venues and lists wrote. Views of tables with an address show the canonical
form, so that a rule joins by ``address`` and no spelling passes; see ``screening.addresses``. What
is no address is compared by its text, and counted as not judged where it met nothing.

Addresses are those of the window, of the ninety days by which accounts are tied, and of labels.
Most are canonical already, which the engine sees by itself.
"""

import duckdb
import pyarrow as pa

from surveillance.activity.catalogue import TEXT, Column, Table
from surveillance.activity.facts import typed
from surveillance.screening.addresses import canonical

TABLE = Table(
    "addresses",
    "One row an address as it is written, and asset",
    ("address", "asset"),
    "",
    (
        Column("address", TEXT, "As it is written", required=True),
        Column("asset", TEXT, "Asset with which it is written; empty where none", required=True),
        Column("canonical", TEXT, "The form that all its spellings share", required=True),
        Column("kind", TEXT, "Form of address, such as evm, base58, bech32, xrp, tron"),
        Column("flaw", TEXT, "Why it is no address; empty where it is one"),
    ),
    fact=True,
)
READS = ("transfers", "address_labels")
VERSION = 3
"""The first was the landing's own: it took small letters for hexadecimal and bech32 alone; since
the third a program of no version that BIP-141 knows is no address."""

_DAYS = 90

_WRITTEN = f"""
with last as (
    select coalesce(max(ts), timestamp '2000-01-01') - to_days({_DAYS}) as since
    from known_transfers
), written as (
    select address, asset from transfers
    union select address, asset from known_transfers, last where ts >= since
    union select address, asset from address_labels
    union select address, asset from known_address_labels
)
select distinct address, coalesce(asset, '') as asset from written where address is not null
order by all
"""

_PLAIN = "'0x[0-9a-f]{40}'"
"""Nearly all addresses of a venue; of these only Tron's own assets mean another address."""


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Read every address that is written somewhere, the usual ones in the engine."""
    connection.execute(f"create or replace temp table written_addresses as {_WRITTEN}")
    plain = f"regexp_full_match(address, {_PLAIN}) and upper(asset) not like 'TR%'"
    usual = connection.sql(
        "select address, asset, address as canonical, 'evm' as kind, null::varchar as flaw "
        f"from written_addresses where {plain}"
    ).to_arrow_table()
    others = connection.execute(
        f"select address, asset from written_addresses where not ({plain})"
    ).fetchall()
    connection.execute("drop table written_addresses")
    return pa.concat_tables([usual, typed(TABLE, map(_row, others))])


def _row(written: tuple[str, str]) -> dict[str, object]:
    read = canonical(*written)
    return {
        "address": written[0],
        "asset": written[1],
        "canonical": read.canonical,
        "kind": read.kind or None,
        "flaw": read.flaw or None,
    }
