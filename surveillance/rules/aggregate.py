"""The aggregate shape: measures per subject over hopping windows.

Windows are summed once per hop and the hops combined, never recomputed per window; only
aggregates that cannot be combined (medians, quantiles, distinct counts) spread their rows over
the windows instead. A window is a candidate only if its last hop brought new evidence, so a state
that lasts is reported when it grows, not each hop.
"""

from collections.abc import Mapping

from sqlglot import exp

from surveillance.activity.catalogue import Table
from surveillance.language import Expression, emit
from surveillance.model import Scalar
from surveillance.rules.schema import Aggregate, Rule
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
    windows = _windows(table, detect.by, where, measures, hop, hops)
    sql = _with_evidence(texts, windows, detect.by, hop, hops)
    kinds = {name: found.type for name, found in measures.items()}
    return Shape(sql, kinds, tuple(rule.evidence), frozenset(texts.read), units=measured(measures))


def _windows(
    table: Table, by: list[str], where: str, measures: Mapping[str, Expression], hop: int, hops: int
) -> str:
    keys = ", ".join([*by, "hop"])
    known = " and ".join(f"{name} is not null" for name in by)
    hopped = (
        f"select *, epoch_us({table.time}) // {hop} as hop from {rows(table)} "
        f"where ({where}) and {known}"
    )
    parts = _Parts()
    combined = _listed({name: parts.combine(found.tree) for name, found in measures.items()})
    if parts.whole:
        body = _listed({name: found.sql() for name, found in measures.items()})
        first, source = table.time, hopped
    else:
        body, first = combined, "started_at"
        source = (
            f"select {keys}, min({table.time}) as started_at{_listed(parts.made)} "
            f"from ({hopped}) group by {keys}"
        )
    spread = f"select * exclude (hop), unnest(range(hop, hop + {hops})) as hop from ({source})"
    return (
        f"select {keys}, min({first}) as started_at{body} from ({spread}) "
        f"where (hop + 1) * {hop} - 1 between $run_start and $run_end - 1 group by {keys}"
    )


def _listed(columns: Mapping[str, str]) -> str:
    return "".join(f", {sql} as {name}" for name, sql in columns.items())


class _Parts:
    """Takes aggregates apart: what is summed once per hop, and how the hops are put together."""

    def __init__(self) -> None:
        self.made: dict[str, str] = {}
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
        made: exp.Expr = kind(this=call.this.copy())
        if call is not node:
            made = exp.Filter(this=made, expression=node.args["expression"].copy())
        return self._part(made, exp.Sum)

    def _part(self, node: exp.Expr, joined: type[exp.Expr]) -> exp.Expr:
        name = f"part_{len(self.made)}"
        self.made[name] = emit(node)
        return joined(this=exp.column(name))


def _with_evidence(texts: Texts, windows: str, by: list[str], hop: int, hops: int) -> str:
    """Attach evidence ids to windows, keeping those whose last hop has something new."""
    lists = [
        _evidence(texts, table, text, by, hop, hops) for table, text in texts.rule.evidence.items()
    ]
    joins = " ".join(
        f"left join ({sql}) e{index} using ({', '.join([*by, 'hop'])})"
        for index, sql in enumerate(lists)
    )
    chosen = ", ".join(
        f"coalesce(e{index}.ids, []) as evidence_{table}"
        for index, table in enumerate(texts.rule.evidence)
    )
    fresh = " or ".join(f"e{index}.latest = w.hop" for index in range(len(lists)))
    hidden = ", ".join([*(name for name in by if name in SUBJECTS), "hop", "started_at"])
    return (
        f"with w as ({windows}) select {subject_columns(by, 'w')}, w.started_at, "
        f"make_timestamp((w.hop + 1) * {hop} - 1) as at, w.* exclude ({hidden}), {chosen} "
        f"from w {joins} where {fresh}"
    )


def _evidence(texts: Texts, table: str, text: str, by: list[str], hop: int, hops: int) -> str:
    relation, where = texts.evidence(table, text)
    keys = ", ".join([*(f"w.{name}" for name in by), "w.hop"])
    shared = [f"r.{name} = w.{name}" for name in by if name in relation.schema]
    key = texts.key(table)
    bucket = f"epoch_us({relation.time}) // {hop}"
    return (
        f"select {keys}, list(distinct r.{key} order by r.{key}) as ids, max(r.bucket) as latest "
        f"from w join (select *, {bucket} as bucket from {rows(relation)} where {where}) r "
        f"on {' and '.join([*shared, f'r.bucket between w.hop - {hops - 1} and w.hop'])} "
        f"group by {keys}"
    )
