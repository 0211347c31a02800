"""The reference is one word away, and answers a miss with what was meant."""

import json

from surveillance.reference import named, whole
from tests.given.installations import Home
from tests.given.typed import Explain, Say


def test_it_prints_all_or_one_part(say: Say, pulled: Home) -> None:
    settings = pulled.opened().settings
    assert say(pulled, "reference").out == whole(settings) + "\n"
    assert say(pulled, "reference", "trades").out == named("trades", settings) + "\n"
    assert say(pulled, "reference", "features").out.startswith("# Features\n")


def test_it_prints_schemas(say: Say, pulled: Home) -> None:
    assert "lookback" in json.loads(say(pulled, "reference", "--schema", "rule").out)["properties"]


def test_a_miss_is_explained(explain: Explain, pulled: Home) -> None:
    assert "did you mean trades or rates?" in explain(pulled, "reference", "trade")
    assert "expected rule or venue" in explain(pulled, "reference", "--schema", "lock")
    assert "was both" in explain(pulled, "reference", "trades", "--schema", "rule")
