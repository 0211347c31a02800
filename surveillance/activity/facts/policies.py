"""Lines and lists that law draws, by jurisdiction and date of effect: ``policy.yml`` as a table.

The file is part of the product, as code is: its digest stands here, so that nobody changes a law
without a new version of this fact and of every rule above it. A row holds from ``since`` until
``until``, for what moved then; to add a later one changes no verdict on what moved before.
"""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pydantic import Field

import surveillance
from surveillance import yamlfile
from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, Column, Table
from surveillance.activity.facts import typed
from surveillance.errors import SurveillanceError
from surveillance.yamlfile import Part

TABLE = Table(
    "policies",
    "One row a line or an entry of a list that law draws, with when it holds",
    ("kind", "jurisdiction", "since"),
    "",
    (
        Column(
            "kind",
            TEXT,
            "Which line or list",
            required=True,
            allowed=(
                "reporting",
                "travel_rule",
                "self_hosted",
                "due_diligence",
                "call_for_action",
                "monitored",
            ),
        ),
        Column("jurisdiction", TEXT, "Country, ISO 3166 alpha-2; empty: any other", required=True),
        Column("usd", MONEY, "The line, USD; 0: whatever the amount; empty for lists"),
        Column("since", TIME, "From when it holds", required=True),
        Column("until", TIME, "When it ended; empty while it holds"),
        Column("source", TEXT, "Where it stands", required=True),
        Column("is_checked", FLAG, "Somebody held it against the text", required=True),
    ),
    fact=True,
)
READS: tuple[str, ...] = ()
VERSION = 3
PROMISED = True
"""It says something of nothing: law holds where nobody moved anything."""
PATH = Path(surveillance.__file__).with_name("shipped") / "rules" / "policy.yml"
DIGEST = "82e144c81038f768721c17bd6c457632f19508f138c6d5828ec8157a027b8dec"


class _Line(Part):
    kind: str
    jurisdiction: str
    usd: int = Field(ge=0)
    since: date = Field(strict=False)
    until: date | None = Field(None, strict=False)
    checked: bool
    source: str


class _Country(Part):
    country: str = Field(pattern="^[A-Z]{2}$")
    since: date = Field(strict=False)
    until: date | None = Field(None, strict=False)


class _List(Part):
    kind: str
    source: str
    checked: bool
    countries: list[_Country]


class Policy(Part):
    """What ``policy.yml`` says."""

    unions: dict[str, list[str]] = Field(default_factory=dict)
    lines: list[_Line]
    lists: list[_List]


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return the rows of the shipped file, which must be what the digest says.

    Raises:
        SurveillanceError: it is another file.
    """
    found = sha256(PATH.read_bytes()).hexdigest()
    if found != DIGEST:
        raise SurveillanceError(
            f"expected {PATH.name} of digest {DIGEST[:12]}, was {found[:12]}: whoever changes it "
            "raises VERSION and DIGEST of the fact policies"
        )
    return _once(found)


@cache
def _once(digest: str) -> pa.Table:
    """Return the rows of the file of a digest, which is read once a process."""
    return table_of(yamlfile.load(PATH).validate(Policy))


def table_of(policy: Policy) -> pa.Table:
    """Return what a policy says as rows of the fact."""
    return typed(TABLE, _rows(policy))


def _rows(policy: Policy) -> Iterator[dict[str, Any]]:
    for line in policy.lines:
        for jurisdiction in policy.unions.get(line.jurisdiction, [line.jurisdiction]):
            yield {
                "kind": line.kind,
                "jurisdiction": jurisdiction,
                "usd": line.usd,
                "since": _start(line.since),
                "until": _start(line.until),
                "source": line.source,
                "is_checked": line.checked,
            }
    for listed in policy.lists:
        for entry in listed.countries:
            yield {
                "kind": listed.kind,
                "jurisdiction": entry.country,
                "since": _start(entry.since),
                "until": _start(entry.until),
                "source": listed.source,
                "is_checked": listed.checked,
            }


def _start(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day)  # noqa: DTZ001 - naive, as the lake has it
