"""A query of a rule: what it must return, and that it sees no further than its lookback."""

import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.activity.sample import START
from surveillance.errors import RuleError
from surveillance.model import Window
from surveillance.rules.book import Rulebook
from tests.given.activities import judged
from tests.given.depth import deep
from tests.given.texts import QUERY, entry

LOOKED = QUERY.replace(
    """\
    select buyer_id as trader_id, instrument, ts as started_at, ts as "at", quantity as size,
      list(trade_id) as ids
    from trades where buyer_id is not null group by all
""",
    """\
    with mine as (select buyer_id as trader_id, instrument, ts, trade_id, quantity from trades)
    select a.trader_id, min(b.ts) as started_at, a.ts as "at", sum(b.quantity) as size,
      list(distinct b.trade_id) as ids
    from mine a join mine b on b.trader_id = a.trader_id and b.instrument = a.instrument
      and b.ts <= a.ts and b.ts > a.ts - interval 1 hour
    group by a.trader_id, a.instrument, a.ts
""",
)
MOMENTS = st.builds(
    lambda hour, by: hour * 3_600_000_000 + by,
    st.integers(0, 4),
    st.sampled_from([0, 1, 1_800_000_000, 3_599_999_999]),
)


@settings(max_examples=deep(12), deadline=None)
@given(
    st.lists(st.tuples(MOMENTS, st.sampled_from("AB"), st.integers(1, 4)), min_size=1, max_size=10),
    MOMENTS,
)
def test_a_query_finds_what_a_plain_loop_finds_however_short_the_run(
    trades: list[tuple[int, str, int]], start: int
) -> None:
    window = Window(START + timedelta(microseconds=start), START + timedelta(hours=7))
    rows = [
        {"at": f"{at}us", "trade_id": f"t{n}", "buyer_id": who, "quantity": quantity}
        for n, (at, who, quantity) in enumerate(trades)
    ]
    expected = {
        (who, at): sum(
            q * trades_at(trades, who, at)
            for t, w, q in trades
            if w == who and 0 <= at - t < 3_600_000_000
        )
        for at, who, _ in trades
        if at >= start
    }
    rule = entry(LOOKED)
    (verdict,) = judged(Rulebook({"probe": rule}), {"trades": rows}, window)
    matched = {
        (hit.trader_id, (hit.at - START) // timedelta(microseconds=1)): int(
            str(hit.measures["size"])
        )
        for hit in verdict.hits
    }
    assert matched == expected


def trades_at(trades: list[tuple[int, str, int]], who: str, at: int) -> int:
    """Say how many rows of a trader share a moment: each meets every row of the hour before."""
    return sum(1 for t, w, _ in trades if (t, w) == (at, who))


def test_a_table_is_cut_to_the_lookback_even_where_the_view_shows_more() -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        "trades": [{"at": "1h", "buyer_id": "A"}, {"at": "5h", "buyer_id": "A"}]
    }
    counted = entry(LOOKED, ("\n      and b.ts <= a.ts and b.ts > a.ts - interval 1 hour", ""))
    long = entry(LOOKED, ("id: probe", "id: long"), ("lookback: 1h", "lookback: 1d"))
    window = Window(START + timedelta(hours=4, minutes=30), START + timedelta(hours=6))
    verdicts = judged(Rulebook({"long": long, "probe": counted}), rows, window)
    sizes = Counter((hit.rule_id, hit.measures["size"]) for v in verdicts for hit in v.hits)
    assert sizes == {("long", "1"): 1, ("probe", "1"): 1}


def test_states_are_seen_however_old() -> None:
    text = QUERY.replace(
        "from trades where", "from trades semi join accounts on trader_id = buyer_id where"
    )
    rows = {
        "trades": [{"at": "9h", "buyer_id": "A"}],
        "accounts": [{"at": "-90d", "trader_id": "A"}],
    }
    window = Window(START + timedelta(hours=8), START + timedelta(hours=10))
    (verdict,) = judged(Rulebook({"probe": entry(text)}), rows, window)
    assert len(verdict.hits) == 1


WRONG = [
    (('ts as "at"', 'ts as "when"'), "expected a column at of type TIMESTAMP", "detect.query"),
    (
        ("ts as started_at", "1 as started_at"),
        "expected a column started_at of type",
        "detect.query",
    ),
    (("buyer_id as trader_id, instrument,", ""), "expected a column of trader_id", "detect.query"),
    (("from trades where", "from deals where"), "expected a table of", "detect.query"),
    (
        ("from trades where", "from trades, read_csv('x') where"),
        "read_csv() is not",
        "detect.query",
    ),
    (("trades: ids", "trades: size"), "a result column that lists its ids", "evidence.trades"),
    (("trades: ids", "deals: ids"), "expected a table", "evidence"),
    (('size: "> 0"', 'volume: "> 0"'), "expected a measure of size", "detect.require.volume"),
    (
        ("select buyer_id", "delete from trades; select buyer_id"),
        "expected one statement",
        "detect.query",
    ),
]


@pytest.mark.parametrize(("change", "message", "key"), WRONG)
def test_a_query_that_does_not_return_hits_is_refused_with_its_key(
    change: tuple[str, str], message: str, key: str
) -> None:
    with pytest.raises(RuleError) as caught:
        entry(QUERY, change)
    faults = [(fault.key, fault.message) for fault in caught.value.faults]
    assert any(at.startswith(key) and message in words for at, words in faults), faults


def test_evidence_may_be_asked_for_in_terms_of_the_hit() -> None:
    asks = (
        "evidence:\n  trades: >-\n    select t.trade_id from trades t\n"
        "    where t.buyer_id = hit.trader_id and t.ts <= hit.at\n"
        "      and t.ts > hit.at - interval 1 hour"
    )
    late = LOOKED.replace(",\n      list(distinct b.trade_id) as ids", "")
    late = late.replace("evidence: {trades: ids}", asks)
    assert "as ids" not in late
    rows = [
        {"at": f"{n * 20}m", "trade_id": f"t{n}", "buyer_id": "AB"[n % 2], "quantity": 2}
        for n in range(9)
    ]
    window = Window(START, START + timedelta(hours=4))
    early, asked = (
        judged(Rulebook({"rule": entry(text)}), {"trades": rows}, window)[0].hits
        for text in (LOOKED, late)
    )
    assert early == asked
    assert any(len(hit.evidence["trades"]) == 2 for hit in asked)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select t.quantity from trades t", "expected ids of trades, was of type DECIMAL(38,18)"),
        ("select t.trade_id from trades t where t.ts > hit.nothing", "nothing"),
        ("select * from read_csv('x')", "not allowed"),
    ],
)
def test_evidence_that_is_not_ids_is_refused(text: str, expected: str) -> None:
    with pytest.raises(RuleError, match=re.escape(expected)):
        entry(QUERY.replace("evidence: {trades: ids}", f'evidence: {{trades: "{text}"}}'))
