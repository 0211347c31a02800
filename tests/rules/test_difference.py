"""How two versions of a rule differ, in words: each change has its sentence, and none is missed."""

import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.rules.book import Entry, read_rule
from surveillance.rules.difference import difference
from tests.given.activities import RULES, shipped
from tests.given.depth import deep
from tests.given.texts import BAITED

STRANGE = (RULES / "kyc_aml" / "strange_transfers.yml").read_text(encoding="utf-8")
FAN_IN = (RULES / "kyc_aml" / "fan_in.yml").read_text(encoding="utf-8")
MEANT = "times the order that was meant"
LESS = " (alone, fires less often or the same)"
MORE = " (alone, fires more often or the same)"


def sentences(old: str, was: str, now: str) -> list[str]:
    assert was in old
    return list(difference(old, old.replace(was, now, 1)).words)


@pytest.mark.parametrize(
    ("was", "now", "sentence"),
    [
        ("    value: 5\n", "    value: 7\n", f"size_ratio: 5 → 7 {MEANT}{LESS}"),
        ("    value: 5\n", "    value: 3\n", f"size_ratio: 5 → 3 {MEANT}{MORE}"),
        ("value: 0.05", "value: 0.1", f"max_filled: 0.05 → 0.1 share of the large orders{MORE}"),
        ("value: 0.9,", "value: 0.8,", f"cancelled: 0.9 → 0.8 share of the large orders{MORE}"),
        ("value: 10\n", "value: 9\n", "large: 10 → 9 times the average order of others in the hour "
         "before, where depth is not known"),
    ],
)  # fmt: skip
def test_a_threshold_says_what_its_move_does_only_where_that_is_sure(
    was: str, now: str, sentence: str
) -> None:
    assert sentences(BAITED, was, now) == [f"parameter {sentence}"]


def test_a_value_of_one_segment_is_compared_with_what_held_there() -> None:
    changed = "    value: 5\n    segments: {market_maker: 4}\n"
    assert sentences(BAITED, "    value: 5\n", changed) == [
        "parameter size_ratio for market_maker: as for others → 4 times the order that was meant"
        + MORE
    ]


@pytest.mark.parametrize(
    ("was", "now", "sentence"),
    [
        ("lookback: 24h", "lookback: 12h", "lookback: 24h → 12h"),
        ("every: 1h", "every: 2h", "hop: 1h → 2h"),
        ("severity: high", "severity: low", "severity: high → low"),
        ("trades.buyer_id]", "trades.seller_id]", "needs: trades.seller_id added"),
        ("within: 30s", "within: 20s", "step fill within: 30s → 20s"),
        ("settle: 5s", "settle: 9s", "waits after the last step: 5s → 9s"),
        ("per: fill", "per: bait", "one hit for each: fill → bait"),
        ("count(*)", "count(*) + 1", "measure bait_orders: count(*) → count(*) + 1"),
        ("    bait_orders: count(*)\n", "", "measure bait_orders is gone: was count(*)"),
        ("trades: fill}", "trades: genuine}", "evidence trades: fill → genuine"),
        ("to: 4 *", "to: 5 *", "score of ratio: $size_ratio to 4 * $size_ratio, weight 1 → "
         "$size_ratio to 5 * $size_ratio, weight 1"),
        ("title: Spoofing", "title: Baiting", "only prose differs: title"),
        (f"unit: {MEANT}", "unit: times", "only prose differs: unit of size_ratio"),
        ("version: 1", "version: 2", "nothing differs but the version"),
        ("version: 1", "version: 1", "nothing differs"),
        ("[orders.trader_id, trades.buyer_id]", "[trades.buyer_id, orders.trader_id]",
         "the same values, written or ordered otherwise"),
    ],
)  # fmt: skip
def test_a_change_has_its_sentence(was: str, now: str, sentence: str) -> None:
    assert sentence in sentences(BAITED, was, now)


def test_a_condition_is_shown_whole_before_and_after() -> None:
    [sentence] = sentences(BAITED, '"<= $max_filled"', '"< $max_filled"')
    assert sentence == "requires filled: <= $max_filled → < $max_filled"


def test_detectors_and_their_settings_are_compared_too() -> None:
    assert "lookback: 7d → 14d" in sentences(STRANGE, "lookback: 7d", "lookback: 14d")
    [budget] = re.findall(r"false_alerts: (\S+)", STRANGE)
    assert f"anomaly false alerts: {float(budget)} → 3.0" in sentences(
        STRANGE, f"false_alerts: {budget}", "false_alerts: 3"
    )


@pytest.mark.parametrize(
    "condition",
    [
        '    ratio: ">= 2 * $size_ratio"',
        '    ratio: [">= $size_ratio", "<= $size_ratio"]',
        '    any: [{ratio: ">= $size_ratio"}, {ratio: "<= $size_ratio"}]',
    ],
)
def test_where_it_does_not_follow_nothing_is_said(condition: str) -> None:
    rule = BAITED.replace('    ratio: ">= $size_ratio"', condition)
    assert rule != BAITED
    [sentence] = sentences(rule, "    value: 5\n", "    value: 7\n")
    assert sentence == "parameter size_ratio: 5 → 7 times the order that was meant"


def test_a_quantile_among_peers_is_said_with_its_floor() -> None:
    relative = "peer_quantile: 0.9\n    of: daily_notional\n    floor: 10"
    rule = BAITED.replace("    value: 5\n", f"    {relative}\n")
    assert sentences(rule, "0.9\n", "0.95\n") == [
        "parameter size_ratio: the 0.9 quantile of daily_notional among peers, at least 10 → "
        "the 0.95 quantile of daily_notional among peers, at least 10 "
        "times the order that was meant" + LESS
    ]
    [both] = sentences(
        rule,
        "0.9\n    of: daily_notional\n    floor: 10",
        "0.95\n    of: daily_notional\n    floor: 5",
    )
    assert "often" not in both


def test_the_lines_stand_beside() -> None:
    compared = difference(BAITED, BAITED.replace("    value: 5", "    value: 7", 1), "a", "b")
    assert compared.text[:2] == ("--- a", "+++ b")
    assert {"-    value: 5", "+    value: 7"} <= set(compared.text)


def test_a_text_that_is_no_rule_of_today_is_compared_by_its_lines_alone() -> None:
    compared = difference("id: [", BAITED)
    assert compared.words[0].startswith("cannot be compared in words: ")
    assert compared.text


@pytest.mark.parametrize("rule", shipped().entries.values(), ids=lambda entry: entry.rule.id)
def test_a_rule_is_not_different_from_itself(rule: Entry) -> None:
    assert difference(rule.text, rule.text).words == ("nothing differs",)


@cache
def before(text: str) -> Entry:
    return read_rule(text, "a")


NUMBERS = re.compile(r"(?<=[ :{(\[])\d+(?:\.\d+)?(?=[ ,}\n])")


@given(st.data())
@settings(max_examples=deep(25, 60), deadline=None)
def test_what_changes_the_digest_is_always_named(data: st.DataObject) -> None:
    """Change any number of a rule: behaviour is named exactly where its digest moved."""
    text = data.draw(st.sampled_from([BAITED, STRANGE, FAN_IN]))
    place = data.draw(st.sampled_from(list(NUMBERS.finditer(text))))
    number = str(data.draw(st.integers(1, 40)))
    changed = text[: place.start()] + number + text[place.end() :]
    try:
        old, new = before(text), read_rule(changed, "b")
    except Exception:
        return
    words = difference(text, changed).words
    prose = all(word.startswith(("only prose", "nothing differs")) for word in words)
    assert prose == (old.digest == new.digest), words
