"""What all who use facts together ask of each: its columns, its rows, and since when.

Who reads a fact asks, through it, of those that it is made of.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from surveillance.activity.asking import ALL, NOTHING, Ask, Asked, Condition, Use, before
from surveillance.activity.facts import ASIDE, Fact, facts, needed, reach_of, reach_of_one
from surveillance.activity.fronts import showing, shown_by


def asked(uses: Iterable[Use], kept: Callable[[str, Ask], Ask] = lambda name, ask: ask) -> Asked:
    """Return what is asked of each fact by all who use facts together.

    ``kept`` says of what is asked of a fact which days of it are kept, so that less is asked of
    those that it is made of.
    """
    # Owners stand in front of raw tables too, so they are asked for by everybody.
    asks = {"owners": whole("owners")}
    for use in uses:
        for name in shown_by(use.tables):
            asks[name] = whole(name)
        for name in facts().keys() & use.tables:
            rows = _rows(name, use.conditions.get(name))
            of = Ask(_named(name, use.words), rows, use.since, use.settled)
            asks[name] = asks.get(name, NOTHING) | of
    for name in reversed(needed(asks)):
        fact, ask = facts()[name], NOTHING
        if name in asks:
            ask = asks[name] = kept(name, asks[name])
        for read in facts().keys() & set(fact.READS):
            own = getattr(fact, "ONLY_FOR", {}).get(read)
            if own is None or ask.columns & set(own):
                asks[read] = asks.get(read, NOTHING) | _by(fact, read, ask)
    return asks


def _by(fact: Fact, read: str, ask: Ask) -> Ask:
    """Return what a fact of which something is asked asks of one that it reads."""
    if showing(read):
        return whole(read)
    taken = getattr(fact, "TAKES", {}).get(read)
    columns = _named(read, None if taken is None else frozenset(taken))
    since = before(ask.begins, reach_of_one(fact)) if read == ASIDE else _looked_at(fact, read, ask)
    return Ask(columns, None, since, ALL)


def _looked_at(fact: Fact, read: str, ask: Ask) -> datetime:
    """Return since when a fact needs another, for the rows of its own that are asked for."""
    looks = getattr(fact, "LOOKS", {}).get(read)
    if looks is None or ask.settled == ALL:
        return ask.begins
    return max(ask.begins, before(ask.settled, looks + reach_of([read], worth=False)))


def whole(name: str) -> Ask:
    """Return what asks for all of a fact."""
    return Ask(_named(name, None), None, ALL, ALL)


def _named(name: str, words: frozenset[str] | None) -> frozenset[str]:
    """Return the columns of a fact that are named, and those that everything goes by."""
    table = facts()[name].TABLE
    every = frozenset(table.schema)
    named = _ALWAYS | _DRAWN.get(name, frozenset()) | {table.time, *table.key}
    return every if words is None else every & (words | named)


def _rows(name: str, places: Sequence[Sequence[Condition]] | None) -> frozenset[str] | None:
    """Return a condition for each place in which a fact is read, if there is one in each."""
    own = frozenset(getattr(facts()[name], "NARROWED", ()))
    conditions = [" and ".join(sql for sql, of in place if of <= own) for place in places or ()]
    return frozenset(conditions) if conditions and all(conditions) else None


_DRAWN = {
    "order_life": frozenset(
        ("order_id", "side", "price", "quantity", "filled", "ended_at", "end_reason")
    ),
    "fills": frozenset(("trade_id", "order_id", "side", "price", "quantity")),
}
"""Columns that the picture of a hit takes, whatever its rule reads."""
_ALWAYS = frozenset(("seq", "trader_id", "owner_id", "instrument"))
