"""Features: one number a trader for each named expression of ``features.yml``.

Numbers become doubles only at the end, after exact sums, so that threads cannot change them.
"""

from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa

from surveillance import cache
from surveillance.activity.asking import Use
from surveillance.activity.bounds import bounded
from surveillance.activity.contract import quoted
from surveillance.activity.demand import asked
from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.activity.sharing import share
from surveillance.detection.feature_file import Features, expression
from surveillance.model import Window
from surveillance.times import DAY, micros


def prepared(view: View, definitions: Features, wide: View | None = None) -> pa.Table:
    """Prepare what the features read, as far as may be from a wider view, and return them."""
    asks = asked([Use(definitions.reads, definitions.words)])
    if wide is not None:
        share(wide, view, asks)
    prepare(view.connection, sorted(definitions.reads), asks)
    return features(view, definitions)


def features(view: View, definitions: Features) -> pa.Table:
    """Return every feature of every trader with activity in the view, ordered by trader.

    Columns are ``trader_id`` and one DOUBLE a feature in the order of the file, NULL where
    nothing is known. The facts in ``definitions.reads`` must be prepared.

    Raises:
        Exceeded: they take longer, or more memory, than one rule may.
    """
    queries = _recalled(definitions, _days(view.window))
    parts = [f"features_{number}" for number in range(len(queries))]
    with bounded(view.connection, view.bounds):
        # One by one, so that the values of which medians are taken are not all held at once.
        for part, query in zip(parts, queries, strict=True):
            view.connection.execute(f"create or replace temp table {part} as from {query}")
        try:
            return view.arrow(_beside(parts, list(definitions.features)))
        finally:
            view.connection.execute(";".join(f"drop table {part}" for part in parts))


def _beside(parts: Sequence[str], names: Sequence[str]) -> str:
    """Join tables of features on everybody whom any has, which costs less than full joins."""
    ids = " union ".join(f"select trader_id from {part}" for part in parts)
    joined = " ".join(f"left join {part} using (trader_id)" for part in parts)
    columns = ", ".join(map(quoted, names))
    return f"select trader_id, {columns} from ({ids}) {joined} order by trader_id"


def _recalled(definitions: Features, days: Decimal) -> list[str]:
    """Return what ``_queries`` does, made once a machine where that is good enough."""
    if not definitions.is_recalled:
        return _queries(definitions, days)
    return cache.once(
        "feature queries",
        [definitions.text, list(definitions.features), days],
        lambda: _queries(definitions, days),
        list,
        lambda queries: [str(query) for query in queries],
    )


def _queries(definitions: Features, days: Decimal) -> list[str]:
    """Write one subquery a relation, giving its features by trader."""
    grouped: dict[str, list[str]] = {}
    for name, feature in definitions.features.items():
        grouped.setdefault(feature.from_, []).append(name)
    return [_query(definitions, relation, grouped[relation], days) for relation in grouped]


def _query(definitions: Features, relation: str, names: Sequence[str], days: Decimal) -> str:
    columns, schema = [], tuple(definitions.schemas[relation].items())
    for name in names:
        value = expression(definitions.features[name].value, schema, days)
        columns.append(f"cast({value.sql()} as double) as {quoted(name)}")
    own = definitions.relations.get(relation)
    source = f"({own}) as {quoted(relation)}" if own else quoted(relation)
    finite = (
        f"case when isfinite({name}) then {name} end as {name}" for name in map(quoted, names)
    )
    return (
        f"(select trader_id, {', '.join(finite)} from (select trader_id, {', '.join(columns)} "
        f"from {source} where trader_id is not null group by trader_id))"
    )


def _days(window: Window) -> Decimal:
    return Decimal(micros(window.end - window.start)) / Decimal(DAY)
