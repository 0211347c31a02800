"""Whose names stand on a list: customers, whom they deal with, institutions, and messages.

A customer is screened when what is known of them changes, when a list changes, and on every day on
which they move money; a counterparty whenever it is named, and so is whoever a travel rule message
names and neither the customer's record nor the transfer does. The version of a list is its date: an
entry that the next version does not have is no longer in force. ``pair`` is a digest of all that
was compared and of how, so that what an officer decided of it holds until the customer, the entry
or the algorithm changes, and no longer. Countries under watch are no names.

Whom a transfer names is screened a microsecond after the customer, the institution one later, and
so on: so each is a hit of its own where several are found at once.

Only who has a reason to be screened in the window is looked for, and each name once.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from surveillance.activity.catalogue import FLAG, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts import typed
from surveillance.canonical import digest
from surveillance.screening.screen import (
    ALGORITHM,
    ListedName,
    Match,
    Party,
    Screen,
    best_of_entries,
)
from surveillance.times import DAY

TABLE = Table(
    "name_matches",
    "One row a party that was screened, moment, and entry of a list that it may be",
    ("trader_id", "party", "name", "list", "entry_id", "ts"),
    "ts",
    (
        Column("ts", TIME, "When it was screened", required=True),
        Column("trader_id", TEXT, "The account", required=True),
        Column("owner_id", TEXT, "Its owner", required=True),
        Column(
            "party",
            TEXT,
            "Who was screened",
            required=True,
            allowed=("customer", "counterparty", "institution", "originator", "beneficiary"),
        ),
        Column("name", TEXT, "The name that was screened", required=True),
        Column("listed_name", TEXT, "The name on the list", required=True),
        Column("list", TEXT, "The list", required=True),
        Column("entry_id", TEXT, "Entry in the list", required=True),
        Column("version", TIME, "Date of the list from which the entry is so", required=True),
        Column("score", "DOUBLE", "0 to 1: how likely it is the same", required=True),
        Column("name_score", "DOUBLE", "The same by the names alone", required=True),
        Column("years_apart", WHOLE, "Years between the births, at least; empty if not known"),
        Column("reason", TEXT, "What speaks for it and against it, in words", required=True),
        Column(
            "because",
            TEXT,
            "Why it was screened then",
            required=True,
            allowed=("customer", "list", "transfer"),
        ),
        Column("pair", TEXT, "Digest of what was compared, and how", required=True),
        Column("is_cleared", FLAG, "An officer had decided that they are not the same"),
        Column("transfer_ids", "VARCHAR[]", "Transfers that named the party, or moved its money"),
    ),
    fact=True,
)
VERSION = 2
"""Since the second, a counterparty is not screened at the very moment of the customer, and whom a
travel rule message names is screened too."""
READS = (
    "kyc",
    "watchlist",
    "transfers",
    "travel_rule_messages",
    "owners",
    "screening_decisions",
)
REACH = timedelta(days=1)
"""So that the first transfer of a day is the first in every view."""

_LISTED = """
with version as (
    select list, ts, lead(ts) over (partition by list order by ts) as until
    from (select distinct list, ts from watchlist)
), lasting as (
    select w.list, entry_id, w.name, entity, birth_date, w.country, quality, w.ts, v.until
    from watchlist w join version v on v.list = w.list and v.ts = w.ts
    where entity is not null or w.country is distinct from entry_id
), marked as (
    select *, ts is distinct from lag(until) over o as is_new from lasting
    window o as (partition by list, entry_id, name, entity, birth_date, country, quality
        order by ts)
), run as (
    select *, count(*) filter (is_new) over (partition by list, entry_id, name, entity, birth_date,
        country, quality order by ts) as number
    from marked
)
select list, entry_id, name, entity, birth_date, country, quality, min(ts) as since,
    case when count(*) = count(until) then max(until) end as until
from run group by list, entry_id, name, entity, birth_date, country, quality, number
order by list, entry_id, name, since, entity, birth_date, country, quality
"""
"""Names with the time for which they stand unchanged, over all versions of their list."""

_CUSTOMERS = f"""
with record as (
    select k.trader_id, name, entity, birth_date, coalesce(nationality, residence) as country,
        ts as since, lead(ts) over (partition by k.trader_id order by ts) as until
    from kyc k
), moved as (
    select trader_id, min(ts) as ts, arg_min(transfer_id, (ts, seq)) as transfer_id
    from transfers where kind is distinct from 'sweep'
    group by trader_id, epoch_us(ts) // {DAY}
)
select r.trader_id, coalesce(o.owner_id, r.trader_id) as owner_id, r.* exclude (trader_id),
    m.ts as moved_at, m.transfer_id
from record r left join moved m on m.trader_id = r.trader_id and m.ts >= r.since
    and (r.until is null or m.ts < r.until)
    left join owners o on o.trader_id = r.trader_id
