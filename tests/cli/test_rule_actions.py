"""A rule's life at the command line: from the folder to being in force, and back."""

import pytest
from sqlmodel import Session

from surveillance.governance import lifecycle
from surveillance.records.database import engine
from surveillance.rules.book import Entry, read_rule
from tests.given.installations import LATER, Home, enrol
from tests.given.probe import alone, second
from tests.given.rulebooks import back, shadowed, studied
from tests.given.typed import Explain, Say

DESK = ("--by", "officer", "--reason", "It asks for more.")
BOSS = ("--by", "supervisor")
TWO = "busy_payer@2"


def on_record(home: Home) -> Entry:
    """Keep a backtest and shadow runs of the second version, as long as the settings ask."""
    entry = read_rule((home.rules / "kyc_aml" / "busy_payer.yml").read_text(), "busy_payer")
    opened = engine(f"sqlite:///{home.path / 'surveillance.db'}")
    with Session(opened) as session:
        studied(session, entry, back(5 * 24, 0, LATER))
        shadowed(session, entry, back(24, 0, LATER))
        session.commit()
    opened.dispose()
    return entry


def test_a_rule_goes_from_the_folder_into_force_and_back(
    say: Say, explain: Explain, own_small: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    second(own_small.rules)
    assert say(own_small, "rules", "list", "--json").json[0]["life"] == "not published"
    assert say(own_small, "rules", "publish", *DESK).out == f"{TWO} is draft\n"
    assert say(own_small, "rules", "publish", *DESK).out == "nothing new to publish\n"
    refused = explain(own_small, "rules", "approve", TWO, *BOSS)
    assert "expected a backtest of 5 days" in refused
    assert "expected 24 hours in shadow, was not in shadow" in refused
    assert say(own_small, "rules", "shadow", TWO, *DESK).out == f"{TWO} is shadow\n"
    on_record(own_small)
    output = say(own_small, "rules", "history", "busy_payer").out
    assert output.splitlines()[-1] == f"{TWO} waits for 24 hours in shadow, was 0.0 (wait)"
    assert "24 hours in shadow, was 0.0" in explain(own_small, "rules", "approve", TWO, *BOSS)
    monkeypatch.setenv("SURVEILLANCE_SHADOW_HOURS", "0")
    assert say(own_small, "rules", "approve", TWO, *BOSS).out == f"{TWO} is active\n"
    [line] = say(own_small, "rules", "list", "--json").json
    assert (line["version"], line["life"], line["in_force"]) == (2, "active", 2)

    back_to_one = ("rules", "rollback", "busy_payer", "--to", 1)
    output = say(own_small, *back_to_one, *DESK).out
    assert output == "busy_payer@3 is draft, with the body of busy_payer@1\n"
    monkeypatch.delenv("SURVEILLANCE_SHADOW_HOURS")
    assert say(own_small, "rules", "approve", "busy_payer@3", *BOSS).code == 0
    steps = say(own_small, "rules", "history", "busy_payer", "--json").json
    assert [(step["version"], step["life"], step["by"]) for step in steps] == [
        (1, "active", "system"),
        (2, "draft", "officer"),
        (2, "shadow", "officer"),
        (1, "retired", "supervisor"),
        (2, "active", "supervisor"),
        (3, "draft", "officer"),
        (2, "retired", "supervisor"),
        (3, "active", "supervisor"),
    ]
    retired = say(own_small, "rules", "retire", "busy_payer@3", *BOSS, "--reason", "Noise.")
    assert retired.out == "busy_payer@3 is retired\n"
    assert say(own_small, "rules", "list", "--json").json[0]["in_force"] is None


def test_a_draft_is_refused(say: Say, own_small: Home) -> None:
    second(own_small.rules)
    say(own_small, "rules", "publish", *DESK)
    output = say(own_small, "rules", "refuse", TWO, *BOSS, "--reason", "Thin.")
    assert output.out == f"{TWO} is retired\n"


def test_a_difference_is_told_in_words_and_lines(say: Say, own_small: Home) -> None:
    path = own_small.rules / "kyc_aml" / "busy_payer.yml"
    second(own_small.rules)
    word = "parameter least: 3 → 5 transfers (alone, fires less often or the same)"
    for other in (path, "busy_payer"):
        output = say(own_small, "rules", "diff", "busy_payer@1", other).out
        assert output.startswith(f"- {word}\n")
        assert "+  least: {value: 5" in output
    answer = say(own_small, "rules", "diff", "busy_payer@1", path, "--json").json
    assert answer["words"] == [word, "also in prose: tests"]
    assert answer["a"] == "busy_payer@1"
    same = say(own_small, "rules", "diff", "busy_payer@1", "busy_payer@1").out
    assert same == "- nothing differs\n\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("rules", "approve", "busy_payer", *BOSS), "expected RULE@VERSION"),
        (("rules", "approve", "busy_payer@9", *BOSS), "expected a published version, was busy_"),
        (("rules", "approve", "busy_payer@1", *BOSS), "to be draft or shadow, was active"),
        (("rules", "retire", "busy_payer@1", *DESK), "expected supervisor, was officer"),
        (("rules", "shadow", "busy_payer@1", *DESK), "to be draft, was active"),
        (("rules", "publish", "--by", "nobody", "--reason", "x"), "expected the id of an officer"),
        (("rules", "rollback", "busy_payer", "--to", "9", *DESK), "was busy_payer@9"),
        (("rules", "history", "nothing"), "expected a published rule, was 'nothing'"),
        (("rules", "diff", "nothing", "busy_payer"), "was 'nothing'"),
        (("rules", "diff", "busy_payer@7", "busy_payer"), "expected a kept version"),
        (("rules", "diff", "gone.yml", "busy_payer"), "expected a file, was gone.yml"),
        (("suppressions", "approve", "7", *BOSS), "expected the number of a suppression, was 7"),
    ],
)
def test_what_may_not_be_done_is_explained(
    explain: Explain, own_small: Home, words: tuple[str, ...], message: str
) -> None:
    assert message in explain(own_small, *words)


