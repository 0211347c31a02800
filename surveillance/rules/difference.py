"""How two versions of a rule differ, in words a compliance officer reads, beside the lines.

Every key that decides a verdict is compared by itself, so that a sentence stands for each change
and none is missed: what is not named here cannot differ between equal digests. Whether a changed
threshold fires more or less often is said only where it follows from the condition alone: it is
compared there and nowhere else, never under a negation, and always from the same side.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from sqlglot import exp

from surveillance.errors import RuleError
from surveillance.language.source import LanguageError, Source
from surveillance.rules.logic import Sequence as Steps
from surveillance.rules.schema import Parameter, Rule
from surveillance.yamlfile import parse

_IDENTITY = ("risk", "typology", "severity", "lookback", "every")
_PROSE = (
    "title", "description", "practices", "law", "report", "false_positives", "limitations",
    "runbook", "tests",
)  # fmt: skip
_LABELS = {
    "every": "hop",
    "settle": "waits after the last step",
    "require": "requires",
    "unless": "excuses",
    "from": "reads",
    "where": "where",
    "by": "per",
    "per": "one hit for each",
    "at_least": "fires from this many on",
    "false_alerts": "false alerts",
}
_FLIPPED: Mapping[type[exp.Expr], type[exp.Expr]] = {
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
}


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """What differs: sentences, those about behaviour first, and the lines of a unified diff."""

    words: tuple[str, ...]
    text: tuple[str, ...]


def difference(
    old: str, new: str, old_name: str = "before", new_name: str = "after"
) -> RuleDifference:
    """Compare two rule texts; where one is not a rule of today's schema, by their lines alone."""
    lines = unified_diff(old.splitlines(), new.splitlines(), old_name, new_name, lineterm="")
    try:
        before, after = (parse(text, name, RuleError).validate(Rule) for text, name in
                         ((old, old_name), (new, new_name)))  # fmt: skip
    except RuleError as wrong:
        sentence = f"cannot be compared in words: {wrong.faults[0]}"
        return RuleDifference((sentence,), tuple(lines))
    return RuleDifference(tuple(words(before, after)), tuple(lines))


def words(old: Rule, new: Rule) -> Iterator[str]:
    """Say how the behaviour of two rules differs, and last which prose does."""
    behaviour, prose = list(_behaviour(old, new)), ", ".join(_prose(old, new))
    if not behaviour and old.behaviour != new.behaviour:
        behaviour = ["the same values, written or ordered otherwise"]
    yield from behaviour
    if prose:
        yield f"{'also in prose' if behaviour else 'only prose differs'}: {prose}"
    elif not behaviour:
        yield "nothing differs" if old.version == new.version else "nothing differs but the version"


def _behaviour(old: Rule, new: Rule) -> Iterator[str]:
    if old.id != new.id:
        yield f"another rule: {old.id} → {new.id}"
    for name in _IDENTITY:
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            yield f"{_LABELS.get(name, name)}: {_plain(was)} → {_plain(now)}"
    yield from _members("needs", old.needs, new.needs)
    yield from _parameters(old, new)
    yield from _logic(old, new)
    yield from _keys("score of", *(_graded(rule) for rule in (old, new)))
    yield from _keys("evidence", old.evidence, new.evidence)


def _graded(rule: Rule) -> dict[str, str]:
    return {
        name: f"{_plain(grade.from_)} to {_plain(grade.to)}, weight {grade.weight}"
        for name, grade in rule.score.items()
    }


def _prose(old: Rule, new: Rule) -> list[str]:
    parts = [name.replace("_", " ") for name in _PROSE if getattr(old, name) != getattr(new, name)]
    for name in sorted(old.parameters.keys() & new.parameters.keys()):
        was, now = old.parameters[name], new.parameters[name]
        for part in ("unit", "source"):
            if getattr(was, part) != getattr(now, part):
                parts.append(f"{part} of {name}")
    return parts


def _parameters(old: Rule, new: Rule) -> Iterator[str]:
    for name in sorted(old.parameters.keys() | new.parameters.keys()):
        was, now = old.parameters.get(name), new.parameters.get(name)
        if was is None and now is not None:
            yield f"parameter {name} is new: {_value(now)} {now.unit}"
        elif now is None and was is not None:
            yield f"parameter {name} is gone: was {_value(was)} {was.unit}"
        elif was is not None and now is not None:
            yield from _parameter(name, was, now, _side(old, name), _side(new, name))


def _parameter(
    name: str, was: Parameter, now: Parameter, side: int, side_now: int
) -> Iterator[str]:
    sure = side if side == side_now else 0
    if _value(was) != _value(now):
        often = _often(sure, _moved(was, now))
        yield f"parameter {name}: {_value(was)} → {_value(now)} {now.unit}{often}"
    for segment in sorted(was.segments.keys() | now.segments.keys()):
        before, after = was.segments.get(segment), now.segments.get(segment)
        if before != after:
            moved = _order(_or(before, was.value), _or(after, now.value))
            yield (
                f"parameter {name} for {segment}: {_or(before, 'as for others')} → "
                f"{_or(after, 'as for others')} {now.unit}{_often(sure, moved)}"
            )


