"""The simulated venue's flow in one instrument, honest people only."""

import duckdb
import numpy as np

from benchmarks.realism.flow import Floats, Flow, sampled
from surveillance.simulation import Simulation, simulate
from surveillance.simulation.settings import SimulationSettings

_LIVES = """
    select epoch(max(ts) filter (event = 'cancel')) - epoch(min(ts)) as life from orders
    group by order_id
    having count(*) filter (event = 'fill') = 0 and count(*) filter (event = 'cancel') > 0
"""
_COUNTS = """
    select count(distinct order_id), count(distinct order_id) filter (event = 'fill'), count(*)
    from orders
"""


def honest(settings: SimulationSettings) -> Simulation:
    """Simulate the venue without abuse."""
    return simulate(settings.model_copy(update={"abuse": False}))


def flow(simulation: Simulation, instrument: str, name: str) -> Flow:
    """Return the flow of one instrument."""
    with duckdb.connect() as connection:
        for table in ("orders", "trades", "book"):
            connection.register(f"all_{table}", simulation.during[table])
            connection.execute(
                f"create temp table {table} as from all_{table} where instrument = ?", [instrument]
            )

        def columns(sql: str) -> list[Floats]:
            arrays = connection.execute(sql).fetchnumpy()
            return [np.asarray(column, dtype=float) for column in arrays.values()]

        times, bids, asks, touch = columns("""
            select epoch(ts)::double as t, max(price) filter (side = 'buy')::double as b,
                max(price) filter (side = 'sell')::double as a,
                max(price::double * quantity::double) filter (side = 'buy') as q
            from book group by ts, seq order by ts, seq
        """)
        deep_times, deep = columns("""
            select epoch(ts)::double as t, depth::double * price::double as d from orders
            where event = 'new' and side = 'buy' and depth is not null and price is not null
            order by ts, seq
        """)
        trade_times, sizes = columns("""
            select epoch(ts)::double as t, price::double * quantity::double as s from trades
            where not is_block order by ts, seq
        """)
        (lives,) = columns(_LIVES)
        (wished,) = columns("""
            select price::double * quantity::double as s from orders
            where event = 'new' and price is not null
        """)
        orders, traded, messages = connection.execute(_COUNTS).fetchall()[0]
    bids, asks, touch = (sampled(times, column, times[-1]) for column in (bids, asks, touch))
    return Flow(
        name, float(times[-1] - times[0]), bids, asks, touch, trade_times, sizes,
        sampled(deep_times, deep, deep_times[-1]), wished, lives, orders, traded, messages,
    )  # fmt: skip
