"""Where each trader stands after a run: a score per family of risk, below the line included."""

from collections.abc import Iterator
from dataclasses import dataclass

from surveillance.activity.facts import prepare
from surveillance.activity.lake import Lake
from surveillance.detection import segments
from surveillance.model import Hit, Risk, Run
from surveillance.studies.evaluate import accounts_of

_SEEN = " union ".join(
    (
        "select trader_id from accounts",
        "select trader_id from orders",
        "select buyer_id from trades",
        "select seller_id from trades",
        "select trader_id from transfers",
    )
)


@dataclass(frozen=True, slots=True)
class TraderRisk:
    """One trader: the largest score of each family, 0-100, and why."""

    trader_id: str
    owner_id: str
    segment: str
    manipulation: float
    front_running: float
    kyc_aml: float
    anomaly: float
    main_reason: str


def trader_risks(lake: Lake, run: Run, model: segments.Segmentation | None) -> list[TraderRisk]:
    """Return every trader seen in a run's window, the riskiest first."""
    with lake.view(run.window, run.as_of, run.manifest["lake"]) as view:
        prepare(view.connection, [])
        rows = view.arrow(
            f"select s.trader_id, coalesce(o.owner_id, s.trader_id) as owner_id from ({_SEEN}) s "
            "left join owners o using (trader_id) where s.trader_id is not null order by 1"
        ).to_pylist()
    owner_of = {row["trader_id"]: row["owner_id"] for row in rows}
    best = _best(run, owner_of)
    ranked = _ranked(run)
    risks = [
        _risk_of(trader, owner, model, best.get(trader, {}), ranked.get(trader, {}))
        for trader, owner in owner_of.items()
    ]
    return sorted(risks, key=lambda risk: (-_most(risk), risk.trader_id))


def _most(risk: TraderRisk) -> float:
    return max(risk.manipulation, risk.front_running, risk.kyc_aml, risk.anomaly)


def _best(run: Run, owner_of: dict[str, str]) -> dict[str, dict[Risk, Hit]]:
    owned: dict[str, set[str]] = {}
    for trader, owner in owner_of.items():
        owned.setdefault(owner, set()).add(trader)
    best: dict[str, dict[Risk, Hit]] = {}
    for hit in _hits(run):
        for trader in accounts_of(hit, owned):
            of_trader = best.setdefault(trader, {})
            if hit.risk not in of_trader or of_trader[hit.risk].score < hit.score:
                of_trader[hit.risk] = hit
    return best


def _hits(run: Run) -> Iterator[Hit]:
    for verdict in run.verdicts:
        if not verdict.scores:
            yield from verdict.hits


def _ranked(run: Run) -> dict[str, dict[str, float]]:
    """Return each trader's score from the rules that rank everybody, by the family they watch."""
    ranked: dict[str, dict[str, float]] = {}
    risks = {verdict.rule_id: _family(run, verdict.rule_id) for verdict in run.verdicts}
    for verdict in run.verdicts:
        for trader, score in verdict.scores.items():
            scores = ranked.setdefault(trader, {})
            family = risks[verdict.rule_id]
            scores[family] = max(scores.get(family, 0.0), score)
    return ranked


def _family(run: Run, rule_id: str) -> str:
    return str(run.manifest["rules"][rule_id]["risk"])


def _risk_of(
    trader: str,
    owner: str,
    model: segments.Segmentation | None,
    best: dict[Risk, Hit],
    ranked: dict[str, float],
) -> TraderRisk:
    score = {
        risk: max(best[risk].score if risk in best else 0.0, ranked.get(risk, 0.0)) for risk in Risk
    }
    strange = max(ranked.values(), default=0.0)
    top = max(best.values(), key=lambda hit: hit.score, default=None)
    reason = ""
    if top is not None and top.score >= strange:
        reason = f"{top.rule_id}: {'; '.join(top.words)}"
    elif strange:
        reason = "unlike their peers"
    return TraderRisk(
        trader_id=trader,
        owner_id=owner,
        segment=model.segment_of(trader) if model else "",
        manipulation=score[Risk.MANIPULATION],
        front_running=score[Risk.FRONT_RUNNING],
        kyc_aml=score[Risk.KYC_AML],
        anomaly=strange,
        main_reason=reason,
    )
