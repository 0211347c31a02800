"""What facts of who stands behind whom say, in short, by the day on which a trader is first there.

A day of another fact is named by what they say of traders who were there by its end: else each new
customer would touch every day. It is noted as long as they are made of the same.
"""

from pathlib import Path

from surveillance.activity.contract import quoted
from surveillance.activity.facts import facts
from surveillance.activity.kept.notes import Sums, note, noted
from surveillance.activity.kept.whole import Whole, code
from surveillance.activity.lake.view import View
from surveillance.times import DAY

FOLDER = "results"
_NAMED = ("trader_id", "owner_id")


def is_told(whole: Whole, name: str) -> bool:
    """Return whether it was noted what a fact says, so that it need not be made to be asked."""
    return _path(whole, name).is_file()


def by_day(whole: Whole, name: str) -> Sums:
    """Return what a fact says, which must be there if it was not noted.

    Raises:
        SurveillanceError: what was noted was changed, or nothing can be noted.
    """
    path = _path(whole, name)
    if (found := noted(path)) is not None:
        return found
    sums = _counted(whole.view, name)
    note(path, sums)
    return sums


def _counted(view: View, name: str) -> Sums:
    """Count rows of whom no account says when they came to the first day of all."""
    schema = facts()[name].TABLE.schema
    columns = ", ".join(f"r.{quoted(column)}" for column in schema)
    who = next((column for column in _NAMED if column in schema), None)
    first = (
        f"select trader_id as who, min(epoch_us(ts)) // {DAY} as day from known_accounts group by 1"
    )
    joined, day = (f"left join ({first}) f on f.who = r.{who}", "f.day") if who else ("", "null")
    rows = view.connection.execute(
        f"select coalesce({day}, 0) as came, count(*), sum(cast(hash({columns}) as hugeint)) "
        f"from {quoted(name)} r {joined} group by came"
    ).fetchall()
    return {int(came): (int(count), int(hashes)) for came, count, hashes in rows}


def _path(whole: Whole, name: str) -> Path:
    folder = (whole.view.kept or Path()) / FOLDER
    return folder / f"{name}-{code(name)}" / f"{whole.key(name)}.json"
