"""When it was: nothing before there was a venue, nothing of tomorrow, and no other unit."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from surveillance.model import Window
from tests.given.drop import Drop

HEAD = "ts, trade_id, instrument, price, quantity, buyer_id, seller_id\n"
GOOD = "2026-03-02T10:00Z, ok, BTC-EUR, 50000, 1, a, b\n"
SPAN = "ts: expected a time since 2009-01-03 and at most a day after it arrived, was "


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:01Z",
        "9999-12-31T23:59:59Z",
        "2026-03-04T06:00:01Z",
    ],
)
def test_an_impossible_time_costs_its_row_and_stretches_nothing(shop: Drop, moment: str) -> None:
    line = GOOD.replace("2026-03-02T10:00Z", moment).replace("ok", "odd")
    counts = shop.land(trades=HEAD + GOOD + line)

    assert (counts["trades"].landed, counts["trades"].quarantined) == (1, 1)
    assert shop.refused()[0].startswith(SPAN)
    assert shop.lake.span() == Window(
        datetime(2026, 3, 2, 10, tzinfo=UTC), datetime(2026, 3, 2, 10, 0, 0, 1, tzinfo=UTC)
    )


@pytest.mark.parametrize("moment", ["2009-01-03T00:00:00Z", "2026-03-04T05:59:59Z"])
def test_the_first_day_of_coins_and_a_clock_that_is_fast_are_possible(
    shop: Drop, moment: str
) -> None:
    counts = shop.land(trades=HEAD + GOOD.replace("2026-03-02T10:00Z", moment))

    assert counts["trades"].landed == 1


@pytest.mark.parametrize(
    ("right", "per", "wrong"),
    [
        ("1772445600000000", "", ["1772445600000", "1772445600000000000"]),
        ("1772445600000", " * 1000", ["1772445600", "1772445600000000"]),
        ("1772445600", " * 1000000", ["1772445600000", "17724456000"]),
    ],
    ids=["microseconds", "milliseconds", "seconds"],
)
def test_stamps_of_another_unit_land_nowhere(
    shop: Drop, right: str, per: str, wrong: list[str]
) -> None:
    """Each file begins with a right stamp; the feed then turns to another unit."""
    stamps = enumerate([right, *wrong])
    lines = [f"{stamp}, t{number}, BTC-EUR, 50000, 1, a, b\n" for number, stamp in stamps]
    select = f"""
        select timestamp '1970-01-01' + to_microseconds(cast(ts as bigint){per}) as ts,
          _line as seq, trade_id, instrument, price, quantity, buyer_id, seller_id from trades
    """
    counts = shop.land({"trades": select}, trades=HEAD + "".join(lines))

    assert (counts["trades"].landed, counts["trades"].quarantined) == (1, 2)
    assert shop.rows("select trade_id, ts::text from trades") == [("t0", "2026-03-02 10:00:00")]


def test_a_bare_number_is_no_time_in_any_unit(shop: Drop) -> None:
    counts = shop.land(trades=HEAD + GOOD.replace("2026-03-02T10:00Z", "1772445600"))

    assert counts["trades"].landed == 0
    assert shop.refused() == ["ts: expected TIMESTAMP, was '1772445600'"]


def test_a_venue_that_says_when_it_began_has_done_nothing_before(shop: Drop) -> None:
    young = replace(shop, says="begins: 2026-03-02")
    early = GOOD.replace("2026-03-02T10:00Z", "2026-03-01T23:59:59Z").replace("ok", "early")
    counts = young.land(trades=HEAD + GOOD + early)

    assert (counts["trades"].landed, counts["trades"].quarantined) == (1, 1)
    assert "a time since 2026-03-02" in young.refused()[0]


def test_terms_and_states_may_be_older_than_the_venue_and_lie_ahead(shop: Drop) -> None:
    young = replace(shop, says="begins: 2026-03-02")
    counts = young.land(
        accounts="ts, trader_id, owner_id\n1999-05-05, a, A",
        instruments="ts, instrument, kind\n2027-01-01, BTC-EUR, spot",
    )

    assert [count.quarantined for count in counts.values()] == [0, 0]


@pytest.mark.parametrize(
    ("stamp", "utc"),
    [
        ("2026-03-02 19:00:00", "2026-03-02 10:00:00"),
        ("2026-03-02 19:00:00+00:00", "2026-03-02 19:00:00"),
    ],
    ids=["local", "with an offset of its own"],
)
def test_a_stamp_without_an_offset_is_of_the_venues_zone(shop: Drop, stamp: str, utc: str) -> None:
    there = replace(shop, says="time_zone: Asia/Tokyo")
    there.land(trades=HEAD + GOOD.replace("2026-03-02T10:00Z", stamp))

    assert there.rows("select ts::text from trades") == [(utc,)]


@pytest.mark.parametrize("stamp", ["2025-03-30 02:30:00", "2025-10-26 02:30:00"])
def test_an_hour_that_the_clock_skips_or_shows_twice_is_no_time(shop: Drop, stamp: str) -> None:
    there = replace(shop, says="time_zone: Europe/Berlin")
    counts = there.land(trades=HEAD + GOOD.replace("2026-03-02T10:00Z", stamp))

    assert counts["trades"].quarantined == 1
