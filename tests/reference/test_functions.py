"""Every function of the language is explained, by a signature that means it."""

import pytest
import sqlglot
from sqlglot import exp

from surveillance.language import query
from surveillance.language.guard import FUNCTIONS
from surveillance.reference import functions
from surveillance.reference.functions import Function

RELATIONS = {
    "r": {
        "x": "DECIMAL(18,8)",
        "y": "DECIMAL(18,8)",
        "n": "BIGINT",
        "flag": "BOOLEAN",
        "name": "VARCHAR",
        "ts": "TIMESTAMP",
        "items": "VARCHAR[]",
    }
}


def test_every_function_that_is_allowed_is_explained_once() -> None:
    explained = [function.kind for function in functions.FUNCTIONS]

    assert sorted(explained) == sorted(FUNCTIONS)


@pytest.mark.parametrize("function", functions.FUNCTIONS, ids=lambda function: function.kind)
def test_a_signature_is_in_the_language_and_means_the_function(function: Function) -> None:
    query(f"select {function.signature} as value from r", RELATIONS)
    nodes = list(sqlglot.parse_one(function.signature, dialect="duckdb").walk())

    kinds = {type(node).__name__ for node in nodes}
    names = {node.name.lower() for node in nodes if isinstance(node, exp.Anonymous)}
    assert function.kind in kinds | names
