"""The keys of a file, as its JSON schema has them: a table a part of the file."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeAlias

from surveillance.reference.markdown import code, page, prose, table

Schema: TypeAlias = Mapping[str, Any]

_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "nothing",
    "object": "mapping",
}


def described(schema: Schema, level: int, elsewhere: Collection[str] = ()) -> str:
    """Return the keys of a file, and under their own headings those of each part of it.

    Parts that are described ``elsewhere`` are left out.
    """
    parts = [name for name in _order(schema) if name not in elsewhere]
    return "\n\n".join(
        [_keys(schema), *(_part(name, schema["$defs"][name], level) for name in parts)]
    )


def _part(name: str, schema: Schema, level: int) -> str:
    """Describe a part: a table of its keys, or what it is where it has no keys of its own."""
    about = prose(schema.get("description", ""))
    return page(level, _called(name), about, _keys(schema) or f"A {_whole(schema)}.")


def _order(schema: Schema) -> list[str]:
    """Return the names of the parts, each after the first that names it."""
    parts: Mapping[str, Schema] = schema.get("$defs", {})
    found: list[str] = []
    waiting = [{key: value for key, value in schema.items() if key != "$defs"}]
    while waiting:
        for name in _named(waiting.pop(0)):
            if name not in found:
                found.append(name)
                waiting.append(dict(parts[name]))
    return found


def _named(value: Any) -> Iterator[str]:
    """Yield the names of parts that a schema points at."""
    if isinstance(value, Mapping):
        if "$ref" in value:
            yield value["$ref"].rpartition("/")[2]
        for each in value.values():
            yield from _named(each)
    elif isinstance(value, list):
        for each in value:
            yield from _named(each)


def _keys(schema: Schema) -> str:
    required = schema.get("required", ())
    rows = [
        (code(name), _type(key), _default(key, name in required), prose(key.get("description", "")))
        for name, key in schema.get("properties", {}).items()
    ]
    return table(("key", "value", "default", "meaning"), rows) if rows else ""


def _default(key: Schema, is_required: bool) -> str:
    if is_required:
        return "required"
    value = key.get("default")
    is_shown = isinstance(value, (bool, int, float, str)) and not str(value).startswith("/")
    return code(value if isinstance(value, str) else json.dumps(value)) if is_shown else ""


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        name = _called(schema["$ref"].rpartition("/")[2])
        return f"[{name}](#{name.replace(' ', '-')})"
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        shown = dict.fromkeys(_type(choice) for choice in choices)
        names = [name for name in shown if name != _WORDS["null"]]
        is_number = _WORDS["number"] in names
        return " or ".join(name for name in names if not (is_number and name == _WORDS["integer"]))
    if "const" in schema:
        return code(str(schema["const"]))
    if "enum" in schema:
        return ", ".join(code(str(choice)) for choice in schema["enum"])
    return _whole(schema)


def _whole(schema: Schema) -> str:
    kind = schema.get("type", "")
    if kind == "array":
        return f"list of {_type(schema.get('items', {})) or 'anything'}"
    inner = schema.get("additionalProperties")
    if kind == "object" and isinstance(inner, Mapping):
        return f"mapping of names to {_type(inner)}"
    limits = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {schema[name]:g}" for name, sign in limits.items() if name in schema]
    shape = {"date": "date", "date-time": "time"}.get(
        schema.get("format", ""), _WORDS.get(kind, "")
    )
    return ", ".join([shape, *bounds])


def _called(title: str) -> str:
    """Return the heading of a part: the words of its name in small letters."""
    words = "".join(f" {char.lower()}" if char.isupper() else char for char in title)
    return words.replace("_", " ").strip()
