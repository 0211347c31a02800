"""Who of the honest twins of abuse is accused, by any rule, not only by that which they test.

An owner is accused in a week or is not, however many alerts say so.
"""

from collections import Counter

from surveillance.activity.sources.synthetic import Twin
from surveillance.model import ALERT_LINE, Run
from surveillance.records.measures import TwinCount
from surveillance.studies.evaluate import accounts_of
from surveillance.studies.measure.truth import GroundTruth


def count_twins(run: Run, truth: GroundTruth) -> dict[str, TwinCount]:
    """Count the owners of each kind of twin, those accused, and by which rules."""
    accused = [
        (verdict.rule_id, accounts_of(hit, truth.owned))
        for verdict in run.verdicts
        for hit in verdict.hits
        if hit.score >= ALERT_LINE
    ]
    return {twin.kind: _counted(twin, truth, accused) for twin in truth.twins}


def _counted(twin: Twin, truth: GroundTruth, accused: list[tuple[str, set[str]]]) -> TwinCount:
    owners = [owner for owner, kind in truth.clean.items() if kind == twin.kind]
    by_rule = {
        (rule, owner)
        for rule, accounts in accused
        for owner in owners
        if accounts & truth.owned[owner]
    }
    return {
        "resembles": twin.resembles,
        "differs": twin.differs,
        "owners": len(owners),
        "accused": len({owner for _, owner in by_rule}),
        "rules": dict(Counter(rule for rule, _ in sorted(by_rule)).most_common()),
    }
