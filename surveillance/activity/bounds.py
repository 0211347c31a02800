"""Bounds: how long one rule may take, how much memory, and how many hits it may bring.

A rule that is in the language can still ask for too much: every trade beside every other. A
watchdog interrupts the engine when it has worked for too long, the engine refuses more memory than
it was given, and rows are counted while they come. Each becomes the rule's ``error`` verdict; what
is asked next on the same connection runs as if nothing had happened.

Work is counted in seconds of the processor and not of the clock: on a machine that others keep busy
a rule comes to the same verdict later. It is no input of a rule: nothing that a rule can say
depends on it, but whether it could say anything does. So an interrupted verdict says the bound it
ran into, and a replay with a longer bound that then comes to a hit differs from what was recorded
and is reported as a difference, which it is: that window was not surveilled by that rule. The
interrupt takes effect between two batches of rows, and does not reach Python: a fact or a detector
computed there is only stopped at its next question to the engine.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from surveillance.errors import SurveillanceError

_AGAIN = 0.05
"""Seconds between two looks, and two interrupts: one between two queries stops neither."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one rule may use; ``seconds`` are of the processor, of all threads together.

    ``memory_mb`` is what the engine may hold. It spills what is more, at most ``spill_mb``, to
    disk, but for medians, distinct counts and wide joins, which fail where they do not fit.
    """

    seconds: float = 300
    memory_mb: int = 2048
    spill_mb: int = 20_000
    rows: int = 200_000
    result_mb: int = 512
    is_wanted: Callable[[], bool] = field(default=lambda: True, compare=False)
    """Asked while the engine works, whether anybody still waits for it; if not, it is stopped."""

    def settings(self) -> list[str]:
        """Return what to ``set`` on a connection before its configuration is locked."""
        return [
            f"memory_limit = '{self.memory_mb}MiB'",
            f"max_temp_directory_size = '{self.spill_mb}MiB'",
        ]


USUAL = Bounds()


class Exceeded(SurveillanceError):
    """A rule asked for more than it may use; the message says of what, and how much it may."""


@contextmanager
def bounded(connection: duckdb.DuckDBPyConnection, bounds: Bounds) -> Iterator[None]:
    """Interrupt what runs on ``connection`` once there was too much work, until the block ends.

    Raises:
        Exceeded: it took too much work, or more memory than there is, or nobody wants it.
    """
    over, done = threading.Event(), threading.Event()
    watchdog = threading.Thread(target=_watch, args=(connection, bounds, over, done), daemon=True)
    watchdog.start()
    try:
        yield
    except (duckdb.Error, MemoryError) as wrong:
        if isinstance(wrong, (duckdb.OutOfMemoryException, MemoryError)):
            raise Exceeded(
                f"expected to get by with {bounds.memory_mb} MiB of memory, was more"
            ) from wrong
        if not over.is_set():
            raise
    finally:
        done.set()
        watchdog.join()
    if over.is_set():
        if not bounds.is_wanted():
            raise Exceeded("expected somebody to wait for the answer, was nobody any more")
        raise Exceeded(f"expected an answer within {bounds.seconds:g} s of work, was none")


def collected(relation: duckdb.DuckDBPyRelation, bounds: Bounds) -> pa.Table:
    """Return the rows of a relation, as long as they are not too many.

    Raises:
        Exceeded: there are more rows, or more bytes, than one rule may bring.
    """
    batches, rows, size = [], 0, 0
    with relation.to_arrow_reader(10_000) as reader:
        for batch in _batches(reader):
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if rows > bounds.rows:
                raise Exceeded(f"expected at most {bounds.rows} rows, was more")
            if size > bounds.result_mb * 1_000_000:
                raise Exceeded(f"expected at most {bounds.result_mb} MB of rows, was more")
            batches.append(batch)
        return pa.Table.from_batches(batches, reader.schema)


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Yield what is read; what the engine says on the way comes wrapped, and is unwrapped."""
    try:
        yield from reader
    except OSError as wrong:
        message = str(wrong)
        kinds = {"Out of Memory": duckdb.OutOfMemoryException, "IO": duckdb.IOException}
        raise kinds.get(message.partition(" Error:")[0], duckdb.OperationalError)(message) from None


def _watch(
    connection: duckdb.DuckDBPyConnection,
    bounds: Bounds,
    over: threading.Event,
    done: threading.Event,
) -> None:
    begun = time.process_time()
    while not done.wait(_AGAIN):
        spent = time.process_time() - begun >= bounds.seconds
        if over.is_set() or spent or not bounds.is_wanted():
            over.set()
            connection.interrupt()
