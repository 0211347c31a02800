"""The glossary can be searched by eye, and a word takes one sentence."""

from pathlib import Path

LINES = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
WORDS = [line.strip("| ").split(" | ") for line in LINES.splitlines() if line.startswith("| ")][2:]


def test_words_stand_in_order_each_once() -> None:
    words = [word.casefold() for word, _ in WORDS]

    assert len(words) > 50
    assert words == sorted(set(words))


def test_every_word_takes_one_sentence() -> None:
    assert [word for word, meaning in WORDS if not meaning.endswith(".")] == []
    assert [word for word, meaning in WORDS if ". " in meaning] == []
