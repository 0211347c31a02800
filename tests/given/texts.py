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
  fire_when: n >= $line
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
  fire_when: firsts >= 1
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
  fire_when: size > 0
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
