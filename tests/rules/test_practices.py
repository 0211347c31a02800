"""The reference that rules are held against."""

from pathlib import Path

import pytest

from surveillance.errors import RuleError, SurveillanceError
from surveillance.rules import practices
from surveillance.rules.book import Rulebook, read_rule
from tests.given.activities import RULES, shipped

HEAD = "sections:\n  - source: Law\n    title: The Law\n    about: All of it\n    rows:\n"
FIRST = "      - {code: 1(a), group: A, name: Wash trades, meaning: Nothing changes hands}\n"


def load(folder: Path, rows: str) -> practices.Reference:
    (folder / practices.NAME).write_text(HEAD + FIRST + rows)
    return practices.load(folder)


def test_every_letter_of_annex_ii_is_there() -> None:
    rows = practices.load(RULES).rows
    counts = {"1": 4, "2": 4, "3": 4, "4": 6, "5": 7, "6": 10, "7": 6}
    first = [f"2016/522 Annex II {n}({chr(97 + k)})" for n, m in counts.items() for k in range(m)]
    second = [
        f"2016/522 Annex II S2 {n}({chr(97 + k)})"
        for n, m in {"1": 7, "2": 3}.items()
        for k in range(m)
    ]
    assert [name for name in rows if name.startswith("2016/522")] == first + second


def test_every_flag_of_the_six_groups_is_there() -> None:
    counts = {"1": 5, "2": 8, "3": 14, "4": 19, "5": 8, "6": 4}
    flags = [f"FATF {group}.{n}" for group, m in counts.items() for n in range(1, m + 1)]
    assert [name for name in practices.load(RULES).rows if name.startswith("FATF")] == flags


def test_a_part_means_the_practice_it_is_part_of(tmp_path: Path) -> None:
    reference = load(tmp_path, "      - {code: 2(a), group: B, same_as: Law 1(a)}\n")
    assert reference.meant("Law 1(a)(ii)") == "Law 1(a)"
    assert reference.meant("Law 2(a)") == "Law 1(a)"
    assert reference.meant("Law 9(z)(i)") is None


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("{code: 1(a), group: A, same_as: Law 1(a)}", "expected each code once, was 'Law 1(a)'"),
        ("{code: 2(a), group: A, same_as: Law 3(a)}", "expected a row that is no repetition"),
        ("{code: 2(a), group: A}", "expected either name and meaning or same_as"),
        ("{code: 2(a), group: A, name: N, meaning: M, applies: false}", "expected gap"),
        ("{code: 2(a), group: A, name: N, meaning: M, why: x}", "why"),
    ],
)
def test_a_fault_of_the_reference_is_named_with_its_line(
    tmp_path: Path, row: str, fault: str
) -> None:
    with pytest.raises(RuleError) as wrong:
        load(tmp_path, f"      - {row}\n")
    assert fault in str(wrong.value)
    assert "coverage.yml:" in str(wrong.value)


def test_a_rule_that_names_an_unknown_practice_is_refused() -> None:
    entry = shipped().entries["spoofing"]
    text = entry.text.replace("Annex II 6(a)", "Annex II 6(z)")
    wrong = Rulebook({"spoofing": read_rule(text, "spoofing.yml")})

    practices.check(shipped(), RULES)
    with pytest.raises(SurveillanceError, match=r"spoofing.yml: '2016/522 Annex II 6\(z\)'"):
        practices.check(wrong, RULES)
