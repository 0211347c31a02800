"""Days of facts that others look back on: kept once nothing that comes later can change them.

A run of a quarter hour asks what was usual, or prevailing, in the week before it, and all of that
but today's is what the run before it found. So of a fact whose rows are what they are so long
``AHEAD`` of their own time, each day that is over is kept, and only what comes after the last one
that is there without a gap is made: of so much less activity, by it and by those below it.

A day is kept when a view has all that it looks back on. Of the first day that a tick looks back on
its view has a part alone, so that day must have been kept on the day before: after the code of a
fact has changed, a day or two pass before a tick is spared anything.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from surveillance.activity.asking import Ask, Past
from surveillance.activity.contract import quoted
from surveillance.activity.demand import whole
from surveillance.activity.facts import facts, reach_of
from surveillance.activity.kept import parts
from surveillance.activity.kept.keeping import ahead, by_day
from surveillance.activity.kept.naming import Naming, date, folder_of, untold
from surveillance.activity.lake.rows import moment
from surveillance.activity.lake.view import View
from surveillance.times import DAY, epoch_us


@dataclass
class Days:
    """The days of facts that a view can look back on, as far as any are kept."""

    view: View
    naming: Naming

    def untold(self, names: Iterable[str]) -> set[str]:
        """Return the facts that must be there to tell what days of some others are made of."""
        return untold(self.naming.whole, filter(by_day, names))

    def rounded(self, name: str, ask: Ask) -> Ask:
        """Return what is asked of a fact, in whole days of all columns if it can be kept by day.

        So whoever asks for others finds the same days.
        """
        if not self._is_asked(name, ask):
            return ask
        since = min(ask.since, date(self._begin(name, ask)) - _back(name))
        return replace(ask, columns=whole(name).columns, since=since)

    def of(self, name: str, ask: Ask) -> Ask:
        """Return what is asked of a fact, rounded, with the days of it that are kept."""
        ask = self.rounded(name, ask)
        begin = self._begin(name, ask) if self._is_asked(name, ask) else 0
        files = list(self._without_gap(name, begin)) if begin else []
        if not files:
            return ask
        until = date(begin + len(files))
        return replace(ask, kept=Past(tuple(files), until, until - _back(name)))

    def keep(self, name: str, ask: Ask) -> None:
        """Keep the days of a fact that was made which are over, and are not there yet."""
        if not self._is_asked(name, ask):
            return
        first = ask.kept.until if ask.kept else self._known(name, ask)
        begin = max(-(-epoch_us(first) // DAY), self.naming.first_day(name))
        for day in range(begin, self._over(name)):
            if not self._found(name, day):
                parts.put(self.view, self._select(name, day), folder_of(self.view, name),
                          self._key(name, day))  # fmt: skip

    def _is_asked(self, name: str, ask: Ask) -> bool:
        return by_day(name) and ask.since < self.view.window.end

    def _begin(self, name: str, ask: Ask) -> int:
        """Return the day since which whoever asks relies on rows, or of the first there can be."""
        relied = max(ask.since, self.view.window.start) + _back(name)
        return max(epoch_us(relied) // DAY, self.naming.first_day(name))

    def _known(self, name: str, ask: Ask) -> datetime:
        """Return since when a fact that is made of activity since a moment is right."""
        return max(ask.since + _back(name), self.view.window.start + reach_of([name]))

    def _over(self, name: str) -> int:
        """Return the day of which a row may still change, or come."""
        return epoch_us(self.view.window.end - (ahead(name) or timedelta(0))) // DAY

    def _without_gap(self, name: str, begin: int) -> Iterator[Path]:
        for day in range(begin, self._over(name)):
            file = self._found(name, day)
            if file is None:
                return
            yield file

    def _found(self, name: str, day: int) -> Path | None:
        return parts.find(folder_of(self.view, name), self._key(name, day))

    def _key(self, name: str, day: int) -> str:
        return f"{date(day):%Y%m%d}-{self.naming.key_of_day(name, day)}"

    def _select(self, name: str, day: int) -> str:
        time = facts()[name].TABLE.time
        return (
            f"select * from {quoted(name)} where {time} >= {moment(date(day))} "
            f"and {time} < {moment(date(day + 1))} order by all"
        )


def _back(name: str) -> timedelta:
    """Return how far a fact looks back, but for what rates rest on, which are asked for aside."""
    return reach_of([name], worth=False)
