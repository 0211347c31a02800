"""What a page and a report of a measure are put together from."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FigureTable:
    """Cells under their columns; all but the first ``words`` columns are numbers."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1


@dataclass(frozen=True, slots=True)
class MeasureSection:
    """A heading, sentences below it, a table, and which pictures stand there."""

    title: str
    sentences: Sequence[str] = ()
    table: FigureTable | None = None
    pictures: Sequence[str] = ()
    points: Sequence[str] = ()
