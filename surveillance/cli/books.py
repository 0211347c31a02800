"""The order book around an alert on a terminal: its telling moments, or any one step."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from surveillance.casework.files import AlertFile
from surveillance.chart.ladder import brief, rows_of
from surveillance.errors import SurveillanceError
from surveillance.playback import Book, Change, Playback, Step
from surveillance.times import format_time

_BAR = 24


def plain(playback: Playback) -> dict[str, Any]:
    """Return a playback for machines: every step with the whole book as it stood."""
    named = dict(playback.marks)
    return {
        "messages": playback.messages,
        "notes": playback.notes,
        "steps": [
            asdict(step)
            | {"mark": named.get(n), "bids": _levels(book.bids), "asks": _levels(book.asks)}
            for n, (step, book) in enumerate(zip(playback.steps, playback.books(), strict=True))
        ],
    }


def lines(alert: AlertFile, wanted: int | None) -> Iterator[str]:
    """Yield the telling moments of an alert's order book, or one step of it.

    Raises:
        SurveillanceError: there is no such step.
    """
    playback, hit = alert.dossier.playback, alert.dossier.hit
    yield f"{hit.rule_id}@{hit.version}  {hit.subject}  {hit.instrument or ''}".rstrip()
    if not playback.steps:
        yield "; ".join(playback.notes) or "no order book: this alert is not about one instrument"
        return
    last = len(playback.steps) - 1
    if wanted is not None and not 0 <= wanted <= last:
        raise SurveillanceError(f"expected a step from 0 to {last}, was {wanted}")
    named, books = dict(playback.marks), list(playback.books())
    for n in named if wanted is None else [wanted]:
        yield from (
            "",
            *_frame(f"step {n} of {last}", named.get(n, ""), playback.steps[n], books[n]),
        )
    yield from (f"note: {note}" for note in playback.notes)


def _frame(place: str, name: str, step: Step, book: Book) -> Iterator[str]:
    evident = "evidence" if step.is_evidence else ""
    yield "  ".join(part for part in (format_time(step.ts), place, name, evident) if part)
    for event, side, price, quantity, whose, order in step.messages:
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


def _levels(levels: tuple[Change, ...]) -> list[dict[str, Any]]:
    return [
        {"price": price, "shown": shown, "own": own, "orders": orders}
        for _, price, shown, own, orders in levels
    ]
