"""A rule with one number changed: what tuning judges beside the rule itself.

The numbers that can be turned are the parameters, the value of a parameter for one segment, the
floor of one that follows the peers, and the budget of an anomaly rule. A variant is
read and checked as a file would be, so that a value which the rule refuses is refused here too.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from surveillance.activity.facts import relations
from surveillance.errors import RuleError, SurveillanceError
from surveillance.rules.book import Entry
from surveillance.rules.compile import compile_rule
from surveillance.rules.logic import Strange
from surveillance.rules.schema import Rule
from surveillance.yamlfile import parse

BUDGET = "false_alerts"


@dataclass(frozen=True, slots=True)
class Dial:
    """A number of a rule that can be turned: its place in the file, its value, unit, source."""

    name: str
    loc: tuple[str, ...]
    value: int | float
    unit: str
    source: str


def dials(rule: Rule) -> Mapping[str, Dial]:
    """Return the numbers of a rule that can be turned, by the name to ask for them."""
    return {dial.name: dial for dial in _dials(rule)}


def dial_of(rule: Rule, name: str) -> Dial:
    """Return one of them; a SurveillanceError names those that there are."""
    known = dials(rule)
    if name not in known:
        have = ", ".join(known) or "none"
        raise SurveillanceError(f"expected a parameter of {rule.id} ({have}), was {name!r}")
    return known[name]


def variant(entry: Entry, dial: Dial, value: int | float) -> Entry:
    """Return the rule with another value.

    Raises:
        RuleError: the rule refuses the value.
    """
    document = parse(entry.text, entry.path, RuleError)
    data = deepcopy(document.data)
    place: dict[str, Any] = data
    for key in dial.loc[:-1]:
        place = place[key]
    place[dial.loc[-1]] = value
    edited = replace(document, data=data)
    rule = edited.validate(Rule)
    return Entry(rule, compile_rule(rule, edited, relations()), entry.text, entry.path)


def _dials(rule: Rule) -> Iterator[Dial]:
    for name, parameter in rule.parameters.items():
        origin = parameter.unit, parameter.source
        if parameter.floor is not None:
            yield Dial(f"{name}.floor", ("parameters", name, "floor"), parameter.floor, *origin)
        if isinstance(parameter.value, (int, float)):
            yield Dial(name, ("parameters", name, "value"), parameter.value, *origin)
        for segment, value in parameter.segments.items():
            loc = ("parameters", name, "segments", segment)
            yield Dial(f"{name}.{segment}", loc, value, *origin)
    if isinstance(rule.detect, Strange):
        budget = rule.detect.anomaly.false_alerts
        unit, source = "false alerts a week of 1,000 traders", "the rule's budget"
        yield Dial(BUDGET, ("detect", "anomaly", BUDGET), budget, unit, source)
