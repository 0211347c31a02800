"""Agreement with the truth: what an officer is shown, counted within what could be shown."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from surveillance.activity import sources
from surveillance.model import Verdict
from surveillance.records.answers import Score
from surveillance.studies.evaluate import Agreement, evaluate
from tests.given.known import hit, lake, run, verdict

TEXT = """\
venue: shop
source: files
files: {}
tables: {}
labels:
  files:
    truth: {glob: labels.csv}
  typologies:
    - typology: wash_trading
      rules: [wash_trading, matched_orders]
      table: trades
      universe: select trade_id from trades where trade_id <> 'x4'
      positives: select id from truth where typology = 'wash_trading'
    - typology: fan_in
      table: accounts
      universe: select trader_id from accounts
      positives: select id from truth where typology = 'fan_in'
    - typology: pass_through
      table: accounts
      universe: select trader_id from accounts
      positives: select id from truth where typology = 'pass_through'
  clean: select trader_id from accounts where trader_id not in (select trader_id from truth)
"""
RELATED = {"fan_in_or_out": ["pass_through"]}
APART: defaultdict[str, timedelta] = defaultdict(lambda: timedelta(hours=1))
LABELS = """\
typology,id,trader_id
wash_trading,x1,T1
wash_trading,x2,T2
fan_in,T3,T3
pass_through,T1,T1
"""


def measured(folder: Path, *verdicts: Verdict) -> Agreement:
    (folder / "labels.csv").write_text(LABELS)
    landed = lake(folder)
    return evaluate(landed, run(landed, *verdicts), sources.parse(TEXT, folder), RELATED, APART)


def of(agreement: Agreement, typology: str) -> Score:
    [score] = [score for score in agreement.typologies if score["typology"] == typology]
    return score


def test_evidence_ids_count_within_the_universe(tmp_path: Path) -> None:
    wash = hit("wash_trading", trader_id="T1", evidence={"trades": ("x1", "x3", "x4")})
    assert of(measured(tmp_path, verdict("wash_trading", [wash])), "wash_trading") == {
        "typology": "wash_trading",
        "universe": 3,
        "tp": 1,
        "fp": 1,
        "fn": 1,
        "precision": 0.5,
        "recall": 0.5,
        "f1": 0.5,
    }


def test_rules_of_every_named_typology_count_once_an_id(tmp_path: Path) -> None:
    same = {"trades": ("x1",)}
    hits = [hit("wash_trading", evidence=same), hit("matched_orders", evidence=same)]
    score = of(measured(tmp_path, verdict("both", hits)), "wash_trading")

    assert (score["tp"], score["fp"], score["fn"]) == (1, 0, 1)


def test_other_typologies_and_near_misses_predict_nothing(tmp_path: Path) -> None:
    hits = [
        hit("spoofing", evidence={"trades": ("x1",)}),
        hit("wash_trading", 49.99, evidence={"trades": ("x1",)}),
    ]
    agreement = measured(tmp_path, verdict("rules", hits))

    assert of(agreement, "wash_trading")["tp"] == 0
    assert of(agreement, "wash_trading")["precision"] is None
    assert agreement.alerts == 1


def test_a_hit_on_an_owner_names_all_of_its_accounts(tmp_path: Path) -> None:
    hits = [hit("fan_in", owner_id="O1"), hit("fan_in", trader_id="T3")]
    score = of(measured(tmp_path, verdict("fan_in", hits)), "fan_in")

    assert (score["tp"], score["fp"], score["fn"], score["recall"]) == (1, 2, 0, 1.0)


def test_related_abuse_is_neither_right_nor_wrong(tmp_path: Path) -> None:
    hits = [replace(hit("fan_in", trader_id=who), rule_id="fan_in_or_out") for who in ("T1", "T2")]
    score = of(measured(tmp_path, verdict("fan_in_or_out", hits)), "fan_in")

    assert (score["tp"], score["fp"], score["fn"]) == (0, 1, 1)


@pytest.mark.parametrize(
    ("subject", "rate"),
    [({"trader_id": "T4"}, 500.0), ({"owner_id": "O1"}, 0.0), ({"instrument": "BTC"}, 0.0)],
)
def test_an_alert_on_the_clean_speaks_of_clean_traders_only(
    tmp_path: Path, subject: dict[str, Any], rate: float
) -> None:
    agreement = measured(tmp_path, verdict("spoofing", [hit("spoofing", **subject)]))

    assert agreement.clean_traders == 2
    assert agreement.alerts_per_1000_clean == rate


@pytest.mark.parametrize(("later", "rate"), [(59, 500.0), (61, 1000.0)])
def test_what_follows_within_its_time_is_one_alert(tmp_path: Path, later: int, rate: float) -> None:
    first = hit("spoofing", trader_id="T4")
    moved = {name: getattr(first, name) + timedelta(minutes=later) for name in ("started_at", "at")}
    agreement = measured(tmp_path, verdict("spoofing", [first, replace(first, **moved)]))

    assert agreement.alerts_per_1000_clean == rate


def test_a_venue_without_labels_measures_nothing(tmp_path: Path) -> None:
    landed = lake(tmp_path)
    bare = sources.parse(TEXT[: TEXT.index("labels:")], tmp_path)

    assert evaluate(landed, run(landed), bare, {}, {}) == Agreement(
        typologies=(),
        alerts=0,
        clean_traders=0,
        alerts_on_clean=0,
        alerts_per_1000_clean=None,
    )
