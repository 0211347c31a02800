"""Venue files from the command line: proposed, tried without a trace, and shown."""

from pathlib import Path

import pytest

from tests.given.installations import Home
from tests.given.typed import Explain, Say

TRADES = (
    "id,time,market,price,size,buyer,seller,aggressor\n"
    "1,2025-03-03T09:00:01Z,AB-USD,10,2,x,y,buy\n"
    "2,2025-03-03T09:00:02Z,AB-USD,11,2,y,x,sell\n"
)


@pytest.fixture
def nowhere(tmp_path: Path, small: Home) -> Home:
    """A home that is not there, with rules that are."""
    return Home(tmp_path / "nowhere", small.rules)


def test_a_draft_that_is_written_is_tried_as_it_stands(
    say: Say, nowhere: Home, tmp_path: Path
) -> None:
    (tmp_path / "tape.csv").write_text(TRADES)
    out = tmp_path / "venue.yml"

    drafted = say(nowhere, "venue", "draft", tmp_path / "tape.csv", "--out", out, "--name", "shop")
    checked = say(nowhere, "venue", "check", out, "--json").json

    assert drafted.error == f"note: try it: surveillance venue check {out}\n"
    assert (checked["venue"], checked["fits"]) == ("shop", True)
    [table] = checked["tables"]
    assert (table["table"], table["landed"], table["unit"]) == ("trades", 2, "s")
    # 10 x 2 and 11 x 2 dollars.
    assert [row["value"] for row in checked["values"]] == ["20", "22"]


def test_a_check_leaves_nothing_behind(say: Say, nowhere: Home, tmp_path: Path) -> None:
    (tmp_path / "tape.csv").write_text(TRADES)
    (tmp_path / "venue.yml").write_text(say(nowhere, "venue", "draft", tmp_path / "tape.csv").out)
    before = sorted(tmp_path.rglob("*"))

    out = say(nowhere, "venue", "check", tmp_path / "venue.yml").out

    assert "Rules that can judge it" in out
    assert sorted(tmp_path.rglob("*")) == before


def test_a_venue_file_that_loses_rows_ends_with_1_and_says_where(
    say: Say, nowhere: Home, tmp_path: Path
) -> None:
    (tmp_path / "tape.csv").write_text(TRADES.replace(",11,", ",eleven,"))
    out = tmp_path / "venue.yml"
    say(nowhere, "venue", "draft", tmp_path / "tape.csv", "--out", out)

    shown = say(nowhere, "venue", "check", out, expect=1).out

    assert "'eleven'  tape.csv:3" in shown


def test_files_elsewhere_are_said_with_their_folder(
    say: Say, nowhere: Home, tmp_path: Path
) -> None:
    for name in ("data", "conf"):
        (tmp_path / name).mkdir()
    (tmp_path / "data" / "tape.csv").write_text(TRADES)
    out = tmp_path / "conf" / "venue.yml"

    noted = say(nowhere, "venue", "draft", tmp_path / "data" / "tape.csv", "--out", out).error

    assert noted.endswith(f"check {out} --folder {tmp_path / 'data'}\n")
    say(nowhere, "venue", "check", out, "--folder", tmp_path / "data")


def test_what_nothing_fills_ends_with_1(say: Say, nowhere: Home, tmp_path: Path) -> None:
    (tmp_path / "trades.csv").write_text("id,time,market,size\n1,2025-03-03T09:00:01Z,AB-USD,2\n")

    noted = say(nowhere, "venue", "draft", tmp_path / "trades.csv", expect=1).error

    assert "note: nothing fills trades.price of trades.csv" in noted


def test_a_file_that_is_there_is_not_written_over(
    explain: Explain, nowhere: Home, tmp_path: Path
) -> None:
    (tmp_path / "tape.csv").write_text(TRADES)
    (tmp_path / "venue.yml").write_text("mine")

    words = ("venue", "draft", tmp_path / "tape.csv", "--out", tmp_path / "venue.yml")

    assert "expected a file that is not there yet" in explain(nowhere, *words)
    assert (tmp_path / "venue.yml").read_text() == "mine"


def test_a_venue_file_that_is_wrong_is_explained(
    explain: Explain, nowhere: Home, tmp_path: Path
) -> None:
    (tmp_path / "venue.yml").write_text("venue: shop\nsource: nothing\n")

    assert "venue.yml:2:1: source: expected credentials or files" in explain(
        nowhere, "venue", "check", tmp_path / "venue.yml"
    )


def test_those_that_ship_are_listed_shown_and_tried(
    say: Say, explain: Explain, nowhere: Home, tmp_path: Path
) -> None:
    names = [row["name"] for row in say(nowhere, "venue", "list", "--json").json]
    assert "bitmex" in names

    say(nowhere, "venue", "show", "bitmex", "--out", tmp_path / "try")
    text = say(nowhere, "venue", "show", "bitmex").out
    assert (tmp_path / "try" / "venue.yml").read_text() == text
    assert say(nowhere, "venue", "check", tmp_path / "try" / "venue.yml", "--json").json["fits"]
    assert "expected binance-futures or" in explain(nowhere, "venue", "show", "elsewhere")
