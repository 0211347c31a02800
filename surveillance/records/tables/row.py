"""What all tables share: how their constraints are called, and how a choice is stored."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Enum, MetaData
from sqlmodel import SQLModel


class Row(SQLModel, defer_build=True):
    """The base of all tables; what writes a row out as JSON is built when one is."""

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
