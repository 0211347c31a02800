"""Cases of conduct tried at the command line."""

from pathlib import Path

from tests.given.installations import Home
from tests.given.typed import Explain, Say


def test_the_command_line_says_who_was_missed_and_exits_with_1(
    say: Say, explain: Explain, small: Home, tmp_path: Path
) -> None:
    path = tmp_path / "cases.yml"
    path.write_text("- {id: a, guilty: [A], act: {transfers: [{at: 1h, trader_id: A}]}}\n")
    outcome = say(small, "rules", "try", str(path), "--json", expect=1)
    assert outcome.json == [{"id": "a", "as_expected": False, "missed": ["A"], "accused": []}]
    assert "0 of 1 as expected" in say(small, "rules", "try", str(path), expect=1).out
    assert "which does not exist" in explain(small, "rules", "try", str(tmp_path / "none.yml"))
