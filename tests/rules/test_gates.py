"""Gates: what must hold, how near a candidate came, and how far beyond its lines one is."""

from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.rules import gates
from surveillance.rules.gates import Gate, Gates, Limits

NUMBERS = st.one_of(st.none(), st.floats(-50, 50))


def value(sql: str, **values: Any) -> Any:
    columns = ", ".join(f"cast(? as double) as {name}" for name in values)
    row = duckdb.execute(f"select {sql} from (select {columns})", list(values.values())).fetchone()
    assert row is not None
    return row[0]


def limits(text: str) -> Limits:
    (gate,) = gates.read({"m": text})
    line, upper = (side.replace("$", "") for side in (gate.line, gate.upper))
    return Limits(gate, gate.condition.replace("$", ""), "m", line, upper)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        (">= $least", "m >= $least"),
        ("<  2 * other", "m < 2 * other"),
        ("<> 'buy'", "m <> 'buy'"),
        ("$least to $most", "m between $least and $most"),
        ("is true", "m"),
        ("is false", "not m"),
        ("is unknown", "m is null"),
    ],
)
def test_a_condition_is_written_after_its_measure(text: str, condition: str) -> None:
    assert gates.read({"m": text}).condition == condition


def test_all_must_hold_and_of_a_group_any() -> None:
    written = {
        "a": [">= 1", "<= 9"],
        "any_ground": [{"b": "is true"}, {"c": "> 0", "any": [{"d": "= 1"}, {"e": "= 2"}]}],
    }
    read = gates.read(written)
    assert read.condition == "a >= 1 and a <= 9 and ((b) or (c > 0 and ((d = 1) or (e = 2))))"
    assert [gate.measure for gate in read] == ["a", "a", "b", "c", "d", "e"]
    assert gates.fold(read, list("123456"), gates.both, gates.either) == (
        "(1 and 2 and ((3) or (4 and ((5) or (6)))))"
    )


@pytest.mark.parametrize("text", ["", "about 5", "+ 1", "is odd", "=> 5", "to 5"])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a condition of m such as"):
        gates.read({"m": text})


@pytest.mark.parametrize("written", [{"m": [{"n": "> 0"}]}, {"any": "> 0"}, {"any": ["> 0"]}])
def test_groups_stand_under_any_and_nothing_else_does(written: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"expected .*groups"):
        gates.read(written)


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        (">= 10", 8, 7.9),
        ("> 10", 8.1, 8),
        ("<= 10", 12, 12.1),
        ("< -10", -8.1, -8),
        ("10 to 20", 8, 7.9),
        ("10 to 20", 24, 24.1),
        (">= 0", 0, -0.1),
    ],
)
def test_near_is_a_fifth_of_the_line_away(text: str, near: float, far: float) -> None:
    assert value(limits(text).near, m=near) is True
    assert value(limits(text).near, m=far) is False


def test_what_is_only_true_or_false_is_never_near() -> None:
    assert limits("= 1").near == "m = 1"
    assert limits("is false").near == "not m"


@pytest.mark.parametrize(
    ("text", "at", "beyond"),
    [
        (">= 10", 10, 0),
        (">= 10", 20, 0.5),
        (">= 10", 40, 0.75),
        ("<= 10", 10, 0),
        ("<= 10", 5, 0.5),
        ("<= 10", -5, 1),
        ("10 to 20", 15, 1),
        ("10 to 20", 20, 0),
        (">= 0", 5, None),
        ("= 1", 1, None),
    ],
)
def test_how_far_beyond_begins_at_the_line(text: str, at: float, beyond: float | None) -> None:
    assert value(limits(text).beyond, m=at) == beyond


@given(m=NUMBERS, line=st.floats(-50, 50), text=st.sampled_from([">=", ">", "<=", "<"]))
def test_whatever_holds_is_near_and_close_and_how_far_is_a_share(
    m: float | None, line: float, text: str
) -> None:
    limit = Limits(Gate("m", text, text, "line"), f"m {text} line", "m", "line", "")
    holds, near = (value(sql, m=m, line=line) for sql in (limit.condition, limit.near))
    assert not holds or near
    for share in (limit.beyond, limit.closeness):
        found = value(share, m=m, line=line)
        assert found is None or 0 <= found <= 1
    if holds:
        assert value(limit.closeness, m=m, line=line) == 1


def test_false_and_unknown_is_false_and_otherwise_unknown_is_unknown() -> None:
    read = gates.read({"a": ">= 1", "b": ">= 1"})
    sql = gates.fold(read, ["a >= 1", "b >= 1"], gates.both, gates.either)
    assert value(sql, a=0, b=None) is False
    assert value(sql, a=1, b=None) is None


def test_an_average_leaves_out_what_has_no_measure() -> None:
    kinds: Gates = gates.read({"a": "> 0", "b": "> 0", "c": "> 0"})
    assert value(gates.fold(kinds, ["1", "null", "0.5"], gates.mean, gates.most), x=1) == 0.75
