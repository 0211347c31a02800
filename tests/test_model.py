"""The nouns: windows that fit together, and hits with one name."""

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from surveillance.errors import SurveillanceError
from surveillance.model import Hit, Risk, Severity, Window

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HIT = Hit("probe", 1, Risk.MANIPULATION, "probing", Severity.LOW, 70.0, NOON, NOON, "T", "O", "X")


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (NOON, NOON, "expected a window that ends after it starts"),
        (NOON, NOON - timedelta(seconds=1), "2026-03-02T12:00:00.000000Z to 2026-03-02T11:59:59"),
        (NOON.replace(tzinfo=None), NOON, "expected a time in UTC, was 2026-03-02T12:00:00"),
        (
            NOON,
            NOON.astimezone(timezone(timedelta(hours=2))) + timedelta(1),
            "expected a time in UTC",
        ),
    ],
)
def test_a_window_is_a_span_of_utc(start: datetime, end: datetime, message: str) -> None:
    with pytest.raises(SurveillanceError, match=message):
        Window(start, end)


def test_a_window_reaches_back() -> None:
    window = Window(NOON, NOON + timedelta(hours=1)).back_to(timedelta(hours=3))
    assert window == Window(NOON - timedelta(hours=3), NOON + timedelta(hours=1))


def test_nouns_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        HIT.score = 1.0  # type: ignore[misc]


def test_a_hit_is_named_by_rule_subject_instrument_and_moment_alone() -> None:
    same = replace(HIT, version=2, score=99.0, evidence={"trades": ("t",)}, segment="whale")
    assert same.id == HIT.id
    changes: list[dict[str, Any]] = [
        {"rule_id": "other"},
        {"owner_id": "P"},
        {"instrument": "Y"},
        {"at": NOON + timedelta(microseconds=1)},
    ]
    assert len({replace(HIT, **change).id for change in changes} | {HIT.id}) == 5
    assert len(HIT.id) == 20


def test_the_subject_is_the_owner_else_the_trader_else_the_instrument() -> None:
    assert HIT.subject == "O"
    assert replace(HIT, owner_id=None).subject == "T"
    assert replace(HIT, owner_id=None, trader_id=None).subject == "X"
    assert replace(HIT, owner_id=None, trader_id=None, instrument=None).subject == ""
