"""A small rule of each shape, to be changed a little by each test."""

from typing import Any

from surveillance.rules.book import Entry, read_rule

HEAD = """\
id: probe
version: 1
title: Probe
risk: manipulation
typology: probing
severity: low
description: Looks.
law: [MAR 12]
false_positives: [Everybody]
limitations: [None]
runbook: Look.
"""

AGGREGATE = (
    HEAD
    + """\
needs: [trades]
lookback: 3h
every: 1h
parameters:
  line: {value: 2, unit: trades, source: test}
detect:
  from: fills
  where: not is_block
  by: [trader_id, instrument]
  measure:
    n: count(*)
    total: sum(quantity)
  require:
    n: ">= $line"
score:
  n: {from: $line, to: 10}
evidence: {trades: fills where not is_block}
"""
)

SEQUENCE = (
    HEAD
    + """\
needs: [orders]
lookback: 2h
every: 1h
parameters: {}
detect:
  sequence:
    - first: {from: order_life, where: first.side = 'buy'}
    - second: {from: order_life, within: 30s, where: second.side = 'sell'}
  by: [trader_id, instrument]
  per: second
  settle: 5s
  measure:
    firsts: count(*)
    size: sum(first.quantity)
  require:
    firsts: ">= 1"
score: {firsts: {from: 0, to: 4}}
evidence: {orders: "first, second"}
"""
)

QUERY = (
    HEAD
    + """\
needs: [trades]
lookback: 1h
parameters: {}
detect:
  query: |
    select buyer_id as trader_id, instrument, ts as started_at, ts as "at", quantity as size,
      list(trade_id) as ids
    from trades where buyer_id is not null group by all
  require:
    size: "> 0"
score: {size: {from: 0, to: 10}}
evidence: {trades: ids}
"""
)


def entry(text: str, *changes: tuple[str, str]) -> Entry:
    """Read a rule with parts of its text replaced; a part that is not there is a mistake."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return read_rule(text, "rules/manipulation/probe.yml")


def sized(row: dict[str, Any], quantity: float) -> dict[str, Any]:
    """Return a row with a quantity."""
    return {**row, "quantity": quantity}


BAITED = """\
id: spoofing
version: 1
title: Spoofing
risk: manipulation
typology: spoofing
related: [liquidation_hunting]
severity: high
description: >-
  Large displayed orders on one side of the book stand only until the owner's small order on the
  other side has traded, and are then withdrawn.
practices: ["2016/522 Annex II 5(e)", "2016/522 Annex II 6(a)", "2016/522 Annex II 6(g)"]
law: [MAR 12(1)(a), "MAR 12(2)(c)(ii)", "MiCA 91(3)(b)(ii)", "CEA 4c(a)(5)(C)"]
report: {stor: true, sar: [608]}
false_positives:
  - Two-sided market makers who re-quote after a fill.
  - Stale quotes pulled on news.
limitations:
  - Orders of one owner only; spoofing shared by several owners is another typology.
  - An order that was meant, and had stood for over ten minutes when it traded, is not looked at.
  - Without depth of book the share of the book that the orders were cannot be judged.
runbook: >-
  Step through the book around the fill. Ask whether the large orders could have been meant to
  trade - how far from the touch, how often filled on other days.

needs: [orders.trader_id, trades.buyer_id]
lookback: 24h
every: 1h
parameters:
  size_ratio:
    value: 5
    unit: times the order that was meant
    source: "CFTC spoofing orders show 10 to 50 times; lower end of catalogue M01"
  book_share:
    value: 0.2
    unit: share of the visible depth of its side
    source: "engineering default, catalogue M01"
  large:
    value: 10
    unit: times the average order of others in the hour before, where depth is not known
    source: "engineering default; stands in for the share of the book"
  cancelled: {value: 0.9, unit: share of the large orders, source: "catalogue M01"}
  max_filled: {value: 0.05, unit: share of the large orders, source: "CFTC orders"}

detect:
  sequence:
    - bait:
        from: order_life
        where: >-
          bait.type is distinct from 'market' and bait.quantity = bait.displayed
          and case when bait.depth > 0 then bait.quantity >= $book_share * bait.depth
          else bait.quantity >= $large * coalesce(bait.usual, 0) end
    - fill:
        from: fills
        within: 30s
        where: >-
          fill.side <> bait.side and not fill.is_block and not fill.is_liquidation
          and (bait.ended_at is null or bait.ended_at >= fill.ts)
    - genuine:
        from: order_life
        between: [-10m, 0s]
        where: >-
          genuine.order_id = fill.order_id and bait.quantity >= 2 * genuine.quantity
  by: [owner_id, instrument]
  per: fill
  settle: 5s
  measure:
    bait_orders: count(*)
    bait_quantity: sum(bait.quantity)
    genuine_quantity: max(genuine.quantity)
    ratio: sum(bait.quantity) / max(genuine.quantity)
    cancelled: >-
      coalesce(sum(bait.quantity) filter (bait.end_reason = 'cancel'
      and bait.ended_at <= fill.ts + interval 5 second), 0) / sum(bait.quantity)
    filled: >-
      coalesce(sum(bait.quantity) filter (bait.first_fill_at <= fill.ts + interval 5 second), 0)
      / sum(bait.quantity)
  require:
    ratio: ">= $size_ratio"
    cancelled: ">= $cancelled"
    filled: "<= $max_filled"
score:
  ratio: {from: $size_ratio, to: 4 * $size_ratio}
  cancelled: {from: $cancelled - 0.4, to: 1}
evidence: {orders: "bait, genuine", trades: fill}
"""
"""A sequence with everything that a rule can say of one, whatever the shipped ones say today."""
