"""The same rule one message at a time, for engines that judge one message at a time.

The host keeps the state, as their manuals ask: of each open order what it was and how much its
trader had traded on the other side when it came, so that each message carries the age of its order
and the trades since. Every message is put to every rule; the engine says which are true.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from benchmarks.hits import HOUR, summary
from benchmarks.peers import files

Event: TypeAlias = dict[str, Any]
Judge: TypeAlias = Callable[[Event], Iterable[int]]
"""Says by number which of the rules an event makes true."""

_STREAM = """
select event, order_id, trader_id, instrument, side, cast(quantity as double), epoch_us(ts)
from read_parquet({files}) order by ts, seq
"""


def ready(job: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """Compile the rules with the engine named, and return the work."""
    import duckdb

    sets = [limits for _, limits in job["asks"]]
    judge = _ENGINES[job["engine"]](sets)

    def work() -> dict[str, Any]:
        with duckdb.connect() as connection:
            stream = connection.execute(_STREAM.format(files=files(job, "orders")))
            hits = _judged(_rows(stream), judge, len(sets))
        return summary([(*key, list(ids)) for key, ids in each.items()] for each in hits)

    return work


def _rows(stream: Any) -> Iterator[tuple[Any, ...]]:
    while rows := stream.fetchmany(10_000):
        yield from rows


def _judged(
    rows: Iterable[tuple[Any, ...]], judge: Judge, rules: int
) -> list[dict[tuple[str, str, int], set[str]]]:
    hits: list[dict[tuple[str, str, int], set[str]]] = [defaultdict(set) for _ in range(rules)]
    traded: dict[tuple[str, str, str], int] = defaultdict(int)
    opened: dict[str, tuple[float, int, int]] = {}
    for event, order, trader, instrument, side, quantity, us in rows:
        if event == "fill":
            traded[trader, instrument, side] += 1
        other = traded[trader, instrument, "sell" if side == "buy" else "buy"]
        if event == "new":
            opened[order] = quantity, us, other
        size, since, before = opened[order]
        message = {"event": event, "quantity": size, "age": us - since, "opposite": other - before}
        for rule in judge(message):
            hits[rule][trader, instrument, (since + 2_000_000) // HOUR].add(order)
        if event == "cancel":
            del opened[order]
    return hits


def _plain(sets: list[dict[str, float]]) -> Judge:
    """No engine at all: what the host would do by hand."""

    def judge(event: Event) -> list[int]:
        if event["event"] != "cancel" or event["opposite"] < 1:
            return []
        return [
            number
            for number, limits in enumerate(sets)
            if event["quantity"] >= limits["large"] and event["age"] <= limits["age"]
        ]

    return judge


def _zen(sets: list[dict[str, float]]) -> Judge:
    import zen

    texts = [_text(limits, "==", "and", "'cancel'") for limits in sets]
    compiled = list(enumerate(zen.compile_expression(text) for text in texts))
    return lambda event: [number for number, each in compiled if each.evaluate(event)]


def _cel(sets: list[dict[str, float]]) -> Judge:
    import cel

    # Whole numbers and fractions are different types there, and do not compare.
    compiled = list(
        enumerate(cel.compile(_text(limits, "==", "&&", "'cancel'", ".0")) for limits in sets)
    )
    return lambda event: [number for number, each in compiled if each.execute(event)]


def _rule_engine(sets: list[dict[str, float]]) -> Judge:
    import rule_engine

    texts = [_text(limits, "==", "and", "'cancel'") for limits in sets]
    compiled = list(enumerate(rule_engine.Rule(text) for text in texts))
    return lambda event: [number for number, each in compiled if each.matches(event)]


def _durable(sets: list[dict[str, float]]) -> Judge:
    from durable import engine, lang

    fired: list[int] = []
    with lang.ruleset("pack"):
        for number, limits in enumerate(sets):
            _durable_rule(lang, number, limits, fired)

    def judge(event: Event) -> list[int]:
        fired.clear()
        # A message that is posted is gone with the first rule it makes true; a fact stays for all.
        fact = dict(event)
        try:
            lang.assert_fact("pack", fact)
        except engine.MessageNotHandledException:
            return fired
        lang.retract_fact("pack", fact)
        return list(fired)

    return judge


def _durable_rule(lang: Any, number: int, limits: dict[str, float], fired: list[int]) -> None:
    condition = (
        (lang.m.event == "cancel")
        & (lang.m.opposite >= 1)
        & (lang.m.quantity >= limits["large"])
        & (lang.m.age <= limits["age"])
    )

    lang.when_all(condition)(lambda fact: fired.append(number))


def _text(limits: dict[str, float], same: str, both: str, cancel: str, point: str = "") -> str:
    large = f"{limits['large']:g}{point}"
    tests = (
        f"event {same} {cancel}",
        "opposite >= 1",
        f"quantity >= {large}",
        f"age <= {limits['age']:.0f}",
    )
    return f" {both} ".join(tests)


_ENGINES: dict[str, Callable[[list[dict[str, float]]], Judge]] = {
    "python": _plain,
    "zen-engine": _zen,
    "common-expression-language": _cel,
    "rule-engine": _rule_engine,
    "durable-rules": _durable,
}
