"""What the evidence adds up to: who ordered, withdrew, traded and moved how much of what.

Quantities of two instruments are never added up, and what others did is never the subject's: the
evidence also holds the order that was run ahead of, the other side of a trade, the victim's swap.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from surveillance.reports.pages import plain

Row: TypeAlias = Mapping[str, str | None]
Tables: TypeAlias = Mapping[str, Sequence[Row]]
_ORDERS = (("new", "order", "entered"), ("cancel", "order", "cancelled"))
_SIDES = ("buyer_id", "seller_id")


class Amount(NamedTuple):
    """How often something was done and how much it comes to; ``whose`` is empty for the subject's.

    ``total`` is in units of the instrument, ``worth`` in USD; None where rows do not say.
    """

    whose: str
    what: str
    done: str
    instrument: str
    times: int
    total: Decimal | None
    worth: Decimal | None = None

    @property
    def words(self) -> str:
        """Return it as a part of a sentence."""
        of = f"by {self.whose}: " if self.whose else ""
        done = f" {self.done}" if self.done else ""
        where = f" in {self.instrument}" if self.instrument else ""
        total = "" if self.total is None else f", for {plain(str(self.total))} in all"
        worth = "" if not self.worth else f", worth {plain(str(self.worth))} USD"
        plural = "s" * (self.times != 1)
        return f"{of}{self.times} {self.what}{plural}{done}{where}{total}{worth}"


def of(tables: Tables, own: Collection[str]) -> Iterator[Amount]:
    """Yield what was ordered, withdrawn, traded and moved, the subject's own first.

    ``own`` are the accounts of the subject; a row that names nobody is theirs.
    """
    orders = tables.get("orders", ())
    for event, what, done in _ORDERS:
        rows = [row for row in orders if row.get("event") == event]
        yield from _by_whom(rows, own, what, done, ("trader_id",))
    yield from _by_whom(tables.get("trades", ()), own, "transaction", "", _SIDES)
    for direction in ("in", "out"):
        moved = [r for r in tables.get("transfers", ()) if r.get("direction") == direction]
        if sums := _column(moved, "usd"):
            yield Amount("", "transfer", direction, "", len(sums), None, sum(sums, Decimal(0)))


def of_whom(row: Row, own: Collection[str], columns: Sequence[str] = ("trader_id",)) -> str:
    """Return who did what a row says: nothing for the subject, else who is named."""
    named = [name for column in columns if (name := row.get(column))]
    return "" if not named or set(named) & set(own) else " and ".join(named)


def _by_whom(
    rows: Iterable[Row], own: Collection[str], what: str, done: str, columns: Sequence[str]
) -> Iterator[Amount]:
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        key = of_whom(row, own, columns), row.get("instrument") or ""
        groups.setdefault(key, []).append(row)
    for (whose, instrument), of_them in sorted(groups.items()):
        total, worth = (_column(of_them, name) for name in ("quantity", "notional"))
        yield Amount(
            whose=whose,
            what=what,
            done=done,
            instrument=instrument,
            times=len(of_them),
            total=sum(total, Decimal(0)) if total else None,
            worth=sum(worth, Decimal(0)) if len(worth) == len(of_them) else None,
        )


def _column(rows: Iterable[Row], name: str) -> list[Decimal]:
    return [Decimal(value) for row in rows if (value := row.get(name))]
