"""What is known of the columns that a rule reads holds wherever it names them."""

import pytest

from surveillance.errors import RuleError
from surveillance.rules.book import read_rule
from tests.given.probe import RULE

OF = "expected one of in, out; was"
HOW = "expected one of chain, bank, internal, sweep; was 'bnk', did you mean 'bank'"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("count(*)", "count(*) filter (direction = 'inn')", f"{OF} 'inn', did you mean 'in'"),
        ("  by:", "  where: direction in ('in', 'gone')\n  by:", f"{OF} 'gone'"),
        ("count(*)", "count(case direction when 'gone' then 1 end)", f"{OF} 'gone'"),
        (
            "  transfers: tr",
            "  transfers: transfers where direction <> 'gone' -- tr",
            f"{OF} 'gone'",
        ),
        ("count(*)", "count(*) filter (kind = 'bnk')", HOW),
    ],
)
def test_a_word_that_a_column_never_holds_is_refused_where_it_stands(
    old: str, new: str, message: str
) -> None:
    with pytest.raises(RuleError) as refused:
        read_rule(RULE.replace(old, new, 1), "probe.yml")
    assert message in str(refused.value)


@pytest.mark.parametrize("where", ["direction = 'in'", "kind in ('bank')", "asset = 'inn'"])
def test_a_word_that_a_column_may_hold_is_read(where: str) -> None:
    read_rule(RULE.replace("  by:", f"  where: {where}\n  by:", 1), "probe.yml")


def test_a_word_is_known_through_queries_within_a_query() -> None:
    query = (
        "with moved as (select owner_id, ts, kind as how from transfers) "
        'select owner_id, min(ts) as started_at, max(ts) as "at", count(*) as moved '
        "from moved where how <> 'bnk' group by owner_id"
    )
    head, _, tail = RULE.partition("  from: transfers")
    text = f"{head}  query: {query}\n  require{tail.partition('require')[2]}"
    with pytest.raises(RuleError, match=HOW):
        read_rule(text, "probe.yml")
