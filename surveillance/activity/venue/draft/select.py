"""The SELECT that makes a file's fields the columns of a table, and what to say beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from surveillance.activity.catalogue import FLAG, TEXT, TIME
from surveillance.activity.contract import text
from surveillance.activity.venue.draft import values
from surveillance.activity.venue.draft.matching import Match
from surveillance.activity.venue.draft.sheet import Field
from surveillance.activity.venue.draft.values import Stamp, column_of


@dataclass
class Selected:
    """By column the expression that fills it; the relation's marks, words, and notes."""

    columns: dict[str, str] = field(default_factory=dict)
    spec: dict[str, str] = field(default_factory=dict)
    words: dict[str, Mapping[str, str | None]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    is_local: bool = False
    is_paired: bool = False

    def select(self, columns: Sequence[str], relation: str) -> str:
        """Write the SELECT of some columns; the two sides of a trade, if they are rows, as one."""
        values = [f"{self._value(name)} as {name}" for name in columns]
        keys = ", ".join(self.columns[name] for name in _PAIR if name in self.columns)
        grouped = f" group by {keys}" if self.is_paired else ""
        return f"select {(',' + _INDENT).join(values)}{_BELOW}from {relation}{grouped}"

    def _value(self, name: str) -> str:
        value = self.columns.get(name, "null")
        if not self.is_paired or name in _PAIR or name not in self.columns:
            return value
        return f"{'min' if name in ('ts', 'seq') else 'max'}({value})"


_PAIR = ("instrument", "trade_id")
_BELOW, _INDENT = "\n    ", "\n      "


def selected(match: Match, relation: str) -> Selected:
    """Write a match out, column by column in the order of the catalogue."""
    made = Selected()
    for column in match.table.columns:
        if each := match.columns.get(column.name):
            made.columns[column.name] = _value(match, column.name, each, made)
    _make(match, made)
    if match.table.name == "trades":
        _sides(match, made)
    made.columns = {
        column.name: made.columns[column.name]
        for column in match.table.columns
        if column.name in made.columns
    }
    _say(match, made)
    if match.sheet.spec.get("format") == "text":
        made.notes.append(
            "execution reports whole, trades among them: surveillance venue show fix44"
        )
    return made


def _value(match: Match, name: str, each: Field, made: Selected) -> str:
    column, there = column_of(match.table.name, name), each.present
    if column.type == TIME:
        stamp = values.stamp(there)
        return each.sql if stamp is None else _time(name, stamp, each, made)
    if column.type not in (TEXT, FLAG):
        return _number(match, name, each, made)
    if column.allowed:
        _mean(match, name, each, made)
    return each.sql


def _time(name: str, stamp: Stamp, each: Field, made: Selected) -> str:
    made.is_local = made.is_local or stamp.is_local
    if stamp.said:
        made.notes.append(f"{name}: {each.name} is {stamp.said}")
    if stamp.is_nanos and name == "ts":
        nanos = f"cast({each.sql} as bigint) % 1000"
        made.columns["seq"] = f"cast({nanos} as bigint) * 1000000000 + _line"
        made.notes.append("seq keeps the order of the nanoseconds that ts cannot hold")
    return stamp.sql.format(each.sql)


def _number(match: Match, name: str, each: Field, made: Selected) -> str:
    there = each.present
    if name == "seq" and "seq" in made.columns:
        return made.columns["seq"]
    if values.has_units(there):
        made.notes.append(f"{name}: {each.name} has its currency behind it, which is cut off")
        return f"regexp_extract({each.sql}, '^[-+]?[0-9.]+')"
    decimal, thousands = values.marks(there) or (".", "")
    made.spec |= {"decimal": decimal} if decimal != "." else {}
    made.spec |= {"thousands": thousands} if thousands else {}
    is_positive = column_of(match.table.name, name).positive
    if is_positive and any(value.startswith("-") for value in there):
        made.notes.append(f"QUESTION: {each.name} is negative at times; its sign is cut off")
        return f"regexp_replace({each.sql}, '^-', '')"
    return each.sql


def _mean(match: Match, name: str, each: Field, made: Selected) -> None:
    column = column_of(match.table.name, name)
    said = values.meanings(match.table.name, column, each.present)
    own = {word: means for word, means in said.items() if word.lower() not in column.allowed}
    if own:
        made.words[f"{match.table.name}.{name}"] = own


def _make(match: Match, made: Selected) -> None:
    """Make what a file does not have and a row cannot be without."""
    table, columns = match.table.name, made.columns
    schema = match.table.schema
    if "seq" in schema:
        columns.setdefault("seq", "_line")
    key = {"trades": "trade_id", "transfers": "transfer_id"}.get(table, "")
    if key and key not in columns:
        columns[key] = _counted(match)
        made.notes.append(
            f"{key}: no id; one is made of all fields, and equal rows of a file are counted. "
            "QUESTION: leave out fields that differ between exports"
        )
    if table == "orders" and "event" not in columns:
        columns["event"] = "'new'"
        made.notes.append(
            "QUESTION: nothing says what happened to an order; every row is a new one"
        )
    if table == "transfers" and "direction" not in columns:
        is_out = "with" in match.sheet.path.name.lower()
        columns["direction"] = "'out'" if is_out else "'in'"
        made.notes.append(f"QUESTION: direction is {columns['direction']} by the file's name")
    if table == "marks":
        columns.setdefault("constituent", "''")
    if table in ("accounts", "instruments", "kyc", "staff") and "ts" not in columns:
        columns["ts"] = "timestamp '2009-01-03'"
        made.notes.append("QUESTION: since when does this hold? nothing says; taken to be for ever")


def _counted(match: Match) -> str:
    if match.sheet.spec.get("format") in ("json", "jsonl"):
        return "md5(cast(body as varchar)) || '-' || occurrence(cast(body as varchar))"
    if match.sheet.spec.get("format") == "text":
        return "md5(line) || '-' || occurrence(line)"
    names = ", ".join(each.sql for each in match.sheet.fields)
    return f"md5(concat_ws('|', {names})) || '-' || occurrence({names})"


def _sides(match: Match, made: Selected) -> None:
    """Say who bought and who sold, and who took, from a statement of one side or a flag."""
    extra, side = match.extra, match.columns.get("taker_side")
    if maker := extra.get("maker"):
        made.words.pop("trades.taker_side", None)
        made.columns["taker_side"] = (
            f"case lower({maker.sql}) when 'true' then 'sell' when '1' then 'sell' "
            "when 'false' then 'buy' when '0' then 'buy' end"
        )
        made.notes.append(f"taker_side: {maker.name} says whether the buyer was the maker")
        return
    if side is None or not extra.keys() & {"trader", "order", "role"}:
        return
    said = values.meanings("trades", column_of("trades", "taker_side"), side.present)
    is_buy = _in(side, [word for word, means in said.items() if means == "buy"])
    is_sell = _in(side, [word for word, means in said.items() if means == "sell"])
    for name, buyers, sellers in (
        ("trader", "buyer_id", "seller_id"),
        ("order", "buy_order_id", "sell_order_id"),
        ("fee", "buyer_fee", "seller_fee"),
        ("fee_currency", "buyer_fee_currency", "seller_fee_currency"),
    ):
        if each := extra.get(name):
            made.columns[buyers] = f"case when {is_buy} then {each.sql} end"
            made.columns[sellers] = f"case when {is_sell} then {each.sql} end"
    made.words.pop("trades.taker_side", None)
    made.columns.pop("taker_side", None)
    if role := extra.get("role"):
        took = _in(role, ["taker", "t", "2", "removed"])
        made.columns["taker_side"] = (
            f"case when {took} = {is_buy} then 'buy' when {took} = {is_sell} then 'sell' end"
        )
    ids = match.columns.get("trade_id")
    made.is_paired = ids is not None and len(set(ids.present)) < len(ids.present)
    made.notes.append(
        f"{side.name} is the side of one party, so each row tells one side of a trade; "
        + ("rows of one trade_id are put together" if made.is_paired else _ONE_SIDED)
    )


_ONE_SIDED = (
    "QUESTION: are both told? then put them together by trade_id, or one replaces the other"
)


def _in(each: Field, words: list[str]) -> str:
    return f"(lower({each.sql}) in ({', '.join(text(word.lower()) for word in words)}))"


def _say(match: Match, made: Selected) -> None:
    for name in match.missing:
        made.notes.append(f"MISSING: {name} ({column_of(match.table.name, name).meaning})")
        for each in match.unmapped:
            several = sorted(values.units(each.present))
            if column_of(match.table.name, name).type == TIME and len(several) > 1:
                made.notes.append(f"{each.name} counts {' and '.join(several)}: say which is when")
    unmapped = [each.name for each in match.unmapped]
    if unmapped:
        made.notes.append(f"not mapped: {', '.join(unmapped[:40])}")
    lacking = [name for name in _WORTH.get(match.table.name, ()) if name not in made.columns]
    if lacking:
        made.notes.append(f"would help many rules, and was not found: {', '.join(lacking)}")


_WORTH = {
    "trades": ("buyer_id", "seller_id", "taker_side"),
    "orders": ("trader_id", "price", "quantity"),
    "accounts": ("owner_id",),
    "instruments": ("kind", "underlying", "quote", "settlement"),
    "transfers": ("address", "usd"),
}
