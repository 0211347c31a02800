"""What values say of a column: stamps and their unit, numbers and their marks, words.

A bare number is a time only if its size says which unit it counts: seconds since 1970 have ten
digits for the next two centuries, milliseconds thirteen, microseconds sixteen, nanoseconds
nineteen.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveillance.activity.catalogue import TABLES, Column

_FRACTION = re.compile(r"([0-9]{9,10})\.[0-9]{1,9}")
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?"
    r"( ?([zZ]|UTC|[-+][0-9]{2}(:?[0-9]{2})?))?)?"
)
_OFFSET = re.compile(r":[0-9.,]+ ?([zZ]|UTC|[-+][0-9]{2}(:?[0-9]{2})?)$")
_FIX = re.compile(r"[0-9]{8}-[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_WITH_UNIT = re.compile(r"[-+]?[0-9]+(\.[0-9]+)? ?[A-Z][A-Z0-9]{1,9}")
_COMMA = re.compile(r"[-+]?[0-9]{1,3}(\.[0-9]{3})*,[0-9]+|[-+]?[0-9]+,[0-9]{1,18}")
_THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_DIGITS = {10: "s", 13: "ms", 16: "us", 19: "ns"}
_PLACES = (
    ("%d/%m/%Y", r"(0?[1-9]|[12][0-9]|3[01])/(0?[1-9]|1[0-2])/[0-9]{4}"),
    ("%m/%d/%Y", r"(0?[1-9]|1[0-2])/(0?[1-9]|[12][0-9]|3[01])/[0-9]{4}"),
    ("%d.%m.%Y", r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}"),
    ("%Y/%m/%d", r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}"),
)
_CLOCKS = (
    (" %H:%M:%S.%f", r" [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{1,6}"),
    (" %H:%M:%S", r" [0-9]{2}:[0-9]{2}:[0-9]{2}"),
    (" %H:%M", r" [0-9]{2}:[0-9]{2}"),
    ("", ""),
)

WORDS: Mapping[str, Mapping[str, str]] = {
    "side": {
        "buy": "buy b bid bought long 1 buyer true",
        "sell": "sell s ask sold short a offer 2 5 seller false",
    },
    "event": {
        "new": "new newo open opened received accepted submitted submit add create created "
        "placed enter entered live ack pending_new active 0 a o",
        "replace": "replace replaced amend amended modify modified update rema reme 5",
        "cancel": "cancel canceled cancelled came removed delete deleted done_canceled 4",
        "fill": "fill filled partial partially_filled partial_fill partiallyfilled trade traded "
        "match matched execution executed parf done closed f 1 2",
        "expire": "expire expired expi expired_in_match done_for_day 3 c",
        "reject": "reject rejected remo 8",
        "trigger": "trigger triggered trig activated l",
    },
    "type": {
        "limit": "limit lmt limit_maker post_only postonly 2 l",
        "market": "market mkt 1 m",
        "stop": "stop stop_loss stop_market stop_limit stop_loss_limit take_profit "
        "take_profit_market take_profit_limit stopmarket stoplimit trailing_stop_market stp 3 4",
        "iceberg": "iceberg",
        "peg": "peg pegged p",
        "quote": "quote quoted d",
    },
    "direction": {
        "in": "in deposit deposited credit receive received incoming",
        "out": "out withdraw withdrawal withdrawn debit send sent outgoing payout",
    },
    "kinds": {
        "spot": "spot spot_pair currency_pair",
        "perpetual": "perpetual perp swap ffwcsx perpetual_future linearperpetual",
        "future": "future futures ffccsx current_quarter next_quarter delivery",
        "option": "option options ocecc opecc",
    },
    "option_kind": {"call": "call c", "put": "put p"},
}
"""By kind of word and meaning, what venues write, separated by a space."""
_SIDES = (
    ("buy", "sell"),
    ("b", "s"),
    ("bid", "ask"),
    ("bid", "offer"),
    ("bought", "sold"),
    ("long", "short"),
    ("1", "2"),
)
_VOCABULARY = {
    "side": "side",
    "taker_side": "side",
    "event": "event",
    "type": "type",
    "direction": "direction",
    "option_kind": "option_kind",
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """How times are written: SQL over ``{}``, what it is in words, and what has to be asked."""

    sql: str
    said: str
    is_local: bool = False
    is_nanos: bool = False


def stamp(values: Sequence[str]) -> Stamp | None:
    """Recognise how times are written, or return nothing if they are none or of several units."""
    known = [value for value in values if _is_stamp(value)]
    if not known or len(known) < _most(values):
        return None
    if all(_FRACTION.fullmatch(value) or _unit(value) == "s" for value in known):
        return _FRACTIONS if any("." in value for value in known) else _COUNTED["s"]
    if all(value.isdigit() for value in known):
        counted = units(known)
        return _COUNTED[counted.pop()] if len(counted) == 1 else None
    if all(_ISO.fullmatch(value) for value in known):
        is_local = not all(_OFFSET.search(value) for value in known)
        return Stamp("{}", "", is_local and any(":" in value for value in known))
    return _OF_FIX if all(_FIX.fullmatch(value) for value in known) else _placed(known)


def units(values: Sequence[str]) -> set[str]:
    """Return the units that bare numbers count since 1970, by their size."""
    return {unit for value in values if (unit := _unit(value))}


def _is_stamp(value: str) -> bool:
    patterns = (_FRACTION, _ISO, _FIX)
    written = any(pattern.fullmatch(value) for pattern in patterns)
    return written or _unit(value) is not None or _placed([value]) is not None


def _unit(value: str) -> str | None:
    # Nine digits are seconds before 2001-09, which no venue has.
    return _DIGITS.get(len(value)) if value.isdigit() else None


_EPOCH = "timestamp '1970-01-01' + to_microseconds"
_COUNTED = {
    "s": Stamp(f"{_EPOCH}(cast({{}} as bigint) * 1000000)", "seconds since 1970"),
    "ms": Stamp(f"{_EPOCH}(cast({{}} as bigint) * 1000)", "milliseconds since 1970"),
    "us": Stamp(f"{_EPOCH}(cast({{}} as bigint))", "microseconds since 1970"),
    "ns": Stamp(f"{_EPOCH}(cast({{}} as bigint) // 1000)", "nanoseconds since 1970", is_nanos=True),
}
_FRACTIONS = Stamp(
    f"{_EPOCH}(cast(floor(cast({{}} as decimal(28, 9)) * 1000000) as bigint))",
    "seconds since 1970 with a fraction",
)
_OF_FIX = Stamp(
    "regexp_replace({}, '^([0-9]{{4}})([0-9]{{2}})([0-9]{{2}})-(.*)$', '\\1-\\2-\\3 \\4Z')",
    "UTC as FIX writes it",
)


def _placed(values: Sequence[str]) -> Stamp | None:
    """Recognise dates that people write; of day and month the one that fits all."""
    fitting = [
        (date + clock, date)
        for date, days in _PLACES
        for clock, hours in _CLOCKS
        if all(re.fullmatch(days + hours, value) for value in values)
    ]
    if not fitting:
        return None
    pattern, date = fitting[0]
    unclear = len({each for _, each in fitting}) > 1
    said = f"written as {pattern}" + (
        "; QUESTION: day first or month first (no value tells)" if unclear else ""
    )
    return Stamp(f"cast(strptime({{}}, '{pattern}') as varchar)", said, is_local=date != "")


def marks(values: Sequence[str]) -> tuple[str, str] | None:
    """Return the decimal and thousands mark of numbers, or nothing if they are no numbers."""
    if not values:
        return None
    if sum(bool(_NUMBER.fullmatch(value)) for value in values) >= _most(values):
        return ".", ""
    either = [value for value in values if _NUMBER.fullmatch(value) or _THOUSANDS.fullmatch(value)]
    if len(either) >= _most(values):
        return ".", ","
    either = [value for value in values if _NUMBER.fullmatch(value) or _COMMA.fullmatch(value)]
    return (",", "") if len(either) >= _most(values) else None


def _most(values: Sequence[str]) -> float:
    """Return how many of the values have to fit: the broken ones are set aside one by one."""
    return 0.5 * len(values)


def has_units(values: Sequence[str]) -> bool:
    """Return whether numbers have their currency behind them, such as ``0.5BTC``."""
    return bool(values) and all(_WITH_UNIT.fullmatch(value) for value in values)


def vocabulary(table: str, column: Column) -> Mapping[str, frozenset[str]]:
    """Return the words that venues use for each of a column's own."""
    name = "kinds" if (table, column.name) == ("instruments", "kind") else column.name
    said = WORDS.get(_VOCABULARY.get(name, name), {})
    return {means: frozenset((means, *said.get(means, "").split())) for means in column.allowed}


