"""A database is read exactly, from where the last pull ended, and never says its password."""

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, Engine, create_engine, make_url, text

from surveillance import pipeline
from surveillance.activity import sources
from surveillance.activity.batch import Batch
from surveillance.activity.sources import sql
from surveillance.config import load_settings
from surveillance.errors import SourceAbort, SourceError, VenueError
from surveillance.installation import Installation, open_installation
from surveillance.model import Window

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = datetime(2026, 12, 1, tzinfo=UTC)
PASSWORD = "s3cret-of-venue"
SELECT = "select id as trade_id, seq, ts, 'BTC' as instrument, price, quantity from deals"
GROWING = SELECT.replace(" from", ", updated_at from") + " where updated_at >= :since"
COLUMNS = {
    "sqlite": "id text, seq integer, ts text, price text, quantity text, updated_at text",
    "postgresql": "id text, seq bigint, ts timestamptz, price numeric(38, 18), "
    "quantity numeric(38, 18), updated_at timestamptz",
}
_NUMBERS = count()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield make_url(f"sqlite:///{tmp_path / 'venue.db'}")
        return
    server = make_url(request.getfixturevalue("postgres"))
    name = f"venue_{os.getpid()}_{next(_NUMBERS)}"
    _administer(server, f"create database {name}")
    # The server trusts everybody on its socket, with any password.
    yield server.set(drivername="postgresql+psycopg", database=name, password=PASSWORD)
    _administer(server, f"drop database {name} with (force)")


