"""The check of incoming rows against the catalogue, as one SELECT that the engine vectorises.

A bad value costs its cell, a bad line its line: a value that a row can do without and that makes
no sense becomes empty, with a remark; one that a row cannot be judged without is a fault, and the
row goes to quarantine. Text with more decimals than the scale, a bare number where a time belongs,
or a whole number with a fraction makes no sense, and is never rounded. All faults of a row are
named, because the person who mends the feed wants them at once.

Nothing in activity can look like ours, or like something else to a reader: ids that begin with the
mark of canaries, or hold characters that nobody sees, are faults. A time has to be plausible, for
one row of the year 1 would stretch every later window over it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from surveillance.activity.batch import FAULT, ORIGIN, USUAL, Conventions
from surveillance.activity.catalogue import FLAG, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.exactness import fits, inexact, is_long, last_digits
from surveillance.activity.ids import MAY_BE_EMPTY, UNSEEN, is_id, keys
from surveillance.model import CANARY

REMARK = "remark"
"""Column of checked rows that says which values made no sense and are empty now."""
_TIMES = frozenset({"DATE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", TIME})
_ON_CHAIN = frozenset({"transfers", "address_labels"})
_ZONED = r"'[0-9]{1,2}:[0-9]{2}.*(?i:z|utc|[-+][0-9]{2}(:?[0-9]{2})?)\s*$'"
_BEYOND = r"':[0-9]{2}.*[-+](1[5-9]|[2-9][0-9])(:?[0-9]{2})?\s*$'"
"""An offset that no clock on earth has."""
_AHEAD = timedelta(days=1)
"""How far clocks may differ: nothing has happened yet that lies further ahead."""
_FORESEEN = timedelta(days=3660)
"""How far ahead terms, settlements and states of accounts may be announced."""
_FORMER = datetime(1900, 1, 1, tzinfo=UTC)
_FORESEEABLE = frozenset(
    (
        "accounts",
        "kyc",
        "kyc_credentials",
        "instruments",
        "address_labels",
        "watchlist",
        "screening_decisions",
        "staff",
        "events",
    )
)
"""Tables of what holds or is announced: their rows may be older than the venue, or lie ahead."""

_EMPTY_UNLESS = {("marks", "constituent"): "kind = 'constituent'"}
"""Texts of a key that are nobody's but of such rows: what a venue leaves out of others is empty."""

ENDED_BY = r"""case
    when event = 'expire' then 'expiry'
    when event not in ('cancel', 'reject') then null
    when regexp_matches(lower(reason), 'self.?trade|self.?match|\bstp\b|\bsmp\b')
        then 'self_trade_prevention'
    when regexp_matches(lower(reason), 'disconnect|heartbeat|dead.?man') then 'disconnect'
    when regexp_matches(lower(reason),
        'expir|good.?till|\bgt[dt]\b|fill.?or.?kill|immediate.?or.?cancel|\bioc\b|\bfok\b')
        then 'expiry'
    when event = 'reject' or regexp_matches(lower(reason),
        'system|exchange|venue|admin|operator|liquidat|margin|post.?only|halt|risk|delist')
        then 'venue'
    when event = 'cancel' then 'trader'
end"""
"""Who took an order away, read from what happened and why, where the venue does not say."""


@dataclass(frozen=True, slots=True)
class Span:
    """What times are plausible: nothing before ``begins``, and nothing long after ``arrived``."""

    begins: datetime
    arrived: datetime

    def of(self, table: str) -> tuple[datetime, datetime]:
        """Return the first and the last plausible time of a table's rows."""
        if table in _FORESEEABLE:
            return _FORMER, self.arrived + _FORESEEN
        return self.begins, self.arrived + _AHEAD


def quoted(name: str) -> str:
    """Write a name as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Write a value as a SQL text literal."""
    return "'" + value.replace("'", "''") + "'"


def checked(
    table: Table,
    incoming: Mapping[str, str],
    span: Span,
    conventions: Conventions = USUAL,
    plain: frozenset[str] = frozenset(),
) -> str:
    """Return the SELECT that types the rows of ``incoming`` and names the faults of each.

    Args:
        table: What the rows must be.
        incoming: Columns of the relation ``incoming``, name to DuckDB type.
        span: What times are plausible.
        conventions: What the venue means by what it writes.
        plain: Ids that are known to hold what may stand in an id, and nothing else.

    Returns:
        SQL giving ``_position``, the columns of the table, ``source_line``, ``fault`` (NULL where
        the row is good), ``remark`` (NULL where every value is) and ``_raw`` (the row as JSON text
        where something is wrong with it).
    """
    sql = _judged(table, incoming, span, conventions, plain)
    made = keys(table, conventions)
    columns = ", ".join(
        f"{made.get(name, quoted(name))} as {quoted(name)}" for name in table.schema
    )
    wrong = f"{FAULT} is not null or {REMARK} is not null"
    row = f"case when {wrong} then cast(to_json(_was) as varchar) end"
    return f"select _position, {columns}, {ORIGIN}, {FAULT}, {REMARK}, {row} as _raw from ({sql})"