def meanings(table: str, column: Column, values: Sequence[str]) -> dict[str, str | None]:
    """Return what each word means; None where nobody knows."""
    known = {word: means for means, words in vocabulary(table, column).items() for word in words}
    spelt = {value.lower(): value for value in reversed(values)}
    seen = dict.fromkeys(value.lower() for value in values)
    if set(column.allowed) == {"buy", "sell"}:
        # The beginning of a file may show one side alone.
        seen |= dict.fromkeys(word for pair in _SIDES if seen.keys() & set(pair) for word in pair)
        spelt = {word: spelt.get(word, word) for word in seen}
    return {spelt[word]: known.get(word.replace(" ", "_").replace("-", "_")) for word in seen}


def column_of(table: str, name: str) -> Column:
    """Return a column of the catalogue."""
    return next(column for column in TABLES[table].columns if column.name == name)


_SYMBOL = re.compile(
    r"[A-Z0-9]{2,12}[-_/:]?(USDT|USDC|USD|EUR|BTC|XBT|ETH|PERP|PERPETUAL|SWAP)([-_:].*)?|"
    r"[A-Z0-9]{2,10}[-_/][A-Z0-9]{2,12}([-_].*)?"
)


def is_symbol(value: str) -> bool:
    """Return whether a text looks like the symbol of an instrument."""
    return bool(_SYMBOL.fullmatch(value))
