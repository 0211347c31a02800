"""What the command line says of canaries, of the health of a run, and of coverage."""

import pytest

from tests.given.installations import Home, the_run
from tests.given.probe import RULE, alone, publish
from tests.given.typed import Say

BLIND = RULE.replace("value: 3", "value: 3000")


def run_of(home: Home) -> str:
    return the_run(home.opened()).id


def test_canaries_that_were_found_end_with_0(say: Say, small: Home) -> None:
    [row] = say(small, "canaries", run_of(small), "--json").json
    assert row == {
        "rule_id": "busy_payer",
        "version": 1,
        "act": "three transfers",
        "found": True,
        "reason": "",
    }


def test_a_rule_made_blind_is_warned_of_by_its_run_and_ends_with_1(
    say: Say, own_pulled: Home
) -> None:
    alone(own_pulled.rules)
    (own_pulled.rules / "rules.lock").unlink()
    publish(own_pulled.rules, BLIND)
    ran = say(own_pulled, "run").out
    warning = "busy_payer: missed 1 of 1 canaries; three transfers: expected a hit, was none"
    assert f"warning: {warning}" in ran.splitlines()

    run = run_of(own_pulled)
    assert "three transfers" in say(own_pulled, "canaries", run, expect=1).out
    rows = say(own_pulled, "remarks", run, "--json", expect=1).json
    assert {"canary"} == {row["concern"] for row in rows if row["subject"] == "busy_payer"}


def test_what_to_know_of_a_run_is_part_of_its_json(say: Say, own_small: Home) -> None:
    window = ("--from", "2026-03-02", "--to", "2026-03-02T06:00:00Z")
    assert "remarks" in say(own_small, "run", *window, "--json").json


def test_coverage_names_gaps_and_rules(say: Say, small: Home) -> None:
    output = say(small, "coverage").out
    [covered] = [
        line for line in output.splitlines() if line.startswith("FATF") and " 1.1 " in line
    ]
    assert covered.split()[:5] == ["FATF", "1.1", "Structuring", "covered", "busy_payer"]
    lines = say(small, "coverage", "--format", "csv").out.splitlines()
    assert lines[0].startswith("source,code,group,name,meaning")
    assert len(lines) == len(output.splitlines())


@pytest.mark.usefixtures("blank")
def test_coverage_is_rendered_where_it_says(say: Say, own_small: Home) -> None:
    output = say(own_small, "coverage", "--pdf", "--json")
    path, _, sha256 = output.error.split()
    assert sha256 in path
    assert output.json["products"]["transfer"] == ["busy_payer"]
    reports = own_small.opened().settings.reports
    assert [p.read_bytes()[:5] for p in (reports / "rulebook").iterdir()] == [b"%PDF-"]
