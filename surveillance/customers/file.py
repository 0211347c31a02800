"""The file of a customer: profile and its history, ties, money, lists, segment, risk and cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlmodel import Session, col, or_, select

from surveillance.activity.contract import text
from surveillance.activity.lake.rows import moment
from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.casework.queue import CaseSummary, summaries
from surveillance.casework.stored import hit_of
from surveillance.chart.counterparties import Share
from surveillance.chart.families import Scored
from surveillance.chart.flows import Flow
from surveillance.chart.network import Tie
from surveillance.customers.browse import plain
from surveillance.customers.identity import Customer
from surveillance.customers.lists import ScreeningFile, screening_file
from surveillance.customers.monitoring import Monitoring, monitoring, within
from surveillance.governance import calibration
from surveillance.installation import Installation
from surveillance.model import Hit, Window
from surveillance.records.tables import Alert, AlertHit, Case, CustomerRead, NearHit

MOST_TIES = 200
MOST_FLOWS = 5_000
MOST_HITS = 500
MOST_SHARES = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit on file against a customer, and the case and alert that it counts towards, if any."""

    hit: Hit
    case_id: str
    alert_id: str


@dataclass(frozen=True, slots=True)
class Ties:
    """The ties of a customer's accounts, and the group of hands that they are taken for."""

    group: tuple[dict[str, Any], ...]
    rows: tuple[dict[str, Any], ...]

    @property
    def lines(self) -> list[Tie]:
        """Return one line for each pair of accounts, the kinds of its ties together."""
        pairs = groupby(self.rows, key=lambda row: (row["trader_id"], row["other_id"]))
        return [_line(*pair, list(rows)) for pair, rows in pairs]


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """All that is known of a customer at a moment, of thirty days where it is activity."""

    customer: Customer
    window: Window
    known_at: datetime
    accounts: tuple[dict[str, Any], ...]
    profile: tuple[dict[str, Any], ...]
    credentials: tuple[dict[str, Any], ...]
    ties: Ties
    flows: tuple[Flow, ...]
    shares: tuple[Share, ...]
    unvalued: int
    screening: ScreeningFile
    segments: dict[str, str]
    findings: tuple[Finding, ...]
    cases: tuple[CaseSummary, ...]
    monitoring: Monitoring
    reads: tuple[CustomerRead, ...]


def customer_file(
    place: Installation, customer: Customer, window: Window, known_at: datetime, now: datetime
) -> CustomerFile:
    """Return the file of a customer as the lake knew it at ``known_at``, and casework knows now."""
    lake, threads = place.lake, place.settings.threads
    # What is decided of a name is decided after what was done, so screening looks further.
    whole = Window(window.start, max(window.end, known_at))
    with lake.view(whole, known_at, None, threads, accounts=customer.accounts) as view:
        accounts, profile = _rows(view, "known_accounts"), _history(_rows(view, "known_kyc"))
        credentials = _rows(view, "known_kyc_credentials")
        flows, shares = _flows(view, window), _shares(view, window)
        unvalued = _unvalued(view, window)
        screening = screening_file(view)
    with lake.view(Window(known_at - timedelta(days=1), known_at), known_at, None, threads) as view:
        ties = _ties(view, customer)
    with place.session() as session:
        model, _ = calibration.segments_in_force(session)
        findings, cases = _findings(session, customer), _cases(session, customer, now)
        hits = within([(each.hit, each.case_id) for each in findings], window)
        rating = profile[0].get("risk_rating") if profile else None
        segments = {each: model.segment_of(each) for each in customer.accounts} if model else {}
        return CustomerFile(
            customer=customer,
            window=window,
            known_at=known_at,
            accounts=accounts,
            profile=profile,
            credentials=credentials,
            ties=ties,
            flows=flows,
            shares=shares,
            unvalued=unvalued,
            screening=screening,
            segments=segments,
            findings=findings,
            cases=cases,
            monitoring=monitoring(session, hits, cases, str(rating or "")),
            reads=_reads(session, customer),
        )


def _rows(view: View, table: str) -> tuple[dict[str, Any], ...]:
    rows = view.arrow(f"select * from {table} order by all").to_pylist()
    return tuple(map(plain, rows))


