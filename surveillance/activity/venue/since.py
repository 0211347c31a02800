"""How far a table was read, so that the next pull begins there and not at the beginning.

The mark is the greatest value of one column among the rows that have landed, taken back by an
overlap, because rows are written in another order than they are numbered. Where there is doubt
the mark lies earlier: what comes twice is passed over, what is skipped would be lost.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from surveillance.activity.venue.cells import placed
from surveillance.errors import SourceAbort
from surveillance.times import format_time, parse_time

Value: TypeAlias = int | datetime
_FIRST = datetime(1, 1, 1)  # noqa: DTZ001 - compared with times of either kind
_SECOND_YEAR = datetime(2, 1, 1, tzinfo=UTC)
_LEAST = -(2**31)


@dataclass(frozen=True, slots=True)
class Since:
    """The column that grows, and what is read again of it: a length of time, or a count."""

    column: str
    overlap: timedelta | int
    zone: ZoneInfo | None

    def read(self, upto: str | None) -> Value | None:
        """Return the mark that was written down, if one was."""
        if upto is None:
            return None
        return int(upto) if isinstance(self.overlap, int) else parse_time(upto)

    def bound(self, mark: Value | None, dialect: str) -> Any:
        """Return what stands for ``:since`` in a SELECT of one kind of database.

        SQLite has no times but text, and a time written to the second sorts before every longer
        form of it.
        """
        begin = self._begin(mark)
        if isinstance(self.overlap, int):
            return _LEAST if begin is None else begin
        if not isinstance(begin, datetime):
            return _FIRST.isoformat(sep=" ") if dialect == "sqlite" else _FIRST
        if dialect == "postgresql":  # whose session is in the zone that the venue file says
            return begin
        # Elsewhere a value may be written in UTC or in the zone: the earlier one skips neither.
        plain = min(begin.astimezone(zone).replace(tzinfo=None) for zone in (UTC, self.zone or UTC))
        return plain.isoformat(sep=" ", timespec="seconds") if dialect == "sqlite" else plain

    def greatest(self, values: Iterable[Any], before: Value | None, now: datetime) -> Value | None:
        """Return the greatest of some values and of ``before``; a time never lies ahead of now.

        Raises:
            SourceAbort: a value is not of the kind that the overlap says.
        """
        known: list[Any] = [self._value(value) for value in values if value is not None]
        greatest: Value | None = max([*known, *([] if before is None else [before])], default=None)
        return min(greatest, now) if isinstance(greatest, datetime) else greatest

    def _begin(self, mark: Value | None) -> Value | None:
        if isinstance(mark, int) and isinstance(self.overlap, int):
            return mark - self.overlap
        if isinstance(mark, datetime) and isinstance(self.overlap, timedelta):
            return max(mark, _FIRST.replace(tzinfo=UTC) + self.overlap) - self.overlap
        return None

    def _value(self, value: Any) -> Value:
        if isinstance(self.overlap, int):
            if isinstance(value, int) and not isinstance(value, bool):
                return value
            raise self._strange(value, "whole numbers, as the overlap says")
        moment = value
        if isinstance(value, str):
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                moment = None
        if not isinstance(moment, datetime):
            raise self._strange(value, "times, as the overlap says")
        if isinstance(value, str) and moment.utcoffset():
            raise self._strange(value, "times of UTC where they are text")
        return _early(moment, self.zone)

    def _strange(self, value: Any, expected: str) -> SourceAbort:
        return SourceAbort(
            f"expected {expected}, in the incremental column {self.column!r}, was {value!r}"
        )


def _early(moment: datetime, zone: ZoneInfo | None) -> datetime:
    """Return a time in UTC: where it may be two, the earlier one."""
    if moment.tzinfo is None and zone is None:
        return moment.replace(tzinfo=UTC)
    try:
        return placed(moment, zone)
    except ValueError:
        return max(moment.replace(tzinfo=UTC), _SECOND_YEAR) - timedelta(days=1)


class High:
    """The mark of one reading: from where it begins, and how far it has come."""

    def __init__(self, since: Since | None, known: str | None) -> None:
        self._since, self._now = since, datetime.now(UTC)
        self._mark = self._high = since.read(known) if since else None

    @property
    def is_first(self) -> bool:
        """Say whether there is no mark to read on from."""
        return self._mark is None

    def values(self, dialect: str) -> dict[str, Any]:
        """Return the parameters of the SELECT."""
        return {"since": self._since.bound(self._mark, dialect)} if self._since else {}

    def watched(
        self, names: Sequence[str], chunks: Iterable[Sequence[tuple[Any, ...]]]
    ) -> Iterator[Sequence[tuple[Any, ...]]]:
        """Yield chunks of rows as they are, and remember the greatest value."""
        for chunk in chunks:
            if self._since:
                place = names.index(self._since.column)
                values = (row[place] for row in chunk)
                self._high = self._since.greatest(values, self._high, self._now)
            yield chunk

    @property
    def upto(self) -> str | None:
        """Return the mark as it is written down."""
        if self._high is None:
            return None
        if isinstance(self._high, datetime):
            return format_time(self._high)
        return str(self._high)
