"""What all tables share: how their constraints are called, and how a choice is stored."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Enum, Index, MetaData, event, text
from sqlmodel import SQLModel


class Row(SQLModel):
    """The base of all tables; what writes a row out as JSON is built when one is."""

    # As a keyword of the class SQLModel would lose it, and say nothing.
    model_config = {"defer_build": True}

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )


metadata = Row.metadata


def choice(kind: type[StrEnum], column: str) -> Any:
    """Return the type of a column that holds one of some words, checked by the database."""
    return Enum(
        kind,
        name=column,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def unique_where(condition: str, name: str, *columns: str) -> Index:
    """Return an index under which rows that meet a condition differ.

    PostgreSQL learns the condition when it makes the index: to name a dialect is to load all its
    drivers, and a command on SQLite needs none of them.
    """
    index = Index(name, *columns, unique=True, sqlite_where=text(condition))

    def tell(index: Index, connection: Connection, **_: object) -> None:
        if connection.dialect.name == "postgresql":
            index.dialect_options["postgresql"]["where"] = text(condition)

    event.listen(index, "before_create", tell)
    return index
