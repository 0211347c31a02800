"""Facts that are kept: what was made of a day once is read, not made again, while it is the same.

To make facts is most of what a rule costs, and whoever tries ten thresholds on a month makes the
same facts ten times. So a fact whose rows say when they are settled is kept by the day on which
they were, in a file named by what it was made of: the code of the fact and of those below it, the
version of the engine, and the rows that its rule looks back on, of every table that it reads. Rows
are told by their hashes, added up by the hour, as the view shows them: a late row, a correction or
a bust makes the days anew that it touches, and neither compaction nor the cut of a window makes
any. What the rows of a file of the lake come to is noted: see ``sums``. Of who stands behind whom
the result is told, and not the logins and transfers that it rests on, without traders who came
later: else each new customer would touch every day. What holds until it is said anew, such as the
terms of an instrument, may be said anew after the day and within the view, and a fact takes the
last word; so that is told too, of all that was there on the day.

Other facts hang on the view that they are made over, and are kept for that view as a whole: see
``whole``.

Of facts that others look back on, whole days are kept as well, for windows of any length; ``days``.

Nothing rests on these files. A replay reads none, so that proof goes back to the rows; a file that
is not what its name says is refused by name; what is erased from the lake is erased here, all of
it; and whatever is deleted is made again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from surveillance.activity.asking import SETTLED
from surveillance.activity.contract import quoted, text
from surveillance.activity.kept.naming import Naming, date, folder_of, untold
from surveillance.activity.kept.parts import expect_whole, find, put
from surveillance.activity.kept.whole import Whole
from surveillance.activity.lake.rows import moment
from surveillance.activity.lake.view import View
from surveillance.model import Window
from surveillance.times import DAY, epoch_us


@dataclass
class Kept:
    """The kept facts of a window of whole days, as far as rules look back in a view."""

    view: View
    window: Window
    back: Mapping[str, timedelta]
    """By fact: how far back the rules that read it look."""

    @cached_property
    def naming(self) -> Naming:
        """Return what names the days of facts of the view."""
        return Naming(self.view, self.back)

    @property
    def is_open(self) -> bool:
        """Return whether the view keeps facts, and the window is one of whole days."""
        ends = (epoch_us(self.window.start), epoch_us(self.window.end))
        return self.view.kept is not None and all(end % DAY == 0 for end in ends)

    @property
    def whole(self) -> Whole:
        """Return what keeps facts for the view as a whole."""
        return self.naming.whole

    def untold(self, names: Iterable[str]) -> set[str]:
        """Return the facts that must be there to name some others."""
        return untold(self.whole, names)

    def has(self, name: str) -> bool:
        """Return whether every day of a fact is there."""
        return all(self._found(name, day) for day in self._days())

    def show(self, name: str) -> None:
        """Show a fact of which every day is there.

        Raises:
            SurveillanceError: a file is not what its name says.
        """
        files = [found for day in self._days() if (found := self._found(name, day))]
        for file in files:
            expect_whole(file)
        paths = ", ".join(text(str(file)) for file in files)
        self.view.connection.execute(
            f"create temp view {quoted(name)} as from read_parquet([{paths}])"
        )

    def keep(self, name: str) -> None:
        """Keep the days of a fact that was made, of those that are not there yet."""
        for day in self._days():
            if not self._found(name, day):
                self._write(name, day)

    def _days(self) -> range:
        return range(epoch_us(self.window.start) // DAY, epoch_us(self.window.end) // DAY)

    def _found(self, name: str, day: int) -> Path | None:
        return find(folder_of(self.view, name), self._key(name, day))

    def _key(self, name: str, day: int) -> str:
        return f"{date(day):%Y%m%d}-{self.naming.key(name, day)}"

    def _write(self, name: str, day: int) -> None:
        within = f"{SETTLED} >= {moment(date(day))} and {SETTLED} < {moment(date(day + 1))}"
        rows = f"select * from {quoted(name)} where {within} order by all"
        put(self.view, rows, folder_of(self.view, name), self._key(name, day))
