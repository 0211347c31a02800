"""Tables and facts: what a venue brings, what is made of it, and what every column means."""

from surveillance.activity.catalogue import Column, Table, units
from surveillance.activity.facts import facts, relations
from surveillance.activity.lake.rows import LANDED
from surveillance.reference.markdown import code, page, table

_ADDED = ", ".join(code(name) for name in LANDED)


def described(name: str, level: int) -> str:
    """Return one table or fact with its columns: type, unit, what it must be, meaning."""
    shown = relations()[name]
    reads = getattr(facts()[name], "READS", ()) if shown.fact else ()
    return page(
        level,
        name,
        f"{shown.meaning}.",
        f"Key: {', '.join(map(code, shown.key))}. {_time(shown)}"
        + (f" Made of {', '.join(map(code, reads))}." if reads else ""),
        _columns(shown),
    )


def listed(*, is_fact: bool, level: int) -> str:
    """Return every table, or every fact."""
    names = [name for name, shown in relations().items() if shown.fact is is_fact]
    return "\n\n".join(described(name, level) for name in names)


def about_tables() -> str:
    """Say what holds for every table."""
    return (
        "What a venue brings. Times are UTC, to the microsecond; amounts are exact decimals. A "
        "value that does not fit its column is quarantined, not rounded. A field number is that "
        f"of Delegated Regulation (EU) 2025/416. Views add {_ADDED}: when a row became known, "
        "from which venue and which line."
    )


def about_facts() -> str:
    """Say what holds for every fact."""
    return (
        "What is made of the tables by SQL or by Python, once for all rules of a run. A rule "
        "cannot tell a fact from a table."
    )


def _time(shown: Table) -> str:
    return f"Time: {code(shown.time)}." if shown.time else "Holds at all times."


def _columns(shown: Table) -> str:
    counts = units(shown.schema)
    rows = [
        (code(column.name), column.type, counts.get(column.name, ""), _must(column), column.meaning)
        for column in shown.columns
    ]
    return table(("column", "type", "unit", "must be", "meaning"), rows)


def _must(column: Column) -> str:
    parts = [
        "present" if column.required else "",
        "above zero" if column.positive else "",
        f"of {', '.join(map(code, column.allowed))}" if column.allowed else "",
    ]
    return "; ".join(part for part in parts if part)
