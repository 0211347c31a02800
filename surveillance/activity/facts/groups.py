"""Accounts that seem to be in one hand: those of an owner, and of owners tied to it directly.

Links that say different things add up (noisy-or over their kinds), and owners who are tied surely
enough are one group about a core, to which each is tied itself. There are no chains: B may be tied
to A by a device and to C by an address without A and C having ever met, and then B is the core; D,
whom only C knows, is no member. An owner is in one group, that of the core that ties most.

A group bears the name of its core's owner, so where nothing ties anybody it is the owner. It is an
inference and not a fact of the venue's: cases stay with owners, and an officer joins them.
"""

from collections.abc import Iterable, Iterator

import duckdb
import pyarrow as pa

from surveillance.activity.catalogue import TEXT, WHOLE, Column, Table

TABLE = Table(
    "groups",
    "The group of each account, which is its owner where nothing ties it to others",
    ("trader_id",),
    "",
    (
        Column("trader_id", TEXT, "The account", required=True),
        Column("owner_id", TEXT, "Its owner", required=True),
        Column("group_id", TEXT, "Owner of the group's core", required=True),
        Column("core", TEXT, "Account of the core that ties it directly", required=True),
        Column("strength", "DOUBLE", "0 to 1: how surely it is of the group", required=True),
        Column("accounts", WHOLE, "Accounts of the group", required=True),
        Column("owners", WHOLE, "Owners of the group", required=True),
        Column("reasons", "VARCHAR[]", "What ties its owner to the core, in words", required=True),
    ),
    fact=True,
)
READS = ("identifiers", "links", "owners")

SURE = 0.8
"""Strength from which owners are of one group; engineering default."""

_TIES = f"""
create or replace temp table ties as
with known as (
    select trader_id, owner_id from owners union select trader_id, owner_id from identifiers
), link as (
    select a.owner_id, b.owner_id as other, l.* exclude (other_id)
    from (select * from links union all by name
            select * replace (other_id as trader_id, trader_id as other_id) from links) l
        join known a using (trader_id) join known b on b.trader_id = l.other_id
    where a.owner_id <> b.owner_id
), best as (
    select owner_id, other, kind, strength, reason, trader_id from link
    qualify row_number() over (partition by owner_id, other, kind
        order by strength desc, trader_id, reason) = 1
), tie as (
    select owner_id, other, arg_max(trader_id, (strength, kind)) as trader_id,
        list(reason order by strength desc, kind) as reasons,
        round(1 - list_reduce(list(1 - strength order by kind), lambda x, y: x * y), 3) as strength
    from best group by all
)
select * from tie where strength >= {SURE}
"""

_GROUPS = """
with known as (
    select trader_id, owner_id from owners union select trader_id, owner_id from identifiers
), placed as (
    select trader_id, owner_id, coalesce(s.core, owner_id) as group_id
    from known left join stars s using (owner_id)
), owned as (
    select owner_id, min(trader_id) as first_id, count(*) as accounts from placed group by all
), size as (
    select group_id, count(*) as accounts, count(distinct owner_id) as owners
    from placed group by all
)
select p.*, coalesce(t.trader_id, o.first_id) as core, coalesce(t.strength, 1) as strength,
    s.accounts, s.owners,
    coalesce(t.reasons, case when o.accounts = 1 then []
        else ['the venue knows one owner of them: ' || p.owner_id] end) as reasons
from placed p join owned o using (owner_id) join size s using (group_id)
    left join ties t on t.owner_id = p.group_id and t.other = p.owner_id
order by p.trader_id
"""


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Gather owners about cores, and name the group of each account."""
    connection.execute(_TIES)
    ties = connection.execute("select owner_id, other, strength from ties order by all").fetchall()
    columns = list(zip(*stars(ties), strict=True)) or [(), ()]
    names = [pa.array(column, pa.string()) for column in columns]
    connection.register("stars", pa.Table.from_arrays(names, ["owner_id", "core"]))
    rows: pa.Table = connection.execute(_GROUPS).to_arrow_table()
    connection.unregister("stars")
    connection.execute("drop table ties")
    return rows


def stars(ties: Iterable[tuple[str, str, float]]) -> Iterator[tuple[str, str]]:
    """Yield each tied owner with the core that it goes to, from ties that stand in both ways.

    Who has most ties gathers first, the surest ties before others, and takes whom nobody has.
    """
    tied: dict[str, dict[str, float]] = {}
    for owner, other, strength in ties:
        tied.setdefault(owner, {})[other] = strength
    free = set(tied)
    for core in sorted(tied, key=lambda one: (-len(tied[one]), -sum(tied[one].values()), one)):
        if core in free:
            star = {core, *(free & tied[core].keys())}
            free -= star
            yield from ((owner, core) for owner in sorted(star))
