"""Hopping windows: summed once a hop and combined, they are what recomputing each would give."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.activity.sample import START
from surveillance.errors import RuleError
from surveillance.model import Hit, Window
from surveillance.rules.book import Entry, Rulebook
from tests.given.activities import Rows, judged
from tests.given.depth import deep
from tests.given.texts import AGGREGATE, entry

HOUR = timedelta(hours=1)
DAY = Window(START, START + timedelta(hours=12))
EVERY = AGGREGATE.replace('n: ">= $line"', 'n: ">= 0"').replace(
    "    total: sum(quantity)\n",
    """\
    total: sum(quantity)
    least: min(price)
    most: max(quantity) filter (side = 'buy')
    mean: avg(quantity)
    bought: count(*) filter (side = 'buy')
    has_taker: bool_or(side = 'buy')
    ratio: sum(quantity) filter (side = 'sell') / nullif(sum(quantity), 0)
""",
)
WHOLE = EVERY.replace(
    "n: count(*)", "n: count(*)\n    middle: median(quantity)\n    sizes: count(distinct quantity)"
)


def hits(rule: Entry, rows: Rows, window: Window = DAY) -> list[Hit]:
    (verdict,) = judged(Rulebook({rule.rule.id: rule}), rows, window)
    assert verdict.outcome in ("hit", "no_hit", "insufficient_data"), verdict.reason
    return list(verdict.hits)


# Edges on purpose: the ends of hops and windows, to the microsecond, and ties.
OFFSETS = st.builds(
    lambda hour, micro: f"{hour * 3_600_000_000 + micro}us",
    st.integers(0, 8),
    st.sampled_from([0, 1, 1_800_000_000, 3_599_999_999]),
)
TRADES = st.lists(
    st.builds(
        lambda at, buyer, price, quantity, block: {
            "at": at,
            "buyer_id": buyer,
            "price": price,
            "quantity": quantity,
            "is_block": block,
        },
        OFFSETS,
        st.sampled_from("AB"),
        st.integers(1, 5),
        st.integers(1, 5),
        st.sampled_from([None, None, True]),
    ),
    min_size=1,
    max_size=14,
)


def micros(row: Mapping[str, Any]) -> int:
    return int(str(row["at"]).removesuffix("us"))


def naive(rows: list[dict[str, Any]], hops: int = 3) -> dict[tuple[str, int], dict[str, Any]]:
    """Measure each window anew; a window counts if its last hop has a row."""
    windows: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    plain = [{**row, "name": f"trades-{n}"} for n, row in enumerate(rows, 1) if not row["is_block"]]
    for row in plain:
        hop = micros(row) // 3_600_000_000
        for end in range(hop, hop + hops):
            windows[row["buyer_id"], end].append(row)
    return {
        (trader, hop): {
            "n": len(of),
            "total": sum(row["quantity"] for row in of),
            "least": min(row["price"] for row in of),
            "most": max(row["quantity"] for row in of),
            "mean": sum(row["quantity"] for row in of) / len(of),
            "middle": median([row["quantity"] for row in of]),
            "sizes": len({row["quantity"] for row in of}),
            "ids": tuple(sorted(row["name"] for row in of)),
            "first": min(micros(row) for row in of),
        }
        for (trader, hop), of in windows.items()
        if any(micros(row) // 3_600_000_000 == hop for row in of)
    }


def median(values: list[int]) -> float:
    of, half = sorted(values), len(values) // 2
    return of[half] if len(of) % 2 else (of[half - 1] + of[half]) / 2


@pytest.mark.parametrize("text", [EVERY, WHOLE], ids=["summed by hop", "spread by row"])
@settings(max_examples=deep(4, 8), deadline=None)
@given(TRADES)
def test_windows_are_what_measuring_each_anew_gives(text: str, rows: list[dict[str, Any]]) -> None:
    expected = naive(rows)
    fired = {
        (hit.trader_id, (hit.at - START) // HOUR): hit
        for hit in hits(entry(text), {"trades": rows})
    }
    assert fired.keys() == expected.keys()
    for key, expectation in expected.items():
        hit = fired[key]
        for name in ("n", "total", "least", "most", "mean", "middle", "sizes"):
            if name in hit.measures:
                assert Decimal(str(hit.measures[name])) == pytest.approx(
                    Decimal(expectation[name])
                ), name
        assert hit.measures["bought"] == expectation["n"]
        assert hit.measures["has_taker"] is True
        assert hit.evidence["trades"] == expectation["ids"]
        assert (hit.started_at - START) // timedelta(microseconds=1) == expectation["first"]
        assert hit.at == START + (key[1] + 1) * HOUR - timedelta(microseconds=1)


def test_a_window_without_news_in_its_last_hop_says_nothing_again() -> None:
    rows = {"trades": [{"at": "10m", "buyer_id": "A"}, {"at": "20m", "buyer_id": "A"}]}
    assert [hit.at for hit in hits(entry(AGGREGATE), rows)] == [
        START + HOUR - timedelta(microseconds=1)
    ]


def test_a_row_counts_in_every_window_that_covers_it_and_in_no_other() -> None:
    rows = {"trades": [{"at": f"{hour}h", "buyer_id": "A"} for hour in (0, 2, 3, 6)]}
    counts = [hit.measures["n"] for hit in hits(entry(AGGREGATE, (">= $line", ">= 1")), rows)]
    assert counts == [1, 2, 2, 1]


def test_rows_without_a_subject_are_left_out() -> None:
    rule = (
        entry(
            AGGREGATE,
            ("from: fills", "from: trades"),
            ("[trader_id,", "[owner_id,"),
            ("fills where not is_block", "transfers"),
        )
        if False
        else entry(
            AGGREGATE.replace("from: fills", "from: orders")
            .replace("where: not is_block\n", "where: 'true'\n")
            .replace("{trades: fills where not is_block}", "{orders: orders}")
            .replace("needs: [trades]", "needs: [orders]")
        )
    )
    rows = {
        "orders": [{"at": "1m", "order_id": "o1"}, {"at": "2m", "order_id": "o2", "trader_id": "A"}]
    }
    near = hits(rule, rows)
    assert [hit.trader_id for hit in near] == []
    twice = {"orders": [*rows["orders"], {"at": "3m", "order_id": "o3", "trader_id": "A"}]}
    assert [(hit.trader_id, hit.evidence["orders"]) for hit in hits(rule, twice)] == [
        ("A", ("o2", "o3"))
    ]


WRONG = [
    (("from: fills", "from: deals"), "expected a table of", "detect.from"),
    (("where: not is_block", "where: quantity + 1"), "expected a condition", "detect.where"),
    (("by: [trader_id, instrument]", "by: [side]"), "expected one of trader_id", "detect.by"),
    (("by: [trader_id, instrument]", "by: [trader_id, mood]"), "was 'mood'", "detect.by.1"),
    (("n: count(*)", "n: count(*) + random()"), "random() is not allowed", "detect.measure.n"),
    (("n: count(*)", "n: nope"), '"nope" not found', "detect.measure.n"),
    ((">= $line", "+ 1"), "expected a condition of n such as", "detect.require"),
    ((">= $line", ">= 1 or true"), "expected one condition", "detect.require.n"),
    ((">= $line", ">= $nope"), "expected a parameter of $line", "detect.require.n"),
    (("  n: {from: $line, to: 10}", "  m: {from: 1, to: 2}"), "expected a measure of n", "score"),
    (("from: $line, to", "from: $nope, to"), "expected a parameter", "score.n"),
    (("{trades: fills where not is_block}", "{deals: fills}"), "expected a table", "evidence"),
    (("{trades: fills where not is_block}", "{trades: logins}"), "with trade_id", "evidence"),
    (("fills where not is_block}", "fills where nope}"), '"nope" not found', "evidence.trades"),
]


@pytest.mark.parametrize(("change", "message", "key"), WRONG)
def test_logic_that_does_not_fit_is_refused_with_its_key(
    change: tuple[str, str], message: str, key: str
) -> None:
    with pytest.raises(RuleError) as caught:
        entry(AGGREGATE, change)
    expectation = [(fault.key, fault.message) for fault in caught.value.faults]
    assert any(at.startswith(key) and message in words for at, words in expectation), expectation
