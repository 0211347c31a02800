"""One small rule of our own, so that tests do not hang on how the shipped rules are tuned."""

import re
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


def alone(rules: Path) -> None:
    """Leave one rule in a rulebook, the probe, and make the division into segments quick."""
    for folder in ("manipulation", "front_running", "kyc_aml"):
        shutil.rmtree(rules / folder, ignore_errors=True)
    (rules / "rules.lock").unlink()
    told = (rules / "segments.yml").read_text()
    quick = re.sub(r"(?m)^(clusters|resamples): .*$", r"\1: QUICK_\1", told)
    quick = quick.replace("QUICK_clusters", "[2]").replace("QUICK_resamples", "2")
    (rules / "segments.yml").write_text(quick)
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
