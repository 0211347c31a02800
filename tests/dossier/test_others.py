"""How far a hit stands out among all whom its rule weighed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from surveillance.activity.sample import START, sample_view
from surveillance.detection.anomaly import Peers
from surveillance.detection.detect import detect
from surveillance.dossier.others import others_of
from surveillance.model import Hit, Others, Window
from surveillance.rules.book import Rulebook, read_rule
from surveillance.rules.sentence import compared
from tests.given.activities import unfitted
from tests.given.probe import RULE

HOUR = Window(START, START + timedelta(hours=1))


def moved(**payments: int) -> dict[str, list[dict[str, Any]]]:
    """Let traders pay so many times each."""
    rows = [
        {"at": "10m", "times": times, "apart": "1m", "trader_id": name}
        for name, times in payments.items()
    ]
    return {"transfers": rows}


def others(
    given: dict[str, list[dict[str, Any]]], text: str = RULE
) -> dict[str, Mapping[str, Others]]:
    """Return, by the owner of each alert, what others came to."""
    entry = read_rule(text, "rules/kyc_aml/busy_payer.yml")
    book = Rulebook({entry.rule.id: entry})
    with sample_view(given, HOUR.back_to(book.reach)) as view:
        (verdict,) = detect(book, view, HOUR, Peers(), unfitted)
        hits = [hit for hit in verdict.hits if hit.score >= 50]
        found = others_of(view, HOUR, book, hits)
    return dict(zip((hit.subject for hit in hits), found, strict=True))


def test_those_far_from_the_line_count_as_well_and_the_subject_itself_does_not() -> None:
    found = others(moved(A=9, B=4, C=1, D=1, E=2))
    assert found["A"] == {"moved": Others(count=4, rank=1, median=1, high=4, furthest=4)}
    assert found["B"] == {"moved": Others(count=4, rank=2, median=1, high=9, furthest=9)}


def test_who_was_measured_alone_has_nobody_beside_it() -> None:
    found = others(moved(A=3))["A"]["moved"]
    assert found == Others(count=0, rank=1)
    assert compared(found) == "nobody else was measured"


def test_where_little_is_looked_for_the_furthest_is_the_least() -> None:
    text = RULE.replace('moved: ">= $least"', 'moved: "<= $least"')
    found = others(moved(A=1, B=2, C=8, D=9), text)
    assert found["A"]["moved"] == Others(count=3, rank=1, median=8, high=2, furthest=2)
    assert found["B"]["moved"] == Others(count=3, rank=2, median=8, high=1, furthest=1)


def test_a_hit_of_no_rule_that_has_candidates_says_nothing_of_others() -> None:
    with sample_view(moved(A=3), HOUR) as view:
        assert others_of(view, HOUR, Rulebook({}), [pattern()]) == [{}]
    assert compared(None) == "not known"


def pattern() -> Hit:
    entry = read_rule(RULE, "rules/kyc_aml/busy_payer.yml")
    rule = entry.rule
    return Hit(
        rule_id="repeated", version=1, risk=rule.risk_family, typology=rule.typology,
        severity=rule.how_bad, score=60.0, at=START, started_at=START, owner_id="A",
    )  # fmt: skip


def test_where_the_subject_stands_is_said_with_what_others_came_to() -> None:
    said = compared(Others(count=4, rank=2, median=1.0, high=9.0, furthest=9.5))
    assert said == "rank 2 of 5; others: median 1, 95th percentile 9, furthest 9.5"
