"""Text is cut into records: every line is in one of them, and a bad one is alone."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveillance.activity.venue import loading
from surveillance.activity.venue.records import Cutter, flaw, is_plain, records
from surveillance.errors import SourceError
from tests.given.depth import deep
from tests.given.raw import Reading, read

PIECES = st.sampled_from(['"', '""', ",", ',"', '",', "a", "b c", "1", "\n", "\n\n", " ", "é"])
BODIES = st.lists(PIECES, max_size=40).map("".join)
CUTTER = Cutter(",", '"')


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a,b", ("a", "b")),
        ('"a,b",c', ("a,b", "c")),
        ('"a ""b""",', ('a "b"', "")),
        ('a "b" c,5"', ('a "b" c', '5"')),
        ("", ("",)),
        ('"a', None),
        ('"a"b', None),
        ('"a" ,b', None),
    ],
)
def test_a_line_is_cut_where_quotes_allow(text: str, values: tuple[str, ...] | None) -> None:
    assert CUTTER.cut(text) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('1,"a "b" c",2', ("1", 'a "b" c', "2")),
        ('"a "b"",x', ('a "b"', "x")),
        ('"a "b", c",x', None),
        ('1,"a', None),
        ('1,"a,2', None),
    ],
)
def test_careless_quotes_are_read_past_only_where_one_reading_is_left(
    text: str, values: tuple[str, ...] | None
) -> None:
    mended = CUTTER.mended(text)
    assert mended == values or (values is None and mended is not None and len(mended) != 2)


@settings(max_examples=200, deadline=None)
@given(body=BODIES)
def test_every_line_is_in_one_record_or_blank(body: str) -> None:
    lines = body.split("\n")
    covered: list[int] = []
    for record in records(enumerate(lines, 1), CUTTER, 3):
        span = record.text.split("\n")
        assert span == lines[record.line - 1 : record.line - 1 + len(span)]
        assert record.values is None or not flaw(record.text)
        covered += range(record.line, record.line + len(span))
    assert covered == sorted(set(covered))
    assert all(not line.strip(" ") for n, line in enumerate(lines, 1) if n not in covered)


def outcome(folder: Path) -> Reading | str:
    """Return what a folder reads as, or that it cannot be read."""
    try:
        return read(folder)
    except SourceError as wrong:
        return str(wrong)


@settings(
    max_examples=deep(25, 60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(body=BODIES)
def test_the_fast_way_and_the_careful_one_read_the_same(tmp_path: Path, body: str) -> None:
    (tmp_path / "a.csv").write_text("id,price\nx,1\n" + body, encoding="utf-8")

    def never(*_: object) -> bool:
        return False

    fast, way = outcome(tmp_path), is_plain
    try:
        setattr(loading, "is_plain", never)  # noqa: B010 - no fixture lives as short as an example
        careful = outcome(tmp_path)
    finally:
        setattr(loading, "is_plain", way)  # noqa: B010
    assert isinstance(fast, Reading)
    assert isinstance(careful, Reading)
    assert (fast.rows, fast.lines) == (careful.rows, careful.lines)
    assert [line for line, _ in fast.faults] == [line for line, _ in careful.faults]
