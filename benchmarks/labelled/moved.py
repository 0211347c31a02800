"""Each number of a rule a fifth lower and a fifth higher, one at a time: what is missed then.

A share cannot be more than whole, so it is moved no further than 1. What is counted in whole
numbers is moved to whole ones within a fifth, so that three stays three; a value that a rule
refuses is left out.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.labelled.judged import Counted, Labelled
from surveillance.activity.venue.labels import TypologyTruth
from surveillance.errors import RuleError
from surveillance.model import Verdict
from surveillance.rules.book import Entry
from surveillance.rules.variant import Dial, dials, variant
from surveillance.studies.tuning import Value, around, judged

_FIFTH = "20%"


@dataclass(frozen=True)
class Moved:
    """What one other value of one number costs: scenarios missed more, and false alerts more."""

    rule_id: str
    name: str
    value: Value
    missed: int
    false: int


def moved(of: Labelled, verdicts: Mapping[str, Verdict]) -> Iterator[Moved]:
    """Judge every rule that finds something of a labelled typology with every number moved."""
    for truth in of.truth.typologies:
        rules = [
            entry
            for name, entry in of.book.entries.items()
            if entry.rule.typology in truth.rules and verdicts[name].hits
        ]
        today = of.counted(truth, verdicts.values())
        for entry in rules:
            yield from _of_rule(of, truth, entry, verdicts, today)


def _of_rule(
    of: Labelled,
    truth: TypologyTruth,
    entry: Entry,
    verdicts: Mapping[str, Verdict],
    today: Counted,
) -> Iterator[Moved]:
    for dial in dials(entry.rule).values():
        variants = dict(_variants(entry, dial))
        for value, verdict in judged(of.opened, entry, variants).items():
            others = {**verdicts, entry.rule.id: verdict}
            now = of.counted(truth, others.values())
            more = len(set(now.missed) - set(today.missed))
            yield Moved(entry.rule.id, dial.name, value, more, now.false - today.false)


def _variants(entry: Entry, dial: Dial) -> Iterator[tuple[Value, Entry]]:
    for value in _ends(dial):
        try:
            yield value, variant(entry, dial, value)
        except RuleError:
            continue


def _ends(dial: Dial) -> Collection[Value]:
    if not dial.value:
        return []
    tried = around(dial, _FIFTH)
    is_share = abs(dial.value) <= 1 and dial.unit.startswith(("share", "net over gross"))
    return {tried[0], min(tried[-1], 1.0) if is_share else tried[-1]} - {dial.value}
