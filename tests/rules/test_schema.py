"""A rule as it is written: what it must say, and what it cannot."""

import pytest

from surveillance.errors import RuleError
from surveillance.rules.schema import Parameter
from tests.given.texts import AGGREGATE, QUERY, SEQUENCE, entry

WRONG = {
    "an unknown key": (AGGREGATE, "severity: low", "severety: low", "", "was absent"),
    "a mistyped key": (
        AGGREGATE,
        "lookback:",
        "look_back:",
        "look_back",
        "a key that is known here",
    ),
    "a severity of its own": (
        AGGREGATE,
        "severity: low",
        "severity: mild",
        "severity",
        "was 'mild'",
    ),
    "a risk of its own": (AGGREGATE, "risk: manipulation", "risk: theft", "risk", "was 'theft'"),
    "a number as text": (AGGREGATE, "version: 1", "version: '1'", "version", "was '1'"),
    "version nought": (AGGREGATE, "version: 1", "version: 0", "version", "was 0"),
    "a name in capitals": (AGGREGATE, "id: probe", "id: Probe", "id", "small letters"),
    "no law": (AGGREGATE, "law: [MAR 12]", "law: []", "law", "at least 1 item"),
    "no title": (AGGREGATE, "title: Probe", "title: ''", "title", "at least 1 character"),
    "a lookback without a unit": (AGGREGATE, "lookback: 3h", "lookback: 3", "lookback", "was 3"),
    "a lookback of nothing": (AGGREGATE, "lookback: 3h", "lookback: 0h", "lookback", "positive"),
    "a lookback that hops do not fill": (
        AGGREGATE,
        "lookback: 3h",
        "lookback: 90m",
        "",
        "multiple",
    ),
    "no hop": (AGGREGATE, "every: 1h\n", "", "", "expected every"),
    "no evidence": (
        AGGREGATE,
        "evidence: {trades: fills where not is_block}\n",
        "",
        "",
        "expected evidence",
    ),
    "no measure": (
        AGGREGATE,
        "    n: count(*)\n    total: sum(quantity)\n",
        "",
        "detect.measure",
        "",
    ),
    "a weight of nothing": (AGGREGATE, "to: 10}", "to: 10, weight: 0}", "score.n.weight", "was 0"),
    "a step without a time": (SEQUENCE, "within: 30s, ", "", "detect", "either within or between"),
    "a step with two times": (
        SEQUENCE,
        "within: 30s,",
        "within: 30s, between: [-1s, 1s],",
        "detect",
        "either within or between",
    ),
    "a step after a stranger": (
        SEQUENCE,
        "within: 30s",
        "after: third, within: 30s",
        "detect",
        "third",
    ),
    "a sequence per a stranger": (SEQUENCE, "per: second", "per: third", "detect", "was 'third'"),
    "a sequence of one": (
        SEQUENCE,
        "    - second: {from: order_life, within: 30s, where: second.side = 'sell'}\n",
        "",
        "detect.sequence",
        "at least 2 items",
    ),
    "a query without a gate": (QUERY, '  require:\n    size: "> 0"\n', "", "detect", "was absent"),
    "a parameter without a source": (
        AGGREGATE,
        ", source: test",
        "",
        "parameters.line",
        "'source'",
    ),
    "a parameter without a unit": (AGGREGATE, ", unit: trades", "", "parameters.line", "'unit'"),
    "a parameter without a value": (AGGREGATE, "value: 2, ", "", "parameters.line", "either value"),
    "a parameter with two values": (
        AGGREGATE,
        "value: 2",
        "value: 2, peer_quantile: 0.9, of: volume, floor: 1",
        "parameters.line",
        "either value or peer_quantile",
    ),
    "a quantile without a floor": (
        AGGREGATE,
        "value: 2",
        "peer_quantile: 0.9, of: volume",
        "parameters.line",
        "of and floor",
    ),
    "a floor without a quantile": (
        AGGREGATE,
        "value: 2",
        "value: 2, floor: 1",
        "parameters.line",
        "",
    ),
    "a quantile of everybody": (
        AGGREGATE,
        "value: 2",
        "peer_quantile: 1.0, of: volume, floor: 1",
        "parameters.line.peer_quantile",
        "",
    ),
    "text beside segments": (
        AGGREGATE,
        "value: 2",
        "value: two, segments: {whale: 3}",
        "parameters.line",
        "a number beside segments",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_rule_that_is_not_whole_is_refused_with_its_key(name: str) -> None:
    text, old, new, key, message = WRONG[name]
    with pytest.raises(RuleError) as caught:
        entry(text, (old, new))
    faults = {(fault.key, fault.message) for fault in caught.value.faults}
    assert any(at.startswith(key) and message in words for at, words in faults), faults
    assert all(fault.line >= 1 and fault.column >= 1 for fault in caught.value.faults)


def behaviour(*changes: tuple[str, str]) -> str:
    return entry(AGGREGATE, *changes).digest


@pytest.mark.parametrize(
    "change",
    [
        ("description: Looks.", "description: Looks closely."),
        ("title: Probe", "title: Another probe"),
        ("runbook: Look.", "runbook: Look twice."),
        ("law: [MAR 12]", "law: [MAR 12, MAR 15]"),
        ("source: test", "source: a letter"),
        ("unit: trades", "unit: deals"),
        ("version: 1", "version: 2"),
        ("false_positives: [Everybody]", "false_positives: [Nobody]"),
        ("  line: {value: 2,", "  # two are enough\n  line: {value: 2,"),
    ],
)
def test_prose_is_not_behaviour(change: tuple[str, str]) -> None:
    assert behaviour(change) == behaviour()


@pytest.mark.parametrize(
    "change",
    [
        ("value: 2", "value: 3"),
        ("value: 2", "value: 2, segments: {whale: 9}"),
        ("lookback: 3h", "lookback: 4h"),
        ("every: 1h", "every: 30m"),
        (">= $line", "> $line"),
        ("where: not is_block", "where: not is_block and true"),
        ("by: [trader_id, instrument]", "by: [owner_id, instrument]"),
        ("to: 10", "to: 11"),
        ("fills where not is_block}", "fills}"),
        ("needs: [trades]", "needs: [trades, orders]"),
        ("severity: low", "severity: high"),
        ("typology: probing", "typology: poking"),
    ],
)
def test_whatever_decides_a_verdict_is_behaviour(change: tuple[str, str]) -> None:
    assert behaviour(change) != behaviour()


def test_a_parameter_is_plain_if_it_is_the_same_for_everybody() -> None:
    assert Parameter(value=1, unit="x", source="y").is_plain
    assert not Parameter(value=1, segments={"whale": 2}, unit="x", source="y").is_plain
    assert not Parameter(peer_quantile=0.5, of="size", floor=0, unit="x", source="y").is_plain
