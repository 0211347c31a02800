"""How closely a customer is watched, by what is on file and what officers decided of such."""

from dataclasses import replace
from datetime import timedelta

from surveillance.customers.monitoring import weighed, within
from surveillance.model import Risk, Severity, Window
from surveillance.risk import Decisions
from tests.given.known import NOON, hit


def test_who_has_nothing_on_file_is_standard_and_it_says_why() -> None:
    nobody = weighed([], {}, "")
    assert (nobody.tier, nobody.score, nobody.review_months) == ("standard", 0.0, 36)
    assert nobody.reasons == ("score 0 is below 15",)
    assert weighed([], {}, "high").tier == "heightened"


def test_hits_of_two_families_weigh_more_than_either_and_are_named() -> None:
    one = hit("spoofing", 90.0)
    other = hit("fan_in", 90.0, risk=Risk.KYC_AML)
    both = weighed([one, other], {}, "")
    assert both.score > max(weighed([each], {}, "").score for each in (one, other))
    assert {"spoofing", "fan in"} <= {reason.partition(":")[0] for reason in both.reasons}


def test_a_critical_hit_is_enhanced_whatever_the_score() -> None:
    critical = weighed([replace(hit("sanctions", 50.0), severity=Severity.CRITICAL)], {}, "")
    assert critical.tier == "enhanced"
    assert "a rule of critical severity fired" in critical.reasons


def test_a_rule_that_officers_never_found_right_counts_for_less() -> None:
    found = [hit("spoofing", 90.0)]
    assert weighed(found, {"spoofing": Decisions(40, 0)}, "").score < weighed(found, {}, "").score


def test_what_became_true_at_the_end_of_a_window_is_of_the_next() -> None:
    window = Window(NOON - timedelta(days=1), NOON)
    assert within([(replace(hit("spoofing"), at=NOON), "")], window) == []
    before = replace(hit("spoofing"), at=NOON - timedelta(seconds=1))
    assert within([(before, "C1")], window) == [(before, "C1")]