def _value(parameter: Parameter) -> str:
    if parameter.peer_quantile is None:
        return _plain(parameter.value)
    return (
        f"the {parameter.peer_quantile} quantile of {parameter.of} among peers, "
        f"at least {_plain(parameter.floor)}"
    )


def _or(value: Any, other: Any) -> Any:
    return other if value is None else value


def _moved(was: Parameter, now: Parameter) -> int:
    """Return 1 if a threshold was raised, -1 if it was lowered, 0 if that cannot be told."""
    if was.peer_quantile is None and now.peer_quantile is None:
        return _order(was.value, now.value)
    if was.peer_quantile is None or now.peer_quantile is None or was.of != now.of:
        return 0
    moves = {_order(was.peer_quantile, now.peer_quantile), _order(was.floor, now.floor)} - {0}
    return moves.pop() if len(moves) == 1 else 0


def _order(was: Any, now: Any) -> int:
    if not all(isinstance(value, (int, float)) for value in (was, now)):
        return 0
    return int(now > was) - int(now < was)


def _often(side: int, moved: int) -> str:
    """Say what a move of a threshold does to firing, seen alone; nothing where it is not sure."""
    if not side * moved:
        return ""
    return f" (alone, fires {'less' if side * moved > 0 else 'more'} often or the same)"


def _side(rule: Rule, name: str) -> int:
    """Return 1 if raising a parameter asks for more, -1 if for less, 0 if it cannot be told."""
    condition = getattr(rule.detect, "condition", None)
    if condition is None:
        return 0
    logic = [rule.detect.model_dump(by_alias=True, exclude={"require"}), rule.evidence]
    if re.search(rf"\${name}\b", str(logic)):
        return 0
    try:
        tree = Source(condition, "select ").parse()
    except LanguageError:
        return 0
    sides = set(_sides(tree.expressions[0], name))
    return sides.pop() if len(sides) == 1 else 0


def _sides(node: exp.Expr, name: str) -> Iterator[int]:
    """Yield the side of each comparison with a parameter, 0 for any other place it stands in."""
    if isinstance(node, (exp.And, exp.Or, exp.Paren)):
        for child in node.iter_expressions():
            yield from _sides(child, name)
    elif type(node) in _FLIPPED and _is_parameter(node.expression, name):
        yield 0 if _names(node.this, name) else _asks(type(node))
    elif type(node) in _FLIPPED and _is_parameter(node.this, name):
        yield 0 if _names(node.expression, name) else _asks(_FLIPPED[type(node)])
    elif _names(node, name):
        yield 0


def _asks(comparison: type[exp.Expr]) -> int:
    return 1 if comparison in (exp.GT, exp.GTE) else -1


def _is_parameter(node: exp.Expr, name: str) -> bool:
    return isinstance(node, exp.Placeholder) and node.name == name


def _names(node: exp.Expr, name: str) -> bool:
    return any(mark.name == name for mark in node.find_all(exp.Placeholder))


def _logic(old: Rule, new: Rule) -> Iterator[str]:
    if type(old.detect) is not type(new.detect):
        shapes = [type(rule.detect).__name__.lower() for rule in (old, new)]
        yield f"another shape of logic: {' → '.join(shapes)}"
        return
    was, now = _dumped(old.detect), _dumped(new.detect)
    if isinstance(old.detect, Steps) and isinstance(new.detect, Steps):
        was["step"], now["step"] = _dumped(old.detect.steps), _dumped(new.detect.steps)
        yield from _members("steps", old.detect.names, new.detect.names)
        if set(old.detect.names) == set(new.detect.names) and old.detect.names != new.detect.names:
            yield f"order of steps: {_plain(old.detect.names)} → {_plain(new.detect.names)}"
        for logic in (was, now):
            del logic["sequence"]
    yield from _keys("", was, now)


def _keys(label: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Say what differs under each key, going down into mappings."""
    for key in [*old, *(key for key in new if key not in old)]:
        was, now = old.get(key), new.get(key)
        named = f"{label} {_LABELS.get(key, key)}".strip().replace("  ", " ")
        if was == now:
            continue
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            yield from _keys(named, was, now)
        elif isinstance(was, list) and isinstance(now, list) and key in ("features", "by"):
            yield from _members(named, was, now)
        elif was is None:
            yield f"{named} is new: {_plain(now)}"
        elif now is None:
            yield f"{named} is gone: was {_plain(was)}"
        else:
            yield f"{named}: {_plain(was)} → {_plain(now)}"


def _members(label: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    if added := [member for member in new if member not in old]:
        yield f"{label}: {', '.join(added)} added"
    if removed := [member for member in old if member not in new]:
        yield f"{label}: {', '.join(removed)} removed"


def _dumped(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {name: _dumped(part) for name, part in value.items()}
    dumped: dict[str, Any] = value.model_dump(by_alias=True)
    return dumped


def _plain(value: Any) -> str:
    """Write a value on one line, as in the file."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return ", ".join(
            f"{name} {_plain(part)}" for name, part in value.items() if part is not None
        )
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_plain, value))
    return re.sub(r"\s+", " ", str(value)).strip()
