"""What officers decided of the alerts of each rule: the seam by which risk learns from them."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlmodel import Session, col, select

from surveillance.casework.alerts import STANDING
from surveillance.records.tables import Alert, Case, CaseState, Disposition
from surveillance.risk import Decisions

PRODUCTIVE = (Disposition.CONFIRMED, Disposition.REPORTED)
"""What a case that was worth an officer's time is closed as."""


def decisions(session: Session, rules: Collection[str] | None = None) -> Mapping[str, Decisions]:
    """Count, by rule, closed cases with an alert of it, and those of them that were productive.

    A case counts once for a rule, however many alerts it has. ``rules`` are those asked for;
    default: all.
    """
    wanted = (
        select(Alert.rule_id, Case.id, Case.disposition)
        .join(Case, col(Case.id) == col(Alert.case_id))
        .where(Case.state == CaseState.CLOSED, STANDING)
        .distinct()
    )
    if rules is not None:
        wanted = wanted.where(col(Alert.rule_id).in_(rules))
    counted: dict[str, list[bool]] = defaultdict(list)
    for rule, _, disposition in session.exec(wanted):
        counted[rule].append(disposition in PRODUCTIVE)
    return {rule: Decisions(len(each), sum(each)) for rule, each in sorted(counted.items())}
