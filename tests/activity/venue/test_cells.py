"""Every value of a database becomes text that stands for it exactly, or is refused by its row."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from ipaddress import ip_address
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.activity.catalogue import PRICE, TEXT, TIME
from surveillance.activity.venue.cells import texts


@given(st.decimals(allow_nan=False, allow_infinity=False, places=18))
def test_a_decimal_comes_back_from_its_text(value: Decimal) -> None:
    (text,), faults = texts([value], PRICE, None)
    assert faults == {}
    assert text is not None
    assert Decimal(text) == value
    assert "e" not in text.lower()


@given(st.integers(-(10**14), 10**14), st.integers(0, 14))
def test_a_float_of_fifteen_digits_is_the_decimal_that_was_meant(digits: int, places: int) -> None:
    meant = Decimal(digits).scaleb(-places)
    (text,), faults = texts([float(meant)], PRICE, None)
    assert faults == {}
    assert text is not None
    assert Decimal(text) == meant


@pytest.mark.parametrize("value", [0.1 + 0.2, 1 / 3, float("nan"), float("-inf"), 2.0**60 + 2**9])
def test_a_float_that_stands_for_no_decimal_is_a_fault_of_its_row(value: float) -> None:
    written, faults = texts([1.5, value], PRICE, None)
    assert written == ["1.5", str(value)]
    assert list(faults) == [1]


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_a_time_with_an_offset_is_the_same_moment_in_utc(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    for value in (moment, moment.isoformat(), f" {moment} "):
        (text,), faults = texts([value], TIME, ZoneInfo("Asia/Tokyo"))
        assert faults == {}
        assert text is not None
        assert datetime.fromisoformat(text) == moment
        assert text.endswith("+00:00")


def test_a_time_beyond_what_can_be_counted_is_a_fault_of_its_row() -> None:
    last = datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))
    _, faults = texts([last, datetime.max.replace(tzinfo=UTC)], TIME, None)
    assert list(faults) == [0]


def test_words_that_are_no_time_are_left_to_the_contract() -> None:
    assert texts(["soon", None, 17], TIME, None) == (["soon", None, "17"], {})


def test_what_stands_for_itself_is_written_as_people_do() -> None:
    name = UUID("12345678123456781234567812345678")
    values = ["a", True, False, 2**70, name, ip_address("192.0.2.1"), Decimal("1E+3")]
    expected = ["a", "true", "false", str(2**70), str(name), "192.0.2.1", "1000"]
    assert texts(values, TEXT, None) == (expected, {})


@pytest.mark.parametrize("value", [b"a", [1], {"a": 1}, timedelta(1)])
def test_what_is_no_value_of_the_catalogue_is_a_fault_of_its_row(value: object) -> None:
    _, faults = texts([value], TEXT, None)
    assert "cast it in the SELECT" in faults[0]


def test_a_number_too_long_to_write_out_stays_as_it_is() -> None:
    assert texts([Decimal("1E+1000000"), Decimal("NaN")], PRICE, None)[0] == ["1E+1000000", "NaN"]
