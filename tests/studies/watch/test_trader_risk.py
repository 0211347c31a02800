"""One risk per trader: its parts, those who only took part, and what stands first."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from surveillance.activity.batch import Batch
from surveillance.config import Settings
from surveillance.model import Risk, Severity, Verdict
from surveillance.risk import Decisions, Kind
from surveillance.rules.book import Rulebook, load_rule
from surveillance.studies.watch.trader_risk import (
    Known,
    Payment,
    TraderRisk,
    trader_risks,
    weighed,
)
from tests.given.known import NOON, hit, lake, run, verdict

RISKS = {"strange": "manipulation"}
OWNERS = {"T1": "O1", "T2": "O1", "T3": "O3", "T4": "O4", "T5": "T5"}
PAYMENTS = {"a": Payment("O3", "O1"), "b": Payment("O4", "O1"), "c": Payment("O1", "T5")}


def risks(folder: Path, *verdicts: Verdict, **beside: Any) -> dict[str, TraderRisk]:
    known = {
        "owners": OWNERS, "ratings": {}, "payments": PAYMENTS,
        "participants": {"fan_in": "payers", "peel_chain": "parties"},
        "severities": {}, "decisions": {}, **beside,
    }  # fmt: skip
    judged = run(lake(folder), *verdicts, risks=RISKS)
    return {risk.trader_id: risk for risk in weighed(judged, Known(**known), None)}


def gathering(rule: str = "fan_in", score: float = 75.0) -> Verdict:
    evidence = {"transfers": ("a", "b", "c")}
    return verdict(rule, [hit(rule, score, owner_id="O1", risk=Risk.KYC_AML, evidence=evidence)])


def test_every_trader_seen_is_listed_even_without_an_account(tmp_path: Path) -> None:
    landed = lake(tmp_path)
    rated = {
        risk.trader_id: risk for risk in trader_risks(landed, run(landed), Rulebook({}), None, {})
    }

    assert rated.keys() == {"T1", "T2", "T3", "T4", "T5", "T6"}
    owners = {name: rated[name].owner_id for name in ("T1", "T5", "T6")}
    assert owners == {"T1": "O1", "T5": "T5", "T6": "T6"}
    assert (rated["T3"].score, rated["T3"].tier, rated["T3"].parts) == (0.0, "standard", ())


def test_a_hit_on_an_owner_stands_for_each_of_its_accounts(tmp_path: Path) -> None:
    rated = risks(tmp_path, verdict("spoofing", [hit("spoofing", 75.0, owner_id="O1")]))

    assert [rated[name].manipulation for name in ("T1", "T2", "T3")] == [25.0, 25.0, 0.0]
    assert rated["T1"].main_reason == "spoofing: spoofing was 75"
    assert rated["T1"].reasons == ("score 25 is at or beyond 15", "spoofing: spoofing was 75")


def test_families_are_scored_apart_and_together(tmp_path: Path) -> None:
    of_t3 = [
        hit("spoofing", 45.0, trader_id="T3"),
        hit("fan_in", 75.0, trader_id="T3", risk=Risk.KYC_AML),
    ]
    rated = risks(tmp_path, verdict("rules", of_t3))["T3"]

    assert (rated.manipulation, rated.front_running, rated.kyc_aml) == (6.25, 0.0, 25.0)
    assert rated.score == pytest.approx(100 * (1 - (1 - 0.0625) * 0.75), abs=0.01)
    assert [part.kind for part in rated.parts] == [Kind.HIT, Kind.NEAR_MISS]


def test_repeats_on_other_days_add_and_those_of_one_day_do_not(tmp_path: Path) -> None:
    once = hit("spoofing", 75.0, trader_id="T3")
    more = hit("spoofing", 70.0, trader_id="T3", instrument="ETH")
    later = hit("spoofing", 75.0, trader_id="T4")
    third = [later, *(replace(later, at=NOON + timedelta(day)) for day in (1, 2))]
    rated = risks(tmp_path, verdict("spoofing", [once, more, *third]))

    assert (rated["T3"].manipulation, rated["T3"].parts[0].times) == (25.0, 1)
    assert (rated["T4"].manipulation, rated["T4"].parts[0].times) == (38.48, 3)


def test_who_paid_into_a_gathering_carries_a_part_of_it_and_is_not_accused(tmp_path: Path) -> None:
    rated = risks(tmp_path, gathering())

    assert [rated[name].kyc_aml for name in ("T1", "T3", "T4", "T5")] == [25.0, 12.5, 12.5, 0.0]
    [part] = rated["T3"].parts
    assert (part.kind, part.words) == (Kind.PARTICIPATION, "paid into a fan-in of O1")


def test_who_paid_is_read_from_transfers_of_before_the_window(tmp_path: Path) -> None:
    landed = lake(tmp_path)
    paid = [NOON - timedelta(days=2)] * 3
    transfers = {
        "transfer_id": ["a", "b", "c"], "ts": paid, "seq": [1, 2, 3], "asset": ["USD"] * 3,
        "trader_id": ["T3", "T1", "T1"], "direction": ["out", "in", "out"], "amount": ["900"] * 3,
        "counterparty_id": ["T2", "T4", "T5"],
    }  # fmt: skip
    landed.land(Batch("bank", "one", {"transfers": pa.table(transfers)}), NOON)
    [gathered] = gathering().hits
    judged = run(landed, verdict("fan_in", [replace(gathered, started_at=paid[0])]))
    book = Rulebook({"fan_in": load_rule(Settings().rules, "fan_in")})
    rated = {risk.trader_id: risk for risk in trader_risks(landed, judged, book, None, {})}

    assert [rated[name].score for name in ("T1", "T3", "T4", "T5")] == [25.0, 12.5, 12.5, 0.0]


def test_all_parties_to_a_chain_carry_a_part_and_its_subject_not_twice(tmp_path: Path) -> None:
    rated = risks(tmp_path, gathering("peel_chain"))

    assert [rated[name].kyc_aml for name in ("T1", "T3", "T5")] == [25.0, 12.5, 12.5]


def test_of_a_rule_that_names_no_participants_nobody_else_carries_anything(tmp_path: Path) -> None:
    assert risks(tmp_path, gathering("gather_scatter"))["T3"].score == 0


def test_rules_that_rank_everybody_are_parts_of_their_family(tmp_path: Path) -> None:
    graded = {"T4": 90.0, "T3": 20.0}
    ranking = verdict("strange", [hit("strange", 90.0, trader_id="T4")], scores=graded)
    rated = risks(tmp_path, ranking)

    assert (rated["T4"].anomaly, rated["T4"].manipulation, rated["T4"].kyc_aml) == (
        28.75,
        28.75,
        0.0,
    )
    assert rated["T3"].anomaly == 1.0
    assert rated["T3"].main_reason == "strange: unlike their peers, graded 20"


def test_what_officers_decided_of_a_rule_moves_its_hits(tmp_path: Path) -> None:
    spoofs = verdict("spoofing", [hit("spoofing", 75.0, trader_id="T3")])
    prior = risks(tmp_path, spoofs)["T3"].score
    trusted = risks(tmp_path, spoofs, decisions={"spoofing": Decisions(90, 81)})["T3"].score
    distrusted = risks(tmp_path, spoofs, decisions={"spoofing": Decisions(90, 0)})["T3"].score

    assert (distrusted, prior, trusted) == (2.5, 25.0, 83.5)


def test_a_critical_hit_asks_for_enhanced_diligence(tmp_path: Path) -> None:
    listed = hit("listed_name", 50.0, trader_id="T3", risk=Risk.KYC_AML)
    rated = risks(
        tmp_path,
        verdict("listed_name", [replace(listed, severity=Severity.CRITICAL)]),
        severities={"listed_name": Severity.HIGH},
    )
    assert (rated["T3"].tier, rated["T3"].review_months) == ("enhanced", 3)


def test_the_riskiest_stand_first_and_equals_in_order_of_name(tmp_path: Path) -> None:
    rated = risks(
        tmp_path,
        verdict("spoofing", [hit("spoofing", 70.0, trader_id="T4")]),
        verdict("strange", scores={"T5": 90.0}),
    )

    assert list(rated) == ["T5", "T4", "T1", "T2", "T3"]
