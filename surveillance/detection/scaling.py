"""Rows of features as numbers that can be compared: robustly centred, spread and compressed.

A median and an inter-quartile range do not move when a few traders are wild, and the inverse
hyperbolic sine is linear near the middle and logarithmic far out, so that one extreme feature
cannot drown the others. What is not known becomes 0, the middle: not knowing is never strange.
Numbers are cut to twelve significant digits, so that a file of them says what was computed with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Matrix: TypeAlias = npt.NDArray[np.float64]

DIGITS = 12


@dataclass(frozen=True, slots=True)
class Scaling:
    """The middle and the spread of each column, as frozen with a model."""

    centres: tuple[float, ...]
    spreads: tuple[float, ...]

    @classmethod
    def of(cls, rows: Matrix) -> "Scaling":
        """Measure the columns of ``rows``; NaN is skipped."""
        columns = [column[~np.isnan(column)] for column in rows.T]
        centres = [float(np.median(column)) if len(column) else 0.0 for column in columns]
        spreads = [_spread(column) for column in columns]
        return cls(tuple(cut(np.array(centres)).tolist()), tuple(cut(np.array(spreads)).tolist()))

    def apply(self, rows: Matrix) -> Matrix:
        """Return ``rows`` scaled; NaN becomes 0."""
        scaled = np.arcsinh((rows - np.array(self.centres)) / np.array(self.spreads))
        return np.asarray(np.nan_to_num(scaled, nan=0.0))


def rows_of(table: pa.Table, names: Sequence[str]) -> tuple[list[str], Matrix]:
    """Return the trader ids of a feature table and its columns ``names``, NULL as NaN."""
    traders = [str(trader) for trader in table.column("trader_id").to_pylist()]
    columns = [
        table.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False) for name in names
    ]
    rows = np.column_stack(columns) if columns else np.empty((len(traders), 0))
    return traders, cut(rows.astype(np.float64))


def cut(values: Matrix, digits: int = DIGITS) -> Matrix:
    """Round to significant digits; infinities become NaN."""
    finite = np.where(np.isfinite(values), values, np.nan)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        size = np.floor(np.log10(np.abs(finite)))
        places = np.clip(digits - 1 - np.nan_to_num(size, nan=0.0, neginf=0.0), -300, 300)
        factor = 10.0 ** np.abs(places)
        fine, coarse = np.round(finite * factor) / factor, np.round(finite / factor) * factor
    rounded = np.where(places >= 0, fine, coarse)
    return np.asarray(np.where(np.isfinite(rounded), rounded, finite))


def _spread(column: Matrix) -> float:
    """Return the inter-quartile range, or where that is 0 a wider one, or 1."""
    for low, high in ((25, 75), (10, 90), (2, 98), (0, 100)):
        if len(column) and (width := float(np.diff(np.percentile(column, [low, high]))[0])) > 0:
            return width
    return 1.0
