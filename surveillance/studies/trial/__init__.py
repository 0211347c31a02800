"""A venue file tried: everything lands in a lake of its own that is gone afterwards.

What came and what did not, for which reasons, what it is worth, and which rules can judge it, so
that whoever writes a venue file sees what it means before anything is kept.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from surveillance.activity import sources
from surveillance.activity.batch import Count
from surveillance.activity.catalogue import TABLES
from surveillance.activity.lake import Lake, View
from surveillance.activity.venue import Venue
from surveillance.model import Window
from surveillance.records.trading import Trading
from surveillance.rules.schema import Rule
from surveillance.studies.trial.switches import Switches, switches
from surveillance.studies.trial.worth import worth

MOST_REFUSED = 0.05
"""Share of a table's rows that may be refused before a venue file does not fit."""
_UNITS = (("days", 86_400_000_000), ("s", 1_000_000), ("ms", 1_000))
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a venue file brings.

    ``tables`` and ``lines`` count rows by table and lines that never became rows; ``reasons`` say
    why rows were refused or lost a value, how often, and where first; ``values`` are rows with
    their worth and ``unknown`` what has none; ``notes`` say how files were read.
    """

    venue: str
    tables: tuple[Mapping[str, Any], ...]
    lines: Mapping[str, int]
    reasons: tuple[Mapping[str, Any], ...]
    values: tuple[Mapping[str, Any], ...]
    unknown: Mapping[str, list[str]]
    rules: Switches
    notes: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Say whether something landed, and no table lost more than a stated share."""
        received = sum(each["received"] for each in self.tables)
        lost = sum(self.lines.values())
        return (
            any(each["landed"] for each in self.tables)
            and all(each["quarantined"] <= MOST_REFUSED * each["received"] for each in self.tables)
            and lost <= MOST_REFUSED * (received + lost)
        )

    def record(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"format": "surveillance-venue-check/1", "fits": self.fits, **asdict(self)}


def tried(venue: Venue, rules: Iterable[Rule], at: datetime) -> Trial:
    """Land what a venue has in a lake that is gone afterwards, and say what it is.

    Raises:
        VenueError: the venue file is wrong; every fault is named.
        SourceError: something could not be read.
    """
    with TemporaryDirectory(prefix="venue-check-") as folder:
        lake = Lake(Path(folder) / "lake")
        counts: dict[str, Counter[str]] = {}
        notes: list[str] = []
        for batch in sources.pull(venue):
            notes += batch.remarks
            for table, count in lake.land(batch, at).counts.items():
                counts.setdefault(table, Counter()).update(_counted(count))
        spanned = lake.span() or Window(at - _DAY, at)
        trading = Trading({venue.name: venue.products})
        with lake.view(Window(spanned.start, spanned.end + _DAY), at + _DAY) as view:
            values, unknown = worth(view)
            return Trial(
                venue=venue.name,
                tables=tuple(_table(view, name, counts[name]) for name in TABLES if name in counts),
                lines={name: n["received"] for name, n in counts.items() if name not in TABLES},
                reasons=tuple(_reasons(lake)),
                values=tuple(values),
                unknown=unknown,
                rules=switches(rules, view.has, trading),
                notes=tuple(dict.fromkeys(notes)),
            )


def _counted(count: Count) -> dict[str, int]:
    names = ("received", "landed", "quarantined", "remarked")
    return {name: getattr(count, name) for name in names}


def _table(view: View, name: str, counts: Mapping[str, int]) -> dict[str, Any]:
    time = TABLES[name].time
    part = ", ".join(f"count_if(epoch_us({time}) % {size} <> 0)" for _, size in _UNITS)
    first, last, *parts = view.connection.execute(
        f'select min({time}), max({time}), {part} from "{name}"'
    ).fetchall()[0]
    unit = next((unit for (unit, _), odd in zip(_UNITS, parts, strict=True) if not odd), "us")
    return {"table": name, **counts, "first": first, "last": last, "unit": unit if first else None}


def _reasons(lake: Lake) -> list[dict[str, Any]]:
    """Return why rows were refused or lost a value, without the values, most frequent first."""
    found: dict[tuple[str, str, str], list[Any]] = {}
    for row in lake.quarantined().to_pylist():
        reason = "; ".join(each.partition(", was ")[0] for each in row["reason"].split("; "))
        at = found.setdefault((row["table_name"], "refused", reason), [0, row])
        at[0] += 1
    for row in lake.remarks().to_pylist():
        at = found.setdefault((row["table_name"], "emptied", row["reason"]), [0, row])
        at[0] += row["rows"]
    return [
        {
            "table": table,
            "what": what,
            "reason": reason,
            "rows": count,
            "example": row.get("example") or row["reason"],
            "where": row["source_line"],
        }
        for (table, what, reason), (count, row) in sorted(
            found.items(), key=lambda pair: (-pair[1][0], pair[0])
        )
    ]
