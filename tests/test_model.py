"""The nouns: windows that fit together, one text and one digest for every value."""

import json
import re
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.errors import SurveillanceError
from surveillance.model import (
    Hit,
    Outcome,
    Risk,
    Severity,
    Window,
    canonical,
    digest,
    format_time,
    parse_time,
)
from tests.given.depth import deep

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


def test_values_have_one_text() -> None:
    value = {
        "b": Decimal("1E+2"),
        "a": (NOON, None, True, 0.1),
        "c": Outcome.NO_HIT,
        "ü": Window(NOON, NOON + timedelta(1)),
    }
    assert canonical(value) == (
        '{"a":["2026-03-02T12:00:00.000000Z",null,true,0.1],"b":"100","c":"no_hit",'
        '"ü":{"end":"2026-03-03T12:00:00.000000Z","start":"2026-03-02T12:00:00.000000Z"}}'
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [float("-inf")]}])
def test_what_is_no_number_has_no_text(value: object) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(value)


def test_what_is_no_value_of_ours_has_no_text() -> None:
    with pytest.raises(TypeError):
        canonical({"a": object()})


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=deep(100), deadline=None)
@given(PLAIN)
def test_a_text_read_back_has_the_same_text(value: Any) -> None:
    text = canonical(value)
    assert canonical(json.loads(text)) == text


@settings(max_examples=deep(50), deadline=None)
@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_the_order_of_keys_does_not_change_a_digest(value: dict[str, int]) -> None:
    assert digest(dict(reversed(value.items()))) == digest(value)


def test_a_digest_is_of_bytes_of_text_or_of_the_canonical_text() -> None:
    assert digest("abc") == digest(b"abc")
    assert digest({"a": 1}) == digest('{"a":1}')
    assert digest(b"abc").startswith("ba7816bf8f01cfea")


@settings(max_examples=deep(50), deadline=None)
@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_time_is_read_as_it_was_written(moment: datetime) -> None:
    assert parse_time(format_time(moment)) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02", NOON - timedelta(hours=12)),
        ("2026-03-02T12:00", NOON),
        ("2026-03-02T14:00:00+02:00", NOON),
        ("2026-03-02T12:00:00Z", NOON),
    ],
)
def test_a_time_without_an_offset_is_utc(text: str, moment: datetime) -> None:
    assert parse_time(text) == moment
    assert parse_time(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["noon", "0001-01-01T00:00+23:59", "9999-12-31T23:59-01:00"])
def test_what_is_no_time_is_said(text: str) -> None:
    expected = rf"expected a time such as 2026-03-02.*was '{re.escape(text)}'"
    with pytest.raises(SurveillanceError, match=expected):
        parse_time(text)
