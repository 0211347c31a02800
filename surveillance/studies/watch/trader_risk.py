"""Where each trader stands after a run: one risk, its parts, and how closely to watch them.

How parts make a score, and a score a tier, is documented in ``surveillance.risk``. Here they are
gathered: a trader's hits and near misses, one part a rule with its repeats on other days; what the
rules say of them that rank everybody; and what they took part in without being accused of it. A
rule says in ``participants`` who that is among those named by the transfers of its evidence. A
trader stands for a hit of the trader or of the owner behind it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from surveillance.activity.lake import Lake
from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.detection import segments
from surveillance.model import ALERT_LINE, Hit, Risk, Run, Severity, Window
from surveillance.risk import (
    PARTICIPANT_SHARE,
    Decisions,
    Kind,
    Part,
    combined,
    families,
    graded,
    independent,
    of_grade,
    of_score,
    part_of_hits,
    precision,
    tier,
)
from surveillance.rules.book import Rulebook
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
_VERBS = {"payers": "paid into", "parties": "has a hop in"}


class Payment(NamedTuple):
    """Who paid whom, as owners."""

    payer: str
    payee: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside a run: owners and ratings by trader, payments by transfer, decisions.

    ``participants`` says by rule who takes part in what it sees; ``severities`` how bad that is.
    """

    owners: Mapping[str, str]
    ratings: Mapping[str, str]
    payments: Mapping[str, Payment]
    participants: Mapping[str, str]
    severities: Mapping[str, Severity]
    decisions: Mapping[str, Decisions]

    def precision(self, rule_id: str) -> float:
        """Return what share of a rule's alerts is expected to be productive."""
        severity = self.severities.get(rule_id, Severity.MEDIUM)
        return precision(severity, self.decisions.get(rule_id, Decisions()))


@dataclass(frozen=True, slots=True)
class TraderRisk:
    """One trader: scores of 0-100 in all, by family and as an anomaly; the tier; and why.

    ``parts`` stand with the likeliest first; ``review_months`` is when the customer's file is
    looked at again, at the latest.
    """

    trader_id: str
    owner_id: str
    segment: str
    score: float
    manipulation: float
    front_running: float
    kyc_aml: float
    anomaly: float
    tier: str
    review_months: int
    reasons: tuple[str, ...]
    main_reason: str
    parts: tuple[Part, ...]


def trader_risks(
    lake: Lake,
    run: Run,
    book: Rulebook,
    model: segments.Segmentation | None,
    decisions: Mapping[str, Decisions],
) -> list[TraderRisk]:
    """Return every trader seen in a run's window, the riskiest first."""
    rules = {entry.rule.id: entry.rule for entry in book.entries.values()}
    participants = {name: rule.participants for name, rule in rules.items() if rule.participants}
    fed = [hit for hit in _hits(run) if hit.rule_id in participants]
    start = min([run.window.start, *(hit.started_at for hit in fed)])
    reach = Window(start, run.window.end)
    with lake.view(reach, run.as_of, run.manifest["lake"]) as view:
        payments = _payments(view, fed)
        with view.narrow(run.window) as cut:
            owners, ratings = _people(cut)
    known = Known(
        owners=owners,
        ratings=ratings,
        payments=payments,
        participants=participants,
        severities={name: rule.how_bad for name, rule in rules.items()},
        decisions=decisions,
    )
    return weighed(run, known, model)


def weighed(run: Run, known: Known, model: segments.Segmentation | None) -> list[TraderRisk]:
    """Return the risk of every trader, the riskiest first; of the same values the same."""
    owned: dict[str, set[str]] = defaultdict(set)
    for trader, owner in known.owners.items():
        owned[owner].add(trader)
    parts: dict[str, list[Part]] = defaultdict(list)
    for trader, part in (*_seen(run, known, owned), *_fed(run, known, owned)):
        parts[trader].append(part)
    critical = {
        trader
        for hit in _hits(run)
        if hit.severity is Severity.CRITICAL and hit.score >= ALERT_LINE
        for trader in accounts_of(hit, owned)
    }
    ranked = _ranked(run, known)
    risks = [
        _risk_of(trader, known, model, [*parts[trader], *ranked[trader]], trader in critical)
        for trader in known.owners
    ]
    return sorted(risks, key=lambda risk: (-risk.score, risk.trader_id))


def _hits(run: Run) -> Iterator[Hit]:
    for verdict in run.verdicts:
        if not verdict.scores:
            yield from verdict.hits


def _people(view: View) -> tuple[dict[str, str], dict[str, str]]:
    """Return the owner of each trader seen, and what their KYC record rates them."""
    prepare(view.connection, [])
    rows = view.arrow(
        f"select s.trader_id, coalesce(o.owner_id, s.trader_id) as owner_id, k.risk_rating "
        f"from ({_SEEN}) s left join owners o using (trader_id) left join ("
        "select trader_id, arg_max(risk_rating, ts) as risk_rating from kyc group by all) k "
        "using (trader_id) where s.trader_id is not null order by 1"
    ).to_pylist()
    owners = {row["trader_id"]: row["owner_id"] for row in rows}
    return owners, {row["trader_id"]: row["risk_rating"] or "" for row in rows}


