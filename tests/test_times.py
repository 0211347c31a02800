"""Times and lengths of time as people write them."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.errors import SurveillanceError
from surveillance.times import (
    EPOCH,
    HOUR,
    MINUTE,
    end_of_hop,
    epoch_us,
    format_time,
    micros,
    parse_time,
    span,
    utc,
)
from tests.given.depth import deep

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1us", timedelta(microseconds=1)),
        ("500ms", timedelta(milliseconds=500)),
        ("30s", timedelta(seconds=30)),
        ("1.5m", timedelta(seconds=90)),
        ("24h", timedelta(days=1)),
        ("7d", timedelta(weeks=1)),
        ("-5s", timedelta(seconds=-5)),
        (" 0s ", timedelta(0)),
    ],
)
def test_a_length_of_time_is_a_number_and_a_unit(text: str, length: timedelta) -> None:
    assert span(text) == length


@pytest.mark.parametrize(
    "text", ["", "5", "s", "5 s", "1h30m", "five days", "1w", "1e3s", "--1s", "1S"]
)
def test_what_is_no_length_of_time_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="expected a length of time such as 500ms"):
        span(text)


@given(st.integers(-(10**15), 10**15))
def test_microseconds_come_back_whole(number: int) -> None:
    assert micros(span(f"{number}us")) == number


def test_times_of_the_engine_are_utc() -> None:
    naive = datetime(2026, 1, 5, 1)  # noqa: DTZ001 - as the engine gives it
    assert utc(naive) == datetime(2026, 1, 5, 1, tzinfo=UTC)
    assert micros(utc(naive) - EPOCH) == 1_767_574_800_000_000


def test_a_time_is_counted_in_microseconds_since_the_epoch() -> None:
    assert epoch_us(EPOCH + span("90m")) == HOUR + 30 * MINUTE
    assert epoch_us(EPOCH - span("1us")) == -1


def test_a_time_on_the_edge_of_a_hop_lies_in_the_next_one() -> None:
    hop = span("6h")
    assert end_of_hop(EPOCH, hop) == EPOCH + hop
    assert end_of_hop(EPOCH + hop - span("1us"), hop) == EPOCH + hop
    assert end_of_hop(EPOCH + hop, hop) == EPOCH + 2 * hop


@settings(max_examples=deep(50), deadline=None)
@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_time_is_read_as_it_was_written(moment: datetime) -> None:
    assert parse_time(format_time(moment)) == moment


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=2)), ZoneInfo("UTC")])
def test_a_time_is_written_in_utc_whatever_zone_it_comes_in(zone: tzinfo) -> None:
    moment = datetime(2026, 3, 2, 12, tzinfo=UTC).astimezone(zone)
    assert format_time(moment) == "2026-03-02T12:00:00.000000Z"


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
