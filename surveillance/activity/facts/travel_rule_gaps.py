"""Transfers whose travel rule message is missing, no IVMS101, incomplete, or of another name.

Of the two sides it is the customer's own whose name the venue knows, and the likeness of names is
that of screening. A transfer without a message is missing one only where an institution stands on
the other side and the venue says that the data are not complete.
"""

from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa

from surveillance.activity.catalogue import MONEY, TEXT, TIME, Column, Table
from surveillance.activity.facts import typed
from surveillance.screening import names
from surveillance.screening.similarity import compare

TABLE = Table(
    "travel_rule_gaps",
    "One row a transfer and what is wrong with the message about it",
    ("transfer_id", "state"),
    "ts",
    (
        Column("ts", TIME, "When it moved", required=True),
        Column("transfer_id", TEXT, "The transfer", required=True),
        Column("trader_id", TEXT, "The account", required=True),
        Column("owner_id", TEXT, "Its owner", required=True),
        Column(
            "state",
            TEXT,
            "What is wrong",
            required=True,
            allowed=("missing", "invalid", "incomplete", "mismatch"),
        ),
        Column("missing", TEXT, "What it lacks"),
        Column("name", TEXT, "The customer's name in the message, or names"),
        Column("known_name", TEXT, "The customer's name as it was verified"),
        Column("likeness", "DOUBLE", "Of these names, 0 to 1; of several the best"),
        Column("usd", MONEY, "Moved, USD"),
        Column("line_usd", MONEY, "The travel rule's line where the customer lives, USD"),
    ),
    fact=True,
)
VERSION = 3
"""Since the second, each of the names that a message gives somebody is compared; since the third,
names in Arabic letters are compared with those in Latin ones."""
READS = ("kyc", "owners", "policies", "transfers", "travel_rule_messages", "valued_transfers")

_SQL = f"""
with last_ as (
    select * from travel_rule_messages
    qualify row_number() over (partition by transfer_id order by ts desc) = 1
), moved as (
    select t.ts, t.transfer_id, t.trader_id, t.owner_id, t.direction, t.usd, t.travel_rule,
        t.counterparty_vasp, m.transfer_id is not null as has_message, m.is_valid, m.missing,
        case when t.direction = 'out' then m.originator_name else m.beneficiary_name end as name
    from transfers t left join last_ m on m.transfer_id = t.transfer_id
        and m.trader_id = t.trader_id
    where t.owner_id is not null
), placed as (
    select m.*, k.name as known_name, k.entity, upper(k.residence) as residence
    from moved m asof left join kyc k on k.trader_id = m.trader_id and k.ts <= m.ts
), line as (
    select jurisdiction, usd, since, until from policies where kind = 'travel_rule'
)
select p.ts, p.transfer_id, p.trader_id, p.owner_id, p.has_message, p.is_valid, p.missing, p.name,
    p.known_name, p.entity, try_cast(p.usd as {MONEY}) as usd, (
        select arg_max(l.usd, l.jurisdiction) from line l
        where l.jurisdiction in ('', coalesce(p.residence, '')) and l.since <= p.ts
            and (l.until is null or p.ts < l.until)) as line_usd
from placed p
where has_message or (counterparty_vasp is not null and travel_rule = false)
order by p.ts, p.transfer_id
"""
_UNLIKE = 0.65
"""Likeness below which two names are of two people; ``screening`` says nothing below it."""


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Say of each transfer with a message, or that lacks one, what is wrong."""
    rows = connection.sql(_SQL).to_arrow_table().to_pylist()
    return typed(TABLE, (gap for row in rows for gap in _gaps(row)))


def _gaps(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    shown = {name: row[name] for name in TABLE.schema if name in row}
    if not row["has_message"]:
        yield {**shown, "state": "missing"}
    elif not row["is_valid"]:
        yield {**shown, "state": "invalid"}
    else:
        if row["missing"]:
            yield {**shown, "state": "incomplete"}
        likeness = _likeness(row)
        if likeness is not None and likeness < _UNLIKE:
            yield {**shown, "state": "mismatch", "likeness": likeness}


def _likeness(row: dict[str, Any]) -> float | None:
    if not row["name"] or not row["known_name"]:
        return None
    is_company = row["entity"] == "legal"
    known = names.read(row["known_name"], is_company=is_company)
    told = (names.read(name, is_company=is_company) for name in row["name"].split("; "))
    return max(round(compare(name, known).score, 4) for name in told)
