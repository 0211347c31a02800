"""By what accounts can be known: devices, addresses, bank accounts, contracts, identities.

It is read from all that was known at ``as_of``, of the last ninety days where it is used and not
declared, whatever the run's window: a device that two accounts share ties them on days without a
login too, and a reach of ninety days would have every run read ninety days of orders.

A failed login says whose account somebody wanted, and an anonymising network nothing. What
analytics have a label for, or what an institution holds, is no address of a person. A number of
fewer than four digits may be a filler, and names somebody only with the day of birth.
"""

import duckdb
import pyarrow as pa

from surveillance.activity.catalogue import TEXT, TIME, WHOLE, Column, Table

KINDS = ("device", "cookie", "ip", "address_in", "address_out", "bank_in", "bank_out", "contract",
         "number", "credential", "name")  # fmt: skip
TABLE = Table(
    "identifiers",
    "One row an account and what it can be known by",
    ("kind", "identifier", "trader_id"),
    "",
    (
        Column("kind", TEXT, "What it is", required=True, allowed=KINDS),
        Column("identifier", TEXT, "Its value", required=True),
        Column("trader_id", TEXT, "The account", required=True),
        Column("owner_id", TEXT, "Its owner", required=True),
        Column("since", TIME, "When it was first used, or declared", required=True),
        Column("until", TIME, "When it was last used, or declared", required=True),
        Column("days", WHOLE, "Days on which it was used", required=True),
    ),
    fact=True,
)
READS = ("accounts", "kyc", "kyc_credentials", "address_labels", "logins", "transfers", "swaps",
         "owners", "addresses")  # fmt: skip

VERSION = 3

_DAYS = 90

_DAY = "1::hugeint << least(greatest(date_diff('day', $since, ts), 0), 100)::integer"
"""A day as a bit, so that days are counted in one pass without a list of them."""

_SQL = f"""
with signed_in as (
    select trader_id, device_id, cookie_id, case when is_anonymised is not true then ip end as ip,
        min(ts) as since, max(ts) as until, bit_or({_DAY}) as days
    from known_logins where ts >= $since and kind is distinct from 'failure' group by all
), transfer as (
    select t.* replace (coalesce(a.canonical, t.address) as address),
        coalesce(t.kind = 'bank', false) as is_bank
    from known_transfers t left join addresses a
        on a.address = t.address and a.asset = coalesce(t.asset, '')
    where ts >= $since
), labelled as (
    select coalesce(a.canonical, l.address) as address
    from known_address_labels l left join addresses a
        on a.address = l.address and a.asset = coalesce(l.asset, '')
), others as (
    select 'bank_' || direction as kind, counterparty_id as identifier, trader_id, ts
    from transfer where is_bank
    union all select 'address_' || direction, address, trader_id, ts from transfer
        anti join labelled using (address)
        where not is_bank and counterparty_vasp is null and self_hosted is not false
    union all select 'contract', contract, trader_id, ts from known_swaps where ts >= $since
    union all select 'number', upper(regexp_replace(national_id, '[^0-9A-Za-z]', '', 'g')),
        trader_id, ts from known_kyc where regexp_matches(national_id, '([0-9].*){{4}}')
    union all select 'number', upper(regexp_replace(national_id, '[^0-9A-Za-z]', '', 'g'))
            || ', born ' || birth_date,
        trader_id, ts from known_kyc where regexp_matches(national_id, '[1-9].*[0-9]|[0-9].*[1-9]')
    union all select 'number', upper(lei), trader_id, ts from known_kyc
    union all select 'name', lower(strip_accents(trim(name))) || ', born ' || birth_date,
        trader_id, ts from known_kyc
    union all select 'credential', nullifier, trader_id, ts from known_kyc_credentials
), used as (
    select 'device' as kind, device_id as identifier, trader_id, since, until, days from signed_in
    union all select 'cookie', cookie_id, trader_id, since, until, days from signed_in
    union all select 'ip', ip, trader_id, since, until, days from signed_in
    union all select kind, identifier, trader_id, min(ts), max(ts), bit_or({_DAY})
        from others group by all
)
select kind, identifier, trader_id, coalesce(owner_id, trader_id) as owner_id,
    min(since) as since, max(until) as until, bit_count(bit_or(days))::bigint as days
from used left join owners using (trader_id) where identifier <> '' group by all order by all
"""

_LAST = """
select coalesce(max(ts), timestamp '2000-01-01') - to_days($days) from (
    select max(ts) as ts from known_logins union all select max(ts) from known_transfers
    union all select max(ts) from known_swaps)
"""


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Gather what accounts used in the ninety days before the last use that is known."""
    since = connection.execute(_LAST, {"days": _DAYS}).fetchall()[0][0]
    return connection.execute(_SQL, {"since": since}).to_arrow_table()
