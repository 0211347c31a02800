"""The assurance of surveillance: that every rule ran, still finds what it should, and who says so.

Regulators find most often what never ran, and nobody noticed (FCA Market Watch 79): a feed that was
never switched on, a rule whose code still gave a reasonable number of alerts. So each rule is held
against its last verdict, its last canary, its own silence, the rows that it could not judge, its
last change with both officers, and who switched it off.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from surveillance.model import Run, Verdict
from surveillance.proof import runs
from surveillance.records.assurance import AssuranceRecord, AssuredRule, RuleChange
from surveillance.records.tables import Approval, Canary, Life, Matter, RuleStep
from surveillance.records.trading import Trading, trading
from surveillance.rules.schema import Rule
from surveillance.studies.versions import versions
from surveillance.studies.watch.health import Concern, remarks
from surveillance.studies.watch.products import products_of
from surveillance.studies.watch.silence import Silence, silences

CHANGES = timedelta(days=90)
"""How far back changes are listed."""


def assurance(session: Session, folder: Path, run_id: str = "latest") -> AssuranceRecord:
    """Return what a run, by default the last, says of every rule that is not retired.

    Raises:
        SurveillanceError: there is no such run, or a rule cannot be read.
    """
    run = runs.load(session, run_id)
    traded = trading(session)
    silent = {silence.rule_id: silence for silence in silences(session, run)}
    canaries = _canaries(session, run)
    changes = list(_changes(session))
    last = {(change.rule_id, change.version): change for change in changes}
    ordered = sorted(versions(session, folder), key=lambda pair: (pair[0].id, pair[0].version))
    verdicts = {(verdict.rule_id, verdict.version): verdict for verdict in run.verdicts}
    rules = tuple(
        _assured(
            rule,
            life,
            verdicts.get((rule.id, rule.version)),
            canaries.get(rule.id, []) if (rule.id, rule.version) in verdicts else [],
            silent.get(rule.id) if (rule.id, rule.version) in verdicts else None,
            last.get((rule.id, rule.version)),
            traded,
        )
        for rule, life in ordered
    )
    feeds = [remark for remark in remarks(session, run) if remark.concern is Concern.FEED]
    return AssuranceRecord(
        format="surveillance-assurance/1",
        run_id=run.id,
        start=run.window.start,
        end=run.window.end,
        as_of=run.as_of,
        feeds=tuple(f"{remark.subject}: {remark.text}" for remark in feeds),
        rules=rules,
        changes=tuple(change for change in changes if change.at >= run.window.end - CHANGES),
    )


def _assured(
    rule: Rule,
    life: Life,
    verdict: Verdict | None,
    canaries: list[Canary],
    silence: Silence | None,
    change: RuleChange | None,
    traded: Trading,
) -> AssuredRule:
    missed = [canary for canary in canaries if not canary.found]
    return AssuredRule(
        rule_id=rule.id,
        version=rule.version,
        title=rule.title,
        life=life.value,
        off=traded.without(products_of(rule)),
        outcome=verdict.outcome.value if verdict else "",
        reason=verdict.reason if verdict else "",
        canary=_of_canaries(canaries, missed),
        is_missed=bool(missed),
        silence=_of_silence(silence),
        is_unusual=silence is not None and silence.is_unusual,
        not_judged=tuple(map(str, verdict.not_judged)) if verdict else (),
        since=change.at if change else None,
        by=change.by if change else "",
        approved_by=change.approved_by if change else "",
    )


def _of_canaries(canaries: list[Canary], missed: list[Canary]) -> str:
    if missed:
        return f"missed {missed[0].act}: {missed[0].reason}"
    return f"found {len(canaries)} of {len(canaries)}" if canaries else ""


def _of_silence(silence: Silence | None) -> str:
    if silence is None:
        return ""
    if not silence.hit_days:
        return f"never hit in {silence.since:.1f} days judged"
    if silence.since <= 0:
        return "hit in the last window"
    return f"{silence.since:.1f} days; so long by chance {silence.chance:.0%}"


def _canaries(session: Session, run: Run) -> dict[str, list[Canary]]:
    by_rule = defaultdict(list)
    wanted = select(Canary).where(Canary.run_id == run.id)
    for canary in session.exec(wanted.order_by(Canary.rule_id, Canary.act)):
        by_rule[canary.rule_id].append(canary)
    return by_rule


def _changes(session: Session) -> Iterator[RuleChange]:
    """Yield every step of every rule version in order, with the second officer, if one decided."""
    granted = select(Approval).where(
        Approval.matter == Matter.RULE, col(Approval.granted).is_(True)
    )
    second = {approval.subject: approval.decided_by or "" for approval in session.exec(granted)}
    steps = select(RuleStep).order_by(col(RuleStep.since), col(RuleStep.id))
    for step in session.exec(steps):
        name = f"{step.rule_id}@{step.version}"
        yield RuleChange(
            at=step.since,
            rule_id=step.rule_id,
            version=step.version,
            life=step.life.value,
            by=step.by,
            approved_by=second.get(name, "") if step.life is Life.ACTIVE else "",
            reason=step.reason,
        )
