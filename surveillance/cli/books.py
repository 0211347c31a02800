"""The order book around an alert on a terminal: its telling moments, or any one step."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from surveillance.casework.queue import AlertFile
from surveillance.chart.ladder import brief, rows_of
from surveillance.errors import SurveillanceError
from surveillance.model import format_time
from surveillance.playback import Book, Change, Step, Tape

_BAR = 24


def plain(tape: Tape) -> dict[str, Any]:
    """Return a tape for machines: every step with the whole book as it stood."""
    named = dict(tape.marks)
    return {
        "messages": tape.messages,
        "notes": tape.notes,
        "steps": [
            asdict(step)
            | {"mark": named.get(n), "bids": _told(book.bids), "asks": _told(book.asks)}
            for n, (step, book) in enumerate(zip(tape.steps, tape.books(), strict=True))
        ],
    }


def lines(alert: AlertFile, wanted: int | None) -> Iterator[str]:
    """Yield the telling moments of an alert's order book, or one step of it.

    Raises:
        SurveillanceError: there is no such step.
    """
    tape, hit = alert.dossier.tape, alert.dossier.hit
    yield f"{hit.rule_id}@{hit.version}  {hit.subject}  {hit.instrument or ''}".rstrip()
    if not tape.steps:
        yield "; ".join(tape.notes) or "no order book: this alert is not about one instrument"
        return
    last = len(tape.steps) - 1
    if wanted is not None and not 0 <= wanted <= last:
        raise SurveillanceError(f"expected a step from 0 to {last}, was {wanted}")
    named, books = dict(tape.marks), list(tape.books())
    for n in named if wanted is None else [wanted]:
        yield from ("", *_frame(f"step {n} of {last}", named.get(n, ""), tape.steps[n], books[n]))
    yield from (f"note: {note}" for note in tape.notes)


def _frame(place: str, name: str, step: Step, book: Book) -> Iterator[str]:
    evident = "evidence" if step.is_evidence else ""
    yield "  ".join(part for part in (format_time(step.ts), place, name, evident) if part)
    for event, side, price, quantity, whose, order in step.said:
        what = f"{event} {side} {brief(quantity or '0')}" + (f" at {price}" if price else "")
        yield f"  {whose or 'other'}: {what} {order}".rstrip()
    largest = max((float(c[2]) for c in (*rows_of(book.bids), *rows_of(book.asks))), default=1.0)
    yield from (_level(level, largest) for level in reversed(rows_of(book.asks)))
    yield f"{'-' * 14}  bid depth {_depth(book, 'buy')}, ask depth {_depth(book, 'sell')}"
    yield from (_level(level, largest) for level in rows_of(book.bids))


def _level(level: Change, largest: float) -> str:
    side, price, shown, own, _ = level
    strong, whole = (round(_BAR * float(part) / largest) for part in (own, shown))
    bar = "#" * strong + "-" * max(whole - strong, 0)
    return f"{price:>14}  {side:4} {brief(shown):>12}  {bar}".rstrip()


def _depth(book: Book, side: str) -> str:
    shown, own = book.depth(side)
    return f"{brief(shown)} (own {brief(own)})" if own else brief(shown)


def _told(levels: tuple[Change, ...]) -> list[dict[str, Any]]:
    return [
        {"price": price, "shown": shown, "own": own, "orders": orders}
        for _, price, shown, own, orders in levels
    ]
