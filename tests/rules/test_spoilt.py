"""Rules spoilt by chance: each is refused with a place in the text, or judged twice alike."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.activity import sources
from surveillance.activity.sample import START
from surveillance.canonical import canonical
from surveillance.detection import feature_file
from surveillance.errors import FileError, RuleError
from surveillance.model import Outcome, Window
from surveillance.rules.book import Rulebook, read_rule
from surveillance.times import span
from surveillance.yamlfile import parse
from tests.given.activities import Rows, judged
from tests.given.depth import deep
from tests.given.texts import AGGREGATE, QUERY, SEQUENCE

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "rules").glob("*/*.yml"))
WINDOW = Window(START, START + span("4h"))
ROWS: Rows = {
    "trades": [{"at": "1m", "times": 3, "apart": "1m", "buyer_id": "A", "seller_id": "B"}],
    "orders": [{"at": "1m", "order_id": "o", "trader_id": "A"}],
}
NOISE = (
    *"{}[]()<>&*!|%@`'\"\\,.:;?#-+=~^$ \n\t\0",
    "«", "»", "\u202e", "\u200b", "\ud800", "\x85", "\ufeff", "é", "💣",
    "now()", "random()", "$nope", "$run_start", "'«gate»'", "null", ".inf", "1e999", "-1", "0",
    "!!python/name:os.system ", "&a ", "*a", "<<: ", "---\n", "- ", "? ", ": ", "| ", "> ",
    " or 1 / 0 > 1", "; drop table trades", "union select 1", "/*", "--", "from '/etc/passwd'",
)  # fmt: skip


def spoilt(text: str, chance: random.Random) -> str:
    """Return a text with a few characters, words or lines wrong."""
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(text) + 1)
        lines = text.split("\n")
        line, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(6):
            case 0:
                text = text[:place] + chance.choice(NOISE) + text[place:]
            case 1:
                text = text[:place] + text[place + chance.randint(1, 9) :]
            case 2:
                text = "\n".join([*lines[:line], *lines[line + 1 :]])
            case 3:
                lines[line], lines[other] = lines[other], lines[line]
                text = "\n".join(lines)
            case 4:
                text = "\n".join([*lines[:line], lines[other], *lines[line:]])
            case _:
                lines[line] = " " * chance.randrange(9) + lines[line].lstrip()
                text = "\n".join(lines)
    return text


def expect_places(wrong: FileError, text: str) -> None:
    assert wrong.faults
    for fault in wrong.faults:
        assert fault.message
        assert 1 <= fault.line <= text.count("\n") + 2
        assert 1 <= fault.column <= max(map(len, text.split("\n"))) + 2


def refused(text: str) -> RuleError | None:
    try:
        read_rule(text, "rules/manipulation/probe.yml")
    except RuleError as wrong:
        return wrong
    return None


@settings(max_examples=deep(12, 30), deadline=None)
@given(st.sampled_from([AGGREGATE, SEQUENCE, QUERY]), st.integers(0, 2**32))
def test_a_spoilt_rule_is_refused_or_judged_twice_alike(text: str, seed: int) -> None:
    changed = spoilt(text, random.Random(seed))  # noqa: S311 - not a secret
    if wrong := refused(changed):
        expect_places(wrong, changed)
        return
    entry = read_rule(changed, "rules/manipulation/probe.yml")
    book = Rulebook({entry.rule.id: entry})
    first, other = (judged(book, ROWS, WINDOW) for _ in range(2))
    assert first[0].outcome in Outcome
    assert canonical(first) == canonical(other)


@settings(max_examples=deep(20), deadline=None)
@given(st.sampled_from(SHIPPED), st.integers(0, 2**32))
def test_a_shipped_rule_that_is_spoilt_is_refused_or_read(path: Path, seed: int) -> None:
    changed = spoilt(path.read_text(), random.Random(seed))  # noqa: S311 - not a secret
    if wrong := refused(changed):
        expect_places(wrong, changed)


@settings(max_examples=deep(15), deadline=None)
@given(st.integers(0, 2**32))
def test_spoilt_features_are_refused_or_read(seed: int) -> None:
    lines = (ROOT / "rules" / "features.yml").read_text().split("\nfeatures:\n")
    text = f"{lines[0]}\nfeatures:\n" + "\n".join(lines[1].split("\n")[:6]) + "\n"
    changed = spoilt(text, random.Random(seed))  # noqa: S311 - not a secret
    try:
        feature_file.parse(changed, "features.yml")
    except RuleError as wrong:
        expect_places(wrong, changed)


@settings(max_examples=deep(40), deadline=None)
@given(st.integers(0, 2**32))
def test_a_spoilt_venue_file_is_refused_or_read(seed: int) -> None:
    text = (ROOT / "tests" / "venues" / "lists.yml").read_text()
    changed = spoilt(text, random.Random(seed))  # noqa: S311 - not a secret
    try:
        sources.parse(changed, ROOT)
    except FileError as wrong:
        expect_places(wrong, changed)


PIECES = st.lists(st.sampled_from([*NOISE, "a", "b: ", "c: [", "d: {", "1", "2.5", "'x'"]))


@settings(max_examples=deep(80), deadline=None)
@given(
    PIECES.map("".join)
    | st.text(max_size=60)
    | st.binary(max_size=60).map(lambda noise: noise.decode("utf-8", errors="replace"))
)
def test_any_text_is_plain_yaml_or_refused(text: str) -> None:
    try:
        document = parse(text, "x.yml")
    except FileError as wrong:
        expect_places(wrong, text)
        return
    assert expect_plain(document.data)
    canonical(document.data).encode()


def expect_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and expect_plain(each) for key, each in value.items())
    if isinstance(value, list):
        return all(expect_plain(each) for each in value)
    return value is None or isinstance(value, (str, int, float, bool))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_texts_that_are_spoilt_are_good(path: Path) -> None:
    assert refused(path.read_text()) is None
