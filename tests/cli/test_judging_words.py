"""Pull, run, replay, measure: the main job typed word by word."""

import json
from pathlib import Path

import pytest

from tests.given.installations import DAY, VENUE, Home
from tests.given.probe import second
from tests.given.typed import Explain, Say

LABELS = (
    VENUE.read_text()
    + (Path(__file__).parents[2] / "surveillance" / "demo.yml")
    .read_text()
    .partition("abuse: true")[2]
)


def test_the_main_job_from_nothing(say: Say, tmp_path: Path, small: Home) -> None:
    home = Home(tmp_path / "home", small.rules)
    pulled = say(home, "pull", VENUE, "--json").json
    assert {row["table"] for row in pulled} >= {"orders", "trades", "transfers", "accounts"}
    assert all(row["received"] == row["landed"] + row["quarantined"] for row in pulled)

    ran = say(home, "run", "--json").json
    assert ran.keys() >= {"id", "from", "to", "as_of", "digest", "verdicts", "alerts_new"}
    assert ran["alerts_new"] > 0
    assert say(home, "replay", ran["id"], "--json").json == {
        "equal": True,
        "differences": [],
        "digest": ran["digest"],
        "recorded_digest": ran["digest"],
        "notes": [],
        "run_id": ran["id"],
    }


def test_pulling_again_lands_nothing_twice(say: Say, own_small: Home) -> None:
    again = say(own_small, "pull", VENUE, "--json").json

    assert sum(row["received"] for row in again) > 10_000
    assert all(row["repeated"] == row["landed"] for row in again)


def test_a_run_that_found_nothing_new_says_so(say: Say, explain: Explain, own_small: Home) -> None:
    assert "expected activity that no run has judged, was none" in explain(own_small, "run")
    output = say(own_small, "run", "--from", "2026-03-02", "--to", "2026-03-03").out
    assert output.splitlines()[-1] == "0 new alerts, 0 cases opened"


def test_a_run_as_of_before_anything_was_known_has_no_data(say: Say, own_small: Home) -> None:
    words = ("--from", "2026-03-02", "--to", "2026-03-03", "--as-of", "2026-03-01")
    output = say(own_small, "run", *words)

    assert "busy_payer: insufficient_data: no transfers in reach" in output.out


def test_a_what_if_ends_with_1_and_tells_gained_lost_and_changed(say: Say, own_small: Home) -> None:
    first = say(own_small, "runs", "--json").json[0]["id"]
    second(own_small.rules)
    say(own_small, "rules", "publish", "--by", "officer", "--reason", "It asks for more.")
    answer = say(own_small, "replay", first, "--with", "busy_payer@2", "--json", expect=1).json

    assert answer["equal"] is False
    assert {row["kind"] for row in answer["differences"]} == {"lost", "changed"}
    table = say(own_small, "replay", first, "--with", "busy_payer@2", expect=1).out
    assert "lost" in table
    assert (
        say(own_small, "rules", "show", "busy_payer", "--version", "1", "--yaml").out.count(
            "value: 3"
        )
        == 1
    )
    assert say(own_small, "rules", "show", "busy_payer", "--yaml").out.count("value: 5") == 1


@pytest.mark.usefixtures("blank")
def test_a_certificate_is_a_pdf(say: Say, own_small: Home) -> None:
    output = say(own_small, "replay", "", "--certificate")

    assert output.out.splitlines()[-1] == "equal"
    path = Path(output.error.split()[0])
    assert path.read_bytes().startswith(b"%PDF")


def test_evaluation_has_a_line_a_typology(say: Say, own_judged: Home) -> None:
    venue = own_judged.path / "labelled.yml"
    venue.write_text(LABELS)
    words = ("evaluate", "", "--labels", own_judged.path, "--venue", venue)
    answer = say(own_judged, *words, "--json").json

    assert answer.keys() >= {"typologies", "alerts_per_1000_clean"}
    by_name = {row["typology"]: row for row in answer["typologies"]}
    assert by_name["wash_trading"].keys() == {
        "typology", "universe", "tp", "fp", "fn", "precision", "recall", "f1",
    }  # fmt: skip
    assert by_name["sanctioned_address"]["recall"] == 1.0
    assert f"clean traders: {answer['alerts_per_1000_clean']}" in say(own_judged, *words).out


