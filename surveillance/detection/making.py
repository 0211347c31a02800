"""The facts that the rules of a run read: each is made once, or shown as it was kept."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import duckdb

from surveillance.activity.asking import ALL, NOTHING, SETTLED, Ask, Asked, Use
from surveillance.activity.bounds import bounded
from surveillance.activity.demand import asked
from surveillance.activity.facts import facts, lacking, needed, shown_to
from surveillance.activity.kept import Kept, parts
from surveillance.activity.kept.days import Days
from surveillance.activity.kept.keeping import RESULTS, TOLD, can_be, keepable
from surveillance.activity.lake.rows import moment
from surveillance.activity.lake.view import View
from surveillance.activity.preparing import let_go, made, prepare, prepare_one, show_by
from surveillance.activity.settling import may_settle
from surveillance.detection.unjudged import VALUED, counted_by, worths
from surveillance.errors import SurveillanceError
from surveillance.model import Window
from surveillance.rules.book import Entry, Rulebook
from surveillance.rules.logic import Aggregate, Each, Strange
from surveillance.rules.logic import Sequence as Steps
from surveillance.times import end_of_hop, span

_FAR = timedelta(days=3)
"""An engineering default, on which cost alone hangs."""


def _uses(book: Rulebook, view: View, window: Window) -> Iterator[Use]:
    """Yield what the rules that read this view themselves ask of facts."""
    for entry in book.entries.values():
        if isinstance(entry.rule.detect, Strange) or not is_due(entry, window):
            continue
        rule = entry.compiled
        # The view of who looks further begins not long before: nothing is spared there.
        since = window.back_to(entry.own_reach).start if entry.own_reach < _FAR else ALL
        if may_find(entry, view, window):
            settled = settled_since(entry, window)
            yield Use(rule.tables, rule.words, rule.conditions, since, settled)
        # Whether it finds any or not, it is counted what nobody knows the worth of.
        yield Use(frozenset(worths(entry)), frozenset({"usd"}), since=window.start)


def settled_since(entry: Entry, window: Window) -> datetime:
    """Return since when rows must be settled for a rule to read them, of what it reads."""
    return window.start if entry.compiled.tables == {_settled(entry)} else ALL


def is_due(entry: Entry, window: Window) -> bool:
    """Return whether a rule can find anything: one judged by the hop does at the end of hops only.

    Most windows of a scheduler are shorter than a hop, and need neither its query nor its facts.
    """
    rule = entry.rule
    if rule.every is None or not isinstance(rule.detect, (Aggregate, Steps)):
        return True
    return end_of_hop(window.start, span(rule.every)) <= window.end


def may_find(entry: Entry, view: View, window: Window) -> bool:
    """Return whether a row that a rule judges can be known in a window that it is due in."""
    judged = _judged(entry)
    return judged is None or may_settle(judged.fact, view, window)


def has_candidate(entry: Entry, view: View, window: Window) -> bool:
    """Return whether any row that a rule judges is known in a window, its facts being made.

    To ask costs little beside the rule's own query, and most hold for none.
    """
    if (judged := _judged(entry)) is None:
        return True
    within = f"{judged.at} >= {moment(window.start)} and {judged.at} < {moment(window.end)}"
    return bool(view.arrow(f"select 1 from {judged.fact} where {within} limit 1").num_rows)


def read_by(entry: Entry, view: View, window: Window) -> list[str]:
    """Return the tables and facts that the verdict of a rule needs, and what it leaves unjudged."""
    judged = _judged(entry)
    idle = set() if judged is None or may_find(entry, view, window) else {judged.fact}
    return sorted({*entry.compiled.tables - idle, *counted_by(entry)})


def facts_of(
    book: Rulebook, view: View, window: Window, failed: Mapping[str, Exception]
) -> "Facts":
    """Return what makes the facts of some rules, with those that can be kept for the window.

    Those that ``failed`` before are not tried again.
    """
    alone: dict[str, timedelta] = {}
    uses = list(_uses(book, view, window))
    if view.kept is None:
        return Facts(view, uses, failed)
    others: set[str] = set()
    for entry in book.entries.values():
        fact, tables = _settled(entry), entry.compiled.tables
        if fact is not None:
            alone[fact] = max(entry.reach, alone.get(fact, entry.reach))
        others |= tables - {fact}
    kept = Kept(view, window, alone)
    days, uses = Days(view, kept.naming), [*uses, Use(frozenset(RESULTS))]
    if not kept.is_open:
        return Facts(view, uses, failed, days)
    others |= {name for name in alone if not can_be(name)}
    names = keepable(others, alone)
    uses += [Use(frozenset(names))]
    return Facts(view, uses, failed, days, kept, names, others)


def whole(view: View, names: Sequence[str]) -> None:
    """Make facts of all activity of a view, of which rules may have asked for less."""
    every = Ask(rows=None, since=view.window.start)
    if not all(view.asked.get(name, every).covers(every) for name in names):
        _make_room(view, dict.fromkeys(needed(names), every))
    prepare(view.connection, names)


class _Judged(NamedTuple):
    """The fact whose rows a rule judges, each in the window that has the moment in this column."""

    fact: str
    at: str


def _judged(entry: Entry) -> _Judged | None:
    """Return what a rule judges the rows of, if by when they are settled, or else by their time."""
    detect = entry.rule.detect
    if not isinstance(detect, Each) or detect.fact not in facts():
        return None
    table = facts()[detect.fact].TABLE
    at = SETTLED if SETTLED in table.schema else table.time
    by = detect.at or f"{detect.row}.{table.time}"
    return _Judged(detect.fact, at) if by == f"{detect.row}.{at}" else None


def _settled(entry: Entry) -> str | None:
    """Return the fact of which a rule reads those rows alone that are settled in the window."""
    judged = _judged(entry)
    return judged.fact if judged and judged.at == SETTLED else None


class Facts:
    """Makes each fact once; one that cannot be made fails all who need it, and is not retried.

    Of those that are ``kept`` the rows of the window are shown where all of its days are there. Of
    others what is later than the days of them that are kept is made.
    """

    def __init__(
        self,
        view: View,
        uses: Sequence[Use],
        failed: Mapping[str, Exception],
        days: Days | None = None,
        kept: Kept | None = None,
        names: Sequence[str] = (),
        others: Iterable[str] = (),
    ) -> None:
        self.view, self.uses, self.kept, self.names = view, uses, kept, names
        self.days = days
        self.asks = asked(uses, days.rounded) if days else asked(uses)
        self.failed = dict(failed)
        # What another rulebook was shown for the window alone does not do for whoever reads more.
        for name in view.of_window - set(names):
            view.connection.execute(f'drop view if exists "{name}"')
            view.of_window.discard(name)
        if days is None:
            _make_room(view, self.asks)
        self.done = made(view.connection)
        self.others = others
        self._is_told = False
        self.read = {*shown_to(others), *TOLD, *VALUED}

    @cached_property
    def shown(self) -> set[str]:
        """Return the kept facts of which every day is there, and that nothing made anew needs."""
        if self.kept is None or not self.names:
            return set()
        there = {name for name in self.names if self.kept.has(name)}
        return there - set(needed([*self.others, *(set(self.names) - there)]))

    def make(self, names: Iterable[str]) -> None:
        """Make the named facts, and those that they are made of, each within the bounds."""
        if self.kept is not None and self.names and "shown" not in self.__dict__:
            self._make_all(self.kept.untold(self.names))
        shown = self.shown & set(names)
        for name in sorted(shown - self.done):
            self._once(name, self._show)
        self._make_all_later(set(names) - shown)

    def _make_all_later(self, names: Iterable[str]) -> None:
        """Make the named facts of what is later than the days of them that are kept."""
        if self.days is not None and not self._is_told and set(self._lacking(names)) - self.done:
            self._is_told = True
            self._look_for(self.days)
        self._make_all(names)

    def _look_for(self, days: Days) -> None:
        """Ask for no more than is not kept; where it cannot be told what is, all is made.

        Whoever needs a fact that could not be made hears of it when it asks.
        """
        try:
            _make_room(self.view, {name: self.asks[name] for name in TOLD if name in self.asks})
            self.done = made(self.view.connection)
            self._make_all(days.untold(self.asks))
            self.asks = asked(self.uses, days.of)
        except (duckdb.Error, SurveillanceError):
            self.days = None
        _make_room(self.view, self.asks)
        self.done = made(self.view.connection)

    def _make_all(self, names: Iterable[str]) -> None:
        for name in self._lacking(names):
            if name not in self.done:
                self._once(name, self._make)

    def _lacking(self, names: Iterable[str]) -> Iterable[str]:
        return lacking(names, self._is_there)

    def _is_there(self, name: str) -> bool:
        """Return whether a fact was made, or is kept as it is asked for."""
        return name in self.done or self._found(name) is not None

    def _found(self, name: str) -> Path | None:
        if self.kept is None or name not in self.read:
            return None
        return self.kept.whole.found(name, self.asks.get(name, NOTHING))

    def _once(self, name: str, make: Callable[[str], None]) -> None:
        if name in self.failed:
            raise self.failed[name]
        try:
            with bounded(self.view.connection, self.view.bounds):
                make(name)
            self.done.add(name)
        except Exception as wrong:
            self.failed[name] = wrong
            raise

    def _show(self, name: str) -> None:
        if self.kept is not None:
            self.kept.show(name)
            self.view.of_window.add(name)

    def _make(self, name: str) -> None:
        ask = self.asks.get(name, NOTHING)
        for day in ask.kept.files if ask.kept else ():
            parts.expect_whole(day)
        if self.kept is not None and (file := self._found(name)):
            self.kept.whole.show(name, file)
            show_by(self.view.connection, name, self.done)
        else:
            prepare_one(self.view.connection, name, self.asks, self.done)
            self._keep(name, ask)
        self.view.asked[name] = ask

    def _keep(self, name: str, ask: Ask) -> None:
        if self.days is not None and self._is_told:
            self.days.keep(name, ask)
        if self.kept is not None and name in self.names:
            self.kept.keep(name)
        elif self.kept is not None and name in self.read:
            self.kept.whole.keep(name, ask)


def _make_room(view: View, asks: Asked) -> None:
    """Let go of facts of which a view was asked for less than now, so that they are made anew."""
    less = [name for name in asks if not view.asked.get(name, asks[name]).covers(asks[name])]
    let_go(view.connection, less)
    for name in less:
        del view.asked[name]
