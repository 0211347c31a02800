"""A folder of rules: every fault of every file at once, each with its place."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from surveillance.activity.facts import reach_of
from surveillance.errors import RuleError, SurveillanceError
from surveillance.rules import book
from surveillance.rules.book import load_rule, load_rulebook, read_rule, read_rulebook, recall_rule
from tests.given.texts import AGGREGATE, QUERY, SEQUENCE, entry


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path) -> set[tuple[str, int, int, str]]:
    with pytest.raises(RuleError) as caught:
        load_rulebook(folder)
    return {
        (Path(fault.path).relative_to(folder).as_posix(), fault.line, fault.column, fault.message)
        for fault in caught.value.faults
    }


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_rules_are_found_by_their_files_in_order_of_id(tmp_path: Path) -> None:
    write(tmp_path, "manipulation/probe.yml", AGGREGATE)
    write(
        tmp_path,
        "kyc_aml/alms.yml",
        QUERY.replace("id: probe", "id: alms").replace("risk: manipulation", "risk: kyc_aml"),
    )
    write(tmp_path, "segments.yml", "not: a rule")
    write(tmp_path, "features.yml", "not: a rule")
    book = load_rulebook(tmp_path)
    assert list(book.entries) == ["alms", "probe"]
    assert book.entries["probe"].path == str(tmp_path / "manipulation" / "probe.yml")
    assert book.tables == {"fills", "trades"}


def test_one_rule_is_read_whatever_the_others_are_like(tmp_path: Path) -> None:
    write(tmp_path, "manipulation/probe.yml", AGGREGATE)
    write(tmp_path, "manipulation/other.yml", "not: a rule")
    assert load_rule(tmp_path, "probe").rule.id == "probe"
    with pytest.raises(RuleError, match=r"other\.yml"):
        load_rule(tmp_path, "other")
    with pytest.raises(SurveillanceError, match="expected a rule of other, probe; was 'third'"):
        load_rule(tmp_path, "third")


def test_a_rule_that_is_not_where_its_name_says_is_a_fault_alone_too(tmp_path: Path) -> None:
    write(tmp_path, "manipulation/third.yml", AGGREGATE)
    with pytest.raises(RuleError, match="expected the name of the file, 'third', was 'probe'"):
        load_rule(tmp_path, "third")


@pytest.mark.parametrize(
    "text", [AGGREGATE, SEQUENCE, QUERY], ids=["aggregate", "sequence", "query"]
)
def test_a_rule_is_read_once_and_recalled_as_it_was(
    text: str, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = recall_rule(text, "probe.yml")
    recall_rule.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(book, "_compile", lambda *given: pytest.fail("was compiled again"))
        recalled = recall_rule(text, "probe.yml")
    assert first == recalled == read_rule(text, "probe.yml")
    assert repr(recalled.rule) == repr(first.rule)
    assert json.dumps(recalled.compiled.plain()) == json.dumps(first.compiled.plain())
    assert recalled.compiled.sql(0, 1, {}) == first.compiled.sql(0, 1, {})


def test_what_is_proved_is_compiled_anew(own_cache: Path) -> None:
    recall_rule(AGGREGATE, "probe.yml")
    for path in own_cache.iterdir():
        path.write_text(path.read_text().replace("fills", "orders"))
    assert read_rule(AGGREGATE, "probe.yml").compiled.tables == {"fills"}


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        "manipulation/probe.yml",
        AGGREGATE.replace('n: ">= $line"', 'm: ">= $line"').replace(
            "needs: [trades]", "needs: [deals]"
        ),
    )
    write(
        tmp_path,
        "manipulation/second.yml",
        SEQUENCE.replace("id: probe", "id: second").replace(
            "severity: low", "severity: low\nserious: yes"
        ),
    )
    write(tmp_path, "manipulation/third.yml", "id: [unclosed")
    write(tmp_path, "kyc_aml/probe.yml", QUERY)
    everything = faults(tmp_path)
    assert {name for name, *_ in everything} == {
        "manipulation/probe.yml",
        "manipulation/second.yml",
        "manipulation/third.yml",
        "kyc_aml/probe.yml",
    }
    here = line_of(AGGREGATE, 'n: ">= $line"')
    assert any(
        (name, line, column) == ("manipulation/probe.yml", here, 5) and "was 'm'" in message
        for name, line, column, message in everything
    )
    needs = line_of(AGGREGATE, "needs")
    message = "expected a table or table.column, was 'deals'"
    assert ("manipulation/probe.yml", needs, 9, message) in everything
    unknown = "expected a key that is known here, was 'serious'"
    assert ("manipulation/second.yml", 7, 1, unknown) in everything


def test_a_file_must_stand_where_its_rule_says(tmp_path: Path) -> None:
    write(tmp_path, "kyc_aml/other.yml", AGGREGATE)
    assert faults(tmp_path) == {
        ("kyc_aml/other.yml", 1, 1, "expected the name of the file, 'other', was 'probe'"),
        (
            "kyc_aml/other.yml",
            4,
            1,
            "expected the name of the folder, 'kyc_aml', was 'manipulation'",
        ),
    }


def test_a_key_may_stand_only_once(tmp_path: Path) -> None:
    write(tmp_path, "manipulation/probe.yml", AGGREGATE + "version: 2\n")
    last = AGGREGATE.count("\n") + 1
    message = "expected each key once, was also on line 2"
    assert faults(tmp_path) == {("manipulation/probe.yml", last, 1, message)}


def test_an_id_may_stand_only_once(tmp_path: Path) -> None:
    write(tmp_path, "manipulation/probe.yml", AGGREGATE)
    write(tmp_path, "manipulation/old/probe.yml", AGGREGATE)
    assert any("expected each id once, was also in" in message for *_, message in faults(tmp_path))


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="expected a folder of rules, was absent"):
        load_rulebook(tmp_path / "none")


def test_a_file_that_is_not_text_is_said(tmp_path: Path) -> None:
    path = write(tmp_path, "manipulation/probe.yml", "")
    path.write_bytes(b"\xff\xfe\x00")
    assert any("expected a readable UTF-8 file" in message for *_, message in faults(tmp_path))


def test_stored_texts_are_read_as_files_are_but_need_no_place() -> None:
    book = read_rulebook({"version 1": AGGREGATE})
    assert book.entries["probe"].path == "version 1"
    with pytest.raises(RuleError, match="version 2:1:1"):
        read_rulebook({"version 2": "title: Nothing else\n"})


def test_another_version_takes_the_place_of_a_rule() -> None:
    book = read_rulebook({"a": AGGREGATE, "b": QUERY.replace("id: probe", "id: quest")})
    renamed = entry(AGGREGATE, ("version: 1", "version: 2"))
    swapped = book.swap(renamed)
    assert list(swapped.entries) == ["probe", "quest"]
    assert swapped.entries["probe"].rule.version == 2
    assert book.entries["probe"].rule.version == 1


def test_a_book_reaches_back_as_far_as_the_longest_rule_and_its_facts() -> None:
    assert entry(AGGREGATE).reach == timedelta(hours=3) + reach_of(["fills"])
    assert entry(QUERY).reach == timedelta(hours=1)
    steps, judged_after = timedelta(seconds=30), timedelta(seconds=5)
    facts = reach_of(["order_life"])
    assert entry(SEQUENCE).reach == timedelta(hours=2) + steps + judged_after + facts
    assert read_rulebook({}).reach == timedelta(0)


def test_the_digest_of_a_text_is_of_its_bytes() -> None:
    plain, renamed = entry(AGGREGATE), entry(AGGREGATE, ("title: Probe", "title: Sonde"))
    assert plain.digest == renamed.digest
    assert plain.text_digest != renamed.text_digest


def test_faults_inside_a_query_are_told_with_the_line_of_the_file() -> None:
    wrong = QUERY.replace("from trades where", "from trades where nope and")
    with pytest.raises(RuleError) as caught:
        read_rule(wrong, "probe.yml")
    (fault,) = caught.value.faults
    line = line_of(wrong, "nope")
    assert (fault.line, fault.column) == (line, wrong.splitlines()[line - 1].index("nope") + 1)
    assert fault.key == "detect.query"
