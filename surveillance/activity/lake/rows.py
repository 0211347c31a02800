"""SQL for the rows of files: those of a window, and of those that were corrected the last."""

from collections.abc import Sequence
from datetime import UTC, datetime

from surveillance.activity.batch import FEED, ORIGIN
from surveillance.activity.catalogue import ARRIVED, TEXT, TIME, Table
from surveillance.activity.contract import quoted, text
from surveillance.activity.lake.delta import DataFile
from surveillance.activity.lake.seal import LANDING
from surveillance.errors import SurveillanceError
from surveillance.model import Window

STATE = frozenset(
    ("accounts", "kyc", "kyc_credentials", "instruments", "address_labels", "watchlist", "staff",
     "screening_decisions")
)  # fmt: skip
"""Tables whose rows hold until another replaces them: a view keeps them however old."""

WITHDRAWN = "withdrawn"
"""Column that says whether the venue has taken a row back."""
LANDED = {ARRIVED: TIME, FEED: TEXT, ORIGIN: TEXT}
"""What the lake adds to every row: when it arrived, from which source, and from which line."""


def moment(value: datetime) -> str:
    """Write an aware time as a SQL literal of the lake: naive UTC, microseconds."""
    if value.tzinfo is None:
        raise SurveillanceError(f"expected a time in UTC, was {value.isoformat()} without a zone")
    return f"timestamp '{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"


def within(table: Table, window: Window) -> str:
    """Return SQL that says whether a row lies in a window, or, of a state, was there by its end."""
    since = "" if table.name in STATE else f"{table.time} >= {moment(window.start)} and "
    return f"{since}{table.time} < {moment(window.end)}"


def columns(table: Table) -> dict[str, str]:
    """Return every stored column of a table with its type: the catalogue's, then the lake's."""
    return {**table.schema, **LANDED}


def known(
    table: Table, files: Sequence[DataFile], where: str = "true", *, withdrawn: bool = False
) -> str:
    """Return SQL for the rows of ``files`` in which corrections have replaced what they correct.

    Of rows with one key the last to arrive wins, and among those that arrived together the last
    in the order of landing. ``where`` says which rows are known at all. What the venue takes back
    stays taken back, however often it is exported again, until the venue says otherwise; with
    ``withdrawn`` those rows are there too.
    """
    if not files:
        return nothing(table)
    names, stands = ", ".join(map(quoted, columns(table))), "true" if withdrawn else in_force(table)
    if not any(file.is_revised for file in files):
        return f"select {names} from {placed(table, files)} where {where} and {stands}"
    return (
        f"select {names} from (select * from {placed(table, files)} where {where}) r "
        f"anti {_contested(table, files, where)} where {stands} union all "
        f"{standing(table, files, where, withdrawn=withdrawn)}"
    )


def contested(table: Table, files: Sequence[DataFile], where: str) -> str:
    """Return SQL for the rows of ``files`` that replace none and that others there may replace."""
    fresh = [file for file in files if not file.is_revised]
    if not fresh:
        return nothing(table)
    return (
        f"select r.* from (select * from {placed(table, fresh)} where {where}) r "
        f"semi {_contested(table, files, where)} where {in_force(table)}"
    )


def standing(
    table: Table, files: Sequence[DataFile], where: str, *, withdrawn: bool = False
) -> str:
    """Return SQL for the rows of ``files`` that stand where rows there replace others."""
    names, key = (", ".join(map(quoted, of)) for of in (columns(table), table.key))
    # File names sort in the order of landing wherever it matters: see Lake.
    last = f"partition by {key} order by {ARRIVED} desc, filename desc, file_row_number desc"
    every = "rows between unbounded preceding and unbounded following"
    said = f"first_value({WITHDRAWN} ignore nulls) over ({last} {every})"
    stands = "" if withdrawn or WITHDRAWN not in table.schema else f" and {said} is not true"
    return (
        f"select {names} from (select r.* from (select * from {placed(table, files)} "
        f"where {where}) r semi {_contested(table, files, where)}) "
        f"qualify row_number() over ({last}) = 1{stands}"
    )


def in_force(table: Table) -> str:
    """Return SQL that says whether the venue has not taken a row back."""
    return f"{WITHDRAWN} is not true" if WITHDRAWN in table.schema else "true"


def _contested(table: Table, files: Sequence[DataFile], where: str) -> str:
    """Return how rows ``r`` are joined with the keys that more than one row of ``files`` has."""
    revised = [file for file in files if file.is_revised]
    key = ", ".join(map(quoted, table.key))
    return (
        f"join (select distinct {key} from {placed(table, revised)} where {where}) k "
        f"on {same_key(table, 'r', 'k')}"
    )


def placed(table: Table, files: Sequence[DataFile]) -> str:
    """Return SQL for the rows of files with where they lie, and of no later landing than meant."""
    names = f"select {', '.join(map(quoted, columns(table)))}, filename, file_row_number"
    whole = [file for file in files if file.until is None]
    parts = [f"{names} from {read(whole, table)}"] if whole else []
    parts += [
        f"{names} from {read([file], table)} where {LANDING} <= {file.until}"
        for file in files
        if file.until is not None
    ]
    return f"({' union all '.join(parts)})"


def nothing(table: Table) -> str:
    """Return SQL for no row of a table."""
    empty = (f"cast(null as {kind}) as {quoted(name)}" for name, kind in columns(table).items())
    return f"select {', '.join(empty)} where false"


def read(files: Sequence[DataFile], table: Table | None = None) -> str:
    """Return SQL that reads files; of a catalogue ``table``, columns that they lack are empty.

    Only where the table has grown since it was made are files asked what they have: it takes time.
    """
    paths = f"[{', '.join(text(str(file.path)) for file in files)}]"
    if table is None or all(file.fields == tuple(columns(table)) for file in files):
        return f"read_parquet({paths})"
    return (
        f"({nothing(table)} union all by name select *, filename, file_row_number "
        f"from read_parquet({paths}, union_by_name = true))"
    )


def same_key(table: Table, left: str, right: str) -> str:
    """Return SQL that says whether two rows have one key."""
    return " and ".join(
        f"{left}.{quoted(name)} is not distinct from {right}.{quoted(name)}" for name in table.key
    )
