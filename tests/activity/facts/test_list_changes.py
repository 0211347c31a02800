"""A version of a list says what it changed."""

from datetime import timedelta

from surveillance.activity.sample import START
from surveillance.model import Window
from tests.given.hands import Rows, fact_in

WINDOW = Window(START, START + timedelta(days=30))


def test_entries_come_go_and_change_and_the_first_version_changes_nothing() -> None:
    rows: Rows = [
        {"at": at, "list": "L", "entry_id": entry, "name": name, "country": country}
        for at, entry, name, country in (
            ("1d", "1", "Ann", "FR"),
            ("1d", "2", "Ben", "FR"),
            ("1d", "3", "Cy", "FR"),
            ("2d", "1", "Ann", "FR"),
            ("2d", "2", "Ben", "DE"),
            ("2d", "4", "Di", "FR"),
        )
    ]
    other: Rows = [{"at": "2d", "list": "M", "entry_id": "1", "name": "Eve"}]
    found = fact_in(WINDOW, "list_changes", {"watchlist": [*rows, *other]})
    assert sorted((row["entry_id"], row["change"], row["names"]) for row in found) == [
        ("2", "changed", ["Ben"]),
        ("3", "removed", ["Cy"]),
        ("4", "added", ["Di"]),
    ]
