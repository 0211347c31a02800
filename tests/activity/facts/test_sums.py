"""Facts add up exact numbers: a sum of binary floats depends on the order of its rows."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import duckdb

from surveillance.activity.facts import facts
from surveillance.activity.lake import Lake
from surveillance.activity.preparing import prepare
from surveillance.activity.sample import sample_view
from tests.given.activities import DAY

INEXACT = {"avg", "corr", "fsum", "kahan_sum", "mean", "regr_slope", "stddev", "sum", "var_samp"}
"""Aggregates whose answer over binary floats is another in another order."""


class Planned:
    """A connection that notes which binary floats each statement adds up."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self.found: set[tuple[str, str]] = set()

    def execute(self, query: Any, *given: Any) -> duckdb.DuckDBPyConnection:
        """Execute a query, planned once more before."""
        self._note(query)
        return self._connection.execute(query, *given)

    def sql(self, query: str) -> duckdb.DuckDBPyRelation:
        """Return what a query says, planned once more before."""
        self._note(query)
        return self._connection.sql(query)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def _note(self, query: Any) -> None:
        start = re.search(r"\b(select|with)\b", query) if isinstance(query, str) else None
        if start is None or "(" not in query or query.startswith("copy"):
            return
        plan = "select json_serialize_plan(?)"
        [(text,)] = self._connection.execute(plan, [query[start.start() :]]).fetchall()
        found = json.loads(text)
        self.found |= {(name, " ".join(query.split())[:90]) for name in sums_of_floats(found)}


def sums_of_floats(plan: object) -> Iterator[str]:
    """Yield the aggregates of a plan that add up binary floats in no certain order."""
    if isinstance(plan, dict):
        name = str((plan.get("qname") or {"path": [""]})["path"][-1])
        kinds = {kind["id"] for kind in plan.get("arguments") or ()}
        if name in INEXACT and kinds & {"DOUBLE", "FLOAT"} and not plan.get("order_bys"):
            yield name
    parts = plan.values() if isinstance(plan, dict) else plan if isinstance(plan, list) else ()
    for part in parts:
        yield from sums_of_floats(part)


def test_no_fact_adds_up_binary_floats(day_lake: Lake) -> None:
    day = DAY.day(0)
    with day_lake.view(day, day.end + timedelta(days=1)) as view:
        planned = Planned(view.connection)
        prepare(cast(duckdb.DuckDBPyConnection, planned), sorted(facts()))

    assert planned.found == set()


def test_a_sum_of_binary_floats_is_noticed_and_one_of_exact_numbers_is_not() -> None:
    with sample_view({}, DAY.day(0)) as view:
        planned = Planned(view.connection)
        planned.execute("select sum(quantity)::double, max(price::double) from trades")
        assert planned.found == set()
        planned.execute("select sum(price::double order by trade_id) from trades")
        assert planned.found == set()
        planned.execute("select sum(quantity::double) from trades")
        assert [name for name, _ in planned.found] == ["sum"]
