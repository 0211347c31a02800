"""Who of the customers may be on a list, what officers decided of it, and who was not screened.

A decision holds for exactly what was compared, and for as long as the customer, the entry of the
list and the way of comparing stay what they were. What ends it is said, because the same question
asked again without a reason is answered the same again without a thought.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.customers import rescreening
from surveillance.customers.browse import plain
from surveillance.screening.screen import ALGORITHM, ALIKE, FRESH_DAYS

MOST_CHANGES = 200
MOST_UNSCREENED = 200


@dataclass(frozen=True, slots=True)
class ListMatch:
    """The last time that somebody was found to be like an entry of a list, and what stands on it.

    ``decision`` is that on exactly this pair, or nothing; ``lapsed`` says of an earlier one on the
    same entry why it does not hold any more.
    """

    row: Mapping[str, Any]
    decision: Mapping[str, Any] | None
    lapsed: str

    @property
    def waits(self) -> bool:
        """Return whether somebody has to decide: alike enough to look at, and undecided."""
        return self.decision is None and self.row["score"] >= ALIKE


@dataclass(frozen=True, slots=True)
class ListVersion:
    """The last version of a list: its date, entries, changes by kind, and whether it is old."""

    list: str
    since: datetime
    entries: int
    changes: Mapping[str, int]
    is_old: bool


@dataclass(frozen=True, slots=True)
class ScreeningFile:
    """What screening found in a window, by whose list, and whom it could not look for.

    ``again`` is what screening again changed, see ``rescreening``.
    """

    matches: tuple[ListMatch, ...]
    decisions: tuple[Mapping[str, Any], ...]
    versions: tuple[ListVersion, ...]
    changes: tuple[Mapping[str, Any], ...]
    again: tuple[Mapping[str, Any], ...]
    unscreened: tuple[Mapping[str, Any], ...]

    @property
    def gaps(self) -> list[str]:
        """Return why screening says less than it seems to, in sentences."""
        gaps = [] if self.versions else ["No list has landed: nobody is screened"]
        gaps += [
            f"The last version of {each.list} is of {each.since:%Y-%m-%d}: what changed since is "
            "not screened"
            for each in self.versions
            if each.is_old
        ]
        return gaps


def screening_file(view: View) -> ScreeningFile:
    """Return what screening says of the customers of a view."""
    prepare(view.connection, ["name_matches", "list_changes"])
    decisions = _all(view, "select * from screening_decisions order by ts, trader_id, pair")
    known = _all(view, "select trader_id, max(ts) as ts from known_kyc group by all")
    changed = {row["trader_id"]: row["ts"] for row in known}
    return ScreeningFile(
        matches=tuple(_matches(_all(view, _LAST), decisions, changed)),
        decisions=tuple(reversed(decisions)),
        versions=tuple(_versions(view)),
        changes=tuple(_all(view, _CHANGES)),
        again=tuple(_all(view, rescreening.SQL)),
        unscreened=tuple(_all(view, _UNSCREENED)),
    )


_LAST = """
select * from name_matches qualify row_number() over (
    partition by trader_id, party, name, list, entry_id order by ts desc, score desc, pair) = 1
order by score desc, ts desc, trader_id, party, name, list, entry_id
"""
_CHANGES = f"""
select * from list_changes order by ts desc, list, entry_id limit {MOST_CHANGES}
"""
_VERSIONS = """
with last_ as (select list, max(ts) as ts from watchlist group by all), entry as (
    select w.list, l.ts, count(distinct entry_id) as entries
    from watchlist w join last_ l on l.list = w.list and l.ts = w.ts group by all
), change as (
    select list, ts, change, count(*) as n from list_changes group by all
)
select e.list, e.ts as since, e.entries, c.change, c.n
from entry e left join change c on c.list = e.list and c.ts = e.ts order by all
"""
_UNSCREENED = f"""
with account as (
    select trader_id, ts, status from known_accounts
    qualify row_number() over (partition by trader_id order by ts desc) = 1
), identity as (
    select trader_id, ts, name from known_kyc
    qualify row_number() over (partition by trader_id order by ts desc) = 1
)
select coalesce(a.trader_id, i.trader_id) as trader_id,
    case when i.trader_id is null then 'no identity is known' else 'its identity has no name' end
        as reason, coalesce(i.ts, a.ts) as since
from account a full join identity i on i.trader_id = a.trader_id
where nullif(trim(i.name), '') is null and a.status is distinct from 'closed'
order by trader_id limit {MOST_UNSCREENED}
"""


def _all(view: View, sql: str) -> list[dict[str, Any]]:
    return [plain(row) for row in view.arrow(sql).to_pylist()]


def _versions(view: View) -> list[ListVersion]:
    changes: dict[tuple[str, datetime, int], dict[str, int]] = defaultdict(dict)
    for row in _all(view, _VERSIONS):
        of = changes[row["list"], row["since"], row["entries"]]
        if row["change"]:
            of[row["change"]] = row["n"]
    return [
        ListVersion(*key, changes=counted, is_old=key[1] < view.as_of - timedelta(days=FRESH_DAYS))
        for key, counted in changes.items()
    ]


def _matches(
    rows: Sequence[Mapping[str, Any]],
    decisions: Sequence[Mapping[str, Any]],
    changed: Mapping[str, datetime],
) -> list[ListMatch]:
    by_pair = {(each["trader_id"], each["pair"]): each for each in decisions}
    by_entry = {(each["trader_id"], each["list"], each["entry_id"]): each for each in decisions}
    matches = []
    for row in rows:
        trader = row["trader_id"]
        decision = by_pair.get((trader, row["pair"]))
        earlier = by_entry.get((trader, row["list"], row["entry_id"]))
        is_lapsed = decision is None and earlier is not None
        lapsed = why_lapsed(row, earlier, changed.get(trader)) if is_lapsed and earlier else ""
        matches.append(ListMatch(row, decision, lapsed))
    return matches


def why_lapsed(
    row: Mapping[str, Any], decision: Mapping[str, Any], changed: datetime | None
) -> str:
    """Return what changed since a decision on the same entry: customer, list or algorithm."""
    since, causes = decision["ts"], []
    if row["party"] != "customer":
        causes.append("another party is named")
    elif changed is not None and changed > since:
        causes.append("the customer changed")
    if row["version"] > since:
        causes.append("the list changed")
    if decision["algorithm"] is not None and decision["algorithm"] != ALGORITHM:
        causes.append("the algorithm changed")
    return ", ".join(causes) or "what was compared is another"
