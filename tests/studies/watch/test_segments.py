"""Segments in words, and why a trader is in one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from surveillance.activity.sample import START, sample_view
from surveillance.config import Settings
from surveillance.detection import feature_file, features, segments
from surveillance.errors import SurveillanceError
from surveillance.model import Window
from surveillance.studies.watch.segments import overview, reasons

RULES: Path = Settings().rules
WINDOW = Window(START, START + timedelta(days=1))
DEFINITIONS = feature_file.load(RULES / "features.yml")
ORDERS = [
    {"at": f"{n}m", "order_id": f"{who}{n}", "trader_id": who, "quantity": "1"}
    for who in ("a", "b")
    for n in range(6)
]
PAID = [
    {"at": f"{n}h", "trader_id": "p", "direction": "in", "usd": "50", "counterparty_id": f"c{n}"}
    for n in range(4)
]


def test_a_trader_is_told_criterion_by_criterion_where_they_fall_and_why() -> None:
    settings = segments.load(RULES / "segments.yml")
    with sample_view({"orders": ORDERS, "transfers": PAID}, WINDOW) as view:
        table = features.prepared(view, DEFINITIONS)
        model = segments.calibrate(table, settings, None, datetime(2026, 1, 6, tzinfo=UTC))
        payer = reasons(model, DEFINITIONS, view, "p")
        customer = reasons(model, DEFINITIONS, view, "a")
        with pytest.raises(SurveillanceError, match="expected activity of nobody"):
            reasons(model, DEFINITIONS, view, "nobody")
    assert (payer.segment, payer.falls_in) == ("payments", "payments")
    assert [(step.division, step.holds) for step in payer.steps] == [
        ("on_chain", False),
        ("payments", True),
    ]
    [alternative] = payer.steps[1].alternatives
    assert alternative.holds
    assert ("transfers", ">= 3", 4.0, True) in alternative.criteria
    assert ("orders", "< 5 or unknown", None, True) in alternative.criteria
    assert [step.division for step in customer.steps][-1] == customer.segment == "retail"
    rows = {row.segment: row for row in overview(model, DEFINITIONS).segments}
    assert (rows["retail"].traders, rows["payments"].traders) == (2, 1)
    assert rows["payments"].criteria == (
        "transfers >= 3 and orders < 5 or unknown and trades < 5 or unknown",
    )
