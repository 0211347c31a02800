"""Published lists become names and addresses; a broken list costs nothing but itself."""

import gzip
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from surveillance.activity import sources
from surveillance.activity.lake import Lake
from surveillance.activity.preparing import prepare
from surveillance.errors import SourceAbort, SourceError
from surveillance.model import Window

NOW = datetime(2026, 12, 1, tzinfo=UTC)
WINDOW = Window(datetime(2026, 11, 30, tzinfo=UTC), NOW)
SAMPLE = Path(__file__).parents[2] / "venues" / "samples" / "lists"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sample lists."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "lists"))


def pull(folder: Path, window: Window | None = None) -> Lake:
    """Land the lists of a folder, as far as they can be read."""
    lake = Lake(folder.parent / "lake")
    for batch in sources.pull(sources.load(folder / "venue.yml"), window):
        lake.land(batch, NOW)
    return lake


def rows(lake: Lake, sql: str) -> list[dict[str, Any]]:
    """Return the rows of a query over everything known."""
    with lake.view(WINDOW, NOW) as view:
        prepare(view.connection, ["address_labels"])
        return view.arrow(sql).to_pylist()  # type: ignore[no-any-return]


def test_names_and_aliases_share_what_is_known_of_their_entry(folder: Path) -> None:
    entries = rows(
        pull(folder), "select * from watchlist where list = 'Names' order by source_line, name_id"
    )
    names = [(row["entry_id"], row["name_id"], row["name"], row["entity"]) for row in entries]
    assert names == [
        ("36", "alt 12", "SAMPLE AIR", "legal"),
        ("36", "", "EXAMPLE AIRLINES", "legal"),
        ("99", "", "ONE, Person", "natural"),
        ("100", "", "EXAMPLE VESSEL", "vessel"),
    ]
    assert {row["country"] for row in entries[:2]} == {"Cuba"}
    assert entries[2]["birth_date"] == "25 Mar 1977"
    assert entries[0]["source_line"] == "aliases.csv:1"


def test_the_united_list_gives_every_name_in_every_script(folder: Path) -> None:
    entries = rows(
        pull(folder), "select * from watchlist where list = 'United' order by entry_id, name_id"
    )
    assert [row["name"] for row in entries] == [
        "FIRST PERSON",
        "первый",
        "Number One",
        "SOME GROUP",
    ]
    assert (entries[0]["birth_date"], entries[0]["country"]) == ("1971", "Nowhere")
    assert entries[0]["ts"] == datetime(2026, 2, 27)  # noqa: DTZ001 - as the lake gives it
    assert entries[3]["entity"] == "legal"


def test_addresses_come_from_remarks_and_from_files_and_are_canonical(folder: Path) -> None:
    entries = rows(pull(folder), "select * from address_labels order by source, address")
    assert [(row["source"], row["asset"], row["address"][-4:]) for row in entries] == [
        ("Names", "ETH", "00aa"),
        ("Names", "XBT", "jH9h"),
        ("Wallets", "ETH", "00aa"),
        ("Wallets", "ETH", "00bb"),
    ]
    assert entries[0]["entity"] == "ONE, Person"
    assert entries[3]["source_line"] == "wallets_ETH.txt:3"


def test_countries_are_listed_under_their_code(folder: Path) -> None:
    (entries,) = rows(pull(folder), "select * from watchlist where list = 'Countries'")
    assert (entries["entry_id"], entries["programme"]) == ("EX", "call_for_action")


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("united.xml", lambda body: body[:-30]),
        ("united.xml", lambda body: body.replace(b"<ENTITIES>", b"<!DOCTYPE x><ENTITIES>")),
        ("names.csv", lambda body: b""),
        ("names.csv", lambda body: b"<html>\n<p>Try again later</p>\n"),
        ("countries.csv", lambda body: body.replace(b"iso2", b"code")),
        ("countries.csv", lambda body: body.replace(b"2025-10-24", b"last year")),
        ("countries.csv", lambda body: b"country,iso2,list,as_of\n"),
    ],
)
def test_a_broken_list_fails_by_name_and_the_others_still_land(
    folder: Path, name: str, harm: Any
) -> None:
    whole = folder / name
    whole.write_bytes(harm(whole.read_bytes()))
    with pytest.raises(SourceError, match=name):
        pull(folder)
    lists = rows(Lake(folder.parent / "lake"), "select distinct list from watchlist")
    assert len(lists) == 2


def lines_set_aside(lake: Lake) -> list[tuple[str, str, str]]:
    """Return relation, line and reason of every line set aside."""
    return [
        (row["table_name"], row["source_line"], row["reason"])
        for row in lake.quarantined().to_pylist()
    ]


