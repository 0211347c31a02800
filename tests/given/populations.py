"""Simulated traders with features, and what is planted among them."""

import numpy as np
import pyarrow as pa

from surveillance.detection.scaling import Matrix

FEATURES = ("f0", "f1", "f2", "f3")


def table(rows: Matrix, prefix: str = "t") -> pa.Table:
    """Return a feature table of rows, NaN as it is."""
    ids = [f"{prefix}{index:05d}" for index in range(len(rows))]
    return pa.table({"trader_id": ids} | {f"f{i}": rows[:, i] for i in range(rows.shape[1])})


def linked(count: int, seed: int, centre: float = 0.0) -> Matrix:
    """Return rows whose four features follow two hidden ones closely."""
    chance = np.random.default_rng(seed)
    hidden = chance.normal(size=(count, 2))
    mixed = hidden @ np.array([[1.0, 1.0, 0.3, 0.0], [0.0, 0.5, 1.0, 1.0]])
    return np.asarray(centre + mixed + chance.normal(scale=0.3, size=(count, 4)))
