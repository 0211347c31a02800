"""When rows of a fact are settled: those of some by the hour or day, or so long after something.

Most windows of a scheduler are shorter than that, and hold no such moment; what cannot have a row
in a window need not be made for it.
"""

from datetime import timedelta

from surveillance.activity.facts import facts
from surveillance.activity.lake.rows import moment
from surveillance.activity.lake.view import View
from surveillance.model import Window
from surveillance.times import epoch_us


def may_settle(name: str, view: View, window: Window) -> bool:
    """Return whether a row of a fact may be settled within a window of a view.

    A fact ``SETTLES`` once a period, so long after it ends, both in microseconds; or so many
    microseconds after a row of a table that meets a condition, which it ``FOLLOWS``; or at any
    time.
    """
    fact = facts()[name]
    if (follows := getattr(fact, "FOLLOWS", None)) is not None:
        rows, after = follows
        return _has(view, rows, timedelta(microseconds=after), window)
    if (settles := getattr(fact, "SETTLES", None)) is not None:
        period, after = settles
        start = epoch_us(window.start)
        return bool(start + (after - start) % period < epoch_us(window.end))
    return True


def _has(view: View, rows: str, after: timedelta, window: Window) -> bool:
    since, until = moment(window.start - after), moment(window.end - after)
    sql = f"select 1 from {rows} and ts >= {since} and ts < {until} limit 1"
    return bool(view.arrow(sql).num_rows)
