"""The each shape: rows of a fact as candidates, excused, judged, near or unknown."""

from typing import Any

import pytest

from surveillance.activity.sample import START
from surveillance.errors import RuleError
from surveillance.model import Hit, Verdict, Window
from surveillance.rules.book import read_rule
from surveillance.times import span
from tests.given.activities import judged
from tests.given.rulebooks import book
from tests.given.texts import HEAD

RULE = (
    HEAD
    + """\
needs: [trades]
lookback: 1h
parameters:
  line: {value: 10, unit: contracts, source: engineering}
detect:
  each: fill in fills
  where: not fill.is_block
  by: [trader_id, instrument]
  measure:
    size: fill.quantity
    worth: fill.notional
  unless:
    bought: fill.side = 'buy'
  require:
    size: ">= $line"
evidence: {trades: fill.trade_id}
say: "sold {size} of {instrument}"
"""
)
HOUR = Window(START, START + span("1h"))


def verdict(rows: list[dict[str, Any]], *changes: tuple[str, str]) -> Verdict:
    text = RULE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (found,) = judged(book(read_rule(text, "probe")), {"trades": rows}, HOUR)
    return found


def sold(quantity: float, **said: Any) -> dict[str, Any]:
    return {"at": "1m", "seller_id": "A", "quantity": quantity, **said}


def only(found: Verdict) -> Hit:
    (hit,) = found.hits
    return hit


def test_a_row_is_a_hit_with_its_ids_and_its_sentence() -> None:
    hit = only(verdict([sold(10, trade_id="t")]))
    assert (hit.trader_id, hit.instrument, hit.score) == ("A", "X", 50)
    assert hit.evidence == {"trades": ("t",)}
    assert hit.sentence == "sold 10 of X"
    assert hit.at == hit.started_at == START + span("1m")
    assert hit.reasons == ("size was 10; the line is 10 contracts",)


def test_what_has_a_line_is_told_once_and_what_is_or_is_not_in_words() -> None:
    changes = [
        ("    worth: fill.notional\n", "    worth: fill.notional\n    is_taker: fill.is_taker\n"),
        ('    size: ">= $line"\n', '    size: ">= $line"\n    any_way:\n'
         '      - {is_taker: is false}\n      - {size: is unknown}\n'),
    ]  # fmt: skip
    hit = only(verdict([sold(10, trade_id="t", taker_side="buy")], *changes))
    assert hit.reasons == ("size was 10; the line is 10 contracts", "taker was no")


def test_the_score_rises_with_the_distance() -> None:
    scores = [only(verdict([sold(size)])).score for size in (10, 12, 20, 100)]
    assert scores == [50, 58.33, 75, 95]


def test_what_is_near_is_kept_below_the_line() -> None:
    assert [only(verdict([sold(size)])).score for size in (9.9, 9, 8)] == [49.49, 45, 40]
    assert verdict([sold(7.9)]).hits == ()


def test_what_is_excused_is_counted_and_is_no_hit() -> None:
    bought = [{"at": f"{n}m", "buyer_id": "A", "quantity": 50} for n in range(3)]
    found = verdict(bought)
    assert found.hits == ()
    assert [str(each) for each in found.not_judged] == ["3 candidates not judged, excused: bought"]


def test_an_excuse_that_is_not_known_does_not_excuse() -> None:
    unsure = ("fill.side = 'buy'", "fill.is_taker and fill.side = 'buy'")
    assert only(verdict([{"at": "1m", "buyer_id": "A", "quantity": 50}], unsure)).trader_id == "A"


def test_what_is_not_known_is_counted_and_never_false() -> None:
    also = ('    size: ">= $line"\n', '    size: ">= $line"\n    worth: ">= 1"\n')
    unknown = ("fill.notional", "nullif(fill.quantity, 50)")
    found = verdict([sold(50), sold(1)], also, unknown)
    assert found.hits == ()
    assert [str(each) for each in found.not_judged] == ["1 candidates not judged, not known: worth"]


@pytest.mark.parametrize(
    ("change", "message", "key"),
    [
        (("fill in fills", "fills"), "expected a name in a table", "detect"),
        (("fill in fills", "fill in deals"), "expected a table of", "detect.each"),
        (("fill.quantity", "quantity + deal.x"), "", "detect.measure.size"),
        (("fill.side = 'buy'", "fill.quantity"), "expected a condition", "detect.unless.bought"),
        (("trades: fill.trade_id", "trades: fill.quantity"), "a column of ids", "evidence.trades"),
        (("by: [trader_id, ", "by: [mood, "), "expected a column of fills", "detect.by.0"),
        (("sold {size}", "sold {most}"), "in braces, was 'most'", "say"),
        (("  require:", "  at: fill.quantity\n  require:"), "expected a time", "detect.at"),
    ],
)
def test_logic_that_does_not_fit_is_refused_with_its_key(
    change: tuple[str, str], message: str, key: str
) -> None:
    assert change[0] in RULE
    with pytest.raises(RuleError) as refused:
        read_rule(RULE.replace(*change), "probe")
    faults = [(fault.key, fault.message) for fault in refused.value.faults]
    assert any(at.startswith(key) and message in said for at, said in faults), faults
