"""A rule's logic in plain sentences, for whoever decides by it and reads no YAML.

Everything is said from the rule itself: thresholds with their values and units in place of their
names, and of each column that it measures what the fact says of it.
"""

import re
from collections.abc import Iterator, Mapping
from textwrap import wrap

from surveillance.activity.catalogue import Table
from surveillance.activity.facts import facts
from surveillance.rules.book import Entry
from surveillance.rules.gates import NEAR, Gate, Gates
from surveillance.rules.logic import Aggregate, Detect, Each, Gated, Query, Sequence, Strange
from surveillance.rules.schema import Parameter, Rule

_RELATIONS = {
    ">=": "is at least", ">": "is more than", "<=": "is at most", "<": "is less than",
    "=": "is", "<>": "is not",
}  # fmt: skip
_SHORT = 2
"""Words of a unit up to which it follows its value; a longer one stands in brackets."""
_PLAIN = {"is true": "holds", "is false": "does not hold", "is unknown": "is not known"}


def worded(entry: Entry, relations: Mapping[str, Table]) -> Iterator[str]:
    """Yield the lines that say what a rule looks for, when it fires, and what it leaves out."""
    rule = entry.rule
    yield f"{rule.title} ({rule.id}@{rule.version}): {rule.severity}, {_words(rule.risk)}"
    yield from _wrapped(rule.description)
    if isinstance(rule.detect, Query):
        tables = ", ".join(sorted(entry.compiled.tables))
        yield from ("", f"It selects from {tables}; the SELECT stands in the file.")
    yield from ("", *_candidates(rule.detect, rule, relations))
    detect = rule.detect
    if isinstance(detect, Gated):
        yield from ("", "It is a hit where", *_gates(detect.gates, rule, "  "))
        yield from _excuses(detect, rule)
        yield from ("", *_outcomes(detect))
    if rule.say:
        yield from ("", f"It says: {rule.say}")
    yield from ("", f"What follows within {rule.apart} on the same subject is the same alert.")
    yield from ("It does not see:", *(f"  {text}" for text in rule.limitations))


def _outcomes(detect: Gated) -> Iterator[str]:
    """Say who is named, and what comes of a line that is missed, or not known."""
    if isinstance(detect, (Each, Aggregate, Sequence)):
        yield f"It names each {_among(detect.by)} of which that is so."
    yield "Where a line is missed nobody is named, whatever else is not known; what misses none by"
    yield f"more than {NEAR:.0%} of it is kept as near (40 to 50). Where none is missed and one is"
    yield "not known, it is not judged, and counted. The score is 50 where every line is just met,"
    yield "and rises with the distance."


def _candidates(detect: Detect, rule: Rule, relations: Mapping[str, Table]) -> Iterator[str]:
    match detect:
        case Each():
            table = relations[detect.fact]
            yield f"It looks at each {detect.row} in {detect.fact} ({_small(table.meaning)})"
            yield from _wrapped(facts()[detect.fact].__doc__ or "" if table.fact else "")
            yield from ([f"  where {_valued(detect.where, rule)}"] if detect.where else [])
        case Aggregate():
            yield f"It adds up {detect.from_} of the last {rule.lookback}, every {rule.every},"
            yield f"  for each {_among(detect.by)}"
            yield from ([f"  where {_valued(detect.where, rule)}"] if detect.where else [])
        case Sequence():
            yield f"It looks for these steps of one {_among(detect.by)}:"
            yield from _steps(detect, rule)
        case Strange():
            yield f"It compares traders by {detect.anomaly.detector} in these features:"
            yield from (f"  {_words(name)}" for name in detect.anomaly.features)
    if isinstance(detect, (Each, Aggregate, Sequence)):
        yield from ("", "It measures")
        for name, text in detect.measure.items():
            yield f"  {_words(name)}: {_valued(text, rule)}"
    if isinstance(detect, Each):
        yield from _columns(detect, relations[detect.fact])


def _wrapped(text: str) -> Iterator[str]:
    """Yield a text's paragraphs in indented lines."""
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        yield from wrap(paragraph, 88, initial_indent="  ", subsequent_indent="  ")


def _steps(detect: Sequence, rule: Rule) -> Iterator[str]:
    for name, step in detect.steps.items():
        after = f" within {step.within}" if step.within else ""
        after += f" between {' and '.join(step.between)}" if step.between else ""
        after += f" of {step.after}" if step.after else ""
        yield f"  {name}: {step.from_}{after}" + (
            f", where {_valued(step.where, rule)}" if step.where else ""
        )


def _columns(detect: Each, table: Table) -> Iterator[str]:
    """Say what the columns are that it measures."""
    logic = " ".join((*detect.measure.values(), *detect.unless.values()))
    used = [column for column in table.columns if f"{detect.row}.{column.name}" in logic]
    if used:
        yield "where"
    for column in used:
        yield f"  {detect.row}.{column.name} is: {_small(column.meaning)}"


def _gates(gates: Gates, rule: Rule, indent: str) -> Iterator[str]:
    for part in gates.parts:
        if isinstance(part, Gate):
            yield f"{indent}{_gate(part, rule)}"
            continue
        if len(part.parts) == 1:
            yield from _gates(part, rule, indent)
            continue
        yield f"{indent}{part.kind} of these:"
        yield from _gates(part, rule, indent + "  ")


def _gate(gate: Gate, rule: Rule) -> str:
    name = _words(gate.measure)
    if gate.upper:
        low, high = (_line(text, rule) for text in (gate.line, gate.upper))
        return f"{name} is between {low} and {high}"
    if gate.relation:
        return f"{name} {_RELATIONS[gate.relation]} {_line(gate.line, rule)}"
    return f"{name} {_PLAIN[gate.text]}"


def _line(text: str, rule: Rule) -> str:
    """Write a line with its value and unit; one that is computed says of what."""
    parameter = rule.parameters.get(text.removeprefix("$"))
    if parameter is None:
        return _valued(text, rule)
    is_short = len(parameter.unit.split()) <= _SHORT
    return f"{_value(parameter)} {parameter.unit if is_short else f'({parameter.unit})'}"


def _value(parameter: Parameter) -> str:
    if parameter.peer_quantile is not None:
        among = f"the {parameter.peer_quantile:.0%} quantile of {_words(parameter.of or '')}"
        return f"{among} among peers (at least {parameter.floor:,.15g})"
    others = ", ".join(f"{value:,.15g} for {name}" for name, value in parameter.segments.items())
    value = parameter.value
    plain = f"{value:,.15g}" if isinstance(value, (int, float)) else str(value)
    return f"{plain} ({others})" if others else plain


def _excuses(detect: Gated, rule: Rule) -> Iterator[str]:
    if detect.unless:
        yield from ("", "It is excused, and counted, where")
    for name, text in detect.unless.items():
        yield f"  {_words(name)}: {_valued(text, rule)}"


def _valued(text: str, rule: Rule) -> str:
    """Put values in place of the names of parameters."""
    plain = " ".join(text.split())
    return re.sub(r"\$(\w+)", lambda mark: _named(mark[1], rule), plain)


def _named(name: str, rule: Rule) -> str:
    return _value(rule.parameters[name]) if name in rule.parameters else f"${name}"


def _among(by: list[str]) -> str:
    return " and ".join(_words(name.removesuffix("_id")) for name in by)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
