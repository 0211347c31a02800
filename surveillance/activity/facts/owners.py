"""Who stands behind each account: the venue's owner, joined over accounts known to be linked.

The latest state known at ``as_of`` counts for the whole window, so an owner has one name however
runs are cut; an account that was sold carries its new owner's name back.
"""

import duckdb
import pyarrow as pa

from surveillance.activity.catalogue import TEXT, Column, Table

TABLE = Table(
    "owners",
    "The beneficial owner behind each account",
    ("trader_id",),
    "",
    (
        Column("trader_id", TEXT, "The account that acts", required=True),
        Column("owner_id", TEXT, "Owner; the smallest name where owners are linked", required=True),
    ),
    fact=True,
)
READS = ("accounts",)

_LATEST = """
select trader_id, coalesce(owner_id, trader_id) as owner_id, linked_to
from known_accounts qualify row_number() over (partition by trader_id order by ts desc) = 1
order by trader_id
"""


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Join owners whose accounts the venue knows to be linked into one, and name each account's."""
    latest: pa.Table = connection.execute(_LATEST).to_arrow_table()
    if latest["linked_to"].null_count == latest.num_rows:
        return latest.select(["trader_id", "owner_id"])
    rows = list(zip(*(column.to_pylist() for column in latest.columns), strict=True))
    owner_of = {trader: owner for trader, owner, _ in rows}
    names = sorted(set(owner_of.values()))
    component = _components(
        names, [(owner_of[t], owner_of[to]) for t, _, to in rows if to in owner_of]
    )
    columns = [list(owner_of), [component[owner] for owner in owner_of.values()]]
    # pa.table() would import pandas to see whether it was given a frame of its kind.
    return pa.Table.from_arrays(
        [pa.array(column, pa.string()) for column in columns], ["trader_id", "owner_id"]
    )


def _components(names: list[str], links: list[tuple[str, str]]) -> dict[str, str]:
    if not links:
        return {name: name for name in names}
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    index = {name: place for place, name in enumerate(names)}
    pairs = ([index[a] for a, _ in links], [index[b] for _, b in links])
    graph = coo_array(([True] * len(links), pairs), shape=(len(names), len(names)))
    _, labels = connected_components(graph, directed=False)
    first: dict[int, str] = {}
    for name, label in zip(names, labels, strict=True):
        first.setdefault(int(label), name)
    return {name: first[int(label)] for name, label in zip(names, labels, strict=True)}