def _judged(
    table: Table,
    incoming: Mapping[str, str],
    span: Span,
    conventions: Conventions,
    plain: frozenset[str],
) -> str:
    origin = f"cast({ORIGIN} as varchar)" if ORIGIN in incoming else "cast(null as varchar)"
    raw = [name for name in incoming if name not in (ORIGIN, FAULT)]
    was = ", ".join(f"{quoted(name)} := {quoted(name)}" for name in raw)
    sourced = [column for column in table.columns if not column.keys]
    typed = ", ".join(
        f"{quoted(column.name)}"
        if column.name in plain
        else f"{_value(table, column, incoming, conventions)} as {quoted(column.name)}"
        for column in sourced
    )
    known = f"cast({FAULT} as varchar)" if FAULT in incoming else "cast(null as varchar)"
    rows = (
        f"select row_number() over () as _position, {typed}, {origin} as {ORIGIN}, "
        f"{known} as _was_{FAULT}, struct_pack({was}) as _was from incoming"
    )
    zone = conventions.time_zone
    checks = [
        _Check(table, column, incoming, span, zone, column.name in plain) for column in sourced
    ]
    wrong = {check.column.name: words for check in checks if (words := check.words())}
    why = "".join(f", {words} as {_why(name)}" for name, words in wrong.items())
    needed = [
        quoted(f"_was_{FAULT}"),
        *(_why(c.column.name) for c in checks if c.is_needed and c.column.name in wrong),
    ]
    spared = [_why(c.column.name) for c in checks if not c.is_needed and c.column.name in wrong]
    if "seq" in table.sourced and not fits(incoming.get("seq", table.sourced["seq"]), WHOLE):
        spared.append(_SHORTENED)
    values = ", ".join(
        f"case when {_why(name)} is null then {quoted(name)} end as {quoted(name)}"
        if name in wrong
        else quoted(name)
        for name in (column.name for column in sourced)
    )
    good = (
        f"select _position, {values}, {ORIGIN}, {_joined(needed)} as {FAULT}, "
        f"{_joined(spared)} as {REMARK}, _was from (select *{why} from ({rows}))"
    )
    if table.name != "orders":
        return good
    return f"select * replace (coalesce(ended_by, {ENDED_BY}) as ended_by) from ({good})"


def filled(table: Table, incoming: Collection[str]) -> list[str]:
    """Return the columns of checked rows that may hold a value, of rows with columns ``incoming``.

    What is not told may be read from what is, or stand for nothing.
    """
    read = {"ended_by"} | {name for of, name in _EMPTY_UNLESS if of == table.name}
    return [
        column.name
        for column in table.columns
        if (column.keys or column.name) in incoming or column.name in read
    ]


_LONG = "cast(_was.seq as varchar)"
_SHORTENED = (
    f"case when {is_long(_LONG)} then 'seq: expected at most 18 digits, was ' || {_LONG} "
    "|| ', of which the last 18 are taken' end"
)
"""What is said of a sequence number that is longer than the engine counts."""


def _why(name: str) -> str:
    """Return the column that says what is wrong with another, which may be called ``position``."""
    return quoted(f"_why_{name}")


def _joined(reasons: list[str]) -> str:
    if not reasons:
        return "cast(null as varchar)"
    return f"nullif(concat_ws('; ', {', '.join(reasons)}), '')"


def _value(
    table: Table, column: Column, incoming: Mapping[str, str], conventions: Conventions
) -> str:
    kind, name = incoming.get(column.name), quoted(column.name)
    if kind is None:
        return (
            "''" if (table.name, column.name) in _EMPTY_UNLESS else f"cast(null as {column.type})"
        )
    if column.type == TEXT:
        return _text(table, column, name if kind == TEXT else f"try_cast({name} as varchar)")
    if kind == column.type:
        return name
    if column.type == TIME and kind not in _TIMES:
        return _moment(f"cast({name} as varchar)", conventions.time_zone)
    if column.name == "seq" and not fits(kind, column.type):
        return last_digits(f"cast({name} as varchar)")
    direct = column.type == TIME or fits(kind, column.type)
    return f"try_cast({name if direct else f'cast({name} as varchar)'} as {column.type})"


def _text(table: Table, column: Column, value: str) -> str:
    """Return a text as it is, but for blanks around ids, and around addresses on chain.

    What an address is, however it is written, the fact ``addresses`` says.
    """
    if column.name == "address" and table.name in _ON_CHAIN:
        return f"nullif(trim({value}), '')"
    if column.allowed:
        words = ", ".join(map(text, column.allowed))
        return f"case when {value} in ({words}) then {value} else lower(trim({value})) end"
    if (table.name, column.name) in _EMPTY_UNLESS:
        return f"coalesce({value}, '')"
    if not is_id(column):
        return value
    return f"trim({value})" if column.name in MAY_BE_EMPTY else f"nullif(trim({value}), '')"


