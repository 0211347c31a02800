"""Where traders stand: the worst of each family, below the line included, and why."""

from pathlib import Path

from surveillance.model import Risk, Verdict
from surveillance.studies.watch.trader_risk import TraderRisk, trader_risks
from tests.given.known import hit, lake, run, verdict

RISKS = {"strange": "manipulation"}


def risks(folder: Path, *verdicts: Verdict) -> dict[str, TraderRisk]:
    landed = lake(folder)
    return {
        risk.trader_id: risk
        for risk in trader_risks(landed, run(landed, *verdicts, risks=RISKS), None)
    }


def test_every_trader_seen_is_listed_even_without_an_account(tmp_path: Path) -> None:
    rated = risks(tmp_path)

    assert rated.keys() == {"T1", "T2", "T3", "T4", "T5", "T6"}
    assert (rated["T1"].owner_id, rated["T5"].owner_id, rated["T6"].owner_id) == (
        "O1",
        "T5",
        "T6",
    )
    assert rated["T3"] == TraderRisk("T3", "O3", "", 0.0, 0.0, 0.0, 0.0, "")


def test_a_hit_on_an_owner_stands_for_each_of_its_accounts(tmp_path: Path) -> None:
    rated = risks(tmp_path, verdict("spoofing", [hit("spoofing", 70.0, owner_id="O1")]))

    assert [rated[name].manipulation for name in ("T1", "T2", "T3")] == [70.0, 70.0, 0.0]
    assert rated["T1"].main_reason == "spoofing: spoofing was 70"


def test_each_family_has_its_own_largest_score(tmp_path: Path) -> None:
    of_t3 = [
        hit("spoofing", 45.0, trader_id="T3"),
        hit("layering", 65.0, trader_id="T3"),
        hit("fan_in", 80.0, trader_id="T3", risk=Risk.KYC_AML),
    ]
    rated = risks(tmp_path, verdict("rules", of_t3))["T3"]

    assert (rated.manipulation, rated.front_running, rated.kyc_aml) == (65.0, 0.0, 80.0)
    assert rated.main_reason == "fan_in: fan_in was 80"


def test_rules_that_rank_everybody_count_as_anomaly_and_in_their_family(tmp_path: Path) -> None:
    ranking = verdict(
        "strange", [hit("strange", 90.0, trader_id="T4")], scores={"T4": 90.0, "T3": 20.0}
    )
    rated = risks(tmp_path, ranking)

    assert (rated["T4"].anomaly, rated["T4"].manipulation, rated["T4"].kyc_aml) == (
        90.0,
        90.0,
        0.0,
    )
    assert (rated["T3"].anomaly, rated["T3"].main_reason) == (20.0, "unlike their peers")


def test_the_riskiest_stand_first_and_equals_in_order_of_name(tmp_path: Path) -> None:
    rated = risks(
        tmp_path,
        verdict("spoofing", [hit("spoofing", 70.0, trader_id="T4")]),
        verdict("strange", scores={"T5": 90.0}),
    )

    assert list(rated) == ["T5", "T4", "T1", "T2", "T3", "T6"]
