"""The health of a run: what to know before taking its silence for peace.

A verdict of ``error`` or ``insufficient_data``, a canary that was missed, a feed with gaps, and an
active rule that has not hit for unusually long: the finding that regulators make most is the alert
that silently never ran (FCA Market Watch 79). A rule that never hit is told of and is no warning,
for there may be nothing to find; nor is one on products that no venue here says it trades.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sqlmodel import Session, col, select

from surveillance.model import Outcome, Run
from surveillance.records.tables import Canary, RunMode, RunRow
from surveillance.records.trading import trading
from surveillance.rules.rounding import duration
from surveillance.studies.versions import published
from surveillance.studies.watch.products import products_of
from surveillance.studies.watch.silence import silences

NEVER = 30
"""A rule that has not hit in so many days judged is told of."""


class Concern(StrEnum):
    """What a remark on a run is about."""

    VERDICT = "verdict"
    CANARY = "canary"
    SILENCE = "silence"
    FEED = "feed"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know of a run; ``subject`` is a rule or a feed; info is no warning."""

    concern: Concern
    subject: str
    text: str
    is_warning: bool = True


def remarks(session: Session, run: Run) -> list[Remark]:
    """Return what to know of a run, warnings before the rest.

    Only live runs have canaries, and only there is a rule expected to hit.
    """
    concerns = [*_unable(session, run), *_gaps(run.manifest.get("completeness", {}))]
    row = session.get(RunRow, run.id)
    if row is not None and row.mode is RunMode.LIVE:
        concerns += [*_missed(session, run), *_dry(session, run)]
    return sorted(concerns, key=lambda remark: not remark.is_warning)


def _unable(session: Session, run: Run) -> Iterator[Remark]:
    traded = trading(session)
    for verdict in run.verdicts:
        if verdict.outcome is Outcome.INSUFFICIENT_DATA and any(traded.venues.values()):
            rule = published(session, verdict.rule_id, verdict.version)
            if rule and (reason := traded.without(products_of(rule))):
                yield Remark(Concern.VERDICT, verdict.rule_id, reason, is_warning=False)
                continue
        if verdict.outcome in (Outcome.ERROR, Outcome.INSUFFICIENT_DATA):
            words = verdict.outcome.value.replace("_", " ")
            text = f"{words}: {verdict.reason}; the window is not surveilled by it"
            yield Remark(Concern.VERDICT, verdict.rule_id, text)


def _missed(session: Session, run: Run) -> Iterator[Remark]:
    wanted = select(Canary).where(Canary.run_id == run.id)
    rows = session.exec(wanted.order_by(col(Canary.act))).all()
    for verdict in run.verdicts:
        canaries = [row for row in rows if row.rule_id == verdict.rule_id]
        missed = [row for row in canaries if not row.found]
        if missed:
            first = f"{missed[0].act}: {missed[0].reason}"
            text = f"missed {len(missed)} of {len(canaries)} canaries; {first}"
            yield Remark(Concern.CANARY, verdict.rule_id, text)
        elif not canaries:
            yield Remark(Concern.CANARY, verdict.rule_id, "no canary was planted")


def _gaps(completeness: Mapping[str, Mapping[str, object]]) -> Iterator[Remark]:
    for feed, counts in completeness.items():
        if missing := counts.get("missing_numbers"):
            yield Remark(Concern.FEED, feed, f"{missing} sequence numbers never came")
        if counts.get("unusual_silence"):
            silent = duration(Decimal(str(counts["longest_silence_s"])))
            text = f"silent for {silent}, which is unusual for it"
            yield Remark(Concern.FEED, feed, text)


def _dry(session: Session, run: Run) -> Iterator[Remark]:
    for silence in silences(session, run):
        if silence.is_unusual:
            text = (
                f"no hit in {silence.since:.1f} days judged, after hits on {silence.hit_days} of "
                f"{silence.before:.0f}: the chance of so long a silence is {silence.chance:.2g}"
            )
            yield Remark(Concern.SILENCE, silence.rule_id, text)
        elif not silence.hit_days and silence.since >= NEVER:
            text = f"never hit in {silence.since:.0f} days judged"
            yield Remark(Concern.SILENCE, silence.rule_id, text, is_warning=False)
