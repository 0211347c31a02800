"""Canaries: what each rule of a run says of acts planted for it, in a world of their own.

A rule's labelled acts are the tests in its file that fire. They are moved by whole weeks into
the run's own, so that hops and settlement windows fall as they were written; every id in them
begins with ``canary:``; and each is judged by ``detect`` with the run's compiled rule and peers, on
a connection that holds nothing else. An anomaly rule is shown a trader far beyond every peer that
its detector was fitted on, once in each group of peers. So a canary goes missing when a threshold
or a peer quantile has moved out of reach, a detector or its cut no longer picks anybody, or the
engine, the language or a library answers otherwise than when the rule was written.

What this does not prove, and planting rows among real ones would: that the venue's feeds bring
what the rule needs (a run's completeness and its ``insufficient_data`` verdicts say that), and
that an act stands out from the traffic of the day. Planted among real rows, an act would
be part of every sum that real traders are measured by, and could change a real verdict; here it
cannot. Canaries are no part of a run's digest: they say nothing of its window, and follow from
what its manifest pins already.

So they are not judged again while nothing changes that they follow from: the rule as it is run, its
tests, the quantiles or the fit it is measured by, the week, the code and the libraries (``cache``).
The week is among them because a rule may count days of the month, or hops that no week holds a
whole number of. One that could not be judged is judged at every run until it can be: it may have
been the time that one rule may take.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from surveillance import cache
from surveillance.activity.lake.view import View
from surveillance.activity.planted import planted
from surveillance.activity.sample import START, sample_view
from surveillance.detection.anomaly import Models, Peers
from surveillance.detection.detect import detect
from surveillance.detection.detectors import Fitted
from surveillance.detection.detectors.extreme import extremes
from surveillance.detection.segments import ALL
from surveillance.errors import SurveillanceError
from surveillance.model import ALERT_LINE, CANARY, Hit, Run, Verdict, Window
from surveillance.records.tables import Canary
from surveillance.rules.book import Entry, Rulebook
from surveillance.rules.examples import follows_from, window_of
from surveillance.rules.inline import Example
from surveillance.rules.logic import Strange

ACTS = 2
"""How many of a rule's acts are planted in a run: the first of its file."""
_WEEK = timedelta(weeks=1)
_NO_HIT = "expected a hit, was "
"""So begins what is said of an act that was judged and not found."""


def judge(run: Run, view: View, book: Rulebook, models: Models) -> list[Canary]:
    """Say of every rule of a run whether it still finds what was planted for it, and if not, why.

    ``view`` is the one the run was judged on; all that is read of it is who is in which segment.
    """
    peers = models.peers(view)
    by = (run.window.end - START) // _WEEK * _WEEK
    return [
        Canary(
            run_id=run.id,
            rule_id=entry.rule.id,
            version=entry.rule.version,
            act=act,
            found=not reason,
            reason=reason,
        )
        for entry in book.entries.values()
        for act, reason in _recalled(entry, models, peers, by)
    ]


def keep(session: Session, checked: Sequence[Canary]) -> None:
    """Keep the canaries of a run that is kept; a run that was made before has its own."""
    if checked and not listed(session, checked[0].run_id):
        session.add_all(checked)


def listed(session: Session, run_id: str) -> list[Canary]:
    """Return the canaries of a run, in order of rule and act."""
    wanted = select(Canary).where(Canary.run_id == run_id)
    return list(session.exec(wanted.order_by(col(Canary.rule_id), col(Canary.act))))


def _recalled(entry: Entry, models: Models, peers: Peers, by: timedelta) -> list[tuple[str, str]]:
    """Return each planted act, and why it was not found; judged only if it never was before."""
    is_timed = not isinstance(entry.rule.detect, Strange)

    def plain(judged: list[tuple[str, str]]) -> list[tuple[str, str]] | None:
        is_sure = all(why.startswith(_NO_HIT) for _, why in judged if why)
        return judged if is_sure or not is_timed else None

    return cache.once(
        "canaries",
        _follows_from(entry, models, peers, by),
        lambda: list(_judged(entry, models, peers, by)),
        plain,
        lambda plain: [(str(act), str(why)) for act, why in plain],
    )


