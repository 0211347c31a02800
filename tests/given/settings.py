"""A setting to study: rows written by hand, and an installation that keeps nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from surveillance.activity.preparing import prepare
from surveillance.activity.sample import sample_view
from surveillance.config import load_settings
from surveillance.detection import anomaly, feature_file
from surveillance.detection.anomaly import Peers
from surveillance.installation import Installation, open_installation
from surveillance.model import Window
from surveillance.rules.book import Entry, read_rule
from surveillance.studies.setting import Setting
from tests.given.activities import RULES, Rows

BURSTS = """
id: bursts
version: 1
title: Many trades
risk: manipulation
typology: bursts
severity: low
description: Counts trades.
law: [MAR 12]
false_positives: [Everybody]
limitations: [None]
runbook: Look.
needs: [trades.buyer_id]
lookback: 1h
every: 1h
parameters:
  least: {value: 3, unit: trades, source: test}
  worth: {value: 150, unit: USD, source: test, segments: {whale: 320}}
  side: {value: buy, unit: side, source: test}
detect:
  from: fills
  where: side = $side
  by: [trader_id, instrument]
  measure: {trades: count(*), worth: sum(notional)}
  require:
    trades: ">= $least"
    any:
      - {worth: ">= $worth"}
      - {worth: "< 0"}
score:
  trades: {from: 0, to: 2 * $least}
evidence: {trades: fills}
"""


def edited(*pairs: tuple[str, str], text: str = BURSTS) -> Entry:
    """Return the rule with pieces of its text replaced, each of which must be there."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return read_rule(text, "bursts.yml")


def buys(**times: int) -> Rows:
    """Return trades of a hundred dollars each: each trader buys so many times within one hour."""
    rows = [
        {"at": f"{10 + n}m", "trade_id": f"{name}-{n}", "buyer_id": name, "seller_id": "Z"}
        for name, count in times.items()
        for n in range(count)
    ]
    return {"trades": rows}


def empty(folder: Path) -> Installation:
    """Open an installation that has nothing."""
    return open_installation(load_settings(folder / "home", rules=RULES))


@contextmanager
def opened(
    place: Installation, given: Rows, window: Window, entry: Entry, peers: Peers | None = None
) -> Iterator[Setting]:
    """Open a setting of rows written by hand."""
    models = anomaly.Models(feature_file.load(RULES / "features.yml"))
    with sample_view(given, window.back_to(entry.reach)) as view:
        prepare(view.connection, [])
        yield Setting(place, view, window, models, peers or Peers())
