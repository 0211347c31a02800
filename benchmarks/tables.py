"""Tables of Markdown and the figures in their cells."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Write a table of Markdown, line by line."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def cpu(case: dict[str, Any]) -> str:
    """Write the CPU seconds of a case, or why there are none."""
    return str(case["failed"]) if case.get("failed") else seconds(case.get("cpu"))


def seconds(value: float | None) -> str:
    """Write seconds."""
    return "–" if value is None else f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def memory(case: dict[str, Any]) -> str:
    """Write the MiB that a case held."""
    return f"{case['memory']:,.0f}" if case.get("memory") else "–"


def times(over: float | None, under: float | None) -> str:
    """Write one figure over another."""
    return "–" if over is None or not under else f"{over / under:,.2f} ×"


def plain(value: float | None) -> str:
    """Write a figure."""
    return "–" if value is None else f"{value:.2f}"
