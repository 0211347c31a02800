"""Files that people write in YAML: what is read, what is refused, and where the fault stands."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from surveillance.canonical import canonical
from surveillance.errors import FileError, RuleError
from surveillance.yamlfile import load, parse


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    size: int
    tint: str = "red"


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    parts: dict[str, Part] = {}
    either: int | Part = 0


def faults(text: str) -> list[str]:
    with pytest.raises(RuleError) as raised:
        parse(text, "a.yml", RuleError).validate(Whole)
    return [str(fault) for fault in raised.value.faults]


def test_values_come_plain_and_dates_stay_text() -> None:
    document = parse("a: 1\nb: 0.25\nc: [x, true, null]\nd: 2026-03-02\ne: yes\n7: z\n", "a.yml")
    assert document.data == {
        "a": 1,
        "b": 0.25,
        "c": ["x", True, None],
        "d": "2026-03-02",
        "e": "yes",
        "7": "z",
    }


def test_a_key_twice_is_a_fault_at_the_second_with_the_line_of_the_first() -> None:
    assert faults("name: x\nparts:\n  a: {size: 1}\n  a: {size: 2}\n") == [
        "a.yml:4:3: parts.a: expected each key once, was also on line 3"
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: &x 1\nb: *x\n", "a.yml:1:4"),
        ("a: &x [*x]\n", "a.yml:1:4"),
        ("a: !!python/name:os.system x\n", "a.yml:1:4"),
        ("a: .nan\n", "a.yml:1:4"),
        ("a: 007\n", "a.yml:1:4"),
        ("a: 0.12345678901234567890\n", "a.yml:1:4"),
        ("? [a]\n: 1\n", "a.yml:1:3"),
        ("a: [1\nb: 2\n", "a.yml:2:2"),
        ("", "a.yml:1:1"),
        ("a: 1\n---\na: 2\n", "a.yml:2:1"),
        ("[" * 5000, "a.yml:1:1"),
    ],
)
def test_what_does_not_say_what_it_means_is_refused(text: str, place: str) -> None:
    found = faults(text)
    assert found[0].startswith(f"{place}:")


def test_all_faults_of_a_file_are_named_at_once_each_at_its_key() -> None:
    assert faults("parts:\n  a:\n    size: big\n  b: {size: 1, tnit: blue}\n") == [
        "a.yml:1:1: expected the key 'name', was absent",
        "a.yml:3:5: parts.a.size: expected a valid integer, was 'big'",
        "a.yml:4:16: parts.b.tnit: expected a key that is known here, was 'tnit'",
    ]


def test_a_fault_within_a_union_stands_at_the_value() -> None:
    assert all(fault.startswith("a.yml:2:1: either") for fault in faults("name: x\neither: []\n"))


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("name: a + b\n", 1, 5, (1, 11)),
        ("name: 'a + b'\n", 1, 5, (1, 12)),
        ("name: |\n    one\n    two\n", 2, 2, (3, 6)),
        ("name: >\n  one\n  two\n", 1, 6, (3, 4)),
        ("name: one\n  two\n", 1, 5, (2, 3)),
    ],
)
def test_a_fault_inside_a_text_is_found_in_the_file(
    text: str, line: int, column: int, expected: tuple[int, int]
) -> None:
    fault = parse(text, "a.yml").fault_within(("name",), line, column, "no")
    assert (fault.line, fault.column) == expected


def test_a_file_that_cannot_be_read_is_a_fault_of_the_kind_asked_for(tmp_path: Path) -> None:
    (tmp_path / "latin.yml").write_bytes(b"a: \xe9\n")
    for name in ("absent.yml", "latin.yml"):
        with pytest.raises(RuleError, match=name):
            load(tmp_path / name, RuleError)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}", fullmatch=True),
        st.integers(-(10**17), 10**17)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.booleans(),
    ).filter(bool)
)
def test_canonical_json_is_read_back_unchanged(values: dict[str, float]) -> None:
    assert parse(canonical(values), "a.yml", FileError).data == values
