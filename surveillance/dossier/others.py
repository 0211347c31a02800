"""How far a hit stands out: what others came to in its measures, of all whom its rule weighed.

A verdict has only what fired or came near, so the candidates are asked for once more, each subject
at its furthest towards the line, without their evidence. What a detector or a pattern measures has
no candidates, and a rule that takes too much work is not asked again: then nothing is said.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from surveillance.activity.bounds import Exceeded, bounded
from surveillance.activity.lake.view import View
from surveillance.model import Hit, Others, Scalar, Window
from surveillance.rules.book import Entry, Rulebook
from surveillance.times import epoch_us

_Figures: TypeAlias = Mapping[str, "_Measured"]


class _Measured(NamedTuple):
    """The figures of all subjects in a measure, in order, and whether more goes towards its line.

    Figures of which less does have their sign turned, so the last is always the furthest.
    """

    by_subject: Mapping[str, float]
    ordered: Sequence[float]
    is_more: bool

    def beside(self, own: float, subject: str) -> Others:
        """Say what others than a subject came to, whose own figure is given."""
        sign = 1 if self.is_more else -1
        others = list(self.ordered)
        if subject in self.by_subject:
            del others[bisect_left(others, self.by_subject[subject])]
        count = len(others)
        if not count:
            return Others(count=0, rank=1)
        return Others(
            count=count,
            rank=1 + count - bisect_right(others, sign * own),
            median=sign * others[_place(50, count)],
            high=sign * others[_place(95, count)],
            furthest=sign * others[-1],
        )


def others_of(
    view: View, window: Window, book: Rulebook, hits: Sequence[Hit]
) -> list[Mapping[str, Others]]:
    """Return, for each hit of rules that were judged on a view, what others came to by measure."""
    entries = {hit.rule_id: book.entries.get(hit.rule_id) for hit in hits}
    figures = {
        name: _figures(view, window, entry) if entry and entry.compiled.towards else {}
        for name, entry in entries.items()
    }
    return [_beside(hit, figures[hit.rule_id]) for hit in hits]


def _beside(hit: Hit, figures: _Figures) -> dict[str, Others]:
    own = {name: _number(hit.measures.get(name)) for name in figures}
    return {
        name: measured.beside(value, hit.subject)
        for name, measured in figures.items()
        if (value := own[name]) is not None
    }


def _figures(view: View, window: Window, entry: Entry) -> _Figures:
    sql = entry.compiled.furthest(epoch_us(window.start), epoch_us(window.end))
    try:
        with bounded(view.connection, view.bounds):
            table = view.arrow(sql)
    except Exceeded:
        return {}
    subjects = table.column(0).to_pylist()
    return {
        name: _measured(subjects, table.column(name).to_pylist(), is_more)
        for name, is_more in entry.compiled.towards.items()
    }


def _measured(subjects: Sequence[str], figures: Sequence[float | None], is_more: bool) -> _Measured:
    sign = 1 if is_more else -1
    known = {
        subject: sign * figure
        for subject, figure in zip(subjects, figures, strict=True)
        if figure is not None and abs(figure) < float("inf")
    }
    return _Measured(known, sorted(known.values()), is_more)


def _place(percent: int, count: int) -> int:
    """Return the place of a percentile among ordered figures, the nearest there is."""
    return -(-percent * count // 100) - 1


def _number(value: Scalar) -> float | None:
    """Return a measure as a number; exact ones are kept as text."""
    try:
        return None if value is None else float(value)
    except ValueError:
        return None
