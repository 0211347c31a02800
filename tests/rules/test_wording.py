"""A rule's logic in plain sentences."""

import pytest

from surveillance.activity.facts import relations
from surveillance.rules.book import read_rule
from surveillance.rules.wording import worded
from tests.given.activities import shipped
from tests.given.texts import AGGREGATE, BAITED, QUERY
from tests.rules.test_each import RULE


def text_of(rule: str) -> str:
    return "\n".join(worded(read_rule(rule, "probe"), relations()))


def test_a_filter_over_a_fact_says_what_the_columns_are() -> None:
    text = text_of(RULE)
    assert "It looks at each fill in fills (one row a side of a trade" in text
    assert "  size: fill.quantity" in text
    assert "  fill.quantity is: contracts" in text
    assert "  size is at least 10 contracts" in text
    assert "It is excused, and counted, where\n  bought: fill.side = 'buy'" in text
    assert "It says: sold {size} of {instrument}" in text


def test_a_window_says_what_is_added_up_and_how_often() -> None:
    text = text_of(AGGREGATE)
    assert "It adds up fills of the last 3h, every 1h,\n  for each trader and instrument" in text
    assert "  where not is_block" in text
    assert "  n is at least 2 trades" in text


def test_a_sequence_says_its_steps() -> None:
    text = text_of(BAITED)
    assert "  fill: fills within 30s, where fill.side <> bait.side" in text
    assert "bait.quantity >= 0.2 * bait.depth" in text


def test_a_select_says_what_it_reads() -> None:
    assert "It selects from trades; the SELECT stands in the file." in text_of(QUERY)


def test_groups_of_conditions_are_said_as_groups() -> None:
    ground = '    any_ground: [{size: "<= 99"}, {worth: ">= 1", size: "$line to 50"}]\n'
    text = text_of(RULE.replace("evidence:", f"{ground}evidence:"))
    assert (
        "  any of these:\n    size is at most 99\n    all of these:\n"
        "      worth is at least 1\n      size is between 10 contracts and 50"
    ) in text


@pytest.mark.parametrize("rule_id", sorted(shipped().entries))
def test_every_shipped_rule_can_be_said(rule_id: str) -> None:
    entry = shipped().entries[rule_id]
    text = "\n".join(worded(entry, relations()))
    assert entry.rule.title in text
    assert "$" not in text.partition("It says")[0]
