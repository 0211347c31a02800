"""What a reader is to know of a run."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, select

from surveillance.model import Outcome, Run, Verdict, Window
from surveillance.records import artefacts, trading
from surveillance.records.tables import Canary, RuleVersion, RunMode, RunRow
from surveillance.rules.book import read_rule
from surveillance.studies.watch.health import NEVER, Concern, Remark, remarks
from tests.given.past import DAY, START, days, judge
from tests.given.probe import RULE

FEEDS: Mapping[str, Mapping[str, Any]] = {
    "orders": {"missing_numbers": 3, "unusual_silence": False, "longest_silence_s": 4.0},
    "trades": {"missing_numbers": None, "unusual_silence": True, "longest_silence_s": 7200.0},
    "book": {"missing_numbers": 0, "unusual_silence": False, "longest_silence_s": 60.0},
}


def latest(session: Session, *verdicts: Verdict, **manifest: Any) -> Run:
    """Return the latest run on record, with these verdicts."""
    row = session.exec(select(RunRow).order_by(RunRow.end.desc())).first()  # type: ignore[attr-defined]
    assert row is not None
    return Run(row.id, Window(row.start, row.end), row.end, manifest, verdicts, "")


def sing(session: Session, run: Run, **misses: str) -> None:
    """Keep a canary of each episode; a reason says that it was missed."""
    session.add_all(
        Canary(run_id=run.id, rule_id="r", version=1, act=name, found=not why, reason=why)
        for name, why in misses.items()
    )
    session.flush()


def quiet(outcome: Outcome = Outcome.NO_HIT, reason: str = "") -> Verdict:
    return Verdict("r", 1, "", outcome, reason)


def test_a_run_in_order_needs_no_remark(session: Session) -> None:
    days(session, "x.")
    run = latest(session, quiet(), completeness={"book": FEEDS["book"]})
    sing(session, run, act="")
    assert remarks(session, run) == []


def test_a_verdict_that_could_not_be_given_is_a_warning(session: Session) -> None:
    days(session, "?")
    run = latest(session, quiet(Outcome.INSUFFICIENT_DATA, "no trades in reach"))
    sing(session, run, act="")
    text = "insufficient data: no trades in reach; the window is not surveilled by it"
    assert remarks(session, run) == [Remark(Concern.VERDICT, "r", text)]


def test_a_missed_canary_is_a_warning_with_its_reason(session: Session) -> None:
    days(session, ".")
    run = latest(session, quiet())
    sing(session, run, one="", two="expected a hit, was none")
    [remark] = remarks(session, run)
    assert remark == Remark(
        Concern.CANARY, "r", "missed 1 of 2 canaries; two: expected a hit, was none"
    )


def test_a_rule_for_which_no_canary_was_planted_is_a_warning(session: Session) -> None:
    days(session, ".")
    [remark] = remarks(session, latest(session, quiet()))
    assert remark == Remark(Concern.CANARY, "r", "no canary was planted")


def test_a_feed_with_gaps_is_a_warning(session: Session) -> None:
    days(session, ".")
    run = latest(session, completeness=FEEDS)
    assert [(remark.subject, remark.text) for remark in remarks(session, run)] == [
        ("orders", "3 sequence numbers never came"),
        ("trades", "silent for 2 hours, which is unusual for it"),
    ]


def test_a_dry_rule_is_a_warning(session: Session) -> None:
    days(session, "x" * 30 + "." * 5)
    run = latest(session, quiet())
    sing(session, run, act="")
    [remark] = remarks(session, run)
    assert (remark.concern, remark.is_warning) == (Concern.SILENCE, True)
    assert remark.text == (
        "no hit in 5.0 days judged, after hits on 30 of 30: "
        "the chance of so long a silence is 0.0098"
    )


def test_a_rule_that_never_hit_is_told_of_and_is_no_warning(session: Session) -> None:
    days(session, "." * (NEVER - 1))
    run = latest(session, quiet())
    sing(session, run, act="")
    assert remarks(session, run) == []

    judge(session, Window(START + (NEVER - 1) * DAY, START + NEVER * DAY), {"r": Outcome.NO_HIT})
    run = latest(session, quiet())
    sing(session, run, act="")
    remark = Remark(Concern.SILENCE, "r", "never hit in 30 days judged", is_warning=False)
    assert remarks(session, run) == [remark]


def test_warnings_come_before_the_rest(session: Session) -> None:
    days(session, "." * NEVER)
    run = latest(session, quiet())
    assert [remark.is_warning for remark in remarks(session, run)] == [True, False]


def test_rules_on_probation_have_no_canary_and_may_be_silent(session: Session) -> None:
    days(session, "x" * 30)
    window = Window(START + 40 * DAY, START + 50 * DAY)
    judge(session, window, {"r": Outcome.NO_HIT}, mode=RunMode.SHADOW)
    assert remarks(session, latest(session, quiet())) == []


def test_a_rule_on_what_no_venue_trades_is_no_warning(session: Session) -> None:
    text = RULE.replace("practices: [FATF 1.1]", "practices: [FATF 1.1]\nproducts: [option]")
    rule = read_rule(text, "rule.yml").rule
    digest = artefacts.keep(session, "rule", text.encode(), START)
    session.add(
        RuleVersion(rule_id=rule.id, version=1, digest="d", text_digest=digest, created_at=START)
    )
    days(session, "?")
    run = latest(session, Verdict(rule.id, rule.version, "", Outcome.INSUFFICIENT_DATA, "no x"))
    sing(session, run, act="")
    trading.keep(session, "shop", ["spot"], run.window.end)

    mine = [remark for remark in remarks(session, run) if remark.concern is Concern.VERDICT]

    assert mine == [
        Remark(
            Concern.VERDICT,
            rule.id,
            "Switched off by the venue file of shop: no option is traded",
            is_warning=False,
        )
    ]