BLANKS = "-0-," * 7
NAMES = [
    f'1,"FIRST, Person",individual,X,{BLANKS}"Digital Currency Address - ETH 0x{"a" * 40}."',
    f'3,"LAST, Person",individual,X,{BLANKS}"Digital Currency Address - ETH 0x{"c" * 40}."',
]
MARK = "Digital Currency Address - XBT bc1qsample."


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (f'2,"SECOND, Person",individual,X,{BLANKS}"a.k.a. "kit"; {MARK}"', ["SECOND, Person"]),
        (f'2,"SECOND "the" Person",individual,X,{BLANKS}{MARK}', ['SECOND "the" Person']),
        (f'2,"SECOND, Person,individual,X,{BLANKS}{MARK}', []),
        (f'2,SECOND,individual,X,{BLANKS}"{MARK}', []),
        (f"2,SECOND,individual,X,{BLANKS}{MARK},more", []),
        (f"2,SECOND\0,individual,X,{BLANKS}{MARK}", []),
        ("2,SECOND", []),
    ],
)
def test_a_bad_line_costs_itself_alone_and_what_is_sure_of_it_is_screened(
    folder: Path, line: str, names: list[str]
) -> None:
    (folder / "names.csv").write_text("\n".join([NAMES[0], line, NAMES[1]]) + "\n")
    lake = pull(folder)
    there = "select name, entry_id from watchlist where list = 'Names' and name_id = ''"
    assert [row["name"] for row in rows(lake, f"{there} order by entry_id")] == [
        "FIRST, Person",
        *names,
        "LAST, Person",
    ]
    marked = rows(lake, "select entity from address_labels where source = 'Names' order by entity")
    assert len(marked) == 2 + len(names)
    ((table, place, reason),) = lines_set_aside(lake)
    assert (table, place) == ("Names", "names.csv:2")
    assert ("what can be read of it was" in reason) is bool(names)


def test_a_list_of_older_systems_is_read_and_said_to_be_one(folder: Path) -> None:
    body = (folder / "names.csv").read_bytes()
    (folder / "names.csv").write_bytes(
        body.replace(b"EXAMPLE AIRLINES", "Jörg Öl".encode("cp1252"))
    )
    batches = list(sources.pull(sources.load(folder / "venue.yml")))
    (remark,) = [remark for batch in batches for remark in batch.remarks]
    assert remark.startswith("names.csv: read as windows-1252")
    found = rows(pull(folder), "select name from watchlist where entry_id = '36' and name_id = ''")
    assert found == [{"name": "Jörg Öl"}]


def test_one_bad_date_costs_its_country_alone(folder: Path) -> None:
    lines = (folder / "countries.csv").read_text() + "Elsewhere,EL,increased,soon\n"
    (folder / "countries.csv").write_text(lines)
    lake = pull(folder)
    assert len(rows(lake, "select * from watchlist where list = 'Countries'")) == 1
    ((table, place, reason),) = lines_set_aside(lake)
    assert (table, place) == ("Countries", "countries.csv:3")
    assert "soon" in reason


def test_the_last_good_copy_stays_when_a_list_breaks(folder: Path) -> None:
    before = rows(pull(folder), "select * from watchlist order by all")
    (folder / "united.xml").write_text("<CONSOLIDATED_LIST>")
    with pytest.raises(SourceError):
        pull(folder)
    assert rows(Lake(folder.parent / "lake"), "select * from watchlist order by all") == before


def test_a_list_may_be_compressed_and_a_cut_one_is_refused(folder: Path) -> None:
    body = (folder / "united.xml").read_bytes()
    (folder / "united.xml").unlink()
    text = (folder / "venue.yml").read_text().replace("united.xml", "united.xml.gz")
    (folder / "venue.yml").write_text(text)
    (folder / "united.xml.gz").write_bytes(gzip.compress(body)[:-20])
    with pytest.raises(SourceError, match=r"expected a readable file, was .*united\.xml\.gz"):
        pull(folder)
    (folder / "united.xml.gz").write_bytes(gzip.compress(body))
    assert rows(pull(folder), "select * from watchlist where list = 'United'")


def test_a_list_without_a_date_or_a_file_is_explained(folder: Path) -> None:
    text = (folder / "venue.yml").read_text()
    (folder / "venue.yml").write_text(text.replace(", as_of: 2026-01-02}", "}"))
    with pytest.raises(SourceError, match="expected as_of for the list 'Names'"):
        pull(folder)
    (folder / "venue.yml").write_text(text.replace("countries.csv", "lands.csv"))
    with pytest.raises(SourceAbort, match=r"expected files 'lands.csv'"):
        pull(folder)


def test_a_list_of_later_is_not_known_yet(folder: Path) -> None:
    early = Window(datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
    lake = pull(folder, early)
    assert rows(lake, "select distinct list from watchlist") == [{"list": "Countries"}]
