"""The reference: every name that a person may write, printed from where it is decided.

Nothing of it is written by hand a second time, so it cannot say what is not so. ``docs`` keeps
the whole of it as ``reference.md``, which a test compares.
"""

import difflib
from collections.abc import Callable, Mapping

from surveillance.activity import sources
from surveillance.activity.facts import relations
from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.reference import keys, lists, schemas, tables
from surveillance.reference.markdown import page
from surveillance.reference.schemas import schema

__all__ = ["named", "schema", "whole"]

_TITLES = {
    "tables": "Tables",
    "facts": "Facts",
    "units": "Units",
    "functions": "Functions of the rule language",
    "rule": "Keys of a rule file",
    "venue": "Keys of a venue file",
    "features": "Features",
    "detectors": "Detectors",
    "reports": "Kinds of reports",
    "settings": "Settings",
}


def whole(settings: Settings) -> str:
    """Return the whole reference as Markdown."""
    parts = [_section(name, settings, 2) for name in _TITLES]
    return page(
        1,
        "Reference",
        "Printed by `surveillance reference > docs/reference.md`; one part of it by `surveillance "
        "reference NAME`, where NAME is a section, a table or a fact: "
        f"{', '.join(f'`{name}`' for name in _TITLES)}, or for one `trades`.",
        *parts,
    )


def named(name: str, settings: Settings) -> str:
    """Return one section, table or fact as Markdown.

    Raises:
        SurveillanceError: there is none of that name; the message says what may have been meant.
    """
    if name in _TITLES:
        return _section(name, settings, 1)
    if name in relations():
        return tables.described(name, 1)
    raise SurveillanceError(f"expected a section, a table or a fact, was {name!r}{_meant(name)}")


def _meant(name: str) -> str:
    near = difflib.get_close_matches(name, [*_TITLES, *relations()], n=3)
    return f"; did you mean {' or '.join(near)}?" if near else f"; sections: {', '.join(_TITLES)}"


def _section(name: str, settings: Settings, level: int) -> str:
    written: Mapping[str, Callable[[], str]] = {
        "tables": lambda: _parts(
            tables.about_tables(), tables.listed(is_fact=False, level=level + 1)
        ),
        "facts": lambda: _parts(tables.about_facts(), tables.listed(is_fact=True, level=level + 1)),
        "units": lists.units,
        "functions": lambda: lists.functions(level + 1),
        "rule": lambda: keys.described(schema("rule"), level + 1),
        "venue": lambda: _venue(level + 1),
        "features": lambda: lists.features(settings.rules),
        "detectors": lists.detectors,
        "reports": lambda: lists.reports(settings.templates),
        "settings": lambda: _settings(level + 1),
    }
    return page(level, _TITLES[name], _ABOUT.get(name, ""), written[name]())


_ABOUT = {
    "units": "Values of different units are not compared or added; what has none fits everything.",
    "functions": "These and no others; whatever they are given decides what they give.",
    "rule": "A JSON schema for editors: `surveillance reference --schema rule`.",
    "venue": "A JSON schema for editors: `surveillance reference --schema venue`.",
    "features": "One number a trader, from `features.yml` of the folder of rules.",
    "settings": "In `config.toml` of the home, or in the environment as `SURVEILLANCE_` and the "
    "name in capitals; a part's key follows two underscores: `SURVEILLANCE_INSTITUTION__NAME`.",
}


def _parts(*parts: str) -> str:
    return "\n\n".join(parts)


def _venue(level: int) -> str:
    head = schemas.of(sources.Head)
    own = {name: schemas.of(sources.find(name).Keys) for name in sources.names()}
    parts = [
        page(level, f"Source {name}", keys.described(schema, level + 1, elsewhere=head["$defs"]))
        for name, schema in own.items()
    ]
    return _parts(keys.described(head, level), *parts)


def _settings(level: int) -> str:
    return keys.described(schemas.of(Settings), level)
