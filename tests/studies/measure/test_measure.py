"""The measure counts what officers work: alerts that are right, acts detected, and how soon."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from surveillance.activity.preparing import prepare
from surveillance.errors import SurveillanceError
from surveillance.model import Hit, Outcome, Run, Verdict
from surveillance.records.measures import WeekCount, WeekSettings
from surveillance.rules.book import Rulebook, read_rule
from surveillance.studies.measure import accused, plan
from surveillance.studies.measure.count import count_run, filed_at
from surveillance.studies.measure.total import total
from surveillance.studies.measure.truth import Act, GroundTruth, ground_truth
from surveillance.studies.measure.week import Week, key
from surveillance.studies.measure.work import count_weeks
from surveillance.times import parse_time
from tests.given import known, probe

NOON = known.NOON
ENTRY = read_rule(probe.RULE, "busy_payer.yml")
BOOK = Rulebook({"busy_payer": ENTRY})
OWNED = {"O1": {"T1", "T2"}, "O3": {"T3"}, "O4": {"T4"}, "O5": {"T5"}}


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def act(typology: str, rows: str, accounts: str, **of: Any) -> Act:
    named = frozenset(("transfers", name) for name in rows.split())
    times = {"start": NOON, "end": after(60)} | of
    return Act(typology, named, frozenset(accounts.split()), **times)


TRUTH = GroundTruth(
    (
        act("structuring", "p1 p2 p3", "T1"),
        act("structuring", "p4", "T3", start=after(30)),
        act("fan_in", "p5", "T1"),
    ),
    OWNED,
    {"O4": "maker", "O5": "retail"},
)


def alert(ids: str, minutes: float = 10, score: float = 80.0, **of: Any) -> Hit:
    hit = known.hit("structuring", score, evidence={"transfers": tuple(ids.split())}, **of)
    return replace(hit, rule_id="busy_payer", at=after(minutes))


def run(*hits: Hit, **of: Any) -> Run:
    verdict = Verdict("busy_payer", 1, "d", Outcome.HIT, hits=hits)
    manifest = {"completeness": {"transfers": {"rows": 9}, "orders": {"rows": 0}}}
    return Run("r", known.WINDOW, known.LATER, manifest, (replace(verdict, **of),), "d")


def count(
    *hits: Hit, truth: GroundTruth = TRUTH, book: Rulebook = BOOK, **of: Any
) -> dict[str, Any]:
    minutes = timedelta(minutes=5), timedelta(minutes=15)
    counts = count_run(run(*hits, **of), book, truth, *minutes)
    return dict(counts["rules"]["busy_payer"])


def week(seed: int, severity: float, *hits: Hit, truth: GroundTruth = TRUTH) -> WeekCount:
    minutes = timedelta(minutes=5), timedelta(minutes=15)
    settings: WeekSettings = {"seed": seed, "severity": severity, "days": 7, "traders": 5}
    return {"week": settings, **count_run(run(*hits), BOOK, truth, *minutes)}


# --- Truth ---


def sheet(*rows: tuple[str, ...]) -> pa.Table:
    """An answer sheet of typology, table, id, trader and, where it is not plain, disguise."""
    names = ("typology", "table", "id", "trader_id", "disguise")
    whole = [(*row, "plain")[:5] for row in rows]
    return pa.table({name: [row[n] for row in whole] for n, name in enumerate(names)})


def read(folder: Path, *rows: tuple[str, ...]) -> GroundTruth:
    kinds = {"T1": "retail", "T2": "retail", "T3": "maker", "T4": "maker", "T5": "retail"}
    lake = known.lake(folder)
    with lake.view(known.WINDOW, known.LATER) as view:
        prepare(view.connection, [])
        return ground_truth(view, sheet(*rows), kinds)


def test_rows_that_share_a_row_or_an_owner_are_one_act(tmp_path: Path) -> None:
    truth = read(
        tmp_path,
        ("wash_trading", "trades", "x1", "T1"),
        ("wash_trading", "trades", "x2", "T2"),
        ("wash_trading", "trades", "x2", "T3"),
        ("wash_trading", "trades", "x4", "T4"),
        ("wash_trading", "accounts", "T1", "T1"),
    )
    first, second = sorted(truth.of("wash_trading"), key=lambda act: act.start or NOON)

    assert first.accounts == {"T1", "T2", "T3"}
    assert {name for _, name in first.rows} == {"x1", "x2"}
    assert (first.start, first.end) == (NOON, after(1))
    assert second.accounts == {"T4"}
    assert truth.clean == {"T5": "retail"}


def test_an_account_that_is_all_that_is_labelled_is_an_act_without_times(
    tmp_path: Path,
) -> None:
    [only] = read(tmp_path, ("fan_in", "accounts", "T3", "T3")).acts

    assert only == Act("fan_in", frozenset({("accounts", "T3")}), frozenset({"T3"}))


def test_what_was_done_in_another_disguise_is_another_act(tmp_path: Path) -> None:
    truth = read(
        tmp_path,
        ("wash_trading", "trades", "x1", "T1", "late"),
        ("wash_trading", "trades", "x2", "T1"),
        ("wash_trading", "accounts", "T1", "T1"),
    )

    assert sorted(act.disguise for act in truth.acts) == ["late", "plain"]


def test_a_long_silence_ends_an_act(tmp_path: Path) -> None:
    from surveillance.studies.measure.truth import _LabelledRow, _parts

    def named(row: str, table: str, hours: float) -> _LabelledRow:
        return _LabelledRow("t", "plain", (table, row), "T1", "O1", NOON + timedelta(hours=hours))

    orders = [named("a", "orders", 0), named("b", "orders", 12), named("c", "orders", 24.5)]
    payments = [named("a", "transfers", 0), named("b", "transfers", 48)]

    assert [len(part) for part in _parts(orders)] == [2, 1]
    assert [len(part) for part in _parts(payments)] == [2]


# --- Counts ---


def test_hits_that_follow_one_another_are_one_alert_that_is_right_if_one_of_them_is() -> None:
    counts = count(alert("p9", owner_id="O1"), alert("p1", 20, owner_id="O1"))

    assert (counts["alerts"], counts["right"], counts["besides"]) == (1, 1, 0)
    assert [act["act"] for act in counts["detected"]] == [0]


def test_an_alert_is_right_if_it_names_a_row_of_who_took_part() -> None:
    counts = count(alert("p1 p2 p9", owner_id="O1"))

    assert (counts["alerts"], counts["right"]) == (1, 1)
    assert counts["rows"] == {"tp": 2, "fp": 1, "fn": 2}
    assert [act["act"] for act in counts["detected"]] == [0]


def test_whoever_traded_with_an_abuser_by_chance_is_a_wrong_alert() -> None:
    counts = count(alert("p1", trader_id="T4"), alert("p9", trader_id="T5"))

    assert counts["right"] == 0
    assert counts["on_clean"] == {"maker": 1, "retail": 1}
    assert counts["detected"] == []


def test_other_abuse_and_what_abusers_did_besides_are_told_apart() -> None:
    counts = count(alert("p5", owner_id="O1"), alert("p9", trader_id="T3"))

    assert (counts["right"], counts["other"], counts["besides"]) == (0, 1, 1)
    assert counts["on_other"] == {"fan_in": 1}
    assert counts["on_clean"] == {}


def test_related_abuse_is_neither_right_nor_wrong() -> None:
    text = probe.RULE.replace("typology: structuring", "typology: structuring\nalso: [fan_in]")
    book = Rulebook({"busy_payer": read_rule(text, "busy_payer.yml")})
    counts = count(alert("p5", owner_id="O1"), book=book)

    assert (counts["right"], counts["related"], counts["other"]) == (0, 1, 0)
    assert counts["on_other"] == {}


def test_related_abuse_of_which_the_rule_names_no_rows_is_known_by_who_did_it() -> None:
    text = probe.RULE.replace("typology: structuring", "typology: structuring\nrelated: [ramping]")
    book = Rulebook({"busy_payer": read_rule(text, "busy_payer.yml")})
    ramped = Act("ramping", frozenset({("orders", "o1")}), frozenset({"T3"}), NOON, NOON)
    truth = replace(TRUTH, acts=(*TRUTH.acts, ramped))
    counts = count(alert("p9", trader_id="T3"), alert("p8", trader_id="T5"), truth=truth, book=book)

    assert (counts["related"], counts["on_clean"]) == (1, {"retail": 1})
    assert count(alert("p9", trader_id="T3"), truth=truth)["besides"] == 1


def test_near_misses_are_no_alerts() -> None:
    assert count(alert("p1", score=49.99, owner_id="O1"))["alerts"] == 0


def test_an_act_is_detected_when_its_first_right_alert_is_true_and_filed_by_a_later_tick() -> None:
    counts = count(alert("p2", 20, owner_id="O1"), alert("p1", 10, owner_id="O1"))

    [act] = counts["detected"]

    assert (act["act"], act["delay_s"], act["filed_s"]) == (0, 600, 1800)


@pytest.mark.parametrize(
    ("at", "ticked"),
    [("12:00:00", "12:30"), ("12:14:59", "12:30"), ("12:15:00", "12:45")],
)
def test_a_hit_waits_for_its_tick_to_end_and_to_settle(at: str, ticked: str) -> None:
    moment = parse_time(f"2026-03-02T{at}Z")
    late = filed_at(moment, timedelta(minutes=5), timedelta(minutes=15))

    assert late == parse_time(f"2026-03-02T{ticked}:00Z")


def test_where_evidence_and_labels_share_no_table_accounts_and_times_are_compared() -> None:
    of_orders = Act(
        "structuring", frozenset({("orders", "o1")}), frozenset({"T1"}), NOON, after(60)
    )
    truth = GroundTruth((of_orders,), OWNED, {})
    late = replace(alert("p1", 9000, owner_id="O1"), started_at=after(8000))
    counts = count(alert("p1", owner_id="O1"), late, truth=truth)

    assert (counts["judged_by"], counts["right"], counts["alerts"]) == ("accounts", 1, 2)
    assert counts["rows"] == {"tp": 1, "fp": 1, "fn": 0}


def test_a_rule_that_gives_no_verdict_has_missed_what_was_there() -> None:
    counts = count(outcome=Outcome.ERROR, reason="too slow")

    assert (counts["outcome"], counts["reason"]) == ("error", "too slow")
    assert counts["rows"] == {"tp": 0, "fp": 0, "fn": 4}


# --- Figures ---


def test_figures_are_summed_before_they_are_divided() -> None:
    right, wrong = alert("p1", owner_id="O1"), alert("p9", trader_id="T4")
    figures = total([week(11, 0.5, right, wrong), week(12, 0.9, right), week(12, 0.1, wrong)])
    rule = figures["rules"]["busy_payer"]

    assert (rule["at_aim"]["alerts"], rule["at_aim"]["right"]) == (3, 2)
    assert (rule["at_aim"]["precision"], rule["at_aim"]["recall"]) == (0.6667, 0.5)
    assert rule["at_aim"]["f1"] == 0.5714
    assert rule["at_aim"]["recall_interval"] == (0.15, 0.85)
    assert rule["severities"]["0.1"]["recall"] == 0.0
    assert rule["on_clean"] == {"maker": 2}
    assert figures["typologies"]["structuring"]["severities"]["0.9"]["detected"] == 1


def test_without_a_label_there_is_no_recall_and_without_an_alert_no_precision() -> None:
    figures = total([week(11, 0.5, truth=GroundTruth((), OWNED, {}))])["rules"]["busy_payer"][
        "at_aim"
    ]

    assert (figures["acts"], figures["recall"], figures["precision"], figures["f1"]) == (
        0,
        None,
        None,
        None,
    )
    assert figures["delay_s"] is None
    assert figures["per_1000_clean"] is None


def test_alerts_on_the_clean_are_per_thousand_owners_of_a_kind_and_day() -> None:
    wrong = alert("p9", trader_id="T4")
    rates = total([week(11, 0.5, wrong), week(12, 0.5)])["clean"]["kyc_aml"]

    assert rates["all"]["owner_days"] == 28
    assert rates["all"]["per_1000"] == round(1000 / 28, 3)
    assert rates["kinds"]["maker"]["seeds"] == [0.0, round(1000 / 7, 3)]
    assert rates["kinds"]["maker"]["rules"] == {"busy_payer": 1}
    assert rates["kinds"]["retail"]["per_1000"] == 0.0


def test_delays_are_some_that_were_seen() -> None:
    hits = [alert("p1", 10, owner_id="O1"), alert("p4", 60, trader_id="T3")]
    figures = total([week(11, 0.5, *hits)])["rules"]["busy_payer"]["at_aim"]

    assert figures["delay_s"] == {"median": 600, "p90": 1800, "most": 1800}


# --- Weeks ---


def test_a_plan_is_every_seed_at_every_severity() -> None:
    asked = plan("7,11-12", "0.9,0.1", 7, 200)

    assert asked.seeds == (7, 11, 12)
    assert [(week.seed, week.severity) for week in asked.weeks][:3] == [
        (7, 0.1),
        (7, 0.9),
        (11, 0.1),
    ]
    assert "--seeds 7,11,12 --severities 0.1,0.9" in asked.command


@pytest.mark.parametrize(("seeds", "severities"), [("a", "0.1"), ("1", "2"), ("3-2", "0.1")])
def test_what_is_no_plan_is_refused(seeds: str, severities: str) -> None:
    with pytest.raises(SurveillanceError, match=r"expected seeds .* was"):
        plan(seeds, severities, 7, 200)


def rules(folder: Path) -> Path:
    """Return a copy of the rulebook that has the probe alone."""
    import shutil

    from tests.given.activities import RULES

    shutil.copytree(RULES, folder / "rules")
    probe.alone(folder / "rules")
    return folder / "rules"


def test_a_week_is_another_once_a_rule_or_a_setting_changed(tmp_path: Path) -> None:
    where = rules(tmp_path)
    first = key(Week(7, 0.5), where)

    assert key(Week(7, 0.5), where) == first
    assert key(Week(8, 0.5), where) != first
    (where / "coverage.yml").write_text("sections: []\n")
    assert key(Week(7, 0.5), where) == first
    probe.second(where)
    assert key(Week(7, 0.5), where) != first


def test_what_was_interrupted_goes_on_where_it_stopped(tmp_path: Path) -> None:
    where, folder, messages = rules(tmp_path), tmp_path / "kept", list[str]()
    week = Week(7, 0.9, days=1, traders=120)
    [counts] = count_weeks([week], where, folder, messages.append)

    assert counts["rules"]["busy_payer"]["outcome"] == "hit"
    assert counts["typologies"]["structuring"]["acts"] > 0
    assert sum(counts["clean_owners"].values()) > 50
    assert [path.suffix for path in folder.glob("[!.]*")] == [".json"]
    assert count_weeks([week], where, folder, messages.append) == [counts]
    assert messages == ["seed 7 at severity 0.9", "seed 7 at severity 0.9 is known"]


def test_whom_rules_accuse_where_nobody_does_wrong_is_told_once_in_words(tmp_path: Path) -> None:
    where, messages = rules(tmp_path), list[str]()
    weeks = plan("7", "0", 1, 120).honest_weeks
    told = accused(weeks, where, tmp_path / "kept", messages.append)

    assert [week.abuse for week in weeks] == [False]
    assert told.owner_days > 50
    assert {each.rule_id for each in told.accusations} == {"busy_payer"}
    assert all(each.kind and each.words and each.hits for each in told.accusations)
    assert len({each.subject for each in told.accusations}) == len(told.accusations)
    assert told.summary.startswith(f"{len(told.accusations)} accusations in {told.owner_days}")
    assert messages == ["seed 7"]


def test_one_measure_at_a_time_sweeps_what_a_killed_one_left(tmp_path: Path) -> None:
    from filelock import FileLock

    where, folder = rules(tmp_path), tmp_path / "kept"
    (folder / "week-killed").mkdir(parents=True)
    with FileLock(folder / ".lock"), pytest.raises(SurveillanceError, match="no other measure"):
        count_weeks([], where, folder, lambda text: None)
    assert count_weeks([], where, folder, lambda text: None) == []
    assert not (folder / "week-killed").exists()


def test_a_week_that_cannot_be_judged_is_named(tmp_path: Path) -> None:
    with pytest.raises(SurveillanceError, match=r"seed 7 at severity 0\.5: .*traders"):
        count_weeks(
            [Week(7, 0.5, traders=3)], rules(tmp_path), tmp_path / "kept", lambda text: None
        )
