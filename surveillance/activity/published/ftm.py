"""FollowTheMoney entities as OpenSanctions publishes them: one JSON object a line.

Only entities with a topic are listed; others are there because something listed refers to them.
"""

import json
from pathlib import Path
from typing import Any

from surveillance.activity.published.entries import Entry, Listed, Rows, since
from surveillance.activity.published.texts import Texts, lines

_KINDS = {"Person": "natural", "Company": "legal", "Organization": "legal", "LegalEntity": "legal",
          "PublicBody": "legal", "Vessel": "vessel", "Airplane": "aircraft"}  # fmt: skip
_WALLET = "CryptoWallet"


def read(folder: Path, listed: Listed, glob: str, texts: Texts) -> Rows:
    """Yield names and wallets of what has a topic; a ``weakAlias`` is weak."""
    for path, text in texts.of(folder, glob):
        date = since(listed, None, path)
        for number, line in lines(text):
            if not line.strip():
                continue
            try:
                entity = json.loads(line)
                entry = _entry(entity)
            except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as wrong:
                texts.refuse(path, number, line, f"expected an entity, was none: {wrong}")
                continue
            if entry is not None:
                yield from entry.rows(listed, date, f"{path.name}:{number}")


def _entry(entity: dict[str, Any]) -> Entry | None:
    schema, properties = entity["schema"], entity["properties"]
    topics = _texts(properties, "topics")
    if not topics or schema not in (*_KINDS, _WALLET):
        return None
    names = _texts(properties, "name", "alias")
    if schema == _WALLET:
        assets = _texts(properties, "currency")
        asset = assets[0] if assets else ""
        category = "sanctioned" if "sanction" in topics else topics[0]
        addresses = [(asset, key) for key in _texts(properties, "publicKey")]
        return Entry(str(entity["id"]), names=[], addresses=addresses, category=category)
    if not names:
        raise ValueError("it has no name")
    return Entry(
        str(entity["id"]),
        _KINDS[schema],
        names=[str(entity.get("caption") or names[0]), *names],
        weak=_texts(properties, "weakAlias"),
        births=_texts(properties, "birthDate"),
        countries=_texts(properties, "nationality", "citizenship", "country", "jurisdiction"),
        programmes=[*topics, *_texts(properties, "programId")],
    )


def _texts(properties: dict[str, Any], *names: str) -> list[str]:
    """Return the values under these names, each of which has several.

    Raises:
        TypeError: one has a single value, which is not how they are published.
    """
    several = [properties.get(name, []) for name in names]
    if not all(isinstance(values, list) for values in several):
        raise TypeError("one of its properties is no list")
    return [str(value) for values in several for value in values]
