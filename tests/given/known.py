"""A tiny lake whose truth is known, and runs made up of hits over it."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from surveillance.activity.batch import Batch
from surveillance.activity.lake import Lake
from surveillance.model import Hit, Outcome, Risk, Run, Severity, Verdict, Window
from surveillance.times import parse_time

NOON = parse_time("2026-03-02T12:00:00Z")
LATER = parse_time("2026-03-03")
WINDOW = Window(NOON, LATER)


def lake(folder: Path) -> Lake:
    """Land five accounts of four owners (T1 and T2 are O1's), and four trades."""
    shop = Lake(folder / "lake")
    people = {
        "trader_id": ["T1", "T2", "T3", "T4", "T5"],
        "owner_id": ["O1", "O1", "O3", "O4", None],
    }
    trades = {
        "trade_id": ["x1", "x2", "x3", "x4"],
        "ts": [NOON + timedelta(minutes=n) for n in range(4)],
        "seq": [1, 2, 3, 4],
        "instrument": ["BTC"] * 4,
        "price": ["100"] * 4,
        "quantity": ["1"] * 4,
        "buyer_id": ["T1", "T2", "T3", "T4"],
        "seller_id": ["T2", "T3", "T6", "T3"],
    }
    tables = {
        "accounts": pa.table({**people, "ts": [NOON] * 5}),
        "trades": pa.table(trades),
    }
    landed = shop.land(Batch("shop", "one", tables), NOON)
    assert landed.quarantined == 0
    return shop


def hit(typology: str, score: float = 80.0, *, risk: Risk = Risk.MANIPULATION, **of: Any) -> Hit:
    """Return a hit of a rule named as its typology."""
    return Hit(
        typology, 1, risk, typology, Severity.HIGH, score, NOON, NOON,
        **{"reasons": (f"{typology} was {score:g}",), **of},
    )  # fmt: skip


def verdict(rule: str, hits: Sequence[Hit] = (), **of: Any) -> Verdict:
    """Return the verdict of a rule that found these."""
    return Verdict(rule, 1, "d", Outcome.HIT if hits else Outcome.NO_HIT, hits=tuple(hits), **of)


def run(of: Lake, *verdicts: Verdict, risks: dict[str, str] | None = None) -> Run:
    """Return a run with these verdicts."""
    rules = {
        verdict.rule_id: {"risk": (risks or {}).get(verdict.rule_id, "")} for verdict in verdicts
    }
    return Run("r", WINDOW, LATER, {"lake": of.versions(), "rules": rules}, verdicts, "d")
