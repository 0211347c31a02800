"""A venue's words become the catalogue's, and those that nobody maps stay as they are."""

import pyarrow as pa
import pytest

from surveillance.activity.venue.words import expect_words, meant

ROWS = pa.table({"type": ["MKT", "limit", " Lmt ", "odd", None], "order_id": list("abcde")})


def test_words_are_mapped_in_either_case() -> None:
    words = {"orders.type": {"mkt": "market", "LMT": "limit"}}
    assert meant("orders", ROWS, words)["type"].to_pylist() == [
        "market", "limit", "limit", "odd", None,
    ]  # fmt: skip


def test_else_stands_for_every_other_word_but_those_of_the_catalogue() -> None:
    words = {"orders.type": {"MKT": "market", "else": None}}
    assert meant("orders", ROWS, words)["type"].to_pylist() == [
        "market", "limit", None, None, None,
    ]  # fmt: skip


def test_tables_without_words_are_left_alone() -> None:
    assert meant("trades", ROWS, {"orders.type": {"else": None}}) is ROWS


@pytest.mark.parametrize(
    ("place", "means", "expected"),
    [
        ("orders.colour", "market", "expected table.column of the catalogue, was 'orders.colour'"),
        ("orders.order_key", "x", "expected table.column of the catalogue"),
        ("orders.side", "long", "orders.side: expected buy or sell, was 'long'"),
    ],
)
def test_words_of_no_column_or_without_a_meaning_are_refused(
    place: str, means: str, expected: str
) -> None:
    with pytest.raises(ValueError, match=expected):
        expect_words(place, {"X": means})