def _history(rows: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Return, for each record of an account, what it changed; the first one changed nothing."""
    before: dict[str, dict[str, Any]] = {}
    history = []
    for row in rows:
        old = before.get(row["trader_id"])
        changes = {
            name: (old[name], value)
            for name, value in row.items()
            if old is not None and name not in _ASIDE and old[name] != value
        }
        history.append({**row, "changes": changes, "is_first": old is None})
        before[row["trader_id"]] = row
    return tuple(reversed(history))


_ASIDE = {"ts", "trader_id", "arrived_at", "feed", "source_line"}


def _flows(view: View, window: Window) -> tuple[Flow, ...]:
    if view.arrow("select 1 from transfers where usd is null limit 1").num_rows:
        prepare(view.connection, ["transfers"])
    rows = view.arrow(
        "select ts, direction, coalesce(usd, 0) as usd from transfers "
        f"where kind is distinct from 'sweep' and ts < {moment(window.end)} "
        f"order by usd desc, ts, transfer_id limit {MOST_FLOWS}"
    )
    flows = (plain(row) for row in rows.to_pylist())
    return tuple(sorted(Flow(row["ts"], "USD", str(row["usd"]), row["direction"]) for row in flows))


def _shares(view: View, window: Window) -> tuple[Share, ...]:
    """Return with whom money moved, the most first, of what it is known to be worth."""
    other = "coalesce(counterparty_id, counterparty_name, address, '')"
    rows = view.arrow(
        f"select coalesce(any_value(counterparty_name), nullif({other}, ''), 'not named') as name, "
        "direction, sum(usd) as usd, count(*) as payments, min(ts) as since, max(ts) as until, "
        "coalesce(any_value(counterparty_id) filter (kind = 'internal'), '') as account "
        f"from transfers where kind is distinct from 'sweep' and ts < {moment(window.end)} "
        f"and usd is not null and direction in ('in', 'out') group by {other}, direction "
        f"order by usd desc, name, direction limit {MOST_SHARES}"
    )
    return tuple(Share(**plain(row)) for row in rows.to_pylist())


def _unvalued(view: View, window: Window) -> int:
    """Return how many payments nobody knows the worth of, which no picture can show."""
    rows = view.arrow(
        "select count(*) as n from transfers where usd is null "
        f"and kind is distinct from 'sweep' and ts < {moment(window.end)}"
    )
    return int(rows.column("n")[0].as_py())


def _ties(view: View, customer: Customer) -> Ties:
    prepare(view.connection, ["links", "groups"])
    own = ", ".join(text(name) for name in customer.accounts)
    links = view.arrow(
        "select l.*, a.owner_id, b.owner_id as other_owner from links l "
        "left join owners a using (trader_id) left join owners b on b.trader_id = l.other_id "
        f"where l.trader_id in ({own}) or l.other_id in ({own}) "
        f"order by l.trader_id, l.other_id, strength desc, l.kind limit {MOST_TIES}"
    )
    group = view.arrow(
        "select * from groups where group_id in (select group_id from groups "
        f"where trader_id in ({own})) and owners > 1 order by owner_id, trader_id limit {MOST_TIES}"
    )
    return Ties(
        tuple(plain(row) for row in group.to_pylist()),
        tuple(plain(row) for row in links.to_pylist()),
    )


def _line(one: str, other: str, rows: Sequence[dict[str, Any]]) -> Tie:
    apart = 1.0
    for row in rows:
        apart *= 1 - row["strength"]
    kinds = ", ".join(row["kind"].replace("_", " ") for row in rows)
    since = min(row["since"] for row in rows)
    return Tie(one, other, kinds, round(1 - apart, 3), f"{since:%Y-%m-%d}")


def _findings(session: Session, customer: Customer) -> tuple[Finding, ...]:
    """Return the hits of a customer's alerts and those below the line, the last first."""
    filed = session.exec(
        select(AlertHit, Alert.id, Alert.case_id)
        .join(Alert, col(Alert.id) == col(AlertHit.alert_id))
        .where(_theirs(customer, Alert.owner_id, Alert.subject, Alert.trader_id))
        .order_by(col(AlertHit.at).desc(), AlertHit.hit_id)
        .limit(MOST_HITS)
    ).all()
    near = session.exec(
        select(NearHit)
        .where(_theirs(customer, NearHit.person))
        .order_by(col(NearHit.at).desc(), NearHit.hit_id)
        .limit(MOST_HITS)
    ).all()
    findings = [Finding(hit_of(row), case, alert) for row, alert, case in filed]
    findings += [Finding(hit_of(row), "", "") for row in near]
    return tuple(sorted(findings, key=lambda each: (each.hit.at, each.hit.id), reverse=True))


def _theirs(customer: Customer, *columns: Any) -> Any:
    names = {customer.owner_id, *customer.accounts}
    return or_(*(col(column).in_(names) for column in columns))


def _cases(session: Session, customer: Customer, now: datetime) -> tuple[CaseSummary, ...]:
    rows = session.exec(
        select(Case)
        .where(_theirs(customer, Case.owner_id, Case.subject))
        .order_by(col(Case.opened_at).desc(), Case.id)
        .limit(MOST_HITS)
    ).all()
    return tuple(summaries(session, list(rows), now))


def _reads(session: Session, customer: Customer) -> tuple[CustomerRead, ...]:
    rows = select(CustomerRead).where(CustomerRead.owner_id == customer.owner_id)
    return tuple(session.exec(rows.order_by(col(CustomerRead.id).desc()).limit(MOST_HITS)).all())


def scored(findings: Sequence[Finding], window: Window) -> list[Scored]:
    """Return the hits of a window as a picture of risk over time takes them."""
    return [
        Scored(each.hit.at, each.hit.risk.value, each.hit.score)
        for each in findings
        if window.start <= each.hit.at < window.end
    ]
