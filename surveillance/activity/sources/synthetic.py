"""A simulated venue: a week of a crypto-derivatives exchange, with abuse hidden in it.

It exists so that everything can be shown and measured without anybody's data. The same settings
give the same bytes; the answer sheet is kept apart, and ``pull`` never shows it.
"""

from collections.abc import Iterator

import pyarrow as pa

from surveillance.activity.batch import Batch, Landed, never
from surveillance.activity.venue import Venue
from surveillance.model import Window
from surveillance.simulation import simulate
from surveillance.simulation.ledger import between
from surveillance.simulation.settings import SimulationSettings as Keys
from surveillance.simulation.twins import Twin

__all__ = ["Keys", "Twin", "kinds", "labels", "pull", "twins"]


def pull(venue: Venue, window: Window | None = None, landed: Landed = never) -> Iterator[Batch]:
    """Yield what is known beforehand, then each whole day that meets the window, or every day.

    What has ``landed`` makes no difference: a simulation is made as a whole.

    Raises VenueError where the venue's settings are wrong.
    """
    settings = venue.settings(Keys)
    span = simulate(settings)
    name = f"synthetic-{settings.digest}"
    yield Batch(venue.name, f"{name}-before", span.before)
    for day in map(settings.day, range(settings.days)):
        if window is None or (day.start < window.end and window.start < day.end):
            cut = {key: between(rows, day) for key, rows in span.during.items()}
            tables = {key: rows for key, rows in cut.items() if rows.num_rows}
            yield Batch(venue.name, f"{name}-{day.start:%Y-%m-%d}", tables)


def labels(venue: Venue) -> pa.Table:
    """Return the abuse injected into a venue: typology, table, id, trader_id, disguise; sorted.

    ``id`` is a trade, order or transfer id, or for ``accounts`` the trader's own; a trade
    between two accomplices has a row for each. Raises VenueError as ``pull`` does.
    """
    return simulate(venue.settings(Keys)).labels


def kinds(venue: Venue) -> pa.Table:
    """Return how each honest account trades: trader_id, kind. Raises VenueError as ``pull``."""
    return simulate(venue.settings(Keys)).kinds


def twins(venue: Venue) -> tuple[Twin, ...]:
    """Return the kinds of honest twins, if any. Raises VenueError as ``pull``."""
    return simulate(venue.settings(Keys)).twins
