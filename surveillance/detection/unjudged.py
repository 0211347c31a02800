"""What a rule could not judge: rows of the window that it would have read, counted by reason.

A verdict that says nothing of them would pass money to a sanctioned address as ``no_hit`` because
its amount could not be read. Rows stand in quarantine; or nobody knows what they are worth; or
they cancel or fill an order whose entry nobody has seen within the rule's own reach; or what they
name as an address is none, or they moved on chain and name none, so that no list of addresses
covers them; or they are of a customer without a name, or of a list too old to be screened against.
What the venue took back is not among them: it is no row any more.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from surveillance.activity.asking import Use
from surveillance.activity.catalogue import TABLES
from surveillance.activity.demand import asked
from surveillance.activity.facts import facts, sources_of
from surveillance.activity.kept import Kept
from surveillance.activity.lake.rows import moment, within
from surveillance.activity.lake.view import View
from surveillance.model import Unjudged, Window
from surveillance.rules.book import Entry
from surveillance.screening.screen import FRESH_DAYS

VALUED = {"valued_trades": "trades", "valued_transfers": "transfers"}
"""By fact: the table whose rows it says the worth of."""
_LABELLED = {"address_labels", "address_exposures", "labels"}
"""What a rule reads that asks whose an address is."""


@dataclass
class UnjudgedRows:
    """Counts for the rules of one run, over its view; what several rules ask is counted once.

    ``reaches`` are how far back these look, and where facts are ``kept``, so are counts.
    """

    view: View
    window: Window
    reaches: Collection[timedelta]
    kept: Kept | None = None
    counts: dict[str, int] = field(default_factory=dict)

    def of(self, entry: Entry, has_facts: bool) -> tuple[Unjudged, ...]:
        """Return what a rule would have read and cannot judge, by table and reason.

        ``has_facts`` says whether the facts that it reads have been made.
        """
        rows = self._of(entry, has_facts)
        return tuple(sorted(rows, key=lambda each: (each.table, each.reason)))

    def _of(self, entry: Entry, has_facts: bool) -> Iterator[Unjudged]:
        raw = sources_of(entry.compiled.tables)
        for table in self.refused.keys() & raw:
            lost = self.refused[table]
            yield Unjudged(table, "they are in quarantine", lost, self._rows(table) + lost)
        for fact in worths(entry) if has_facts else ():
            table = VALUED[fact]
            every, valued = self._rows(table), self._count(f"from {fact} where {self._in(table)}")
            if valued < every:
                reason = "nobody knows what they are worth"
                yield Unjudged(table, reason, every - valued, every)
        if has_facts and _LABELLED & entry.compiled.tables and "transfers" in raw:
            yield from self._unscreened()
        if has_facts and "name_matches" in entry.compiled.tables:
            yield from self._nameless()
            yield from self._outdated()
        if "orders" in raw and (lost := self._dangling[entry.own_reach]):
            reason = "the entry of their order was not seen"
            yield Unjudged("orders", reason, lost, self._rows("orders"))

    def _unscreened(self) -> Iterator[Unjudged]:
        """Yield the transfers on chain that no label can be said to cover, or not to cover."""
        every, inside = self._rows("transfers"), self._in("transfers")
        flawed = "select canonical from addresses where flaw is not null"
        labelled = "select address from address_labels"
        for reason, where in (
            (
                "their address is no address",
                f"address in ({flawed}) and address not in ({labelled})",
            ),
            ("they name no address", "kind = 'chain' and address is null"),
        ):
            if lost := self._count(f"from transfers where {inside} and {where}"):
                yield Unjudged("transfers", reason, lost, every)

    def _nameless(self) -> Iterator[Unjudged]:
        """Yield customers whom nobody can look for on a list."""
        end = moment(self.window.end)
        latest = (
            f"(select trader_id, arg_max(coalesce(name, ''), ts) as name from kyc where ts < {end} "
            "group by all)"
        )
        if lost := self._count(f"from {latest} where trim(name) = ''"):
            yield Unjudged(
                "kyc", "they have no name to screen", lost, self._count(f"from {latest}")
            )

    def _outdated(self) -> Iterator[Unjudged]:
        """Yield the names of lists whose last version is too old to say who is on them."""
        end = moment(self.window.end)
        old = (
            f"select list from watchlist where ts < {end} and entity is not null group by all "
            f"having max(ts) < {end} - to_days({FRESH_DAYS})"
        )
        if lost := self._count(f"from watchlist where list in ({old})"):
            reason = f"their list is more than {FRESH_DAYS} days old"
            yield Unjudged("watchlist", reason, lost, self._count("from watchlist"))

    @cached_property
    def refused(self) -> dict[str, int]:
        """Return by table how many rows of the window stand in quarantine."""
        return self.view.refused(self.window)

    def _rows(self, table: str) -> int:
        return self._count(f'from "{table}" where {self._in(table)}')

    def _in(self, table: str) -> str:
        return within(TABLES[table], self.window)

    @cached_property
    def _dangling(self) -> dict[timedelta, int]:
        """Return by reach how many rows are of an order whose entry lies before it, or nowhere."""
        reaches = sorted(self.reaches)
        since = [moment(self.window.back_to(reach).start) for reach in reaches]
        late = f"event in ('cancel', 'fill', 'replace') and {self._in('orders')}"
        counts = (f"count(*) filter (entered is null or entered < {start})" for start in since)
        sql = (
            f"with late as materialized (select order_key from orders where {late}), entry as ("
            "select order_key, max(ts) as entered from orders semi join late using (order_key) "
            f"where event = 'new' and ts >= {since[-1]} group by order_key) "
            f"select [{', '.join(counts)}] as n from late left join entry using (order_key)"
        )
        return dict(zip(reaches, self._once(sql, "orders"), strict=True))

    def _once(self, sql: str, table: str) -> tuple[int, ...]:
        """Return the counts of a query of a table, those that are kept where there are any."""

        def count() -> tuple[int, ...]:
            [counts] = self.view.arrow(sql)["n"].to_pylist()
            return tuple(counts)

        return count() if self.kept is None else self.kept.whole.counts(sql, table, count)

    def _count(self, rows: str) -> int:
        if rows not in self.counts:
            [count] = self.view.arrow(f"select count(*) as n {rows}")["n"].to_pylist()
            self.counts[rows] = int(count)
        return self.counts[rows]


def counted_by(entry: Entry) -> list[str]:
    """Return the facts from which it is counted what a rule cannot judge."""
    labelled = ["addresses"] if _LABELLED & entry.compiled.tables else []
    return [*labelled, *worths(entry)]


def worths(entry: Entry) -> list[str]:
    """Return the facts from which a rule, or a fact that it reads, takes what rows are worth."""
    compiled = entry.compiled
    asks = asked([Use(compiled.tables, compiled.words, compiled.conditions)])
    known = facts()
    return sorted(
        name
        for name in VALUED.keys() & asks.keys()
        if name in known and "usd" in asks[name].columns
    )
