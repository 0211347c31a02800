"""What a form asks of instruments, orders and transactions."""

from collections.abc import Iterable

from surveillance.reports import amounts, known
from surveillance.reports.amounts import Row
from surveillance.reports.filing import Filing
from surveillance.reports.findings import unique
from surveillance.reports.known import Lines
from surveillance.reports.pages import cell, plain, words
from surveillance.times import format_time

MOST_TIMES = 6


def instruments(filing: Filing) -> Lines:
    """Describe each instrument."""
    for dossier in filing.dossiers:
        terms = dossier.instrument
        if not (terms or dossier.hit.instrument):
            continue
        yield known.joined(
            (
                terms.get("instrument") or dossier.hit.instrument or "",
                known.named("type", terms.get("kind")),
                known.named("identifier", terms.get("isin")),
                known.named("underlying", terms.get("underlying")),
                known.named("quoted in", terms.get("quote")),
                known.named("multiplier", plain(terms.get("multiplier") or "")),
                known.named("expiry", cell(terms.get("expires_at")), "–"),
                known.named("strike", plain(terms.get("strike") or "")),
                known.named("right", terms.get("option_kind")),
            )
        )


def times(filing: Filing) -> Lines:
    """Say when it happened, and the times of the first acts."""
    first, last = filing.span
    yield f"From {format_time(first)} to {format_time(last)} (UTC)"
    for table in ("orders", "trades", "transfers"):
        rows = unique(known.rows(filing, table))
        acts = (f"{row.get('ts')} {known.act(table, row)}" for row in rows[:MOST_TIMES])
        more = len(rows) - MOST_TIMES
        rest = f"; and {more} more, in the attached {table}.csv" if more > 0 else ""
        yield known.named(f"{table.capitalize()}:", "; ".join(acts)) + (rest if rows else "")


def market(filing: Filing) -> Lines:
    """Name the market."""
    entity = filing.institution
    yield known.joined((entity.market or entity.name, known.named("MIC", entity.mic)))


def location(filing: Filing) -> Lines:
    """Say where orders were given and executed."""
    for trader, subject in known.subjects(filing):
        country = subject.get("country") or subject.get("residence")
        yield f"Account {trader}: order given from {country} (residence)" if country else ""
    yield known.named("Executed in", filing.institution.country)


def references(filing: Filing) -> Lines:
    """Give the reference numbers of the evidence."""
    for table, ids in sorted(known.evidence(filing).items()):
        rest = len(ids) - known.MOST_NAMED
        more = f" and {rest} more, in the attached {table}.csv" if rest > 0 else ""
        yield f"{words(table)}: {', '.join(ids[: known.MOST_NAMED])}{more}"


def settlement(filing: Filing) -> Lines:
    """Give the settlement of the transactions where they say it."""
    yield from sorted({row.get("settled_at") or "" for row in known.rows(filing, "trades")})


def prices(filing: Filing) -> Lines:
    """Give the range of prices of each instrument."""
    for table in ("orders", "trades"):
        for instrument, rows in _by_instrument(known.rows(filing, table)):
            if numbers := known.column_of(rows, "price"):
                where = known.named(" in", instrument)
                ends = f"from {plain(str(min(numbers)))} to {plain(str(max(numbers)))}"
                yield f"{table}{where}: {ends}"


def _by_instrument(rows: Iterable[Row]) -> Iterable[tuple[str, list[Row]]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.get("instrument") or "", []).append(row)
    return sorted(groups.items())


def volumes(filing: Filing) -> Lines:
    """Add up what was ordered, traded and moved, by whom and in what."""
    for amount in amounts.of(filing.tables, filing.accounts):
        yield amount.words


def submission(filing: Filing) -> Lines:
    """Say what kinds of order those reported placed, and how."""
    own = filing.accounts
    rows = [
        row
        for row in known.rows(filing, "orders")
        if row.get("event") == "new" and not amounts.of_whom(row, own)
    ]
    kinds = sorted({known.joined((row.get("side"), row.get("type")), " ") for row in rows})
    if rows:
        yield f"Types: {', '.join(kinds)}"
        placed_by = ", ".join(known.traders(filing))
        yield f"Placed electronically to the order book by account {placed_by}"


def cancellation(filing: Filing) -> Lines:
    """Count cancellations and alterations, those of others by their name."""
    for event in ("cancel", "replace", "expire", "reject"):
        times: dict[str, list[str]] = {}
        for row in known.rows(filing, "orders"):
            if row.get("event") == event:
                whose = amounts.of_whom(row, filing.accounts)
                times.setdefault(whose, []).append(str(row.get("ts")))
        for whose, at in sorted(times.items()):
            by = f"by {whose}: " if whose else ""
            yield f"{by}{event}: {len(at)} in evidence, from {min(at)} to {max(at)} (UTC)"
