"""What goes with an alert into the case wing, gathered once, so that it never needs the lake."""

from collections.abc import Sequence

from surveillance import anomaly, segments
from surveillance.activity.episode import episodes
from surveillance.activity.evidence import Evidence
from surveillance.activity.facts import prepare
from surveillance.activity.taping import tapes
from surveillance.activity.view import View
from surveillance.model import QUEUE_LINE, Dossier, Episode, Hit, Run, Scalar
from surveillance.rules.book import Rulebook
from surveillance.tape import Tape

_USUAL = ("daily_notional", "orders_per_day", "cancel_ratio", "transfers")


def dossiers(view: View, run: Run, book: Rulebook, models: anomaly.Models) -> list[Dossier]:
    """Return a dossier for every hit of a run that reaches the queue line."""
    found = (hit for verdict in run.verdicts for hit in verdict.hits)
    hits = [hit for hit in found if hit.score >= QUEUE_LINE]
    prepare(view.connection, ["order_life", "fills"])
    evidence = Evidence(view, hits)
    pictures = episodes(view, hits, evidence)
    return [
        _dossier(run, book, models, hit, evidence, picture, tape)
        for hit, picture, tape in zip(hits, pictures, tapes(view, hits, evidence), strict=True)
    ]


def _dossier(
    run: Run,
    book: Rulebook,
    models: anomaly.Models,
    hit: Hit,
    evidence: Evidence,
    seen: Episode,
    tape: Tape,
) -> Dossier:
    entry = book.entries[hit.rule_id]
    rows, counts = evidence.rows(hit)
    accounts = evidence.accounts(hit)
    return Dossier(
        hit, run.id, run.digest, run.window, run.as_of,
        rule=entry.rule.model_dump(by_alias=True, exclude={"detect"})
        | {"detect": entry.rule.detect.model_dump(by_alias=True)},
        rule_text=entry.text,
        rule_digest=entry.digest,
        episode=seen,
        rows=rows,
        row_counts=counts,
        subject=evidence.subject(hit),
        accounts=accounts,
        instrument=evidence.instrument(hit),
        peers=_peers(models, hit, accounts),
        tape=tape,
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
