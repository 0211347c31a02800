"""What goes with an alert into the case wing, gathered once, so that it never needs the lake."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.canonical import digest
from surveillance.detection import anomaly, segments
from surveillance.detection.making import whole
from surveillance.detection.reach import by_view
from surveillance.dossier.evidence import Evidence
from surveillance.dossier.others import others_of
from surveillance.dossier.playback import playbacks_of
from surveillance.dossier.scene import scenes
from surveillance.model import ALERT_LINE, Dossier, Hit, Run, Scalar, Scene, Sighting
from surveillance.playback import Playback
from surveillance.rules import patterns
from surveillance.rules.book import Entry, Rulebook
from surveillance.times import span

_USUAL = ("daily_notional", "orders_per_day", "cancel_ratio", "transfers")


class _Rule(NamedTuple):
    """What a dossier says of its rule: the parsed file, its text, and the rule's digest."""

    record: Mapping[str, Any]
    text: str
    digest: str


def sightings_of(view: View, run: Run, book: Rulebook) -> list[Sighting]:
    """Return what filing needs to know of every hit of a run that reaches the alert line."""
    hits = [hit for verdict in run.verdicts for hit in verdict.hits if hit.score >= ALERT_LINE]

    def sightings(near: View, part: Rulebook, its: Sequence[Hit]) -> list[Sighting]:
        prepare(near.connection, [])
        evidence, entries = Evidence(near, its), part.entries
        return [_sighting(run, hit, evidence, span(entries[hit.rule_id].rule.apart)) for hit in its]

    return _by_reach(view, run, book, hits, sightings)


_Of = TypeVar("_Of")


def _by_reach(
    view: View,
    run: Run,
    book: Rulebook,
    hits: Sequence[Hit],
    of: Callable[[View, Rulebook, Sequence[Hit]], Sequence[_Of]],
) -> list[_Of]:
    """Return what is said of hits, in their order, each by the view that its rule was judged on."""
    said: dict[int, _Of] = {}
    for near, part in by_view(book, view, run.window):
        places = [place for place, hit in enumerate(hits) if hit.rule_id in part.entries]
        if places:
            answers = of(near, part, [hits[place] for place in places])
            said |= zip(places, answers, strict=True)
    return [said[place] for place in range(len(hits))]


def _sighting(run: Run, hit: Hit, evidence: Evidence, apart: timedelta | None = None) -> Sighting:
    first, last = evidence.span(hit)
    return Sighting(
        hit=hit,
        run_id=run.id,
        owner_id=hit.owner_id or evidence.subject(hit).get("owner_id"),
        accounts=evidence.accounts(hit),
        started_at=first,
        ended_at=last,
        amounts=evidence.amounts(hit),
        apart=apart,
    )


def dossiers(
    view: View, run: Run, book: Rulebook, models: anomaly.Models, hits: Sequence[Hit]
) -> list[Dossier]:
    """Return a dossier for each of some hits of a run."""

    def of(near: View, part: Rulebook, its: Sequence[Hit]) -> list[Dossier]:
        return _dossiers(near, run, part, models, its)

    return _by_reach(view, run, book, hits, of)


def _dossiers(
    view: View, run: Run, book: Rulebook, models: anomaly.Models, hits: Sequence[Hit]
) -> list[Dossier]:
    whole(view, ["order_life", "fills"])
    evidence = Evidence(view, hits)
    pictures = scenes(view, hits, evidence, needs_of(book))
    playbacks = playbacks_of(view, hits, evidence)
    others = others_of(view, run.window, book, hits)
    rules = {name: _rule_of(book.entries[name]) for name in {hit.rule_id for hit in hits}}
    together = zip(hits, pictures, playbacks, others, strict=True)
    return [
        replace(
            _dossier(run, models, rules[hit.rule_id], hit, evidence, scene, playback),
            others=compared,
        )
        for hit, scene, playback, compared in together
    ]