def _payments(view: View, fed: Iterable[Hit]) -> dict[str, Payment]:
    """Return who paid whom in the transfers that are evidence of hits."""
    ids = sorted({name for hit in fed for name in hit.evidence.get("transfers", ())})
    if not ids:
        return {}
    prepare(view.connection, [])
    rows = view.connection.execute(
        "select t.transfer_id, t.direction, t.owner_id, "
        "coalesce(o.owner_id, t.counterparty_id, t.address, '') from transfers t "
        "left join owners o on o.trader_id = t.counterparty_id "
        "where t.transfer_id in (select unnest(?)) order by all",
        [ids],
    ).fetchall()
    return {
        name: Payment(own, other) if direction == "out" else Payment(other, own)
        for name, direction, own, other in rows
    }


def _seen(run: Run, known: Known, owned: Mapping[str, set[str]]) -> Iterator[tuple[str, Part]]:
    """Yield what rules accuse a trader of, or nearly: a part a rule, with its repeats."""
    of: dict[tuple[str, str], list[Hit]] = defaultdict(list)
    for hit in _hits(run):
        for trader in accounts_of(hit, owned):
            of[trader, hit.rule_id].append(hit)
    for (trader, rule), hits in of.items():
        yield trader, part_of_hits(rule, hits, known.precision(rule))


def _fed(run: Run, known: Known, owned: Mapping[str, set[str]]) -> Iterator[tuple[str, Part]]:
    """Yield what a trader took part in without being accused of it: a part a rule."""
    of: dict[tuple[str, str], list[Hit]] = defaultdict(list)
    accused = {(hit.rule_id, hit.subject) for hit in _hits(run)}
    for hit in _hits(run):
        for owner in _participants(hit, known):
            if (hit.rule_id, owner) not in accused:
                of[owner, hit.rule_id].append(hit)
    for (owner, rule), hits in of.items():
        best = max(hits, key=lambda hit: (hit.score, hit.id))
        precise = PARTICIPANT_SHARE * known.precision(rule)
        whom = sorted({hit.subject for hit in hits})
        more = f" and {len(whom) - 1} more" if len(whom) > 1 else ""
        part = Part(
            kind=Kind.PARTICIPATION,
            family=best.risk,
            rule_id=rule,
            probability=combined(of_score(hit.score, precise) for hit in hits),
            times=len(hits),
            words=f"{_VERBS[known.participants[rule]]} a {rule.replace('_', '-')} "
            f"of {best.subject}{more}",
        )
        yield from ((trader, part) for trader in owned.get(owner, ()))


def _participants(hit: Hit, known: Known) -> set[str]:
    """Return the owners who take part in what a hit is about, but for its subject."""
    side = known.participants.get(hit.rule_id)
    named = (known.payments.get(name) for name in hit.evidence.get("transfers", ()))
    payments = [payment for payment in named if payment is not None]
    if side == "parties":
        owners = {owner for payment in payments for owner in payment}
    elif side == "payers":
        owners = {payment.payer for payment in payments if payment.payee == hit.subject}
    else:
        owners = set()
    return owners - {hit.subject}


def _ranked(run: Run, known: Known) -> dict[str, list[Part]]:
    """Return what those rules say of each trader, a part a rule."""
    ranked: dict[str, list[Part]] = defaultdict(list)
    for verdict in run.verdicts:
        rule = verdict.rule_id
        for trader, score in verdict.scores.items():
            part = Part(
                kind=Kind.ANOMALY,
                family=Risk(run.manifest["rules"][rule]["risk"]),
                rule_id=rule,
                probability=of_grade(score, known.precision(rule)),
                times=1,
                words=f"{rule}: unlike their peers, graded {score:g}",
            )
            ranked[trader].append(part)
    return ranked


def _risk_of(
    trader: str,
    known: Known,
    model: segments.Segmentation | None,
    parts: list[Part],
    critical: bool,
) -> TraderRisk:
    parts = sorted(parts, key=lambda part: (-part.probability, part.rule_id))
    of = families(parts)
    score = graded(independent(of.values()))
    watched, reasons = tier(score, parts, critical, known.ratings.get(trader, ""))
    return TraderRisk(
        trader_id=trader,
        owner_id=known.owners[trader],
        segment=model.segment_of(trader) if model else "",
        score=score,
        manipulation=graded(of[Risk.MANIPULATION]),
        front_running=graded(of[Risk.FRONT_RUNNING]),
        kyc_aml=graded(of[Risk.KYC_AML]),
        anomaly=graded(combined(p.probability for p in parts if p.kind is Kind.ANOMALY)),
        tier=watched,
        review_months=watched.review_months,
        reasons=tuple(reasons),
        main_reason=parts[0].words if parts and parts[0].probability else "",
        parts=tuple(parts),
    )
