"""What every list says of an entry: names, some of them weak, births, countries, addresses."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from surveillance.activity.batch import ORIGIN
from surveillance.errors import SourceError, SurveillanceError
from surveillance.times import parse_time

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = Iterator[tuple[str, Row]]


class Listed(Protocol):
    """What a reader has to know of the list it reads."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def as_of(self) -> str | None:
        """Date from which it holds, where the document does not say."""


@dataclass
class Entry:
    """One entry; the first of ``names`` is its main one, and what is ``weak`` identifies nobody.

    ``addresses`` are pairs of an asset and an address on chain.
    """

    id: str
    entity: str | None = None
    names: list[str] = field(default_factory=list)
    weak: list[str] = field(default_factory=list)
    births: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    programmes: list[str] = field(default_factory=list)
    remarks: str | None = None
    addresses: list[tuple[str, str]] = field(default_factory=list)
    category: str = "sanctioned"

    def rows(self, listed: Listed, since: datetime, origin: str) -> Rows:
        """Yield a row a name, and one an address."""
        shared = {
            "ts": since,
            "list": listed.name,
            "entry_id": self.id,
            "entity": self.entity,
            "birth_date": joined(self.births),
            "country": joined(self.countries),
            "programme": joined(self.programmes),
            "remarks": self.remarks,
            ORIGIN: origin,
        }
        strong = list(dict.fromkeys(filter(None, map(plain, self.names))))
        others = list(dict.fromkeys(filter(None, map(plain, self.weak))))
        for place, name in enumerate([*strong, *(each for each in others if each not in strong)]):
            quality = "strong" if place < len(strong) else "weak"
            name_id = str(place) if place else ""
            yield "watchlist", {**shared, "name_id": name_id, "name": name, "quality": quality}
        for asset, address in dict.fromkeys(self.addresses):
            holder = strong[0] if strong else None
            label = label_row(listed, since, address, asset, holder, self.category)
            yield "address_labels", {**label, ORIGIN: origin}


def label_row(
    listed: Listed,
    since: datetime,
    address: str,
    asset: str,
    holder: str | None,
    category: str = "sanctioned",
) -> Row:
    """Return a row of a labelled address."""
    return {
        "ts": since,
        "address": address,
        "category": category,
        "source": listed.name,
        "asset": asset,
        "entity": holder,
    }


def joined(values: Iterable[str | None]) -> str | None:
    """Return different values in one text, or None if there is none."""
    return "; ".join(dict.fromkeys(filter(None, map(plain, values)))) or None


def plain(text: str | None) -> str:
    """Return a text without blanks at its ends or more than one within it."""
    return " ".join((text or "").split())


def since(listed: Listed, dated: str | None, path: Path) -> datetime:
    """Return from when a list holds: its own date, or else that of the venue file.

    Raises:
        SourceError: neither says, or what says it is no date.
    """
    date = dated or listed.as_of
    if date is None:
        raise SourceError(
            f"expected as_of for the list {listed.name!r}, which {path} does not date"
        )
    try:
        return parse_time(date[:10]).astimezone(UTC)
    except SurveillanceError as wrong:
        raise SourceError(f"{path}: {wrong}") from None
