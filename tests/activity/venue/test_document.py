"""JSON documents: each record with its number, and numbers exactly as they are written."""

from decimal import Decimal
from pathlib import Path

import pytest

from surveillance.errors import SourceError
from tests.given.raw import read

IDS = "body->>'$.id' as id, body->>'$.px' as px"


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ('[{"id": "a", "px": "1"}, {"id": "b", "px": 2.5}]', ""),
        (
            '{"result": {"trades": [{"id": "a", "px": "1"}, {"id": "b", "px": 2.5}]}}',
            "result.trades",
        ),
        ('{"data": [{"rows": [{"id": "a", "px": 1}, {"id": "b", "px": 2.5}]}]}', "data.0.rows"),
    ],
)
def test_records_are_found_by_their_path(tmp_path: Path, document: str, path: str) -> None:
    (tmp_path / "a.json").write_text(document)
    spec = f"{{glob: '*.json', format: json{f', path: {path}' if path else ''}}}"
    reading = read(tmp_path, spec, IDS)
    assert reading.rows == [("a", "1"), ("b", "2.5")]
    assert reading.lines == [("a.json", 1), ("a.json", 2)]


def test_one_object_is_one_record_and_lists_may_be_records(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('\ufeff{"id": "a",\n "px": 1}', encoding="utf-8")
    assert read(tmp_path, "{glob: '*.json', format: json}", IDS).rows == [("a", "1")]
    (tmp_path / "a.json").write_text('[[1, "2.50"], [3, "4"]]')
    reading = read(tmp_path, "{glob: '*.json', format: json}", "body->>'$[1]' as px")
    assert reading.rows == [("2.50",), ("4",)]


def test_numbers_keep_every_digit(tmp_path: Path) -> None:
    numbers = ["0.123456789012345678", "123456789012345678901234567890", "1e400", "0.1"]
    records = ", ".join('{"px": ' + number + "}" for number in numbers)
    (tmp_path / "a.json").write_text(f"[{records}]")
    reading = read(tmp_path, "{glob: '*.json', format: json}", "body->>'$.px' as px")
    assert [row[0] for row in reading.rows] == numbers


def test_what_is_no_record_is_set_aside_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"id": "a"}, 7, null, {"id": "b"}]')
    reading = read(tmp_path, "{glob: '*.json', format: json}", "body->>'$.id' as id")
    assert reading.rows == [("a",), ("b",)]
    assert reading.faults == [
        ("a.json:2", "expected a JSON object, was a number"),
        ("a.json:3", "expected a JSON object, was a null"),
    ]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ('{"result":\n [1,', r"unreadable in .*a\.json:2:5"),
        ("", r"unreadable in .*a\.json:1:1"),
        ('{"data": []}', r"expected 'result' at the top of .*a\.json, was an object of data"),
        (
            '{"result": {"orders": []}}',
            r"expected 'trades' at result of .*, was an object of orders",
        ),
        ('{"result": {"trades": 7}}', r"expected a list of records at result\.trades .* a number"),
        ("[" * 100_000, r"expected a JSON document in .*a\.json"),
    ],
)
def test_a_document_that_does_not_fit_is_refused_by_name(
    tmp_path: Path, document: str, message: str
) -> None:
    (tmp_path / "a.json").write_text(document)
    with pytest.raises(SourceError, match=message):
        read(tmp_path, "{glob: '*.json', format: json, path: result.trades}", IDS)


@pytest.mark.parametrize(
    "number",
    ["0.123456789012345678", "123456789012345678.5", "1.00000000000000001e-7", "60000.5", "1e-12"],
)
def test_lines_of_json_keep_every_digit_too(tmp_path: Path, number: str) -> None:
    lines = [f'{{"px": {number}, "t": "at 12:0.123456789012345678,"}}', '{"px": 1}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines) + "\n")
    spec = "{glob: '*.jsonl', format: jsonl}"
    reading = read(tmp_path, spec, "body->>'$.px' as px, body->>'$.t' as t")
    assert Decimal(reading.rows[0][0]) == Decimal(number)
    assert reading.rows[0][1] == "at 12:0.123456789012345678,"
    assert reading.rows[1] == ("1", None)
