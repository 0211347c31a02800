"""What goes with an alert into the case wing, gathered once, so that it never needs the lake."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from surveillance.activity.facts import prepare
from surveillance.activity.lake.view import View
from surveillance.detection import anomaly, segments
from surveillance.dossier.evidence import Evidence
from surveillance.dossier.playback import playbacks_of
from surveillance.dossier.scene import scenes
from surveillance.model import QUEUE_LINE, Dossier, Hit, Run, Scalar, Scene, digest
from surveillance.playback import Playback
from surveillance.rules import patterns
from surveillance.rules.book import Rulebook

_USUAL = ("daily_notional", "orders_per_day", "cancel_ratio", "transfers")


def dossiers(view: View, run: Run, book: Rulebook, models: anomaly.Models) -> list[Dossier]:
    """Return a dossier for every hit of a run that reaches the queue line."""
    found = (hit for verdict in run.verdicts for hit in verdict.hits)
    hits = [hit for hit in found if hit.score >= QUEUE_LINE]
    prepare(view.connection, ["order_life", "fills"])
    evidence = Evidence(view, hits)
    pictures = scenes(view, hits, evidence)
    return [
        _dossier(run, book, models, hit, evidence, picture, playback)
        for hit, picture, playback in zip(
            hits, pictures, playbacks_of(view, hits, evidence), strict=True
        )
    ]


def pattern_dossiers(
    view: View,
    run: Run,
    book: Rulebook,
    models: anomaly.Models,
    found: Sequence[tuple[Hit, Hit]],
    written: patterns.Written,
) -> list[Dossier]:
    """Return a dossier for each pattern, given with its last hit, whose picture stands for all.

    Rows of earlier hits are there as far as the view reaches; their runs have them all.
    """
    hits, lasts = [pattern for pattern, _ in found], [last for _, last in found]
    prepare(view.connection, ["order_life", "fills"])
    evidence, latest = Evidence(view, hits), Evidence(view, lasts)
    pictures, playbacks = scenes(view, lasts, latest), playbacks_of(view, lasts, latest)
    return [
        replace(
            _gathered(run, models, hit, evidence, picture, playback),
            rule=_told(written, book, hit),
            rule_text=written.text,
            rule_digest=digest(written.text),
            instrument=latest.instrument(last),
        )
        for hit, last, picture, playback in zip(hits, lasts, pictures, playbacks, strict=True)
    ]


def persons(view: View, hits: Sequence[Hit]) -> list[str | None]:
    """Return whom hits speak of: the owner, or the trader where the owner is unknown."""
    bare = [replace(hit, evidence={}) for hit in hits]
    evidence = Evidence(view, bare)
    return [hit.owner_id or evidence.subject(hit).get("owner_id") or hit.trader_id for hit in bare]


def _told(written: patterns.Written, book: Rulebook, hit: Hit) -> dict[str, Any]:
    """Return what a pattern alert says of its rule, with the practices of its typology."""
    same = [e.rule for e in book.entries.values() if e.rule.typology == hit.typology]
    practices = dict.fromkeys(name for rule in same for name in rule.practices)
    law = dict.fromkeys([*written.settings.law, *(name for rule in same for name in rule.law)])
    typed = {"risk": hit.risk, "typology": hit.typology, "severity": hit.severity}
    return written.settings.told | typed | {"practices": list(practices), "law": list(law)}


def _dossier(
    run: Run,
    book: Rulebook,
    models: anomaly.Models,
    hit: Hit,
    evidence: Evidence,
    seen: Scene,
    playback: Playback,
) -> Dossier:
    entry = book.entries[hit.rule_id]
    return replace(
        _gathered(run, models, hit, evidence, seen, playback),
        rule=entry.rule.model_dump(by_alias=True, exclude={"detect"})
        | {"detect": entry.rule.detect.model_dump(by_alias=True)},
        rule_text=entry.text,
        rule_digest=entry.digest,
    )


def _gathered(
    run: Run,
    models: anomaly.Models,
    hit: Hit,
    evidence: Evidence,
    seen: Scene,
    playback: Playback,
) -> Dossier:
    """Return everything of a dossier but its rule."""
    rows, counts = evidence.rows(hit)
    accounts = evidence.accounts(hit)
    return Dossier(
        hit, run.id, run.digest, run.window, run.as_of,
        rule={},
        rule_text="",
        rule_digest="",
        scene=seen,
        rows=rows,
        row_counts=counts,
        subject=evidence.subject(hit),
        accounts=accounts,
        instrument=evidence.instrument(hit),
        peers=_peers(models, hit, accounts),
        playback=playback,
    )  # fmt: skip


def _peers(models: anomaly.Models, hit: Hit, accounts: Sequence[str]) -> dict[str, Scalar]:
    """Say how many are in the subject's segment, and what is usual there."""
    model = models.segments
    if model is None:
        return {}
    segment = hit.segment or (model.segment_of(accounts[0]) if accounts else segments.NEW)
    members = sum(1 for name in model.assignment.values() if name == segment)
    said: dict[str, Scalar] = {"segment": segment, "traders in the segment": members}
    for name in _USUAL:
        usual = model.quantile(segment, name, 0.5)
        if usual is not None:
            said[f"median {name.replace('_', ' ')}"] = round(usual, 4)
    return said
