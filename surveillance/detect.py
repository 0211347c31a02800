"""The heart: a rulebook over a view of activity gives one verdict a rule. Values in, values out.

``except Exception`` stands once, around one rule: a rule that fails says so and the others go on.
A rule whose needs are not met says ``insufficient_data``; no rule is ever silent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from surveillance.activity.facts import prepare, relations
from surveillance.activity.sample import sample_view
from surveillance.activity.view import View
from surveillance.anomaly import Judge, Peers
from surveillance.model import Hit, Outcome, Scalar, Verdict, Window, format_time
from surveillance.rules.book import Entry, Rulebook
from surveillance.rules.compile import resolve
from surveillance.rules.examples import Tested, examples_of
from surveillance.rules.schema import Example, Parameter, Rule, Strange
from surveillance.rules.shape import micros, rows
from surveillance.times import span

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIXED = frozenset(
    {"trader_id", "owner_id", "instrument", "started_at", "at", "segment", "fired", "score"}
)


def detect(
    book: Rulebook,
    view: View,
    window: Window,
    peers: Peers,
    judge: Judge,
    progress: Callable[[str], None] = lambda rule_id: None,
) -> tuple[Verdict, ...]:
    """Judge ``window`` by every rule, over a view that reaches back as far as the rulebook needs.

    Returns verdicts in order of rule id, hits in order of ``(at, subject, instrument)``.
    """
    prepare(view.connection, [])
    _place(view, peers)
    verdicts = []
    for name, entry in book.entries.items():
        progress(name)
        verdicts.append(_verdict(entry, view, window, peers, judge))
    return tuple(verdicts)


def _verdict(entry: Entry, view: View, window: Window, peers: Peers, judge: Judge) -> Verdict:
    rule = entry.rule
    try:
        missing = _missing(entry, view, window)
        if missing:
            return _said(entry, Outcome.INSUFFICIENT_DATA, f"no {', '.join(missing)} in reach")
        if isinstance(rule.detect, Strange):
            return judge(entry, view, window)
        prepare(view.connection, sorted(entry.compiled.tables))
        return _judged(entry, view, window, peers)
    except Exception as error:  # one rule's failure is its verdict, never the run's
        return _said(entry, Outcome.ERROR, f"{type(error).__name__}: {error}".splitlines()[0])


def _said(entry: Entry, outcome: Outcome, reason: str = "", hits: Iterable[Hit] = ()) -> Verdict:
    rule = entry.rule
    return Verdict(rule.id, rule.version, entry.digest, outcome, reason, tuple(hits))


def _missing(entry: Entry, view: View, window: Window) -> list[str]:
    start, end = _us(window.start), _us(window.end)
    times = {"$run_from": str(start - micros(entry.compiled.reach)), "$run_end": str(end)}
    return [need for need in entry.rule.needs if not _has(view, need, times)]


def _has(view: View, need: str, times: Mapping[str, str]) -> bool:
    table, _, column = need.partition(".")
    sql = f"select 1 from {rows(relations()[table])} where {column or '1'} is not null limit 1"
    for mark, value in times.items():
        sql = sql.replace(mark, value)
    return bool(view.arrow(sql).num_rows)


def _place(view: View, peers: Peers) -> None:
    placed = pa.table(
        {
            "subject_id": pa.array(list(peers.segments), pa.string()),
            "segment": pa.array(list(peers.segments.values()), pa.string()),
        }
    )
    view.connection.register("placed", placed)
    view.connection.execute("create or replace temp table segments as select * from placed")


def _judged(entry: Entry, view: View, window: Window, peers: Peers) -> Verdict:
    values = {
        name: resolve(parameter, peers.quantiles.get(parameter.of or ""))
        for name, parameter in entry.rule.parameters.items()
    }
    sql = entry.compiled.sql(_us(window.start), _us(window.end), values)
    found = view.arrow(sql).to_pylist()
    if entry.compiled.repeats:
        found = list(_rolled_up(found, entry, window))
    hits = [_hit(entry, row, values) for row in found]
    fired = any(row["fired"] for row in found)
    return _said(entry, Outcome.HIT if fired else Outcome.NO_HIT, hits=hits)


def _rolled_up(
    found: Sequence[dict[str, Any]], entry: Entry, window: Window
) -> Iterable[dict[str, Any]]:
    """Make one row per subject and hop of the candidates that fired, if they are enough.

    The row is the best of the hop, with the evidence of all that counted towards it; a hop with
    nothing fired keeps its best near miss, below the line.
    """
    hop, lookback = span(entry.rule.every or ""), span(entry.rule.lookback)
    hops: dict[tuple[datetime, str], list[dict[str, Any]]] = {}
    for row in found:
        end = _EPOCH + ((_utc(row["at"]) - _EPOCH) // hop + 1) * hop
        subject = str([row["owner_id"], row["trader_id"], row["instrument"]])
        hops.setdefault((end, subject), []).append(row)
    for (end, subject), members in sorted(hops.items(), key=lambda item: item[0]):
        at = end - timedelta(microseconds=1)
        if not window.start <= at < window.end:
            continue
        counted = [
            row
            for (other, who), group in hops.items()
            if who == subject and end - lookback < other <= end
            for row in group
            if row["fired"]
        ]
        fired = [row for row in members if row["fired"]]
        enough = len(counted) >= entry.compiled.repeats
        best = max(fired or members, key=lambda row: (row["score"], row["at"]))
        if fired and enough:
            yield _merged(best, counted, at)
        elif not fired:
            yield {**best, "at": at}


def _merged(
    best: dict[str, Any], counted: Sequence[dict[str, Any]], at: datetime
) -> dict[str, Any]:
    ids = {
        key: sorted({item for row in counted for item in row[key]})
        for key in best
        if key.startswith("evidence_")
    }
    started = min(row["started_at"] for row in counted)
    return {**best, **ids, "started_at": started, "at": at, "occurrences": len(counted)}


def _hit(entry: Entry, row: Mapping[str, Any], values: Mapping[str, Mapping[str, float]]) -> Hit:
    rule = entry.rule
    segment = str(row["segment"])
    measures = {name: _scalar(row[name]) for name in entry.compiled.measures}
    if "occurrences" in row:
        measures["occurrences"] = int(row["occurrences"])
    thresholds: dict[str, Scalar] = {
        name: by.get(segment, by[""])
        if rule.parameters[name].value is None or by.keys() != {""}
        else _given(rule.parameters[name])
        for name, by in values.items()
    }
    evidence = {table: tuple(row[f"evidence_{table}"]) for table in entry.compiled.evidence}
    return Hit(
        rule.id,
        rule.version,
        rule.risk_family,
        rule.typology,
        rule.how_bad,
        float(row["score"]),
        _utc(row["at"]),
        _utc(row["started_at"]),
        row["trader_id"],
        row["owner_id"],
        row["instrument"],
        segment,
        measures,
        thresholds,
        evidence,
        _reasons(rule, measures, thresholds),
    )


def _given(parameter: Parameter) -> Scalar:
    return parameter.value


def _reasons(
    rule: Rule, measures: Mapping[str, Scalar], thresholds: Mapping[str, Scalar]
) -> tuple[str, ...]:
    """Say for each graded measure what it was and where the line is, the heaviest first."""
    said = []
    for name, grade in sorted(rule.score.items(), key=lambda item: -item[1].weight):
        key = str(grade.from_).removeprefix("$")
        words = f"{name.replace('_', ' ')} was {_short(measures[name])}"
        if key in thresholds:
            words += f"; the line is {_short(thresholds[key])} {rule.parameters[key].unit}"
        said.append(words)
    return tuple(said)


def _short(value: Scalar) -> str:
    if isinstance(value, float) or (isinstance(value, str) and _is_number(value)):
        return f"{float(value):,.4f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).lstrip("-").isdigit()


def _scalar(value: Any) -> Scalar:
    """Keep exact numbers as exact text; what is not finite is not a number."""
    if isinstance(value, Decimal) and value.as_tuple().exponent == 0:
        return int(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, datetime):
        return format_time(_utc(value))
    return value if isinstance(value, (str, int, bool)) else None


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


def _us(moment: datetime) -> int:
    return micros(moment - _EPOCH)


def try_examples(entry: Entry) -> list[Tested]:
    """Judge the inline tests of a rule as a run would."""
    return examples_of(entry, _tried)


def _tried(entry: Entry, example: Example, window: Window) -> tuple[str, tuple[Hit, ...]]:
    back = window.back_to(entry.reach)
    book = Rulebook({entry.rule.id: entry})
    with sample_view(example.given, back) as view:
        (verdict,) = detect(book, view, window, Peers(example.segments), _no_detector)
    unable = verdict.outcome in (Outcome.ERROR, Outcome.INSUFFICIENT_DATA)
    return (verdict.reason if unable else ""), tuple(hit for hit in verdict.hits if hit.score >= 50)


def _no_detector(entry: Entry, view: View, window: Window) -> Verdict:
    return _said(entry, Outcome.INSUFFICIENT_DATA, "no detector is fitted for an inline test")
