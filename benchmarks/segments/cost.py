"""What it costs to divide a million traders: features drawn by chance, as many as are shipped."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from benchmarks.segments.measured import shipped
from surveillance.detection import segments


@dataclass(frozen=True)
class Cost:
    """CPU seconds of a calibration, and of placing everybody by it."""

    traders: int
    features: int
    calibrated: float
    placed: float


def cost(traders: int) -> Cost:
    """Measure; a tenth of all values is unknown, and a third of the traders is dormant."""
    definitions, settings = shipped()
    table = _drawn(traders, list(definitions.features))
    segments.calibrate(table.slice(0, 2_000), settings, None, datetime(2026, 1, 1, tzinfo=UTC))
    began = time.process_time()
    model = segments.calibrate(table, settings, None, datetime(2026, 1, 1, tzinfo=UTC))
    made = time.process_time()
    segments.place(model, table)
    return Cost(traders, len(definitions.features), made - began, time.process_time() - made)


def _drawn(traders: int, names: list[str]) -> pa.Table:
    chance = np.random.default_rng(1)
    columns: dict[str, pa.Array] = {"trader_id": pa.array([f"T{n:07d}" for n in range(traders)])}
    for name in names:
        share = name.endswith("share") or name in ("cancel_ratio", "fill_ratio", "order_imbalance")
        values = chance.random(traders) if share else chance.lognormal(2, 1.5, traders)
        values[chance.random(traders) < 0.1] = np.nan
        columns[name] = pa.array(values, from_pandas=True)
    return pa.table(columns)