def test_a_suppression_is_proposed_agreed_counted_and_lifted(
    say: Say, explain: Explain, own_pulled: Home, small: Home
) -> None:
    alone(own_pulled.rules)
    home = own_pulled
    subject = say(small, "cases", "list", "--json").json[0]["subject"]
    place = home.opened()
    with place.session() as session:
        enrol(session)
        lifecycle.adopt(session, place.rulebook(), LATER)
    place.engine.dispose()
    asked = ("suppressions", "propose", "busy_payer", subject, "--until", "2099-01-01", *DESK)
    assert say(home, *asked).out.endswith("waits for a supervisor\n")
    assert "expected supervisor" in explain(home, "suppressions", "approve", 1, "--by", "officer")
    assert say(home, "suppressions", "approve", 1, *BOSS).out.endswith("is in force\n")

    output = say(home, "run", "--json")
    assert output.json["suppressed"] > 0
    assert output.error == ""
    again = say(home, "run", "--from", "2026-03-02", "--to", "2026-03-03").out.splitlines()
    assert again[-1].endswith("hits hidden; see: surveillance suppressions list")
    [line] = say(home, "suppressions", "list", "--json").json
    assert (line["state"], line["hidden"]) == ("in_force", output.json["suppressed"])
    assert subject not in {case["subject"] for case in say(home, "cases", "list", "--json").json}
    lifted = say(home, "suppressions", "lift", 1, *BOSS, "--reason", "Enough.")
    assert lifted.out.endswith("is lifted\n")
    assert say(home, "suppressions", "list", "--json").json[0]["state"] == "lifted"


def test_the_first_run_says_in_one_line_on_the_side_what_it_adopted(
    say: Say, own_pulled: Home
) -> None:
    alone(own_pulled.rules)
    output = say(own_pulled, "run")

    assert len(output.error.strip().splitlines()) == 1
    assert "no second officer approved them" in output.error
    assert "adopted" not in output.out
    assert say(own_pulled, "runs", "--shadow").out == "no run yet\n"
