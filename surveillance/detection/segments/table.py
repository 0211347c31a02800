"""A feature table read into columns of numbers, as dividing traders needs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from surveillance.detection.scaling import Matrix
from surveillance.errors import SurveillanceError

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Table:
    """Traders and their features by name, NaN where one is not known."""

    traders: list[str]
    columns: Mapping[str, Matrix]

    @property
    def size(self) -> int:
        """Return how many traders there are."""
        return len(self.traders)

    def rows(self, names: Sequence[str], chosen: Mask | None = None) -> Matrix:
        """Return the raw rows of some features, of some traders."""
        columns = [
            self.columns[name] if chosen is None else self.columns[name][chosen] for name in names
        ]
        size = self.size if chosen is None else int(chosen.sum())
        return np.column_stack(columns) if columns else np.empty((size, 0))


def table_of(features: pa.Table, names: Sequence[str]) -> Table:
    """Read some features of a table.

    Raises:
        SurveillanceError: one is not in it.
    """
    missing = sorted(set(names) - set(features.column_names))
    if missing:
        raise SurveillanceError(f"expected features that are defined, was {', '.join(missing)}")
    traders = [str(trader) for trader in features.column("trader_id").to_pylist()]
    return Table(traders, {name: _column(features, name) for name in names})


def _column(features: pa.Table, name: str) -> Matrix:
    """Read a column; its numbers come of exact sums, so that none needs to be cut."""
    column = features.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False)
    infinite = np.isinf(column)
    return np.where(infinite, np.nan, column) if infinite.any() else column
