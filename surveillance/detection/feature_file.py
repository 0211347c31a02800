"""The file of features: what each is made of, and what is wrong with a file that cannot be read.

A feature is an expression in the safe language that reduces the rows of one relation to a number;
the relation is a table, a fact, or a query that the same file names. So a new feature is a line
of YAML, and cannot reach what a rule cannot reach.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlglot import exp

from surveillance import cache, language, yamlfile
from surveillance.activity.catalogue import units as units_in
from surveillance.activity.facts import relations as activity_relations
from surveillance.canonical import digest
from surveillance.errors import Fault, RuleError, SurveillanceError
from surveillance.language import LanguageError
from surveillance.yamlfile import Document, Loc

_NUMBERS = ("DECIMAL", "BIGINT", "INTEGER", "HUGEINT", "DOUBLE", "FLOAT", "UBIGINT", "SMALLINT")


class Feature(BaseModel):
    """One feature as the file says it; ``value`` may use ``$days``, the length of the window."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_: str = Field(alias="from")
    """The table, fact or relation of the file whose rows are reduced."""
    value: str
    """The number, over the rows of one trader."""
    meaning: str
    """What it says."""
    unit: str
    """What it counts in."""
    why: str = ""
    """What it tells apart; models of before it was asked for do without."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    relations: dict[str, str] = {}
    features: dict[str, Feature] = Field(min_length=1)


@dataclass(frozen=True)
class Features:
    """A checked features file: its features, its own relations as SQL, and its text."""

    features: Mapping[str, Feature]
    relations: Mapping[str, str]
    schemas: Mapping[str, Mapping[str, str]]
    sources: Mapping[str, frozenset[str]]
    """The tables and facts that each of its own relations is made of."""
    text: str
    is_whole: bool = False
    """Whether one of its own relations reads all columns of something, without naming them."""
    is_recalled: bool = False
    """Whether what was made of it before may be used again; what proves a run makes it anew."""

    @property
    def reads(self) -> frozenset[str]:
        """Tables and facts that must be prepared on a view's connection."""
        used = {feature.from_ for feature in self.features.values()}
        return frozenset[str]().union(*(self.sources.get(name, {name}) for name in used))

    @property
    def words(self) -> frozenset[str] | None:
        """Return the names of all columns that count, unless some are read without being named."""
        if self.is_whole:
            return None
        used = [(feature.from_, feature.value) for feature in self.features.values()]
        texts = [*used, self.relations]
        return frozenset(re.findall(r"\w+", str(texts).lower()))

    def only(self, names: Sequence[str]) -> "Features":
        """Return the same file with some of its features, to be read faster.

        Raises:
            SurveillanceError: the file has no feature of a name.
        """
        if unknown := [name for name in names if name not in self.features]:
            known = ", ".join(self.features)
            raise SurveillanceError(f"expected features of {known}; was {', '.join(unknown)}")
        return replace(self, features={name: self.features[name] for name in names})

    @property
    def digest(self) -> str:
        """Name the file by its text."""
        return digest(self.text)


def load(path: Path) -> Features:
    """Return a features file, read and checked once a machine; see ``cache``.

    Raises:
        RuleError: with the line and column of every fault.
    """
    text = yamlfile.text_of(path, RuleError)
    found = cache.once(
        "features", text, lambda: parse(text, path), _plain, lambda plain: _restored(plain, text)
    )
    return replace(found, is_recalled=True)


def parse(text: str, path: Path | str) -> Features:
    """Check the text of a features file, as ``load`` does, but anew."""
    return _checked(yamlfile.parse(text, path, RuleError))


def _plain(checked: Features) -> dict[str, Any]:
    own = checked.relations
    return {
        "features": {
            name: feature.model_dump(by_alias=True) for name, feature in checked.features.items()
        },
        "relations": own,
        "schemas": {name: checked.schemas[name] for name in own},
        "sources": {name: sorted(tables) for name, tables in checked.sources.items()},
        "is_whole": checked.is_whole,
    }


def _restored(plain: Mapping[str, Any], text: str) -> Features:
    known = {name: table.schema for name, table in activity_relations().items()}
    return Features(
        features={name: Feature(**feature) for name, feature in plain["features"].items()},
        relations=plain["relations"],
        schemas={**known, **plain["schemas"]},
        sources={name: frozenset(tables) for name, tables in plain["sources"].items()},
        text=text,
        is_whole=plain["is_whole"],
    )


@lru_cache(maxsize=1024)
def expression(
    text: str, columns: tuple[tuple[str, str], ...], days: Decimal
) -> language.Expression:
    """Read a value; cached, because every hop of a run asks for the same ones."""
    number = {"days": language.literal(days)}
    schema = dict(columns)
    units = language.Units({language.ROW: units_in(schema)})
    return language.expression(text, schema, aggregates=True, parameters=number, units=units)


def _checked(document: Document) -> Features:
    content = document.validate(_File)
    faults: list[Fault] = []
    known = {name: table.schema for name, table in activity_relations().items()}
    queries = _own_relations(document, content, known, faults)
    schemas = {**known, **{name: query.columns for name, query in queries.items()}}
    for name, feature in content.features.items():
        faults += _feature_faults(document, name, feature, schemas)
    if faults:
        raise RuleError(faults)
    own = {name: query.sql() for name, query in queries.items()}
    sources = {name: frozenset(query.tables) for name, query in queries.items()}
    is_whole = any(query.is_whole for query in queries.values())
    return Features(
        features=content.features,
        relations=own,
        schemas=schemas,
        sources=sources,
        text=document.text,
        is_whole=is_whole,
    )


def _own_relations(
    document: Document,
    content: _File,
    known: Mapping[str, Mapping[str, str]],
    faults: list[Fault],
) -> dict[str, language.Query]:
    queries = {}
    units = language.Units({name: units_in(schema) for name, schema in known.items()})
    for name, text in content.relations.items():
        loc = ("relations", name)
        try:
            queries[name] = language.query(text, known, units=units)
        except LanguageError as wrong:
            faults.append(document.fault_within(loc, wrong.line, wrong.column, wrong.message))
            continue
        if name in known:
            faults.append(document.fault(loc, f"expected a name of its own, was the table {name}"))
        if "trader_id" not in queries[name].columns:
            faults.append(document.fault(loc, "expected a column trader_id, was absent"))
    return queries


def _feature_faults(
    document: Document, name: str, feature: Feature, schemas: Mapping[str, Mapping[str, str]]
) -> list[Fault]:
    loc = ("features", name)
    columns = schemas.get(feature.from_)
    if columns is None:
        if feature.from_ in document.data.get("relations", {}):
            return []
        message = f"expected a table, a fact or a relation of this file, was {feature.from_!r}"
        return [document.fault((*loc, "from"), message)]
    if "trader_id" not in columns:
        return [document.fault((*loc, "from"), f"expected rows of traders, was {feature.from_!r}")]
    return _value_faults(document, (*loc, "value"), feature, columns)


def _value_faults(
    document: Document, at: Loc, feature: Feature, columns: Mapping[str, str]
) -> list[Fault]:
    try:
        value = expression(feature.value, tuple(columns.items()), Decimal(1))
    except LanguageError as wrong:
        return [document.fault_within(at, wrong.line, wrong.column, wrong.message)]
    if not value.type.startswith(_NUMBERS):
        return [document.fault(at, f"expected a number, was {value.type}")]
    for column in value.tree.find_all(exp.Column):
        if column.find_ancestor(exp.AggFunc, exp.Filter) is None:
            message = f"expected one number a trader, was {column.name} of each row"
            return [document.fault(at, message)]
    return []
