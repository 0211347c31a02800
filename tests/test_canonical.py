"""One text and one digest for every value."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.canonical import canonical, digest
from surveillance.model import Outcome, Window
from tests.given.depth import deep

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


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
