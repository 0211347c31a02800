"""The aggregate shape: measures per subject over hopping windows.

Windows are summed once per hop and the hops combined, never recomputed per window; only
aggregates that cannot be combined (medians, quantiles, distinct counts) spread their rows over
the windows instead. A window is a candidate only if its last hop brought new evidence, so a state
that lasts is reported when it grows, not each hop.
"""

from collections.abc import Iterable, Mapping

from sqlglot import exp

from surveillance.activity.catalogue import Table
from surveillance.language import Expression, emit
from surveillance.model import Scalar
from surveillance.rules.logic import Aggregate
from surveillance.rules.schema import Rule
from surveillance.rules.shape import SUBJECTS, Shape, Texts, measured, rows, subject_columns
from surveillance.times import micros, span

_JOINED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.Count: exp.Sum,
    exp.CountIf: exp.Sum,
    exp.Sum: exp.Sum,
    exp.Min: exp.Min,
    exp.Max: exp.Max,
    exp.LogicalOr: exp.LogicalOr,
    exp.LogicalAnd: exp.LogicalAnd,
}


def aggregate(
    rule: Rule,
    detect: Aggregate,
    relations: Mapping[str, Table],
    parameters: Mapping[str, Scalar],
) -> Shape:
    """Build the candidates of hopping windows: one a subject and hop in which evidence is new."""
    texts = Texts(rule, relations, parameters)
    table = texts.table(("detect", "from"), detect.from_)
    texts.subject(table, detect.by)
    where = texts.condition(("detect", "where"), detect.where, table.schema).sql()
    measures = {
        name: texts.expression(("detect", "measure", name), text, table.schema, aggregates=True)
        for name, text in detect.measure.items()
    }
    hop = micros(span(rule.every or rule.lookback))
    hops = micros(span(rule.lookback)) // hop
    evidence = [(name, *texts.evidence(name, text)) for name, text in rule.evidence.items()]
    fresh = {
        f"fresh_{name}": _fresh(relation, condition, detect.by, hop)
        for name, relation, condition in evidence
    }
    shared = {f"fresh_{name}": _shared(relation, detect.by) for name, relation, _ in evidence}
    ever, new = _among(shared), _among({name: [*keys, "hop"] for name, keys in shared.items()})
    where = f"({where}) and ({ever})"
    windows = _windows(table, detect.by, where, measures, hop, hops, new)
    return Shape(
        sql=_candidates(fresh, detect.by, hop, windows),
        measures={name: measure.type for name, measure in measures.items()},
        evidence=tuple(rule.evidence),
        tables=frozenset(texts.read),
        late={
            name: _late(relation, condition, texts.key(name), detect.by, hop, hops)
            for name, relation, condition in evidence
        },
        units=measured(measures),
    )


def _candidates(fresh: Mapping[str, str], by: list[str], hop: int, windows: str) -> str:
    hidden = ", ".join([*(name for name in by if name in SUBJECTS), "hop", "started_at"])
    return (
        f"with {', '.join(f'{name} as ({query})' for name, query in fresh.items())} "
        f"select {subject_columns(by, 'w')}, w.started_at, "
        f"make_timestamp((w.hop + 1) * {hop} - 1) as at, w.* exclude ({hidden}) from ({windows}) w"
    )


def _shared(relation: Table, by: list[str]) -> list[str]:
    return [name for name in by if name in relation.schema]


def _fresh(relation: Table, where: str, by: list[str], hop: int) -> str:
    """Return the query for the subjects and hops that bring new evidence."""
    chosen = ", ".join([*_shared(relation, by), f"epoch_us({relation.time}) // {hop} as hop"])
    return f"select distinct {chosen} from {rows(relation)} where {where}"


def _among(fresh: Mapping[str, list[str]]) -> str:
    """Say that a row ``s`` has the keys of a row of one of these."""
    return " or ".join(
        f"exists (select 1 from {name} f{_where(f'f.{key} = s.{key}' for key in keys)})"
        for name, keys in fresh.items()
    )


def _where(conditions: Iterable[str]) -> str:
    together = " and ".join(conditions)
    return f" where {together}" if together else ""


def _late(relation: Table, where: str, key: str, by: list[str], hop: int, hops: int) -> str:
    """Return the query for the ids of a window's evidence, one row an id."""
    shared = [f"r.{name} = hit.{name}" for name in _shared(relation, by)]
    of = f"epoch_us(hit.at) // {hop}"
    return (
        f"select hit.hit_no, r.{key} as id from hit join (select *, epoch_us({relation.time}) "
        f"// {hop} as bucket from {rows(relation)} where {where}) r "
        f"on {' and '.join([*shared, f'r.bucket between {of} - {hops - 1} and {of}'])}"
    )


def _windows(
    table: Table,
    by: list[str],
    where: str,
    measures: Mapping[str, Expression],
    hop: int,
    hops: int,
    new: str,
) -> str:
    keys = ", ".join([*by, "hop"])
    known = " and ".join(f"{name} is not null" for name in by)
    hopped = (
        f"select *, epoch_us({table.time}) // {hop} as hop from {rows(table)} s "
        f"where ({where}) and {known}"
    )
    parts = _Parts()
    combined = _listed({name: parts.combine(measure.tree) for name, measure in measures.items()})
    if parts.whole:
        body = _listed({name: measure.sql() for name, measure in measures.items()})
        first, source = table.time, hopped
    else:
        body, first = combined, "started_at"
        source = (
            f"select {keys}, min({table.time}) as started_at{_listed(parts.columns)} "
            f"from ({hopped}) group by {keys}"
        )
    spread = f"select * exclude (hop), unnest(range(hop, hop + {hops})) as hop from ({source})"
    return (
        f"select {keys}, min({first}) as started_at{body} from ({spread}) "
        f"s where (hop + 1) * {hop} - 1 between $run_start and $run_end - 1 and ({new}) "
        f"group by {keys}"
    )


def _listed(columns: Mapping[str, str]) -> str:
    return "".join(f", {sql} as {name}" for name, sql in columns.items())


class _Parts:
    """Takes aggregates apart: what is summed once per hop, and how the hops are put together."""

    def __init__(self) -> None:
        self.columns: dict[str, str] = {}
        self.whole = False

    def combine(self, tree: exp.Expr) -> str:
        """Return an expression over parts in place of aggregates over rows."""
        return emit(tree.copy().transform(self._node))

    def _node(self, node: exp.Expr) -> exp.Expr:
        call = node.this if isinstance(node, exp.Filter) else node
        if not isinstance(call, exp.AggFunc):
            return node
        if isinstance(call.this, exp.Distinct) or type(call) not in (*_JOINED, exp.Avg):
            self.whole = True
            return node
        if isinstance(call, exp.Avg):
            over = exp.Nullif(this=self._again(node, exp.Count), expression=exp.Literal.number(0))
            return exp.Paren(this=exp.Div(this=self._again(node, exp.Sum), expression=over))
        return self._part(node, _JOINED[type(call)])

    def _again(self, node: exp.Expr, kind: type[exp.Expr]) -> exp.Expr:
        call = node.this if isinstance(node, exp.Filter) else node
        again: exp.Expr = kind(this=call.this.copy())
        if call is not node:
            again = exp.Filter(this=again, expression=node.args["expression"].copy())
        return self._part(again, exp.Sum)

    def _part(self, node: exp.Expr, joined: type[exp.Expr]) -> exp.Expr:
        name = f"part_{len(self.columns)}"
        self.columns[name] = emit(node)
        return joined(this=exp.column(name))
