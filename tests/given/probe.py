"""One small rule of our own, so that tests do not hang on how the shipped rules are tuned."""

import shutil
from pathlib import Path

from surveillance.rules.book import load_rulebook
from surveillance.rules.lock import write_lock

RULE = """
id: busy_payer
version: 1
title: Busy payer
risk: kyc_aml
typology: structuring
severity: low
description: Detects owners who move funds often.
practices: [FATF 1.1]
law: [AMLR 76]
report: {stor: false, sar: []}
false_positives: [Treasuries]
limitations: [Counts alone]
runbook: Look.

needs: [transfers]
lookback: 24h
every: 1h
parameters:
  least: {value: 3, unit: transfers, source: engineering}

detect:
  from: transfers
  by: [owner_id]
  measure:
    moved: count(*)
  require:
    moved: ">= $least"
score:
  moved: {from: 0, to: 2 * $least}
evidence:
  transfers: transfers

tests:
  - name: three transfers
    given: {transfers: [{at: 1h, times: 3, apart: 1m, trader_id: A}]}
    expect: [{owner_id: A}]
  - name: two transfers
    given: {transfers: [{at: 1h, times: 2, apart: 1m, trader_id: A}]}
    expect: []
"""


FEATURES = """
features:
  transfers: {from: transfers, value: count(*), meaning: Transfers in the window, unit: transfers}
  orders: {from: orders, value: count(*), meaning: Messages in the window, unit: messages}
"""
SEGMENTS = """
divisions:
  busy_trader:
    {title: Busy, why: Many transfers, source: test, any: [{transfers: ">= 1000"}], features: []}
  small_trader: {title: Small, why: Everybody else, source: test, features: []}
features: [orders, transfers]
evidence:
  {clusters: [2], resamples: 2, stability: 0.1, in_time: 0.1, separation: 0.1, members: 2, share: 0}
margin: 0.2
seed: 1
words: {}
"""
"""What the probe asks nothing of: two features and divisions without clusters."""


def alone(rules: Path) -> None:
    """Leave one rule in a rulebook, the probe, and as little to divide traders by."""
    for folder in ("manipulation", "front_running", "kyc_aml"):
        shutil.rmtree(rules / folder, ignore_errors=True)
    (rules / "rules.lock").unlink()
    (rules / "features.yml").write_text(FEATURES)
    (rules / "segments.yml").write_text(SEGMENTS)
    publish(rules, RULE)


def second(rules: Path) -> None:
    """Write a second version of the probe, which asks for more."""
    more = RULE.replace("version: 1", "version: 2").replace("value: 3", "value: 5")
    publish(rules, more.replace("times: 3", "times: 5"))


def publish(rules: Path, text: str) -> None:
    """Write the probe's file and lock it; the database does not know of it yet."""
    (rules / "kyc_aml").mkdir(exist_ok=True)
    (rules / "kyc_aml" / "busy_payer.yml").write_text(text)
    write_lock(load_rulebook(rules), rules)
