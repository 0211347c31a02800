"""What a run spends its CPU seconds on, by fact and by rule, told by the run that is measured.

Each second counts once, where it is spent: a fact that a rule makes on its way is the fact's.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeAlias

Spent: TypeAlias = dict[str, float]
_KEPT = "facts that are kept"


@contextmanager
def told() -> Iterator[Spent]:
    """Count CPU seconds of all threads within, by ``fact NAME``, ``rule NAME``, and what else."""
    from surveillance.activity import preparing
    from surveillance.activity.kept import Kept
    from surveillance.detection import making
    from surveillance.detection.detect import _Run
    from surveillance.detection.unjudged import UnjudgedRows

    clock = Clock()
    places: list[tuple[Any, str, Callable[..., str]]] = [
        (preparing, "prepare_one", lambda connection, name, *more: f"fact {name}"),
        (making, "prepare_one", lambda connection, name, *more: f"fact {name}"),
        (Kept, "has", lambda *more: f"{_KEPT}, looked up"),
        (Kept, "show", lambda *more: f"{_KEPT}, shown"),
        (Kept, "keep", lambda *more: f"{_KEPT}, written"),
        (_Run, "_judged", lambda run, entry: f"rule {entry.rule.id}"),
        (UnjudgedRows, "of", lambda *more: "rows that are not judged"),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in places]
    for owner, name, label in places:
        setattr(owner, name, clock.counted(getattr(owner, name), label))
    try:
        yield clock.spent
    finally:
        for owner, name, was in before:
            setattr(owner, name, was)


class Clock:
    """Adds up seconds under the innermost label."""

    def __init__(self, now: Callable[[], float] = time.process_time) -> None:
        self.now, self.spent = now, Spent()
        self._within = [0.0]

    def counted(self, real: Callable[..., Any], label: Callable[..., str]) -> Callable[..., Any]:
        """Return a function that does as it did, and is counted."""

        @wraps(real)
        def timed(*values: Any) -> Any:
            began = self.now()
            self._within.append(0.0)
            try:
                return real(*values)
            finally:
                took, inner = self.now() - began, self._within.pop()
                self._within[-1] += took
                name = label(*values)
                self.spent[name] = self.spent.get(name, 0.0) + took - inner

        return timed
