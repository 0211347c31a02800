"""How much of what an account received came from a labelled address, and how far away that was.

The method is the haircut: whatever leaves an account or an outside address carries the mix of what
came into it in the thirty days before, in proportion; where more left than came, the rest had been
there before, so that dust stays dust. One hop is a payment by the labelled address itself; two and
three are by way of one or two others, venue accounts or outside addresses as far as the venue saw
money go there. What an outside address received elsewhere is not known here, so a share by way of
one is of what was seen. Money sent to a labelled address is a direct exposure of whoever sent it. A
label of an exchange says who it is and is no exposure.

Everything is reckoned in whole millionths of a dollar, rounded down, so that it is exact; thirty
days and three hops are engineering defaults.
"""

from datetime import timedelta

from surveillance.activity.catalogue import MONEY, TEXT, TIME, WHOLE, Column, Table

TABLE = Table(
    "address_exposures",
    "One row a transfer and category of label that its money came from, or went to",
    ("transfer_id", "category"),
    "ts",
    (
        Column("ts", TIME, "When it moved", required=True),
        Column("transfer_id", TEXT, "The transfer", required=True),
        Column("trader_id", TEXT, "The account", required=True),
        Column("owner_id", TEXT, "Its owner", required=True),
        Column("direction", TEXT, "Into or out of the account", allowed=("in", "out")),
        Column("category", TEXT, "Category of the label", required=True),
        Column("hops", WHOLE, "Fewest payments from the labelled address; 1 is direct"),
        Column("usd", MONEY, "What of it comes from there, or goes there, USD", required=True),
        Column("share", "DOUBLE", "The same as a part of the transfer", required=True),
        Column("entity", TEXT, "Who holds the address that was paid or paid directly"),
    ),
    fact=True,
)
READS = ("transfers", "labels", "owners", "addresses", "valued_transfers")
VERSION = 3
"""Since the third, the next version of a list ends the labels that it leaves out."""

_DAYS = 30
_HOPS = 3
REACH = timedelta(days=_DAYS * (_HOPS - 1))


def _further(hops: int) -> str:
    """Return SQL for what payments carry that are so many hops from a label, by category.

    Only holders that received something labelled before are looked at: few, of a venue's many.
    """
    return f"""carried_{hops} as materialized (
    with touched as (
        select distinct to_id as holder, category from carried_{hops - 1}
    ), event as (
        select t.holder, t.category, m.ts, m.units as received,
            coalesce(c.units, 0) as labelled, null as transfer_id, null as units
        from touched t join moved m on m.to_id = t.holder
            left join carried_{hops - 1} c
                on c.transfer_id = m.transfer_id and c.category = t.category
        union all
        select t.holder, t.category, m.ts, 0, 0, m.transfer_id, m.units
        from touched t join moved m on m.from_id = t.holder
            anti join direct d on d.transfer_id = m.transfer_id and d.category = t.category
    ), pooled as (
        select * exclude (received, labelled), sum(labelled) over w as labelled,
            greatest(sum(received) over w, sum(units) over w) as mixed
        from event window w as (partition by holder, category order by ts
            range between interval {_DAYS} days preceding and current row)
    )
    select p.transfer_id, m.to_id, p.category, {hops} as hops,
        (p.units * p.labelled // p.mixed)::hugeint as units, null::varchar as entity
    from pooled p join moved m using (transfer_id)
    where p.units * p.labelled >= p.mixed
)"""


_LEVELS = [f"carried_{hops}" for hops in range(1, _HOPS + 1)]

SQL = f"""
with moved as materialized (
    select ts, transfer_id, trader_id, owner_id, direction, address,
        (usd * 1000000)::hugeint as units,
        case when direction = 'out' then 'account ' || trader_id
            when kind = 'internal' then 'account ' || counterparty_id
            else 'address ' || address end as from_id,
        case when direction = 'in' then 'account ' || trader_id
            else 'address ' || address end as to_id
    from transfers
    where usd > 0 and kind is distinct from 'sweep'
        and not (direction = 'out' and kind is not distinct from 'internal')
), direct as materialized (
    select m.transfer_id, m.to_id, m.direction, l.category, 1 as hops, m.units,
        min(l.entity) as entity
    from moved m join labels l on l.address = m.address and l.ts <= m.ts
        and (l.until is null or l.until > m.ts) and l.category <> 'exchange'
    group by all
), carried_1 as materialized (
    select * exclude (direction) from direct where direction = 'in'
), {", ".join(_further(hops) for hops in range(2, _HOPS + 1))},
exposed as (
    select * exclude (direction) from direct where direction = 'out'
    union all {" union all ".join(f"select * from {level}" for level in _LEVELS)}
), summed as (
    select transfer_id, category, min(e.hops) as hops, least(sum(e.units), any_value(m.units))
        as exposed, min(e.entity) as entity
    from exposed e join moved m using (transfer_id)
    group by all
)
select m.ts, m.transfer_id, m.trader_id, m.owner_id, m.direction, s.category, s.hops,
    (s.exposed::decimal(38, 0) / 1000000)::{MONEY} as usd,
    s.exposed::double / m.units::double as share, s.entity
from summed s join moved m using (transfer_id)
where m.direction = 'in' or s.hops = 1
"""
