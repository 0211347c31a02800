"""Words for what-ifs, as they are typed."""

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.given.installations import Home
from tests.given.probe import RULE
from tests.given.typed import Explain, Say


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    path = tmp_path / "busy_payer.yml"
    path.write_text(RULE.replace("version: 1", "version: 2").replace("value: 3", "value: 5"))
    return path


def alerts(home: Home) -> int:
    place = home.opened()
    with place.session() as session:
        counted = session.connection().execute(text("select count(*) from alerts"))
        return int(counted.scalar_one())


def test_a_backtest_says_what_differs_and_is_listed(
    say: Say, own_small: Home, stricter: Path
) -> None:
    before = alerts(own_small)
    printed = say(own_small, "backtest", stricter, "--by", "officer").out
    study = printed.split()[1].rstrip(":")

    assert "Version 1, in force, raises" in printed
    assert "is below $least 5 (3 in force)" in printed
    listed = say(own_small, "studies", "--json").json
    assert [(row["id"], row["kind"], row["created_by"]) for row in listed] == [
        (study, "backtest", "officer")
    ]
    assert say(own_small, "studies", "--rule", "other").out == "no study yet\n"
    assert alerts(own_small) == before


def test_a_backtest_is_json_with_its_id(say: Say, own_small: Home, stricter: Path) -> None:
    window = ("--from", "2026-03-02", "--to", "2026-03-02T12:00:00Z", "--as-of", "2026-03-04")
    answer = say(own_small, "backtest", stricter, *window, "--json").json

    assert answer["format"] == "surveillance-backtest/1"
    assert len(answer["id"]) == 64
    assert answer["window"]["to"] == "2026-03-02T12:00:00.000000Z"
    again = say(own_small, "backtest", stricter, *window, "--json").json
    assert again == answer


def test_tuning_shows_every_value_and_writes_a_sheet_that_comes_back(
    say: Say, own_small: Home, tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.csv"
    words = ("tune", "busy_payer", "--parameter", "least", "--values", "2,3,4", "--sample", "9")
    typed = say(own_small, *words, "--sheet", sheet)

    assert "3  today" in typed.out
    assert "hits to label" in typed.error
    lines = sheet.read_text().splitlines()
    sheet.write_text("\n".join([lines[0], *(f"{line}unproductive" for line in lines[1:])]))
    again = say(own_small, "tune", "busy_payer", "--labelled", sheet, "--by", "officer", "--pdf")
    assert "0 productive: by this estimate today's value misses 0 productive alerts" in again.out
    path = Path(again.error.split(" sha256 ")[0])
    assert path.read_bytes().startswith(b"%PDF")


def test_a_rule_file_can_be_tuned_and_labels_measure_it(
    say: Say, own_small: Home, stricter: Path
) -> None:
    labels = own_small.path / "labels.csv"
    words = ("tune", stricter, "-p", "least", "--around", "20%", "--labels", labels, "--json")
    answer = say(own_small, *words).json

    assert [row["value"] for row in answer["values"]] == [4, 5, 6]
    assert answer["rule"]["version"] == 2
    assert answer["values"][0]["labels"][0]["typology"] == "structuring"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tune", "busy_payer", "-p", "lest"), "(least), was 'lest'"),
        (("tune", "busy_payer"), "(least), was ''"),
        (("tune", "nobody", "-p", "least"), "a rule of busy_payer; was 'nobody'"),
        (("tune", "busy_payer", "-p", "least", "--around", "x"), "expected a number, was 'x'"),
        (("tune", "busy_payer", "-p", "least", "--values", "a"), "expected a number, was 'a'"),
        (("tune", "busy_payer", "-p", "least", "--from", "2026-03-02"), "both --from and --to"),
        (("tune", "busy_payer", "-p", "least", "--venue", "v.yml"), "--labels beside --venue"),
        (("tune", "busy_payer", "-p", "least", "--by", "nobody"), "the id of an officer"),
        (("tune", "busy_payer", "-p", "least", "--by", "admin"), "was admin (admin)"),
        (("tune", "busy_payer", "-p", "least", "--pdf"), "--by OFFICER beside --pdf"),
        (("tune", "busy_payer", "--labelled", "none.csv"), "none.csv, which does not exist"),
        (("backtest", "none.yml"), "none.yml, which does not exist"),
    ],
)
def test_what_is_wrong_is_explained(
    explain: Explain, small: Home, words: tuple[str, ...], message: str
) -> None:
    assert message in explain(small, *words)


def test_an_empty_lake_has_nothing_to_study(
    explain: Explain, tmp_path: Path, small: Home, stricter: Path
) -> None:
    home = Home(tmp_path / "new", small.rules)
    assert "pull some first" in explain(home, "backtest", stricter)


def test_a_fault_in_a_rule_has_its_place(explain: Explain, small: Home, stricter: Path) -> None:
    stricter.write_text(stricter.read_text().replace('moved: ">= $least"', 'moved: ">= $most"'))
    assert "busy_payer.yml:28:16: detect.require.moved:" in explain(small, "backtest", stricter)
