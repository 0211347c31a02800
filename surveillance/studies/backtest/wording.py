"""Where two versions of a rule are written otherwise, and what that part of a rule decides."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from surveillance.records.answers import PlaceInRule, Rewrite
from surveillance.rules.schema import Parameter, Rule

_GATE = ("detect.require", "detect.at_least")


def rewritten(old: Rule, new: Rule) -> list[Rewrite]:
    """Return every place of the behaviour that reads otherwise, before and after."""
    was, now = _written(old), _written(new)
    places = list(dict.fromkeys([*was, *now]))
    return [
        {"where": place, "before": was.get(place, ""), "after": now.get(place, "")}
        for place in places
        if was.get(place) != now.get(place)
    ]


def candidates_by(here: Rule, there: Rule, name: str) -> list[str]:
    """Say in words what decides about candidates and is otherwise in the rule called ``name``."""
    return _causes(here, there, name, lambda place: not place.startswith(("score.", *_GATE)))


def scored_by(here: Rule, there: Rule, name: str) -> list[str]:
    """Say in words what decides about the score and is otherwise in the rule called ``name``."""
    return _causes(here, there, name, lambda place: place.startswith("score."))


def stands(rule: Rule, name: str) -> list[PlaceInRule]:
    """Return where a parameter stands in a rule: the place in words, and what is written there."""
    mark = re.compile(rf"\${name}\b")
    return [
        {"place": _named([place]), "text": " ".join(text.split())}
        for place, text in _written(rule).items()
        if mark.search(text)
    ]


def _causes(here: Rule, there: Rule, name: str, counts: Callable[[str], bool]) -> list[str]:
    mine, others = _written(here), _written(there)
    texts = {place: text for place, text in mine.items() if not place.startswith("parameters.")}
    causes = []
    for key, parameter in here.parameters.items():
        other = there.parameters.get(key)
        if other is None or _value(other) == _value(parameter):
            continue
        stands = re.compile(rf"\${key}\b")
        places = [place for place, text in texts.items() if counts(place) and stands.search(text)]
        moved = f"${key} is {_value(parameter)} ({_value(other)} {name})"
        causes += [f"{moved}, in {_named(places)}"] if places else []
    differs = [place for place in texts if counts(place) and others.get(place) != texts[place]]
    return causes + [f"{_named([place])} is written otherwise {name}" for place in differs]


def _written(rule: Rule) -> dict[str, str]:
    """Return everything that decides a verdict, as text by dotted place."""
    behaviour = rule.model_dump(
        include={"needs", "lookback", "every", "score", "evidence"}, by_alias=True
    )
    behaviour["detect"] = rule.detect.model_dump(by_alias=True)
    parameters = {name: _value(parameter) for name, parameter in rule.parameters.items()}
    return dict(_flat({"parameters": parameters, **behaviour}))


def _flat(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(inner, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for item in value:
            yield from _flat(item, place)
    elif value is not None:
        yield place, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _value(parameter: Parameter) -> str:
    if parameter.peer_quantile is not None:
        return f"the {parameter.peer_quantile:g} quantile of {parameter.of}, from {parameter.floor}"
    others = ", ".join(f"{name} {value}" for name, value in parameter.segments.items())
    return f"{parameter.value} ({others})" if others else str(parameter.value)


def _named(places: list[str]) -> str:
    return " and ".join(dict.fromkeys(_word(place.split(".")) for place in places))


def _word(keys: list[str]) -> str:
    """Name a place as people do: ``the where of step bait``, ``measure ratio``."""
    match keys:
        case ["detect", "sequence", step, key]:
            return f"the {key} of step {step}"
        case ["detect", "measure", name]:
            return f"measure {name}"
        case ["score", name, *_]:
            return f"the score of {name}"
        case ["evidence", name]:
            return f"the evidence in {name}"
        case ["detect", *rest]:
            return f"the {'.'.join(rest)}"
    return ".".join(keys)
