"""The history of a rule: its versions with their steps, and who asked for and decided what."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from surveillance.governance.lifecycle.requirements import Proof, proof
from surveillance.governance.lifecycle.states import lives, steps_of
from surveillance.records.tables import Approval, Life, Matter, RuleStep, RuleVersion


@dataclass(frozen=True, slots=True)
class VersionHistory:
    """One version of a rule: where it stands, how it got there, and what is on record for it.

    ``life`` is empty for a version that has no step yet.
    """

    row: RuleVersion
    life: Life | None
    steps: tuple[RuleStep, ...]
    approvals: tuple[Approval, ...]
    proof: Proof

    @property
    def waiting(self) -> Approval | None:
        """Return the proposal that waits for a decision, if any."""
        return next((approval for approval in self.approvals if approval.granted is None), None)


def history(session: Session, rule_id: str, at: datetime) -> list[VersionHistory]:
    """Return every published version of a rule as it stands at ``at``, the latest first."""
    steps = steps_of(session, rule_id)
    known = lives(steps, at)
    of = select(RuleVersion).where(RuleVersion.rule_id == rule_id)
    return [
        VersionHistory(
            row=row,
            life=known[row.version].life if row.version in known else None,
            steps=tuple(step for step in steps if step.version == row.version),
            approvals=_approvals(session, row),
            proof=proof(session, row, at),
        )
        for row in session.exec(of.order_by(col(RuleVersion.version).desc()))
    ]


def _approvals(session: Session, row: RuleVersion) -> tuple[Approval, ...]:
    of = select(Approval).where(
        Approval.matter == Matter.RULE, Approval.subject == f"{row.rule_id}@{row.version}"
    )
    return tuple(session.exec(of.order_by(col(Approval.id))))
