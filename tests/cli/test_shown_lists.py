"""Every list can be read by people and by machines, with the fields that others build upon."""

import csv
import io
from typing import Any

import pytest

from tests.given.installations import Home
from tests.given.typed import Say

LISTS = [
    ("runs",),
    ("hits", "{run}"),
    ("hits", "{run}", "--below"),
    ("risk", "{run}"),
    ("completeness", "{run}"),
    ("cases", "list"),
    ("rules", "list"),
    ("segments", "show"),
    ("officers", "list"),
]
"""Each with the fields that its JSON must have."""
FIELDS = {
    "runs": {"id", "from", "to", "as_of", "digest", "verdicts"},
    "hits": {
        "rule_id", "version", "risk", "typology", "score", "at", "started_at", "trader_id",
        "owner_id", "instrument", "segment", "evidence",
    },
    "risk": {
        "trader_id", "owner_id", "segment", "score", "manipulation", "front_running", "kyc_aml",
        "anomaly", "tier", "review_months", "reasons", "main_reason", "parts",
    },
    "completeness": {"table", "rows", "first", "last", "missing_numbers", "longest_silence_s"},
    "cases": {"id", "state", "priority", "subject", "alert_count", "typologies", "assignee",
              "drawn"},
    "rules": {"id", "version", "risk", "typology", "severity", "title", "digest", "life",
              "in_force"},
    "segments": {"version", "segment", "traders"},
    "officers": {"id", "role", "active", "name"},
}  # fmt: skip


def typed(words: tuple[str, ...], say: Say, home: Home) -> list[str]:
    run = say(home, "runs", "--json").json[0]["id"]
    return [word.format(run=run[:6]) for word in words]


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_a_list_is_the_same_as_json_csv_and_table(
    words: tuple[str, ...], say: Say, judged: Home
) -> None:
    words = tuple(typed(words, say, judged))
    answer: list[dict[str, Any]] = say(judged, *words, "--json").json
    rows = list(csv.DictReader(io.StringIO(say(judged, *words, "--format", "csv").out)))
    table = say(judged, *words).out.splitlines()

    assert answer
    assert answer[0].keys() >= FIELDS[words[0]]
    again = say(judged, *words, "--format", "json").json
    for listed in (*answer, *again):
        listed.pop("age", None)
    assert answer == again
    assert [set(row) - {"age"} for row in rows] == [set(listed) for listed in answer]
    assert len(table) == len(answer) + 1
    key = "rule_id" if words[0] == "hits" else next(iter(answer[0]))
    assert rows[0][key] == str(answer[0][key])
    assert rows[0][key] in table[1]


def test_a_run_says_how_many_verdicts_of_each_outcome(say: Say, judged: Home) -> None:
    [run] = say(judged, "runs", "--json").json

    assert run["from"] == "2026-03-02T00:00:00.000000Z"
    assert run["verdicts"]["hit"] > 3
    assert sum(run["verdicts"].values()) == len(say(judged, "rules", "list", "--json").json)


def test_hits_above_the_line_are_the_alerts_and_evidence_is_by_table(
    say: Say, judged: Home
) -> None:
    hits = say(judged, "hits", "", "--json").json
    more = say(judged, "hits", "", "--below", "--json").json

    assert all(hit["score"] >= 50 for hit in hits)
    assert len(more) > len(hits)
    cases = say(judged, "cases", "list", "--json").json
    assert sum(case["hit_count"] for case in cases) == len({hit["id"] for hit in hits})
    assert sum(case["alert_count"] for case in cases) < len(hits)
    assert all(isinstance(ids, list) for hit in hits for ids in hit["evidence"].values())


def test_a_wide_table_keeps_a_row_on_a_line_where_nobody_looks_on(say: Say, judged: Home) -> None:
    lines = say(judged, "risk", "").out.splitlines()

    assert max(map(len, lines)) > 100
    assert all(line.split()[0].isalnum() for line in lines[1:])


def test_a_name_that_a_spreadsheet_would_run_is_quoted(
    say: Say, own_small: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typer.prompt", lambda *arguments, **options: "correct horse battery")
    adding = ("officers", "add", "evil", "--role", "officer", "--by", "admin")
    say(own_small, *adding, "--name", '=HYPERLINK("x")')
    output = say(own_small, "officers", "list", "--format", "csv").out

    [row] = [row for row in csv.DictReader(io.StringIO(output)) if row["id"] == "evil"]
    assert row["name"] == """'=HYPERLINK("x")"""


def test_an_empty_list_is_said_in_words_and_is_empty_for_machines(say: Say, pulled: Home) -> None:
    assert say(pulled, "runs").out == "no run yet\n"
    assert say(pulled, "runs", "--json").json == []
    assert say(pulled, "runs", "--format", "csv").out == "id,from,to,verdicts\n"
    assert say(pulled, "quarantine").out == "nothing in quarantine\n"
