"""The check of incoming rows against the catalogue, as one SELECT that the engine vectorises.

A value must fit its column exactly: text with more decimals than the scale, an offset-less
number where a time belongs, or a whole number with a fraction is a fault, never rounded. All
faults of a row are named, because the person who mends the feed wants them at once.
"""

from collections.abc import Mapping

from surveillance.activity.batch import FAULT, ORIGIN
from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, WHOLE, Column, Table

_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT"})
_TIMES = frozenset({"DATE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", TIME})
_PRODUCT = (
    f"try_cast(round(try(price * (cast(quantity as decimal(20, 8)) * coalesce(multiplier, "
    f"cast(1 as decimal(18, 8))))), 6) as {MONEY})"
)

_ON_CHAIN = frozenset({"transfers", "address_labels"})
# Hexadecimal and bech32 addresses mean the same in either case; base58 ones do not.
_CASELESS = r"'(?i)0x[0-9a-f]+|(bc|tb|ltc|bnb|addr|cosmos|osmo|terra|inj|thor)1[02-9ac-hj-np-z]+'"


def quoted(name: str) -> str:
    """Write a name as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Write a value as a SQL text literal."""
    return "'" + value.replace("'", "''") + "'"


def exact(value: str, scale: int) -> str:
    """Return SQL that says whether a number, as text, has no more decimals than ``scale``."""
    mantissa = f"regexp_extract({value}, '^[^eE]*')"
    digits = f"replace({mantissa}, '.', '')"
    zeros = f"(length({digits}) - length(rtrim({digits}, '0')))"
    power = f"try_cast(regexp_extract({value}, '[eE]([-+]?[0-9]+)$', 1) as integer)"
    decimals = f"length(split_part({mantissa}, '.', 2)) - {zeros} - {power}"
    return (
        f"case when contains(lower({value}), 'e') then "
        f"(trim({digits}, '-+0') = '' or {decimals} <= {scale}) else "
        f"regexp_full_match(trim({value}), '[-+]?[0-9]*[.]?[0-9]{{0,{scale}}}0*') end"
    )


def checked(table: Table, incoming: Mapping[str, str]) -> str:
    """Return the SELECT that types the rows of ``incoming`` and names the faults of each.

    Args:
        table: What the rows must be.
        incoming: Columns of the relation ``incoming``, name to DuckDB type.

    Returns:
        SQL giving ``_position``, the columns of the table, ``source_line``, ``fault`` (NULL where
        the row is good) and ``_raw`` (the row as JSON text where it is not). For trades, a
        relation ``multipliers`` must exist, and ``notional`` is computed where it is missing.
    """
    sql = _judged(table, incoming)
    if table.name == "trades":
        sql = _priced(sql)
    columns = ", ".join(map(quoted, table.schema))
    row = f"case when {FAULT} is not null then cast(to_json(_was) as varchar) end"
    return f"select _position, {columns}, {ORIGIN}, {FAULT}, {row} as _raw from ({sql})"


def _judged(table: Table, incoming: Mapping[str, str]) -> str:
    origin = f"cast({ORIGIN} as varchar)" if ORIGIN in incoming else "cast(null as varchar)"
    raw = [name for name in incoming if name not in (ORIGIN, FAULT)]
    was = ", ".join(f"{quoted(name)} := {quoted(name)}" for name in raw)
    typed = ", ".join(
        f"{_value(table, column, incoming)} as {quoted(column.name)}" for column in table.columns
    )
    faults = [f"_was_{FAULT}", *(_fault(column, incoming) for column in table.columns)]
    known = f"cast({FAULT} as varchar)" if FAULT in incoming else "cast(null as varchar)"
    rows = (
        f"select row_number() over () as _position, {typed}, {origin} as {ORIGIN}, "
        f"{known} as _was_{FAULT}, struct_pack({was}) as _was from incoming"
    )
    return f"select *, nullif(concat_ws('; ', {', '.join(faults)}), '') as {FAULT} from ({rows})"


def _priced(sql: str) -> str:
    value = f"coalesce(notional, {_PRODUCT})"
    fault = f"notional: expected {MONEY}, was price x quantity x multiplier beyond it"
    return (
        f"select s.* replace ({value} as notional, case when {FAULT} is null and {value} is null "
        f"then {text(fault)} else {FAULT} end as {FAULT}) from ({sql}) s asof left join "
        "multipliers m on s.instrument = m.of_instrument and s.ts >= m.since"
    )


def _value(table: Table, column: Column, incoming: Mapping[str, str]) -> str:
    plain = _plain(column, incoming)
    if column.name == "address" and table.name in _ON_CHAIN:
        caseless = f"regexp_full_match({plain}, {_CASELESS})"
        return f"case when {caseless} then lower({plain}) else {plain} end"
    return plain


def _plain(column: Column, incoming: Mapping[str, str]) -> str:
    kind, name = incoming.get(column.name), quoted(column.name)
    if kind is None:
        return f"cast(null as {column.type})"
    if kind == column.type:
        return name
    if column.type == TIME and kind not in _TIMES:
        # A cast from text to TIMESTAMP drops an offset; by way of TIMESTAMPTZ it is honoured.
        zoned = f"try_cast(cast({name} as varchar) as timestamptz)"
        return f"try_cast({zoned} as timestamp)"
    direct = column.type in (TEXT, TIME) or kind in _INTEGERS
    return f"try_cast({name if direct else f'cast({name} as varchar)'} as {column.type})"


def _fault(column: Column, incoming: Mapping[str, str]) -> str:
    if column.name not in incoming:
        return (
            text(f"{column.name}: expected a value, was no column") if column.required else "null"
        )
    value, was = quoted(column.name), f"cast(_was.{quoted(column.name)} as varchar)"
    cases = [(f"{was} is null", "a value", "empty")] if column.required else []
    cases += [(f"{value} is null and {was} is not null", column.type, "")]
    cases += _limits(column, value, was, incoming[column.name])
    shown = f"coalesce('''' || left({was}, 80) || '''', 'empty')"
    whens = " ".join(
        f"when {when} then {text(f'{column.name}: expected {what}, was ')} || "
        f"{text(actual) if actual else shown}"
        for when, what, actual in cases
    )
    return f"case {whens} end"


def _limits(column: Column, value: str, was: str, kind: str) -> list[tuple[str, str, str]]:
    limits = []
    if column.allowed:
        values = ", ".join(map(text, column.allowed))
        limits.append((f"{value} not in ({values})", " or ".join(column.allowed), ""))
    if column.type == TIME:
        span = "timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999'"
        limits.append((f"{value} not between {span}", "a year from 1 to 9999", ""))
    if column.type not in (TEXT, TIME, FLAG) and kind not in (column.type, *_INTEGERS):
        limits.append((f"not {exact(was, _scale(column.type))}", f"an exact {column.type}", ""))
    if column.positive:
        limits.append((f"{value} <= 0", "more than 0", ""))
    return limits


def _scale(kind: str) -> int:
    return 0 if kind == WHOLE else int(kind.rstrip(")").split(",")[1])