where r.name is not null order by all
"""

_NAMED = """
select t.trader_id, coalesce(o.owner_id, t.trader_id) as owner_id, t.ts, transfer_id, country,
    unnest([counterparty_name, counterparty_vasp]) as name,
    unnest(['counterparty', 'institution']) as party
from transfers t left join owners o on o.trader_id = t.trader_id
order by all
"""

_TOLD = """
with told as (
    select *, unnest([originator_name, beneficiary_name]) as names,
        unnest(['originator', 'beneficiary']) as party
    from travel_rule_messages
), name_ as (
    select distinct ts, transfer_id, trader_id, party, unnest(string_split(names, '; ')) as name
    from told
)
select n.trader_id, coalesce(o.owner_id, n.trader_id) as owner_id, n.ts, n.transfer_id,
    cast(null as varchar) as country, n.name, n.party
from name_ n left join owners o on o.trader_id = n.trader_id
where not exists (from kyc k where k.trader_id = n.trader_id and lower(k.name) = lower(n.name))
    and not exists (from transfers t where t.transfer_id = n.transfer_id
        and t.trader_id = n.trader_id and lower(t.counterparty_name) = lower(n.name))
order by all
"""
"""Names of messages, both sides; those that are screened anyway are left out."""


_AFTER = {
    party: timedelta(microseconds=1 + place)
    for place, party in enumerate(("counterparty", "institution", "originator", "beneficiary"))
}


class _Moment(NamedTuple):
    """A reason to screen somebody."""

    ts: datetime
    because: str
    transfer: str | None


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Screen customers whenever something calls for it, and whom they deal with when named."""
    rows = connection.execute(_LISTED)
    screen = _screen(tuple(ListedName(*row) for row in rows.fetchall()))
    found = [*_customers(connection, screen), *_counterparties(connection, screen)]
    decided = _decisions(connection)
    for row in found:
        decisions = decided.get((row["trader_id"], row["pair"]), ())
        last = max((each for each in decisions if each[0] < row["ts"]), default=None)
        row["is_cleared"] = last is not None and last[1] == "false_hit"
    return typed(TABLE, found)


def _decisions(
    connection: duckdb.DuckDBPyConnection,
) -> dict[tuple[str, str], list[tuple[datetime, str]]]:
    """Return what was decided when, by account and pair."""
    rows = connection.execute(
        "select trader_id, pair, ts, decision from screening_decisions order by all"
    )
    decided: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    for trader, pair, ts, decision in rows.fetchall():
        decided[trader, pair].append((ts, decision))
    return decided


@lru_cache(maxsize=2)
def _screen(listed: tuple[ListedName, ...]) -> Screen:
    """Return what looks through these names; lists change once a day, and windows every minute."""
    return Screen(listed)


def _customers(connection: duckdb.DuckDBPyConnection, screen: Screen) -> Iterator[dict[str, Any]]:
    records: dict[tuple[Any, ...], list[_Moment]] = defaultdict(list)
    for *known, moved_at, transfer in connection.execute(_CUSTOMERS).fetchall():
        moments = records[tuple(known)]
        if moved_at is not None:
            moments.append(_Moment(moved_at, "transfer", transfer))
    for record, moved in records.items():
        trader, owner, name, entity, born, country, since, until = record
        party = Party(name, entity, born, country)
        for match in screen.matches(party):
            changed = max(since, match.listed.since)
            why = "customer" if since >= match.listed.since else "list"
            for moment in (_Moment(changed, why, None), *moved):
                if until is None or moment.ts < until:
                    yield from _rows(trader, owner, "customer", party, match, moment, screen)


def _counterparties(
    connection: duckdb.DuckDBPyConnection, screen: Screen
) -> Iterator[dict[str, Any]]:
    named = [row for sql in (_NAMED, _TOLD) for row in connection.execute(sql).fetchall()]
    for trader, owner, ts, transfer, country, name, kind in named:
        if name:
            party = Party(name, "legal" if kind == "institution" else None, None, country)
            for match in screen.matches(party):
                moment = _Moment(ts + _AFTER[kind], "transfer", transfer)
                yield from _rows(trader, owner, kind, party, match, moment, screen)


def _rows(
    trader: str,
    owner: str,
    kind: str,
    party: Party,
    match: Match,
    moment: _Moment,
    screen: Screen,
) -> Iterator[dict[str, Any]]:
    """Yield the row of a match, if it is the likeliest of its entry at the moment."""
    listed = match.listed
    if best_of_entries(screen.matches(party), moment.ts).get(listed[:2]) is not match:
        return
    yield {
        "ts": moment.ts,
        "trader_id": trader,
        "owner_id": owner,
        "party": kind,
        "name": party.name,
        "listed_name": listed.name,
        "list": listed.list,
        "entry_id": listed.entry_id,
        "version": listed.since,
        "score": match.score,
        "name_score": match.name_score,
        "years_apart": match.years_apart,
        "reason": match.reason,
        "because": moment.because,
        "pair": digest([ALGORITHM, list(party), [text or "" for text in listed[:7]]]),
        "transfer_ids": [moment.transfer] if moment.transfer else [],
    }