def pattern_dossiers(
    view: View,
    run: Run,
    book: Rulebook,
    models: anomaly.Models,
    risen: Sequence[tuple[Hit, Hit]],
    written: patterns.Written,
) -> tuple[list[Sighting], list[Dossier]]:
    """Return patterns as sightings, and their dossiers, with the picture of the last hit each.

    Rows of earlier hits are there as far as the view reaches; their runs have them all.
    """
    hits, lasts = [pattern for pattern, _ in risen], [last for _, last in risen]
    view = view.reaching(run.window.back_to(written.settings.reach))
    whole(view, ["order_life", "fills"])
    evidence, latest = Evidence(view, hits), Evidence(view, lasts)
    pictures = scenes(view, lasts, latest, needs_of(book))
    playbacks = playbacks_of(view, lasts, latest)
    rules = [_pattern_rule(written, book, hit) for hit in hits]
    together = zip(rules, hits, lasts, pictures, playbacks, strict=True)
    sightings = [_sighting(run, hit, evidence) for hit in hits]
    return sightings, [
        replace(
            _dossier(run, models, rule, hit, evidence, scene, playback),
            instrument=latest.instrument(last),
        )
        for rule, hit, last, scene, playback in together
    ]


def persons(view: View, hits: Sequence[Hit]) -> list[str | None]:
    """Return whom hits speak of: the owner, or the trader where the owner is unknown."""
    bare = [replace(hit, evidence={}) for hit in hits]
    evidence = Evidence(view, bare)
    return [hit.owner_id or evidence.subject(hit).get("owner_id") or hit.trader_id for hit in bare]


def needs_of(book: Rulebook) -> dict[str, frozenset[str]]:
    """Return by rule the tables without which it judges nothing."""
    return {
        name: frozenset(need.partition(".")[0] for need in entry.rule.needs)
        for name, entry in book.entries.items()
    }


def _rule_of(entry: Entry) -> _Rule:
    record = entry.rule.model_dump(by_alias=True, exclude={"detect"})
    detect = entry.rule.detect.model_dump(by_alias=True)
    return _Rule(record | {"detect": detect}, entry.text, entry.digest)


def _pattern_rule(written: patterns.Written, book: Rulebook, hit: Hit) -> _Rule:
    """Return what a pattern alert says of its rule, with the practices of its typology."""
    same = [e.rule for e in book.entries.values() if e.rule.typology == hit.typology]
    practices = dict.fromkeys(name for rule in same for name in rule.practices)
    law = dict.fromkeys([*written.settings.law, *(name for rule in same for name in rule.law)])
    typed = {"risk": hit.risk, "typology": hit.typology, "severity": hit.severity}
    record = written.settings.as_rule | typed | {"practices": list(practices), "law": list(law)}
    return _Rule(record, written.text, digest(written.text))


def _dossier(
    run: Run,
    models: anomaly.Models,
    rule: _Rule,
    hit: Hit,
    evidence: Evidence,
    scene: Scene,
    playback: Playback,
) -> Dossier:
    rows, counts = evidence.rows(hit)
    accounts = evidence.accounts(hit)
    return Dossier(
        hit=hit,
        run_id=run.id,
        run_digest=run.digest,
        window=run.window,
        as_of=run.as_of,
        rule=rule.record,
        rule_text=rule.text,
        rule_digest=rule.digest,
        scene=scene,
        rows=rows,
        row_counts=counts,
        subject=evidence.subject(hit),
        accounts=accounts,
        instrument=evidence.instrument(hit),
        peers=_peers(models, hit, accounts),
        not_judged=next((v.not_judged for v in run.verdicts if v.rule_id == hit.rule_id), ()),
        playback=playback,
    )


def _peers(models: anomaly.Models, hit: Hit, accounts: Sequence[str]) -> dict[str, Scalar]:
    """Say how many are in the subject's segment, and what is usual there."""
    model = models.segments
    if model is None:
        return {}
    segment = hit.segment or (model.segment_of(accounts[0]) if accounts else segments.NEW)
    members = model.members.get(segment, 0)
    peers: dict[str, Scalar] = {"segment": segment, "traders in the segment": members}
    for name in _USUAL:
        usual = model.quantile(segment, name, 0.5)
        if usual is not None:
            peers[f"median {name.replace('_', ' ')}"] = round(usual, 4)
    return peers