def _moment(value: str, zone: str) -> str:
    """Return a time of a text; a cast to TIMESTAMP would drop an offset, so that it is no way."""
    known = f"ends_with({value}, 'Z') or not regexp_matches({value}, {_BEYOND})"
    zoned = f"case when {known} then try_cast(try_cast({value} as timestamptz) as timestamp) end"
    if zone == "UTC":
        return zoned
    local, at = f"try_cast({value} as timestamp)", f"at time zone {text(zone)}"
    utc = f"cast({local} {at} as timestamp)"

    def shown(moment: str) -> str:
        return f"(cast({moment} as timestamptz) {at})"

    # An hour that the clock passes over is shown as another; one that comes twice is shown by two.
    twice = " or ".join(
        f"{shown(f'({utc} {sign} interval 1 hour)')} = {local}" for sign in ("+", "-")
    )
    once = f"case when {shown(utc)} = {local} and not ({twice}) then {utc} end"
    return f"case when regexp_matches({value}, {_ZONED}) then {zoned} else {once} end"


@dataclass(frozen=True, slots=True)
class _Check:
    """What can be wrong with the values of one column."""

    table: Table
    column: Column
    incoming: Mapping[str, str]
    span: Span
    zone: str
    is_plain: bool

    @property
    def is_needed(self) -> bool:
        """Return whether a row with such a value goes to quarantine, and not the value alone."""
        return self.column.required or is_id(self.column)

    def words(self) -> str:
        """Return SQL for what is wrong with a value, else NULL; empty where nothing can be."""
        if self.column.name not in self.incoming:
            missing = text(f"{self.column.name}: expected a value, was no column")
            if self._unless:
                return f"case when true{self._unless} then {missing} end"
            excused = f"case {self._excused}else {missing} end" if self._excused else missing
            return excused if self.column.required else ""
        is_name = is_id(self.column) and self.column.name not in MAY_BE_EMPTY
        there = quoted(self.column.name) if is_name else f"_was.{quoted(self.column.name)}"
        empty = (
            [(f"{there} is null{self._unless}", "a value", "empty")] if self.column.required else []
        )
        cases = [*empty, *self._unlike_an_id(), *self._limits()]
        shown = f"coalesce('''' || left({self._was}, 80) || '''', 'empty')"
        whens = " ".join(
            f"when {when} then {text(f'{self.column.name}: expected {what}, was ')} || "
            f"{text(actual) if actual else shown}"
            for when, what, actual in cases
        )
        return f"case {self._excused}{whens} end" if whens else ""

    @property
    def _unless(self) -> str:
        """Return SQL, to be added to another condition, for the rows that need such a text."""
        condition = _EMPTY_UNLESS.get((self.table.name, self.column.name))
        return f" and {condition}" if condition else ""

    @property
    def _was(self) -> str:
        return f"cast(_was.{quoted(self.column.name)} as varchar)"

    @property
    def _excused(self) -> str:
        """Return SQL that spares rows which withdraw another and need no more than their ids."""
        named = self.column.name in (*self.table.key, self.table.id, self.table.time, "instrument")
        withdraws = "withdrawn" in self.incoming and "withdrawn" in self.table.schema
        return "when coalesce(withdrawn, false) then null " if withdraws and not named else ""

    def _unlike_an_id(self) -> Iterator[tuple[str, str, str]]:
        name = quoted(self.column.name)
        if is_id(self.column) and not self.is_plain:
            yield f"starts_with({name}, {text(CANARY)})", "an id of the venue's own", ""
            yield f"regexp_matches({name}, {UNSEEN})", "characters that are seen", ""

    def _limits(self) -> Iterator[tuple[str, str, str]]:
        """Yield when a value makes no sense, what is expected, and what it was if not itself."""
        column, value, kind = self.column, quoted(self.column.name), self.incoming[self.column.name]
        if column.type == TIME and kind not in _TIMES and self.zone != "UTC":
            local = f"try_cast({self._was} as timestamp) is not null"
            local = f"{value} is null and {local} and not regexp_matches({self._was}, {_ZONED})"
            yield local, f"a time that clocks of {self.zone} show once", ""
        if column.type not in (TEXT, kind):
            yield f"{value} is null and _was.{value} is not null", column.type, ""
        if column.allowed:
            values = ", ".join(map(text, column.allowed))
            yield f"{value} not in ({values})", " or ".join(column.allowed), ""
        if column.type == TIME:
            yield self._implausible(value)
        if column.type not in (TEXT, TIME, FLAG) and not fits(kind, column.type):
            yield inexact(self._was, column.type), f"an exact {column.type}", ""
        if column.positive:
            yield f"{value} <= 0", "more than 0", ""

    def _implausible(self, value: str) -> tuple[str, str, str]:
        if self.column.name != self.table.time:
            span = "timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999'"
            return f"{value} not between {span}", "a year from 1 to 9999", ""
        first, last = self.span.of(self.table.name)
        beyond = f"{value} not between {_literal(first)} and {_literal(last)}"
        ahead = "ten years" if self.table.name in _FORESEEABLE else "a day"
        return beyond, f"a time since {first:%Y-%m-%d} and at most {ahead} after it arrived", ""


def _literal(moment: datetime) -> str:
    return f"timestamp '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"