@pytest.fixture
def deals(address: URL, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The database of a venue with an empty table of deals; its address is in the environment."""
    opened = create_engine(address)
    with opened.begin() as connection:
        columns = COLUMNS[address.get_backend_name()]
        connection.execute(text(f"create table deals ({columns})"))
    monkeypatch.setenv("VENUE_DB_URL", address.render_as_string(hide_password=False))
    yield opened
    opened.dispose()


@pytest.fixture
def place(tmp_path: Path) -> Installation:
    """An empty installation."""
    return open_installation(load_settings(tmp_path / "home"))


def _administer(server: URL, statement: str) -> None:
    opened = create_engine(server.set(drivername="postgresql+psycopg"))
    with opened.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    opened.dispose()


def deal(engine: Engine, name: str, price: str = "1.5", after: float = 0, **other: Any) -> None:
    """Let the venue write a deal that was made and changed some seconds after noon."""
    at = NOON + timedelta(seconds=after)
    row = {"id": name, "seq": 1, "ts": at, "price": price, "quantity": "2", "updated_at": at}
    row |= other
    if engine.dialect.name == "sqlite":
        row = {k: str(v) if isinstance(v, datetime) else v for k, v in row.items()}
    with engine.begin() as connection:
        columns = ":id, :seq, :ts, :price, :quantity, :updated_at"
        connection.execute(text(f"insert into deals values ({columns})"), row)


def written(tmp_path: Path, select: str = SELECT, more: str = "") -> Path:
    """Write a venue file with one SELECT of trades."""
    path = tmp_path / "shop.yml"
    if ":since" in select and "incremental" not in more:
        more += "incremental: {column: updated_at, overlap: 5m}\n"
    head = f"venue: shop\nsource: sql\nurl_env: VENUE_DB_URL\n{more}"
    path.write_text(f"{head}tables:\n  trades: |\n    {select}\n")
    return path


def pulled(place: Installation, path: Path) -> int:
    """Pull, and return how many rows came in."""
    return sum(landing.received for landing in pipeline.pull(place, path, None, NOW))


def batches(path: Path, window: Window | None = None) -> list[Batch]:
    """Return what a venue file gives without landing it."""
    return list(sources.pull(sources.load(path), window))


def trades(place: Installation) -> list[dict[str, Any]]:
    """Return every trade of the lake."""
    forever = Window(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
    with place.lake.view(forever, NOW) as view:
        rows: list[dict[str, Any]] = view.arrow(
            "select * from trades order by trade_id"
        ).to_pylist()
        return rows


def names(place: Installation) -> list[str]:
    """Return the ids of the trades of the lake."""
    return [row["trade_id"] for row in trades(place)]


def refused(place: Installation) -> list[str]:
    """Return the reasons of the quarantine."""
    reasons: list[str] = place.lake.quarantined()["reason"].to_pylist()
    return reasons


def test_rows_land_exactly_with_their_key_as_origin(
    deals: Engine, place: Installation, tmp_path: Path
) -> None:
    deal(deals, "a", "64000.12345678", after=0.000001)
    assert pulled(place, written(tmp_path)) == 1
    (row,) = trades(place)
    assert row["price"] == Decimal("64000.12345678")
    assert row["ts"] == NOON.replace(tzinfo=None, microsecond=1)
    assert row["source_line"] == "trades:a"


def test_a_pull_reads_on_from_what_has_landed_less_the_overlap(
    deals: Engine, place: Installation, tmp_path: Path
) -> None:
    path = written(tmp_path, GROWING)
    deal(deals, "a")
    deal(deals, "b", after=3600)
    assert pulled(place, path) == 2
    deal(deals, "late", after=3600 - 290)
    deal(deals, "new", after=7200)
    assert pulled(place, path) == 3  # b, which was there, late and new
    assert pulled(place, path) == 1
    assert names(place) == ["a", "b", "late", "new"]


def test_a_row_that_the_venue_changes_comes_again(
    deals: Engine, place: Installation, tmp_path: Path
) -> None:
    path = written(tmp_path, GROWING)
    deal(deals, "a")
    deal(deals, "b", after=3600)
    pulled(place, path)
    with deals.begin() as connection:
        later = f"'{NOON + timedelta(hours=2)}'"
        change = f"update deals set price = '7', updated_at = {later} where id = 'a'"
        connection.execute(text(change.replace(":00", "\\:00")))
    pulled(place, path)
    assert [row["price"] for row in trades(place)] == [7, Decimal("1.5")]


def test_a_pull_that_is_cut_short_is_repeated_and_skips_nothing(
    deals: Engine, place: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "BATCH_ROWS", 1)
    monkeypatch.setattr("surveillance.activity.venue.database.CHUNK", 1)
    path = written(tmp_path, GROWING)
    for number in range(4):  # the latest comes first
        deal(deals, f"t{number}", after=3600 * (4 - number))
    landed = place.lake.land
    left = iter(range(2))

    def land_two(batch: Batch, at: datetime) -> Any:
        if next(left, None) is None:
            raise OSError("the machine went down")
        return landed(batch, at)

    with monkeypatch.context() as patched:
        patched.setattr(place.lake, "land", land_two)
        with pytest.raises(OSError, match="went down"):
            pulled(place, path)
    assert names(place) == ["t0", "t1"]
    assert pulled(place, path) == 4
    assert names(place) == ["t0", "t1", "t2", "t3"]


def test_a_lake_that_was_replaced_is_filled_from_the_beginning(
    deals: Engine, place: Installation, tmp_path: Path
) -> None:
    path = written(tmp_path, GROWING)
    deal(deals, "a")
    deal(deals, "b", after=3600)
    pulled(place, path)
    place.lake.root.rename(tmp_path / "gone")
    assert pulled(place, path) == 2
    assert names(place) == ["a", "b"]


def test_another_select_is_read_from_the_beginning(
    deals: Engine, place: Installation, tmp_path: Path
) -> None:
    deal(deals, "a")
    deal(deals, "b", after=3600)
    pulled(place, written(tmp_path, GROWING))
    assert pulled(place, written(tmp_path, f"{GROWING} and 1 = 1")) == 2


def test_a_stamp_in_the_future_hides_nothing_that_comes_before_it(
    deals: Engine, place: Installation, tmp_path: Path
) -> None:
    path = written(tmp_path, GROWING)
    deal(deals, "a", updated_at=datetime(9998, 1, 1, tzinfo=UTC))
    pulled(place, path)
    deal(deals, "b", updated_at=datetime.now(UTC) + timedelta(seconds=1))
    pulled(place, path)
    assert names(place) == ["a", "b"]


def test_a_number_is_a_mark_too(deals: Engine, place: Installation, tmp_path: Path) -> None:
    more = "incremental: {column: seq, overlap: 1}\n"
    path = written(tmp_path, f"{SELECT} where seq > :since", more)
    for number in range(5):
        deal(deals, f"t{number}", seq=number)
    assert pulled(place, path) == 5
    deal(deals, "t5", seq=5)
    assert pulled(place, path) == 2


def test_a_bad_row_that_is_read_again_stands_in_quarantine_once(
    deals: Engine, place: Installation, tmp_path: Path
) -> None:
    path = written(tmp_path, GROWING)
    deal(deals, "bad", quantity="0")
    pulled(place, path)
    deal(deals, "good", after=1)
    pulled(place, path)
    assert len(refused(place)) == 1


def test_batches_are_bounded_and_called_the_same_at_every_pull(
    deals: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "BATCH_ROWS", 3)
    monkeypatch.setattr("surveillance.activity.venue.database.CHUNK", 2)
    for number in range(10):
        deal(deals, f"t{number}", after=number)
    path = written(tmp_path, f"{SELECT} order by id")
    first = batches(path)
    assert [batch.tables["trades"].num_rows for batch in first] == [4, 4, 2]
    assert [batch.id for batch in batches(path)] == [batch.id for batch in first]


def test_a_window_cuts_and_leaves_no_mark(deals: Engine, tmp_path: Path) -> None:
    for number in range(3):
        deal(deals, f"t{number}", after=3600 * number)
    hour = Window(NOON + timedelta(hours=1), NOON + timedelta(hours=2))
    (batch,) = batches(written(tmp_path, GROWING), hour)
    assert batch.tables["trades"]["trade_id"].to_pylist() == ["t1"]
    assert not batch.marks


# --- Values ---


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_a_float_is_taken_for_what_it_shows_unless_it_has_lost_digits(
    deals: Engine, place: Installation, tmp_path: Path
) -> None:
    for name, price in (("a", "0.1"), ("b", "0.30000000000000004"), ("c", "'NaN'")):
        deal(deals, name)
        select = SELECT.replace("price,", f"cast({price} as float8) as price,")
        pulled(place, written(tmp_path, f"{select} where id = '{name}'"))
    assert [(row["trade_id"], row["price"]) for row in trades(place)] == [("a", Decimal("0.1"))]
    assert "was the float 0.30000000000000004" in refused(place)[0]
    assert "expected a number, was nan" in refused(place)[1]


ZONED = "select id as trade_id, seq, {ts} as ts, 'BTC' as instrument, price, quantity from deals"


@pytest.mark.parametrize(
    ("stamp", "zone", "expected"),
    [
        ("2026-03-02 21:00:00", "Asia/Tokyo", NOON),
        ("2026-03-02 12:00:00", "UTC", NOON),
        ("2026-10-25 01:30:00", "Europe/Berlin", datetime(2026, 10, 24, 23, 30, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_of_the_zone_that_the_file_says(
    deals: Engine, place: Installation, tmp_path: Path, stamp: str, zone: str, expected: datetime
) -> None:
    deal(deals, "a")
    literal = f"'{stamp}'" if deals.dialect.name == "sqlite" else f"timestamp '{stamp}'"
    pulled(place, written(tmp_path, ZONED.format(ts=literal), f"time_zone: {zone}\n"))
    assert [row["ts"] for row in trades(place)] == [expected.replace(tzinfo=None)]


@pytest.mark.parametrize(
    ("stamp", "more", "reason"),
    [
        ("2026-03-02 12:00:00", "", "ts: expected a time with a zone, or time_zone in the venue"),
        ("2026-10-25 02:30:00", "time_zone: Europe/Berlin\n", "that Europe/Berlin has once"),
        ("2026-03-29 02:30:00", "time_zone: Europe/Berlin\n", "that Europe/Berlin has once"),
    ],
)
def test_a_time_that_could_be_two_or_none_is_refused(
    deals: Engine, place: Installation, tmp_path: Path, stamp: str, more: str, reason: str
) -> None:
    deal(deals, "a")
    literal = f"'{stamp}'" if deals.dialect.name == "sqlite" else f"timestamp '{stamp}'"
    pulled(place, written(tmp_path, ZONED.format(ts=literal), more))
    assert names(place) == []
    assert reason in refused(place)[0]


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_local_stamps_are_compared_in_their_zone(
    deals: Engine, place: Installation, tmp_path: Path, zone: str
) -> None:
    with deals.begin() as connection:
        connection.execute(text("alter table deals alter updated_at type timestamp"))
    path = written(tmp_path, GROWING, f"time_zone: {zone}\n")
    deal(deals, "a", updated_at=datetime(2026, 3, 2, 7))  # noqa: DTZ001
    deal(deals, "b", updated_at=datetime(2026, 3, 2, 8))  # noqa: DTZ001
    assert pulled(place, path) == 2
    deal(deals, "c", updated_at=datetime(2026, 3, 2, 8, 1))  # noqa: DTZ001
    assert pulled(place, path) == 2


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
@pytest.mark.parametrize("price", ["array[1, 2]", "cast('{}' as jsonb)", "cast('a' as bytea)"])
def test_what_is_neither_text_nor_number_nor_time_costs_its_row(
    deals: Engine, place: Installation, tmp_path: Path, price: str
) -> None:
    deal(deals, "a")
    select = ZONED.format(ts="ts").replace("price", f"{price} as price")
    pulled(place, written(tmp_path, select))
    assert "price: expected text, a number or a time, was" in refused(place)[0]


# --- What is refused, and in which words ---


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://venue:{PASSWORD}@db.internal/deals",
        f"postgresql://venue@db.internal/deals?password={PASSWORD}",
        f"mysql+pymysql://venue@db.internal/deals?ssl_key_password={PASSWORD}",
    ],
)
def test_a_password_in_the_venue_file_is_refused_and_not_repeated(url: str, tmp_path: Path) -> None:
    body = f"venue: v\nsource: sql\nurl: '{url}'\ntables: {{trades: select 1}}\n"
    with pytest.raises(VenueError, match=r"v\.yml:3:1: url: expected an address without") as wrong:
        sources.parse(body, tmp_path, "v.yml")
    assert PASSWORD not in str(wrong.value)
    assert "url_env" in str(wrong.value)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("tables: {trades: select 1}", "expected either url_env or url"),
        ("url: 'sqlite://'\nurl_env: A\ntables: {trades: select 1}", "expected either"),
        ("url: 'sqlite://'\ntables: {}", "at least 1"),
        ("url: 'sqlite://'\ntime_zone: Mars\ntables: {trades: select 1}", "zone such as Asia"),
        (
            "url: 'sqlite://'\nincremental: {column: a, overlap: soon}\ntables: {trades: select 1}",
            "expected a length of time",
        ),
        (
            "url: 'sqlite://'\nincremental: {column: a, overlap: -5m}\ntables: {trades: select 1}",
            "at least 0",
        ),
    ],
)
def test_a_file_that_says_too_little_or_too_much_is_refused(
    body: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(VenueError, match=message):
        sources.parse(f"venue: v\nsource: sql\n{body}\n", tmp_path, "v.yml")


@pytest.mark.parametrize(
    ("select", "message"),
    [
        ("delete from deals", "trades: expected one SELECT"),
        ("select 1 as trade_id; drop table deals", "without a semicolon in it"),
        ("select 1 as trade_id where 1 > :start", "expected no parameter but :since, was :start"),
        ("select 1 as colour", "expected columns of trades, was colour"),
        ("select 1 as trade_id, 2 as trade_id", "expected each column once"),
        ("select 1 as trade_id where 1 > :since", "incremental column 'updated_at' in the SELECT"),
    ],
)
@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_select_that_cannot_be_is_refused_with_its_line(
    deals: Engine, tmp_path: Path, select: str, message: str
) -> None:
    with pytest.raises(VenueError, match=r"shop\.yml:\d+:3: tables\.trades: ") as wrong:
        batches(written(tmp_path, select))
    assert message in str(wrong.value)


@pytest.mark.parametrize(
    "select", ["select id from nowhere", "select nothing from deals", "select from where"]
)
def test_a_table_or_column_that_is_not_there_is_no_matter_of_trying_again(
    deals: Engine, tmp_path: Path, select: str
) -> None:
    with pytest.raises(SourceAbort, match=r"shop: trades: expected an answer of the database, was"):
        batches(written(tmp_path, select))


@pytest.mark.parametrize(
    "select",
    [
        "with gone as (delete from deals returning id) select id as trade_id from gone",
        "with old as (select 1) insert into deals (id) select '2'",
    ],
)
def test_a_select_that_writes_is_refused_and_writes_nothing(
    deals: Engine, tmp_path: Path, select: str
) -> None:
    deal(deals, "a")
    with pytest.raises(SourceAbort):
        batches(written(tmp_path, select))
    with deals.connect() as connection:
        assert connection.execute(text("select id from deals")).all() == [("a",)]


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_a_function_that_writes_is_refused_too(deals: Engine, tmp_path: Path) -> None:
    with deals.begin() as connection:
        connection.execute(text("create sequence numbers"))
    select = "select cast(nextval('numbers') as text) as trade_id"
    with pytest.raises(SourceAbort, match="in a read-only transaction"):
        batches(written(tmp_path, select))


def test_a_select_that_takes_too_long_is_stopped(deals: Engine, tmp_path: Path) -> None:
    endless = "select 1 as n union all select n + 1 from more where n < 2000000000"
    select = f"with recursive more as ({endless}) select max(n) as trade_id from more"
    with pytest.raises(SourceError, match="expected an answer within 1 s, was none"):
        batches(written(tmp_path, select, "seconds: 1\n"))


def test_a_database_that_does_not_answer_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        address = f"postgresql://venue:{PASSWORD}@127.0.0.1:{port}/deals"
        monkeypatch.setenv("VENUE_DB_URL", address)
        with pytest.raises(SourceError, match=r"shop: trades: .*refused") as wrong:
            batches(written(tmp_path))
    assert PASSWORD not in str(wrong.value)
    assert wrong.value.__cause__ is None


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_credentials_that_are_refused_are_no_matter_of_trying_again(
    deals: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in (deals.url.set(username="nobody"), deals.url.set(database=f"{PASSWORD}-x")):
        monkeypatch.setenv("VENUE_DB_URL", url.render_as_string(hide_password=False))
        with pytest.raises(SourceAbort, match="does not exist") as wrong:
            batches(written(tmp_path))
        assert PASSWORD not in str(wrong.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (None, "variable VENUE_DB_URL of the environment, was not set"),
        (f"what {PASSWORD}", "address of a database in the variable VENUE_DB_URL"),
        (f"mysql+pymysql://v:{PASSWORD}@db/deals", "driver for mysql.pymysql, was none: pymysql"),
        (f"strange://v:{PASSWORD}@db/deals", "expected an answer of the database, was"),
        ("sqlite:///nowhere.db", "expected a SQLite file .*nowhere.db, was none"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_without_its_password(
    url: str | None, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if url is None:
        monkeypatch.delenv("VENUE_DB_URL", raising=False)
    else:
        monkeypatch.setenv("VENUE_DB_URL", url)
    with pytest.raises(SourceAbort, match=message) as wrong:
        batches(written(tmp_path))
    assert PASSWORD not in str(wrong.value)
    assert not (tmp_path / "nowhere.db").exists()


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_nothing_that_a_pull_leaves_behind_holds_the_password(
    deals: Engine, place: Installation, tmp_path: Path
) -> None:
    deal(deals, "a")
    deal(deals, "bad", quantity="0")
    pulled(place, written(tmp_path, GROWING))
    place.engine.dispose()
    left = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert left
    assert not [path for path in left if PASSWORD.encode() in path.read_bytes()]


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_seconds_since_1970_are_no_times_and_are_not_passed_over_in_silence(
    deals: Engine, tmp_path: Path
) -> None:
    deal(deals, "a")
    numbers = GROWING.replace(" updated_at from", " 1772452800 as updated_at from")
    with pytest.raises(SourceAbort, match="write the overlap as a number"):
        batches(written(tmp_path, numbers.replace("where updated_at", "where 1772452800")))


@settings(max_examples=15)
@given(
    steps=st.lists(st.lists(st.integers(0, 299), max_size=4), min_size=1, max_size=5),
    separator=st.sampled_from([" ", "T"]),
    zone=st.sampled_from(["", "Z", "+00:00"]),
)
def test_whatever_is_written_within_the_overlap_is_read(
    tmp_path_factory: pytest.TempPathFactory, steps: list[list[int]], separator: str, zone: str
) -> None:
    folder = tmp_path_factory.mktemp("venue")
    engine = create_engine(f"sqlite:///{folder / 'venue.db'}")
    with engine.begin() as connection:
        connection.execute(text(f"create table deals ({COLUMNS['sqlite']})"))
    body = (
        written(folder, GROWING)
        .read_text()
        .replace("url_env: VENUE_DB_URL", "url: sqlite:///venue.db")
    )
    venue = sources.parse(body, folder)
    seen: set[str] = set()
    names, latest = map(str, count()), NOON
    expected = set()
    for step in steps:
        latest += timedelta(seconds=100)
        for back in step:
            at = latest - timedelta(seconds=back)
            stamp = at.replace(tzinfo=None).isoformat(sep=separator) + zone
            deal(engine, name := next(names), updated_at=stamp)
            expected.add(name)
        for batch in sources.pull(venue):
            seen |= set(batch.tables["trades"]["trade_id"].to_pylist())
            venue = sources.parse(body, folder)
            object.__setattr__(venue, "marks", {**venue.marks, **batch.marks})
    engine.dispose()
    assert seen == expected
