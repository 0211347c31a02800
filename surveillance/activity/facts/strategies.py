"""What options are held for: the strategies that legs of one account and coin make together.

Legs are taken together from the most particular to the least: a box before the verticals it is made
of, a covered call before a naked one. What is in one strategy is in no other, and what is left of a
short leg is naked. Only what is held at the end of a day is looked at, so it does not matter in how
many trades, or at which venue's word for a combination, it was built.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any

import duckdb
import pyarrow as pa

from surveillance.activity.catalogue import MONEY, TEXT, TIME, Column, Table
from surveillance.activity.facts import typed
from surveillance.activity.legs import STRATEGIES, UNIT, Leg, recognised

TABLE = Table(
    "strategies",
    "One row an account, coin, day and strategy that its option legs make",
    ("trader_id", "underlying", "ts", "strategy"),
    "ts",
    (
        Column("ts", TIME, "Start of the day; known at its end", required=True),
        Column("trader_id", TEXT, "Who holds the legs", required=True),
        Column("owner_id", TEXT, "Owner behind the account", required=True),
        Column("underlying", TEXT, "Underlying asset", required=True),
        Column("strategy", TEXT, "What they are together", required=True, allowed=STRATEGIES),
        Column("notional", MONEY, "Size of its option legs at the price of the coin, USD"),
    ),
    fact=True,
)
READS = ("exposures",)

_LARGEST = 1e12
_SQL = f"""
select ts, trader_id, owner_id, underlying, kind = 'option' as is_option, option_kind, strike,
    epoch_us(expires_at) as expiry, cast(round(units * {UNIT}) as bigint) as units, price
from exposures e semi join (
    select distinct ts, trader_id, underlying from exposures where kind = 'option') o
    on o.ts = e.ts and o.trader_id = e.trader_id and o.underlying = e.underlying
where units is not null and price is not null
    and (kind <> 'option' or option_kind is not null and strike is not null
        and expires_at is not null)
order by ts, trader_id, underlying, instrument
"""


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Recognise the strategies of every account."""
    rows = connection.sql(_SQL).to_arrow_table().to_pylist()
    return typed(TABLE, _all(rows))


def _all(rows: list[dict[str, Any]]) -> Iterator[Mapping[str, object]]:
    def book(row: dict[str, Any]) -> tuple[Any, ...]:
        return row["ts"], row["trader_id"], row["owner_id"], row["underlying"]

    for (ts, trader, owner, underlying), group in groupby(rows, book):
        legs = list(group)
        options = [
            Leg(leg["option_kind"], leg["strike"], leg["expiry"], leg["units"])
            for leg in legs
            if leg["is_option"]
        ]
        outright = sum(leg["units"] for leg in legs if not leg["is_option"])
        price = max((leg["price"] for leg in legs if leg["is_option"]), default=0.0)
        for strategy, units in sorted(recognised(options, outright).items()):
            notional = units / UNIT * price
            yield {
                "ts": ts,
                "trader_id": trader,
                "owner_id": owner,
                "underlying": underlying,
                "strategy": strategy,
                "notional": Decimal(f"{notional:.6f}") if notional < _LARGEST else None,
            }
