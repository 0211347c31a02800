"""Views that stand in front of raw tables: who owns an account, what a row is worth, which address.

They show it by facts, as soon as those are made, under the name of the table.
"""

from collections.abc import Iterable, Set
from typing import TYPE_CHECKING

from surveillance.activity.catalogue import TABLES

if TYPE_CHECKING:
    import duckdb

OWNED = ("transfers", "logins", "positions", "liquidations", "rfqs")
"""Tables whose rows show the owner of their trader."""
VALUED = {"transfers": "valued_transfers"}
"""Tables that show what their rows are worth, by the fact that knows it."""
ADDRESSED = ("transfers", "address_labels")
"""Tables that show the canonical form of an address, whatever was written."""
CANONICAL = "addresses"
"""The fact that knows the canonical form."""


def shown_by(tables: Iterable[str]) -> list[str]:
    """Return the facts by which the named tables show more than what was written."""
    names = set(tables)
    canonical = [CANONICAL] if names & set(ADDRESSED) else []
    return canonical + [VALUED[name] for name in sorted(VALUED.keys() & names)]


def showing(fact: str) -> list[str]:
    """Return the tables that show something by a fact."""
    owned = OWNED if fact == "owners" else ()
    addressed = ADDRESSED if fact == CANONICAL else ()
    return [*owned, *addressed, *(name for name in VALUED if VALUED[name] == fact)]


def show(connection: "duckdb.DuckDBPyConnection", name: str, present: Set[str]) -> None:
    """Show owner, worth and canonical address of a table's rows by those facts that are made.

    Few addresses are written in another form than the canonical one, so few rows are joined.
    """
    database = connection.execute("select current_database()").fetchall()[0][0]
    joins, replaced, added = "", [], ""
    if name in OWNED:
        joins += " left join owners o using (trader_id)"
        added = ", coalesce(o.owner_id, t.trader_id) as owner_id"
    if VALUED.get(name) in present:
        joins += f" left join {VALUED[name]} v using ({TABLES[name].key[0]})"
        replaced.append("coalesce(t.usd, v.usd) as usd")
    if name in ADDRESSED and CANONICAL in present:
        other = f"select * from {CANONICAL} where canonical <> address"
        joins += f" left join ({other}) a on a.address = t.address and a.asset = "
        joins += "coalesce(t.asset, '')"
        replaced.append("coalesce(a.canonical, t.address) as address")
    shown = f" replace ({', '.join(replaced)})" if replaced else ""
    connection.execute(
        f'create or replace temp view "{name}" as select t.*{shown}{added} '
        f'from "{database}".main."{name}" t{joins}'
    )