def _follows_from(entry: Entry, models: Models, peers: Peers, by: timedelta) -> list[object]:
    """Return all that the canaries of a rule depend on."""
    if not isinstance(entry.rule.detect, Strange):
        measured = {of: peers.quantiles.get(of, {}) for of in _features(entry)}
        return [*follows_from(entry), measured, by // _WEEK]
    fitted = models.fitted.get(entry.rule.id)
    if fitted is None:
        return [entry.rule.id]
    return [entry.rule.id, fitted.digest]


def _judged(entry: Entry, models: Models, peers: Peers, by: timedelta) -> Iterator[tuple[str, str]]:
    """Yield each planted act, and why it was not found; nothing if it was."""
    if isinstance(entry.rule.detect, Strange):
        yield from _strange(models.fitted.get(entry.rule.id))
        return
    acts = [test for test in entry.rule.examples if test.expect and not test.known_gap][:ACTS]
    if not acts:
        yield "none", "expected a test in the rule's file that fires, was none"
    for act in acts:
        yield act.name, _missed(entry, act, peers, by)
    for segment in _measured(entry, peers):
        tried = [_missed(entry, act, peers, by, segment) for act in acts]
        yield f"as {segment}", "" if "" in tried else tried[0]


def _measured(entry: Entry, peers: Peers) -> list[str]:
    """Return the segments whose peers set a threshold of the rule.

    One act found is enough there: for larger traders an author can write a larger one.
    """
    names = {name for of in _features(entry) for name in peers.quantiles.get(of, {})}
    return sorted(names - {ALL})


def _features(entry: Entry) -> set[str]:
    return {parameter.of for parameter in entry.rule.parameters.values() if parameter.of}


def _missed(entry: Entry, act: Example, peers: Peers, by: timedelta, segment: str = "") -> str:
    """Say why an act was not found, its subjects put into a segment if one is given."""
    subjects = [_subject(expected) for expected in act.expect]
    placed = {f"{CANARY}{name}": of for name, of in act.segments.items()}
    if segment:
        placed = {name: segment for subject in subjects for name in subject.values()}
    window = window_of(entry, act)
    window = Window(window.start + by, window.end + by)
    book = Rulebook({entry.rule.id: entry})
    try:
        with sample_view(planted(act.given, by), window.back_to(entry.reach)) as view:
            (verdict,) = detect(book, view, window, replace(peers, segments=placed), _no_detector)
    except SurveillanceError as wrong:
        return str(wrong)
    is_found = all(_hit_of(verdict, subject, ALERT_LINE) for subject in subjects)
    return "" if is_found else _why(verdict, subjects)


def _subject(expected: Mapping[str, Any]) -> dict[str, str]:
    names = ("trader_id", "owner_id", "instrument")
    return {name: f"{CANARY}{expected[name]}" for name in names if name in expected}


def _hit_of(verdict: Verdict, subject: Mapping[str, str], least: float) -> Hit | None:
    for hit in verdict.hits:
        if hit.score >= least and all(getattr(hit, name) == of for name, of in subject.items()):
            return hit
    return None


def _why(verdict: Verdict, subjects: Sequence[Mapping[str, str]]) -> str:
    if verdict.reason:
        return verdict.reason
    near = next((hit for subject in subjects if (hit := _hit_of(verdict, subject, 0))), None)
    if near is None:
        return f"{_NO_HIT}none"
    return f"{_NO_HIT}a score of {near.score:g}: {'; '.join(near.reasons)}"


def _no_detector(entry: Entry, view: View, window: Window) -> Verdict:
    raise TypeError(f"expected a rule that is a query, was {entry.rule.id}")


def _strange(fitted: Fitted | None) -> Iterator[tuple[str, str]]:
    if fitted is None:
        yield "a trader beyond every peer", "no detector is fitted"
        return
    if fitted.shortfall:
        yield "a trader beyond every peer", fitted.shortfall
    line = fitted.spec.line
    for group, scored in extremes(fitted, f"{CANARY}trader"):
        message = f"expected a p-value of at most {line:.2g}, was {scored.p_value:.2g}"
        yield f"a trader beyond every peer of {group}", "" if scored.is_anomaly else message
