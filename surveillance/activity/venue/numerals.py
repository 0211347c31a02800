"""Numbers as people write them: 60.000,50 and 60,000.50 become 60000.50, or a refusal says how.

Only a value that is wholly a number in the marks of its relation is changed, and only where a
SELECT makes a number of it, so that an address of four numbers with dots stays what it is.
"""

import re
from collections.abc import Mapping

from sqlglot import exp

from surveillance.activity.contract import quoted, text
from surveillance.activity.venue import Relation

_SPACES = " \u00a0\u202f"
_APOSTROPHES = "'\u2019"
_NUMERIC = ("DECIMAL", "BIGINT", "INT", "DOUBLE", "FLOAT", "HUGEINT", "SMALLINT", "TINYINT")
_PLAIN = r"[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?"
_SIGNED = "[-+]?[0-9]{1,3}"
_GROUPS = "([0-9]{2,3}%s)*[0-9]{3}"


def is_number(kind: str) -> bool:
    """Return whether a type of the engine is one of numbers."""
    return kind.upper().startswith(_NUMERIC)


def marks(spec: Relation) -> tuple[str, str] | None:
    """Return the decimal and the thousands mark of a relation, or None where both are usual."""
    thousands = spec.thousands or ("." if spec.decimal == "," else "")
    return (spec.decimal, thousands) if spec.decimal != "." or thousands else None


def plain(column: str, decimal: str, thousands: str) -> str:
    """Return SQL for a column's value with its marks made plain, where it is a number at all."""
    value = f"trim({quoted(column)})"
    between = _class(thousands)
    grouped = rf"{_SIGNED}({between}[0-9]{{2,3}})*{between}[0-9]{{3}}|" if thousands else ""
    whole = rf"({grouped}[-+]?[0-9]+)({re.escape(decimal)}[0-9]+)?([eE][-+]?[0-9]+)?"
    number = f"regexp_replace({value}, {text(between)}, '', 'g')" if thousands else value
    return (
        f"case when regexp_full_match({value}, {text(whole)}) "
        f"then replace({number}, {text(decimal)}, '.') else {quoted(column)} end"
    )


def _class(mark: str) -> str:
    alike = next((each for each in (_SPACES, _APOSTROPHES) if mark in each), mark)
    return f"[{alike}]"


def missing(value: str) -> str:
    """Return SQL that names the setting by which a text would be a number, or is NULL."""
    cases = (
        (r"[-+]?[0-9]{1,3}(,[0-9]{2,3})*,[0-9]{3}[.][0-9]+", '`thousands: ","`'),
        (r"[-+]?[0-9]{1,3}([.][0-9]{2,3})*[.][0-9]{3},[0-9]+", '`decimal: ","`'),
        (r"[-+]?[0-9]{1,3}(,[0-9]{3})+", '`thousands: ","` or `decimal: ","`'),
        (r"[-+]?[0-9]*,[0-9]+", '`decimal: ","`'),
        (r"[-+]?[0-9]{1,3}([.][0-9]{3}){2,}", '`thousands: "."` and `decimal: ","`'),
        (rf"[-+]?[0-9]{{1,3}}([{_SPACES}][0-9]{{3}})+([.][0-9]+)?", '`thousands: " "`'),
        (rf"[-+]?[0-9]{{1,3}}([{_SPACES}][0-9]{{3}})+,[0-9]+", '`thousands: " "`, `decimal: ","`'),
        (rf"[-+]?[0-9]{{1,3}}([{_APOSTROPHES}][0-9]{{3}})+([.][0-9]+)?", '`thousands: "\'"`'),
    )
    whens = " ".join(
        f"when regexp_full_match(trim({value}), {text(pattern)}) then {text(setting)}"
        for pattern, setting in cases
    )
    # What is a number already is so nearly always, and is passed over at little cost.
    return f"case when try_cast({value} as double) is null then case {whens} end end"


def hinted(columns: Mapping[str, str], fault: str) -> str:
    """Return SQL for a row's fault, with the settings that its numbers miss.

    ``columns`` are those that become numbers, by what they are called in the row; what they hold
    is text. ``fault`` is the column with what is wrong already.
    """
    quote = r"'([-+]?[0-9][^;]*?)'(;|, | \(|$)"
    shown = f"regexp_extract({fault}, {text(quote)}, 1)"
    parts = [
        f"{text(f'{name}: expected a plain number, was ')} || '''' || left({value}, 80) || "
        f"'''; say ' || {missing(value)} || ' of the file'"
        for name, value in columns.items()
    ]
    computed = f"{fault} || coalesce('; say ' || {missing(shown)} || ' of the file', '')"
    return f"nullif(concat_ws('; ', {', '.join([computed, *parts])}), '')"


def number_columns(tree: exp.Expr, outputs: frozenset[str]) -> frozenset[str]:
    """Return the columns of which a SELECT makes numbers, in small letters.

    These are what the columns ``outputs`` of the SELECT are computed from, by way of whatever it
    calls columns itself, and what it casts to a number.
    """
    wanted = set(outputs)
    for cast in tree.find_all(exp.Cast):
        if is_number(cast.to.sql("duckdb")):
            wanted |= _read(cast)
    projections = [pair for select in tree.find_all(exp.Select) for pair in _projections(select)]
    before: set[str] = set()
    while before != wanted:
        before = set(wanted)
        for name, value in projections:
            if name.lower() in wanted:
                wanted |= _read(value)
    return frozenset(wanted)


def _read(tree: exp.Expr) -> set[str]:
    return {column.name.lower() for column in tree.find_all(exp.Column)}


def _projections(select: exp.Select) -> list[tuple[str, exp.Expr]]:
    """Return what a SELECT computes under which name; in a union the first SELECT's names hold."""
    top: exp.Expr = select
    while isinstance(top.parent, (exp.SetOperation, exp.Subquery)) and top.arg_key != "expressions":
        top = top.parent
    first = top.find(exp.Select) or select
    names = [each.alias_or_name for each in first.expressions]
    if len(names) != len(select.expressions):
        names = [each.alias_or_name for each in select.expressions]
    return list(zip(names, select.expressions, strict=True))
