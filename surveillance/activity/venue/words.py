"""What a venue's words mean: ``MKT`` is a market order, and what is not known is said.

A column that knows a few words only takes them in either case. All others are mapped by the venue
file, and those that it does not map are left as they are, so that the contract remarks them.
"""

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from surveillance.activity.catalogue import TABLES, Column
from surveillance.activity.contract import quoted, text

ELSE = "else"
"""The word that stands for every other."""
Words = Mapping[str, Mapping[str, str | None]]
"""By ``table.column`` what each word means; None is nothing."""


def expect_words(place: str, meanings: Mapping[str, str | None]) -> None:
    """Refuse words of a column that is not there, or meanings that it does not know.

    Raises:
        ValueError: says what was expected.
    """
    table, _, name = place.partition(".")
    columns = TABLES[table].columns if table in TABLES else ()
    column = next((each for each in columns if each.name == name), None)
    if column is None or column.keys:
        raise ValueError(f"expected table.column of the catalogue, was {place!r}")
    unknown = [word for word in meanings.values() if word and word not in column.allowed]
    if column.allowed and unknown:
        raise ValueError(f"{place}: expected {' or '.join(column.allowed)}, was {unknown[0]!r}")


def meant(table: str, rows: pa.Table, words: Words) -> pa.Table:
    """Return rows of a table with the venue's words in the catalogue's."""
    mapped = {
        name: words[f"{table}.{name}"] for name in rows.column_names if f"{table}.{name}" in words
    }
    if not mapped:
        return rows
    columns = {column.name: column for column in TABLES[table].columns}
    replaced = ", ".join(
        f"{_meaning(columns[name], known)} as {quoted(name)}" for name, known in mapped.items()
    )
    with duckdb.connect(config={"temp_directory": ""}) as connection:
        connection.register("rows", rows)
        return connection.sql(f"select * replace ({replaced}) from rows").to_arrow_table()


def _meaning(column: Column, known: Mapping[str, str | None]) -> str:
    value = f"cast({quoted(column.name)} as varchar)"
    own = {word: word for word in column.allowed}
    said = {word.lower(): means for word, means in known.items() if word != ELSE}
    cases = " ".join(
        f"when {text(word)} then {_literal(means)}" for word, means in (own | said).items()
    )
    other = _literal(known[ELSE]) if ELSE in known else value
    otherwise = f"case when {value} is not null then {other} end"
    return f"case lower(trim({value})) {cases} else {otherwise} end" if cases else otherwise


def _literal(word: str | None) -> str:
    return "null" if word is None else text(word)
