"""Candidates of one subject rolled up per hop: what happens again and again is one hit.

A candidate of a sequence stands at the moment when it can be judged. Those that fire are counted
over the lookback that ends with their hop, hops being aligned to the epoch, so the answer is the
same however runs are cut.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from surveillance.model import Window
from surveillance.times import end_of_hop, utc

Candidate: TypeAlias = Mapping[str, Any]
"""A candidate as the engine returns it; its times are naive."""


def rolled_up(
    candidates: Sequence[Candidate],
    hop: timedelta,
    lookback: timedelta,
    at_least: int,
    window: Window,
) -> Iterator[Candidate]:
    """Yield one row per subject and hop that ends in the window, in order of time and subject.

    It is the best of the hop's candidates that fired, with the evidence of all that counted
    towards it, if there are ``at_least`` so many within the lookback; a hop in which nothing fired
    keeps its best near miss, below the line.
    """
    subjects: dict[str, dict[datetime, list[Candidate]]] = defaultdict(lambda: defaultdict(list))
    for row in candidates:
        subject = str([row["owner_id"], row["trader_id"], row["instrument"]])
        subjects[subject][end_of_hop(utc(row["at"]), hop)].append(row)
    ends = sorted((end, subject) for subject, hops in subjects.items() for end in hops)
    for end, subject in ends:
        at = end - timedelta(microseconds=1)
        if window.start <= at < window.end:
            yield from _judged(subjects[subject], end, at, lookback, at_least)


def _judged(
    hops: Mapping[datetime, Sequence[Candidate]],
    end: datetime,
    at: datetime,
    lookback: timedelta,
    at_least: int,
) -> Iterator[Candidate]:
    fired = [row for row in hops[end] if row["fired"]]
    best = max(fired or hops[end], key=lambda row: (row["score"], row["at"]))
    if not fired:
        yield {**best, "at": at}
        return
    counted = [
        row
        for other, rows in hops.items()
        if end - lookback < other <= end
        for row in rows
        if row["fired"]
    ]
    if len(counted) >= at_least:
        yield _together(best, counted, at)


def _together(best: Candidate, counted: Sequence[Candidate], at: datetime) -> Candidate:
    ids = {
        key: sorted({row_id for row in counted for row_id in row[key] if row_id is not None})
        for key in best
        if key.startswith("evidence_")
    }
    started = min(row["started_at"] for row in counted)
    return {**best, **ids, "started_at": started, "at": at, "occurrences": len(counted)}
