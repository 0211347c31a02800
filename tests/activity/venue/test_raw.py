"""Files as venues really write them: each is read, or what is missing is said by name."""

import bz2
import gzip
import lzma
import os
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveillance.activity.venue import content
from surveillance.errors import SourceAbort, SourceError, VenueError
from surveillance.language import LanguageError
from tests.given.depth import deep
from tests.given.raw import read

HEAD = "id,price\n"
ROWS = [("a", "1"), ("b", "2")]
BODY = HEAD + "a,1\nb,2\n"


def zipped(body: bytes) -> bytes:
    """Return a zip of one file."""

    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner/a.csv", body)
    return out.getvalue()


def zstandard(body: bytes) -> bytes:
    """Return a body packed with zstandard."""
    packed: bytes = pa.Codec("zstd").compress(body, asbytes=True)
    return packed


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_delimiter_is_recognised_by_the_header(tmp_path: Path, delimiter: str) -> None:
    (tmp_path / "a.csv").write_text(BODY.replace(",", delimiter))
    assert read(tmp_path).rows == ROWS


def test_a_header_with_commas_in_its_names_is_cut_where_the_rows_are(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id;price, in USD\na;1\nb;2\n")
    assert read(tmp_path, columns='id, "price, in USD"').rows == ROWS


def test_any_delimiter_and_quote_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id^price\n'a'^1\n'b'^2\n")
    assert read(tmp_path, "{glob: '*.csv', delimiter: '^', quote: \"'\"}").rows == ROWS
    (tmp_path / "a.csv").write_text('id,price\n"a,1\nb",2\n')
    assert read(tmp_path, "{glob: '*.csv', quote: ''}").rows == [('"a', "1"), ('b"', "2")]


@pytest.mark.parametrize(
    "packed",
    [gzip.compress, bz2.compress, lzma.compress, zstandard, zipped],
    ids=["gzip", "bzip2", "xz", "zstd", "zip"],
)
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_what_is_packed_is_recognised_whatever_the_name(
    tmp_path: Path, packed: Callable[[bytes], bytes], name: str
) -> None:
    (tmp_path / name).write_bytes(packed(BODY.encode()))
    reading = read(tmp_path, "{glob: 'a*'}")
    assert (reading.rows, reading.lines) == (ROWS, [(name, 2), (name, 3)])


def test_a_plain_file_may_be_called_packed(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_text(BODY)
    assert read(tmp_path, "{glob: 'a*'}").rows == ROWS


@pytest.mark.parametrize(
    "packed",
    [gzip.compress, bz2.compress, lzma.compress, zstandard, zipped],
    ids=["gzip", "bzip2", "xz", "zstd", "zip"],
)
def test_a_packed_file_that_is_cut_short_is_refused_by_name(
    tmp_path: Path, packed: Callable[[bytes], bytes]
) -> None:
    body = HEAD.encode() + os.urandom(200_000).hex().encode() + b",1\n"
    (tmp_path / "cut.csv").write_bytes(packed(body)[:-500])
    with pytest.raises(SourceError, match=r"expected a readable file, was .*cut\.csv"):
        read(tmp_path)


@pytest.mark.parametrize("packed", [gzip.compress, bz2.compress, lzma.compress])
def test_a_file_that_is_packed_twice_is_refused_for_what_it_is(
    tmp_path: Path, packed: Callable[[bytes], bytes]
) -> None:
    (tmp_path / "a.csv").write_bytes(packed(packed(BODY.encode())))
    with pytest.raises(SourceError, match=r"a\.csv, was packed twice; unpack it once"):
        read(tmp_path)


def test_a_workbook_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.csv", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(SourceError, match="was a workbook; save its sheet as CSV"):
        read(tmp_path)


@pytest.mark.parametrize("body", ['[{"id": "a"}]\n', '{"id": "a", "price": 1}\n'])
def test_json_that_is_read_as_a_table_is_refused_with_the_setting(
    tmp_path: Path, body: str
) -> None:
    (tmp_path / "a.csv").write_text(body)
    with pytest.raises(SourceError, match=r"was JSON: .*; say `format: json`"):
        read(tmp_path)


def test_a_zip_of_several_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.csv", "w") as archive:
        archive.writestr("one.csv", BODY)
        archive.writestr("two.csv", BODY)
    with pytest.raises(SourceError, match=r"expected one file in .*a\.csv, was 2"):
        read(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_an_encoding_with_a_mark_needs_no_word(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes("id,price\nJörg €,1\n".encode(encoding))
    reading = read(tmp_path)
    assert (reading.rows, reading.remarks) == ([("Jörg €", "1")], [])


def test_what_is_not_utf_8_is_read_as_older_systems_wrote_and_this_is_remarked(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.csv").write_bytes("id,price\nJörg €,1\n".encode("windows-1252"))
    reading = read(tmp_path)
    assert reading.rows == [("Jörg €", "1")]
    (remark,) = reading.remarks
    assert remark.startswith("a.csv: read as windows-1252")


@pytest.mark.parametrize("encoding", ["shift_jis", "koi8-r", "utf-16-le"])
def test_any_encoding_can_be_said(tmp_path: Path, encoding: str) -> None:
    name = "東京" if encoding == "shift_jis" else "Пётр"
    (tmp_path / "a.csv").write_bytes(f"id,price\n{name},1\n".encode(encoding))
    reading = read(tmp_path, f"{{glob: '*.csv', encoding: {encoding}}}")
    assert (reading.rows, reading.remarks) == ([(name, "1")], [])


def test_wide_letters_without_a_mark_are_refused_with_the_setting(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(BODY.encode("utf-16-le"))
    with pytest.raises(SourceError, match=r"a\.csv.*say `encoding: utf-16-le`"):
        read(tmp_path)


def test_bytes_that_an_encoding_does_not_have_cost_their_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id,price\na,1\n\x81\x20,2\nb,2\n")
    reading = read(tmp_path, "{glob: '*.csv', encoding: shift_jis}")
    assert reading.rows == ROWS
    ((line, reason),) = reading.faults
    assert (line, reason.split(",")[0]) == ("a.csv:3", "expected text in the encoding of the file")


@pytest.mark.parametrize("title", ["Account statement\n\n", "Statement\r\nof March\r\n\r\n", "x\n"])
def test_a_title_before_the_header_is_recognised_and_remarked(tmp_path: Path, title: str) -> None:
    (tmp_path / "a.csv").write_bytes((title + BODY).encode())
    reading, before = read(tmp_path), title.count("\n")
    assert reading.rows == ROWS
    assert reading.lines == [("a.csv", before + 2), ("a.csv", before + 3)]
    assert f"say `skip: {before}`" in reading.remarks[0]


def test_what_may_be_a_header_is_not_taken_for_a_title(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Account,7\nid,price,quantity\na,1,1\nb,2,1\n")
    with pytest.raises(SourceError, match=r"a\.csv:1, was 'Account,7'; .*say `skip: 1`"):
        read(tmp_path)
    reading = read(tmp_path, "{glob: '*.csv', skip: 1}", "id, price")
    assert (reading.rows, reading.lines[0]) == (ROWS, ("a.csv", 3))


def test_rows_that_are_wider_than_the_header_are_set_aside_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,price\na,1,x\nb,2,y\n")
    assert read(tmp_path).faults == [
        ("a.csv:2", "expected 2 columns, was 3"),
        ("a.csv:3", "expected 2 columns, was 3"),
    ]


@pytest.mark.parametrize("blank", ["", "\n"])
def test_a_delimiter_at_the_end_of_a_line_says_nothing(tmp_path: Path, blank: str) -> None:
    (tmp_path / "a.csv").write_text(f"id,price\na,1,\n{blank}b,2,,,\n")
    assert read(tmp_path).rows == ROWS


def test_a_footer_is_left_out_and_blank_lines_after_it_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(BODY + "Total,3\nEnd of file\n\n")
    reading = read(tmp_path, "{glob: '*.csv', footer: 2}")
    assert (reading.rows, reading.faults) == (ROWS, [])


def test_lines_that_a_footer_leaves_out_and_that_may_be_records_are_remarked(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.csv").write_text(BODY + "End of file\n")
    reading = read(tmp_path, "{glob: '*.csv', footer: 2}")
    said = "1 of the 2 lines left out by `footer` have as many values as a record"
    assert reading.rows == ROWS[:1]
    assert reading.remarks == [f"a.csv: {said}, the first on line 3: b,2"]


@pytest.mark.parametrize(("header", "names"), [("false", "c1, c2"), ("[id, price]", "id, price")])
def test_a_table_without_header_has_columns_by_number_or_by_a_list(
    tmp_path: Path, header: str, names: str
) -> None:
    (tmp_path / "a.csv").write_text("a,1\nb,2\n")
    reading = read(tmp_path, f"{{glob: '*.csv', header: {header}}}", names)
    assert (reading.rows, reading.lines[0]) == (ROWS, ("a.csv", 1))


def test_names_are_reached_without_the_spaces_around_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\ufeff id ,the price \n a,1\n", encoding="utf-8")
    assert read(tmp_path, columns='id, "the price"').rows == [(" a", "1")]


def test_names_that_differ_in_case_alone_are_reached_exactly(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("c,C,x\n1,2,3\n")
    reading = read(tmp_path, columns='"C" as other, c as one, t."C" as again, "X"')
    assert reading.rows == [("2", "1", "2", "3")]
    (tmp_path / "a.csv").write_text("pX,Px\n1,2\n")
    with pytest.raises(LanguageError, match=r'expected one column, "Px .* or "pX", was .PX.'):
        read(tmp_path, columns="PX")


def test_a_name_that_stands_twice_is_reached_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,fee,fee,\na,1,2,3\n")
    reading = read(tmp_path, columns='id, "fee (column 3)", "fee (column 2)", c4')
    assert reading.rows == [("a", "2", "1", "3")]
    with pytest.raises(
        LanguageError, match=r"expected one column, .*column 2.*column 3.*, was .fee."
    ):
        read(tmp_path, columns="fee")


def test_files_of_one_relation_may_spell_a_name_differently(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Id,price\na,1\n")
    (tmp_path / "b.csv").write_text("id,price,fee\nb,2,3\n")
    assert read(tmp_path, columns="id, price, fee").rows == [("a", "1", None), ("b", "2", "3")]


@pytest.mark.parametrize("name", ["user", "current_date", "session_user", "rowid", "_line"])
def test_a_column_is_never_what_the_engine_would_answer(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.csv").write_text(f"id,{name}\na,alice\n")
    wanted = f'"{name} (column 2)"' if name == "_line" else f'"{name}"'
    assert read(tmp_path, columns=f"id, {wanted} as x").rows == [("a", "alice")]


def test_parquet_columns_are_exact_too(tmp_path: Path) -> None:
    pq.write_table(pa.table({"c": [1], "C": [2], "user": ["alice"]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"c": [1.5]}), tmp_path / "b.parquet")
    reading = read(tmp_path, "{glob: '*.parquet', format: parquet}", 'c, "C", "user"')
    assert reading.rows == [(1.0, 2, "alice"), (1.5, None, None)]
    (tmp_path / "c.parquet").write_bytes(b"PAR1 not really PAR1")
    with pytest.raises(SourceError, match=r"expected parquet in .*c\.parquet, was unreadable"):
        read(tmp_path, "{glob: '*.parquet', format: parquet}")


@pytest.mark.parametrize(
    "bad",
    [
        'x,"1',
        '"x,1',
        'x,"1"2',
        'x,"a "b" c"',
        "x\0,1",
        "x",
        "x,1,2",
        "x," + "1" * 2_100_000,
        'x,"""',
    ],
    ids=str.__len__,
)
def test_a_bad_line_is_set_aside_with_its_place_and_no_other(tmp_path: Path, bad: str) -> None:
    lines = ["id,price", "a,1", bad, '"b","2"', "c,3", '"d, e",4']
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    reading = read(tmp_path)
    assert reading.rows == [("a", "1"), ("b", "2"), ("c", "3"), ("d, e", "4")]
    assert [number for _, number in reading.lines] == [2, 4, 5, 6]
    assert [line for line, _ in reading.faults] == ["a.csv:3"]


def test_a_value_over_several_lines_is_one_row_and_those_after_keep_their_lines(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.csv").write_text('id,note\na,"one\ntwo\n\nthree"\nb,2\n')
    reading = read(tmp_path)
    assert reading.rows == [("a", "one\ntwo\n\nthree"), ("b", "2")]
    assert [number for _, number in reading.lines] == [2, 6]


def test_an_open_quote_does_not_swallow_whole_records_up_to_the_next(tmp_path: Path) -> None:
    lines = ["a,b,c,d", '1,"x,y,z', "2,x,y,z", "3,x,y,z", '4",x,y,z', "5,x,y,z"]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    reading = read(tmp_path)
    assert [row[0] for row in reading.rows] == ["2", "3", '4"', "5"]
    assert [line for line, _ in reading.faults] == ["a.csv:2"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("other", ["\n", "\r\n", "\r", "\n\n"])
def test_lines_may_end_in_any_way_even_in_one_file(tmp_path: Path, end: str, other: str) -> None:
    (tmp_path / "a.csv").write_bytes(f"id,price{end}a,1{other}b,2{end}".encode())
    assert read(tmp_path).rows == ROWS


@pytest.mark.parametrize("form", ["csv", "text", "jsonl"])
def test_lines_keep_their_numbers_between_blank_ones(tmp_path: Path, form: str) -> None:
    line = '{"id": 1}' if form == "jsonl" else "x"
    (tmp_path / "a").write_text(f"id\n\n\n{line}\n\n{line}\n")
    reading = read(tmp_path, f"{{glob: a, format: {form}}}")
    assert [number for _, number in reading.lines][-2:] == [4, 6]


def test_control_characters_that_are_text_stay(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id,price\na\x01\x7f,1\n")
    assert read(tmp_path).rows == [("a\x01\x7f", "1")]


def test_an_empty_file_is_refused_and_a_header_alone_is_no_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,price")
    assert read(tmp_path).rows == []
    for body in (b"", b"\n\n", b"\xef\xbb\xbf"):
        (tmp_path / "a.csv").write_bytes(body)
        with pytest.raises(SourceError, match=r"column names in .*a\.csv, was an empty file"):
            read(tmp_path)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "march.csv").mkdir()
    with pytest.raises(SourceAbort, match=r"was the folder march\.csv; say '\*\.csv/\*'"):
        read(tmp_path)


def test_a_file_that_cannot_be_read_is_named() -> None:
    # The memory of this process: a file that root, too, may open and cannot read from its start.
    with pytest.raises(SourceError, match="readable file, was /proc/self/mem: Input/output error"):
        content.head(Path("/proc/self/mem"), None)


def test_marks_of_numbers_are_made_plain_where_a_number_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "ip;price\n192.168.100.200;60.000,50\n10.200.100.100;0,5\n1;-1.234\n2;7\n3;60.0001\n"
    )
    reading = read(tmp_path, "{glob: '*.csv', decimal: ','}", "ip, price", "price")
    assert reading.rows == [
        ("192.168.100.200", "60000.50"),
        ("10.200.100.100", "0.5"),
        ("1", "-1234"),
        ("2", "7"),
        ("3", "60.0001"),
    ]


@pytest.mark.parametrize(
    ("marks", "written", "number"),
    [
        ("thousands: ','", '"1,234,567.89"', "1234567.89"),
        ("thousands: ','", '"12,34,567"', "1234567"),
        ("thousands: ' '", "1 234 567.5", "1234567.5"),
        ("thousands: ' '", "1\u00a0234\u202f567", "1234567"),
        ('thousands: "\'"', "1\u2019234'567.5", "1234567.5"),
        ("thousands: ','", '"1,2"', "1,2"),
        ("thousands: ','", '"1,234,5"', "1,234,5"),
        ("decimal: ',', thousands: \"'\"", '"1\'234,5"', "1234.5"),
        ("decimal: ',', thousands: ' '", '"+1 234,5e3"', "+1234.5e3"),
    ],
)
def test_every_pair_of_marks_can_be_said(
    tmp_path: Path, marks: str, written: str, number: str
) -> None:
    (tmp_path / "a.csv").write_text(f"id,price\na,{written}\n")
    assert read(tmp_path, f"{{glob: '*.csv', {marks}}}", "price", "price").rows == [(number,)]


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ("encoding: klingon", "expected an encoding such as utf-8"),
        ("encoding: base64", "expected an encoding such as utf-8"),
        ("decimal: ',', thousands: ','", "expected two marks"),
        ("format: jsonl, delimiter: ';'", "expected delimiter with format csv alone"),
        ("path: result", "expected path with format json alone"),
        ("delimiter: '\"'", "expected a delimiter other than the quote"),
        ("delimiter: ab", "at most 1"),
        ("skip: -1", "skip"),
    ],
)
def test_settings_that_do_not_fit_are_faults_of_the_venue_file(
    tmp_path: Path, keys: str, fault: str
) -> None:
    with pytest.raises(VenueError, match=rf"^shop\.yml:4:.*{fault}"):
        read(tmp_path, f"{{glob: '*.csv', {keys}}}")


VALUE = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\ufffd\x1a"), max_size=12)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=deep(25, 60),
    deadline=None,
)
@given(table=st.lists(st.tuples(VALUE, VALUE, VALUE), max_size=8))
def test_no_value_that_is_quoted_well_is_lost_or_changed(
    tmp_path: Path, table: list[tuple[str, str, str]]
) -> None:
    def quoted(value: str) -> str:
        return '"' + value.replace('"', '""') + '"'

    rows = [("x", *row) for row in table]
    body = "".join(",".join(map(quoted, row)) + "\n" for row in [("a", "b", "c", "d"), *rows])
    (tmp_path / "a.csv").write_text(body, encoding="utf-8", newline="")
    reading = read(tmp_path)
    assert reading.faults == []
    assert reading.rows == [tuple(value or None for value in row) for row in rows]
