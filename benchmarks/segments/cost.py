"""What it costs to divide a million traders, and to score some of them; features are drawn."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from benchmarks.segments.measured import RULES, shipped
from surveillance.detection import anomaly, detectors, segments
from surveillance.detection.anomaly import FITTED
from surveillance.rules.book import load_rule

SCORED = 10_000
"""How many traders are scored: each alone, so that a million cost a hundred times as much."""
PANEL = ("strange_order_flow", "strange_transfers")
"""The rules whose detectors are fitted, on ``FITTED`` weeks, and score."""


@dataclass(frozen=True)
class Cost:
    """CPU seconds of a calibration, of placing everybody, and of the detectors' fits and scores.

    ``scored`` is of ``SCORED`` traders by every detector of the ``PANEL``.
    """

    traders: int
    features: int
    calibrated: float
    placed: float
    fitted: float
    scored: float


def cost(traders: int) -> Cost:
    """Measure; a tenth of all values is unknown, and a third of the traders is dormant."""
    definitions, settings = shipped()
    table = _drawn(traders, list(definitions.features))
    segments.calibrate(table.slice(0, 2_000), settings, None, datetime(2026, 1, 1, tzinfo=UTC))
    began = time.process_time()
    model = segments.calibrate(table, settings, None, datetime(2026, 1, 1, tzinfo=UTC))
    made = time.process_time()
    segments.place(model, table)
    placed = time.process_time() - made
    return Cost(traders, len(definitions.features), made - began, placed, *_panel())


def _panel() -> tuple[float, float]:
    """Return the seconds of fitting and scoring by the shipped detectors, one after the other."""
    spent = [_one(anomaly.spec(load_rule(RULES, rule).rule)) for rule in PANEL]
    return sum(fitted for fitted, _ in spent), sum(scored for _, scored in spent)


def _one(spec: detectors.Spec) -> tuple[float, float]:
    weeks = [_drawn(SCORED, list(spec.columns)) for _ in range(FITTED)]
    detectors.fit(spec, [weeks[0].slice(0, 500)], {})
    began = time.process_time()
    fitted = detectors.fit(spec, weeks, {})
    made = time.process_time()
    detectors.score(fitted, weeks[-1], {})
    return made - began, time.process_time() - made


def _drawn(traders: int, names: list[str]) -> pa.Table:
    chance = np.random.default_rng(1)
    columns: dict[str, pa.Array] = {"trader_id": pa.array([f"T{n:07d}" for n in range(traders)])}
    for name in names:
        share = name.endswith("share") or name in ("cancel_ratio", "fill_ratio", "order_imbalance")
        values = chance.random(traders) if share else chance.lognormal(2, 1.5, traders)
        values[chance.random(traders) < 0.1] = np.nan
        columns[name] = pa.array(values, from_pandas=True)
    return pa.table(columns)
