"""Who stands where: accounts in instruments, the hand behind them, and sizes that compare."""

HANDS = """
create or replace temp table hand as
select trader_id, owner_id, group_id from groups
"""

TERMS = """
create or replace temp table term as
select instrument, since, until, underlying as family, form = 'inverse' as is_inverse,
    contract::double as contract
from contracts where kind in ('spot', 'perpetual', 'future') and underlying is not null
    and form is not null
"""
"""Products whose sizes compare, in coin; the size of every other is its own."""

PLACES = """
create or replace temp table place as
with known as (
    select trader_id, instrument from orders union select trader_id, instrument from fills
), placed as (
    select k.trader_id, k.instrument, coalesce(h.owner_id, k.trader_id) as owner_id,
        coalesce(h.group_id, k.trader_id) as group_id, coalesce(t.family, k.instrument) as family
    from known k left join hand h using (trader_id)
        left join (select instrument, min(family) as family from term group by instrument) t
            using (instrument)
    where k.trader_id is not null
)
select row_number() over (order by trader_id, instrument) as place, *,
    dense_rank() over (order by group_id, family) as pot
from placed
"""


def book(place: str, order: str) -> str:
    """Return SQL for one side of a pot as a whole number; that of the other side is next to it."""
    return f"{place}.pot * 2 + case {order}.side when 'buy' then 1 when 'sell' then 0 end"


def size(quantity: str, price: str) -> str:
    """Return SQL for a quantity in coin, where the terms ``t`` are known, else as it is."""
    return (
        f"case when t.contract is null then {quantity} else cast({quantity}::double * t.contract "
        f"/ case when t.is_inverse then {price}::double else 1 end as decimal(38, 18)) end"
    )


def in_terms(rows: str) -> str:
    """Return SQL that joins rows ``r`` with the terms ``t`` of their instrument at their time."""
    return (
        f"{rows} left join term t on t.instrument = r.instrument and t.since <= r.ts "
        "and t.until > r.ts"
    )