def test_a_recalibration_waits_for_a_second_officer(
    say: Say, explain: Explain, own_small: Home
) -> None:
    calibrate = ("segments", "calibrate", "--until", "2026-03-02T18:00:00Z")
    assert "expected --by OFFICER" in explain(own_small, *calibrate)
    output = say(own_small, *calibrate, "--by", "officer", "--reason", "New members.").out
    assert output == "segment model 2 waits for approval\n"
    assert in_force(say, own_small) == {1}
    approve = ("segments", "approve", "2", "--by")
    assert "expected supervisor" in explain(own_small, *approve, "officer")
    assert in_force(say, own_small) == {1}

    assert say(own_small, *approve, "supervisor").out == "segment model 2 is in force\n"
    assert in_force(say, own_small) == {2}
    rows = say(own_small, "segments", "versions", "--json").json
    assert [(row["version"], row["in_force"]) for row in rows] == [(2, True), (1, False)]
    assert say(own_small, "replay", "").code == 0
    changed = say(own_small, "segments", "changes", "--json").json
    assert {row["what"] for row in changed} <= {"born", "died", "split", "merged", "moved"}
    assert "expected activity of NOBODY" in explain(own_small, "segments", "why", "NOBODY")
    assert "expected a segment model of 2, 1" in explain(
        own_small, *approve[:2], "9", "--by", "supervisor"
    )


def in_force(say: Say, home: Home) -> set[int]:
    return {row["version"] for row in say(home, "segments", "show", "--json").json}


def test_rules_are_checked_tested_and_locked(say: Say, own_small: Home) -> None:
    assert say(own_small, "rules", "check").out == "1 rules are in order\n"
    tested = say(own_small, "rules", "test", "busy_payer").out.splitlines()
    assert [line.split()[:2] for line in tested] == [["ok", "busy_payer:"]] * 2
    assert say(own_small, "rules", "lock").out == "nothing new to lock\n"
    second(own_small.rules)
    assert json.loads((own_small.rules / "rules.lock").read_text())["busy_payer"].keys() == {
        "1",
        "2",
    }


def test_a_rule_whose_test_fails_ends_with_1(say: Say, own_small: Home) -> None:
    path = own_small.rules / "kyc_aml" / "busy_payer.yml"
    path.write_text(path.read_text().replace("expect: [{owner_id: A}]", "expect: [{owner_id: B}]"))

    assert "FAILED    busy_payer: three transfers" in say(own_small, "rules", "test", expect=1).out
    assert say(own_small, "rules", "check", expect=1).out.endswith("1 tests failed\n")


def test_quarantine_lists_what_broke_the_contract(say: Say, own_small: Home) -> None:
    folder = own_small.path / "venue"
    folder.mkdir()
    (folder / "logins.csv").write_text(f"at,who\n{DAY:%Y-%m-%d %H:%M:%S},T1\nyesterday,T2\n")
    (folder / "venue.yml").write_text(
        "venue: late\nsource: files\nfiles: {rows: {glob: logins.csv, format: csv}}\n"
        "tables:\n  logins: |\n    select try_cast(at as timestamp) as ts, _line as seq,\n"
        "      who as trader_id from rows\n"
    )
    [row] = say(own_small, "pull", folder / "venue.yml", "--most-refused", "0.5", "--json").json
    assert (row["received"], row["landed"], row["quarantined"]) == (2, 1, 1)

    output = say(own_small, "quarantine", "--format", "json").json
    assert [(row["table_name"], row["feed"]) for row in output] == [("logins", "late")]
