"""In which rule, of which subject and in which measure two judgements of a window differ."""

from collections.abc import Iterator

from surveillance.canonical import canonical
from surveillance.model import Hit, Run, Verdict
from surveillance.proof.premises import Difference

_REST = (
    "segment",
    "started_at",
    "trader_id",
    "owner_id",
    "severity",
    "risk",
    "typology",
    "reasons",
)


def feeds(before: Run, after: Run) -> Iterator[Difference]:
    """Say which table has other rows, times or gaps than the run recorded."""
    recorded, again = before.manifest["completeness"], after.manifest["completeness"]
    for table in sorted(recorded.keys() | again.keys()):
        was, now = recorded.get(table, {}), again.get(table, {})
        for fact in sorted(was.keys() | now.keys()):
            if was.get(fact) != now.get(fact):
                ends = canonical(was.get(fact)), canonical(now.get(fact))
                yield Difference("activity", "", table, fact, *ends)


def compare(before: Run, after: Run) -> Iterator[Difference]:
    """Say in which rule, of which subject, and in which measure two judgements differ."""
    recorded = {verdict.rule_id: verdict for verdict in before.verdicts}
    again = {verdict.rule_id: verdict for verdict in after.verdicts}
    for rule_id in sorted(recorded.keys() | again.keys()):
        yield from _verdicts(rule_id, recorded.get(rule_id), again.get(rule_id))


def _verdicts(rule_id: str, before: Verdict | None, after: Verdict | None) -> Iterator[Difference]:
    was = "absent" if before is None else f"{before.outcome} {before.reason}".strip()
    now = "absent" if after is None else f"{after.outcome} {after.reason}".strip()
    if was != now:
        yield Difference("verdict", rule_id, before=was, after=now)
    old, new = (_placed(verdict) for verdict in (before, after))
    for place in sorted(old.keys() | new.keys()):
        yield from _hits(rule_id, old.get(place), new.get(place))
    if before is not None and after is not None:
        yield from _scores(rule_id, before, after)


def _placed(verdict: Verdict | None) -> dict[tuple[str, int], Hit]:
    """Return hits by moment, subject and instrument, counted where several share all three."""
    placed: dict[tuple[str, int], Hit] = {}
    for hit in verdict.hits if verdict else ():
        place = f"{hit.at.isoformat()} {hit.subject} {hit.instrument or ''}"
        placed[place, sum(1 for other, _ in placed if other == place)] = hit
    return placed


def _hits(rule_id: str, before: Hit | None, after: Hit | None) -> Iterator[Difference]:
    if before is None or after is None:
        hit = before or after
        if hit is not None:
            kind = "lost" if after is None else "gained"
            words = f"score {hit.score:g} at {hit.at:%Y-%m-%d %H:%M:%S}; {'; '.join(hit.reasons)}"
            ends = {"before": words} if after is None else {"after": words}
            yield Difference(kind, rule_id, hit.subject, "", **ends)
        return
    for measure, was, now in _parts(before, after):
        yield Difference("changed", rule_id, before.subject, measure, was, now)


def _parts(before: Hit, after: Hit) -> Iterator[tuple[str, str, str]]:
    if before.score != after.score:
        yield "score", f"{before.score:g}", f"{after.score:g}"
    for field in ("measures", "thresholds", "evidence"):
        old, new = getattr(before, field), getattr(after, field)
        for name in sorted(old.keys() | new.keys()):
            was, now = canonical(old.get(name)), canonical(new.get(name))
            if was != now:
                yield name, was, now
    for field in _REST:
        if getattr(before, field) != getattr(after, field):
            yield field, str(getattr(before, field)), str(getattr(after, field))


def _scores(rule_id: str, before: Verdict, after: Verdict) -> Iterator[Difference]:
    for trader in sorted(before.scores.keys() | after.scores.keys()):
        was, now = before.scores.get(trader), after.scores.get(trader)
        if was != now:
            yield Difference("changed", rule_id, trader, "anomaly score", str(was), str(now))
