"""What a case answers to the fields of a form: one public function a source, named by the form.

Each returns lines of text, or none where the activity does not say: then the form's own reason
is printed beside NA. Nothing here guesses; what only the officer knows is given by the officer.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TypeAlias

from surveillance.model import Risk, format_time
from surveillance.reports import amounts, known, narrative
from surveillance.reports.amounts import Row
from surveillance.reports.beyond import beyond
from surveillance.reports.filing import Filing
from surveillance.reports.fincen import batch
from surveillance.reports.findings import Finding, unique
from surveillance.reports.pages import cell, plain, utc, words

Lines: TypeAlias = Iterable[str | None]

MOST_NAMED = 12
MOST_TIMES = 6
_NATURE = {
    Risk.MANIPULATION: "Market manipulation, or attempted market manipulation",
    Risk.FRONT_RUNNING: "Insider dealing, including front-running of client orders",
    Risk.KYC_AML: "Suspected money laundering, or due diligence that failed",
}


def filer_name(filing: Filing) -> Lines:
    """Name the person in charge of the submission."""
    yield filing.officer.name


def filer_position(filing: Filing) -> Lines:
    """Give that person's position."""
    yield filing.officer.position


def entity(filing: Filing) -> Lines:
    """Name the reporting entity."""
    entity = filing.institution
    yield known.joined((entity.name, entity.legal_form))
    yield known.named("LEI", entity.lei)


def entity_address(filing: Filing) -> Lines:
    """Give the address of the reporting entity."""
    yield from (filing.institution.address or "").splitlines()
    yield filing.institution.country


def acting_capacity(filing: Filing) -> Lines:
    """Say in what capacity the entity acts."""
    yield filing.institution.acting_capacity


def trading_activity(filing: Filing) -> Lines:
    """Say what the entity trades."""
    yield filing.institution.trading_activity
    kinds = sorted({kind for d in filing.dossiers if (kind := d.instrument.get("kind"))})
    yield known.named("Instruments concerned", ", ".join(kinds))


def relationship(filing: Filing) -> Lines:
    """Say how the entity and each person are bound."""
    for trader, subject in known.subjects(filing):
        opened = subject.get("opened_at")
        since = f", since {_day(opened)}" if opened else ""
        kind = f" ({words(subject['kind'] or '')})" if subject.get("kind") else ""
        yield f"Contractual: holder of trading account {trader}{kind}{since}"


def contact(filing: Filing) -> Lines:
    """Name whom to ask for more."""
    entity, officer = filing.institution, filing.officer
    if entity.contact_name or entity.contact_email:
        yield known.joined((entity.contact_name, entity.contact_position, entity.contact_email))
    else:
        yield known.joined((officer.name, officer.position, officer.email))


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
        rest = len(ids) - MOST_NAMED
        more = f" and {rest} more, in the attached {table}.csv" if rest > 0 else ""
        yield f"{words(table)}: {', '.join(ids[:MOST_NAMED])}{more}"


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


def nature(filing: Filing) -> Lines:
    """Name the suspected breach."""
    for dossier in filing.dossiers:
        yield f"{_NATURE[dossier.hit.risk]}: {words(dossier.hit.typology)}"
    yield known.named("Provisions concerned", known.distinct(filing, "law"))
    yield known.named("Practices", known.distinct(filing, "practices"))


def reasons(filing: Filing) -> Lines:
    """Give the narrative: who, what, when, how much, and why it is suspicious."""
    return narrative.drafted(filing)


def attention(filing: Filing) -> Lines:
    """Say how it came to attention, and what the officer who escalated it wrote."""
    for strongest, more in filing.strongest:
        hit, filed = strongest[0].dossier.hit, utc(strongest[0].file.filed_at)
        count = len(strongest) + more
        yield (
            f"{count} automated alert{'s' * (count > 1)} of rule {hit.rule_id}, version "
            f"{hit.version}, the strongest filed {filed} with score "
            f"{max(page.dossier.hit.score for page in strongest):g} of 100"
        )
    for entry, details in filing.chronology:
        if entry.verb == "escalate":
            yield f"Analysed by {entry.actor}, {utc(entry.at)}: {dict(details).get('reason', '')}"


def delay(filing: Filing) -> Lines:
    """Say how long after the suspicion the report was prepared."""
    formed = filing.file.case.suspicion_formed_at
    if formed is not None:
        hours = Decimal((filing.at - formed).total_seconds()) / 3600
        yield (
            f"Suspicion formed {utc(formed)}; this report prepared {utc(filing.at)}, "
            f"{hours:.1f} hours later; when it was sent stands in the filing and its receipt"
        )


def person_name(filing: Filing) -> Lines:
    """Name each person."""
    return known.of_persons(filing, "name", "entity", "lei")


def person_birth(filing: Filing) -> Lines:
    """Give dates of birth."""
    return known.of_persons(filing, "birth_date")


def person_national_id(filing: Filing) -> Lines:
    """Give national identification numbers."""
    return known.of_persons(filing, "national_id")


def person_address(filing: Filing) -> Lines:
    """Give addresses."""
    return known.of_persons(filing, "address", "residence")


def person_employment(filing: Filing) -> Lines:
    """Give employer and occupation."""
    return known.of_persons(filing, "employer", "occupation")


def person_accounts(filing: Filing) -> Lines:
    """List accounts and addresses on chain."""
    for dossier in filing.dossiers:
        yield known.named("Trading accounts", ", ".join(dossier.accounts))
    addresses = {row.get("address") for row in known.rows(filing, "transfers")} - {None}
    yield known.named("Addresses on chain", ", ".join(sorted(map(str, addresses))[:MOST_NAMED]))


def person_client_id(filing: Filing) -> Lines:
    """Give the identifiers used in order records."""
    for dossier in filing.dossiers:
        owner = dossier.subject.get("owner_id") or dossier.hit.owner_id
        yield known.joined(
            (known.named("Participant", dossier.hit.trader_id), known.named("client", owner))
        )


def issuer(_filing: Filing) -> Lines:
    """Say nothing: surveillance does not know who is close to an issuer; the officer may."""
    return ()


def person_position(filing: Filing) -> Lines:
    """Say what kind of client each is."""
    for dossier in filing.dossiers:
        entity = {"natural": "Natural person", "legal": "Legal person"}
        subject = dossier.subject
        yield known.joined(
            (
                entity.get(subject.get("entity") or "", ""),
                known.named("account", words(subject.get("kind") or "")),
                known.named("verification tier", subject.get("tier")),
                known.named("behaves as segment", dossier.hit.segment),
            )
        )


def person_since(filing: Filing) -> Lines:
    """Say when each account was opened."""
    for trader, subject in known.subjects(filing):
        opened = subject.get("opened_at")
        yield f"Account {trader} opened {_day(opened)}" if opened else ""


def patterns(filing: Filing) -> Lines:
    """Say of what is beyond its line how others stand in it, and what peers do."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in filing.findings[: narrative.MOST_FINDINGS]:
        dossier = finding.strongest.dossier
        alike.setdefault((dossier.hit.rule_id, dossier.run_id), []).append(finding)
    for findings in alike.values():
        yield _ranks(findings)
    for finding in filing.findings[: narrative.MOST_FINDINGS]:
        peers = sorted(finding.strongest.dossier.peers.items())
        yield known.named("Peers:", "; ".join(f"{words(name)} {plain(v)}" for name, v in peers))


def _ranks(findings: Sequence[Finding]) -> str:
    """Say where findings of one rule and run stand among all whom it weighed, each figure once."""
    ranks: dict[str, list[str]] = {}
    for finding in findings:
        dossier = finding.strongest.dossier
        for each in beyond(dossier):
            if (others := dossier.others.get(each.measure)) and others.count:
                usual = (
                    f" of {others.count + 1} (median of the others {each.as_said(others.median)})"
                )
                ranks.setdefault(f"{each.name}, rank {{}}{usual}", []).append(str(others.rank))
    numbers = ", ".join(str(finding.number) for finding in findings)
    which = f"Finding{'s' * (len(findings) > 1)} {numbers}, among all whom the rule weighed:"
    said = (text.replace("{}", ", ".join(dict.fromkeys(of))) for text, of in ranks.items())
    return known.named(which, "; ".join(said))


def others(filing: Filing) -> Lines:
    """Name counterparties and linked accounts."""
    own = {account for dossier in filing.dossiers for account in dossier.accounts}
    own |= set(known.traders(filing))
    sides = ("buyer_id", "seller_id")
    met = {row.get(side) for row in known.rows(filing, "trades") for side in sides} - own - {None}
    yield known.named(
        "Counterparties of the transactions", ", ".join(sorted(map(str, met))[:MOST_NAMED])
    )
    acted = set(known.traders(filing))
    for dossier in filing.dossiers:
        linked = [account for account in dossier.accounts if account not in acted]
        yield known.named("Accounts under the same owner", ", ".join(linked))


def attachments(filing: Filing) -> Lines:
    """List what is attached."""
    yield f"evidence.json: orders, transactions and analysis; SHA-256 {filing.evidence_digest}"
    yield "fields.json: the fields of this report, machine-readable"
    if filing.institution.fincen is not None:
        yield "sar.xml, where this is a SAR: the report as a FinCEN SARX batch"
    for table, rows in filing.tables.items():
        yield f"{table}.csv: {len(rows)} rows of the evidence, the times in UTC"
    yield "Annexes A to C of this document"


def _day(moment: str) -> str:
    return moment[:10]


def sar_kind(filing: Filing) -> Lines:
    """Say whether it is the first report; one that corrects another has its number."""
    yield "Initial report"


def sar_prior(_filing: Filing) -> Lines:
    """Say nothing: the number of a prior report is with the officer."""
    return ()


def sar_amount(filing: Filing) -> Lines:
    """Give the amount in whole dollars, and how it was added up."""
    total = batch.amount(filing)
    if total:
        yield f"{plain(str(total))} USD: each finding by its alert of the most money"


def sar_dates(filing: Filing) -> Lines:
    """Say from which day to which."""
    first, last = filing.span
    yield f"{first:%Y-%m-%d} to {last:%Y-%m-%d} (UTC)"


def sar_activity(filing: Filing) -> Lines:
    """Name the kinds of suspicious activity by their codes."""
    yield ", ".join(batch.subtypes(filing))
    typologies = sorted({words(dossier.hit.typology) for dossier in filing.dossiers})
    yield known.named("Typologies:", ", ".join(typologies))


def sar_filer(filing: Filing) -> Lines:
    """Say what FinCEN knows the institution by."""
    known_by = filing.institution.fincen
    if known_by is not None:
        yield f"TIN {known_by.tin}, transmitter control code {known_by.transmitter_control_code}"
        yield known.joined((known_by.street, known_by.city, known_by.state, known_by.postal_code))


def sar_contact(filing: Filing) -> Lines:
    """Name the contact office."""
    known_by = filing.institution.fincen
    if known_by is not None:
        yield f"{known_by.contact_office}, {known_by.phone}"


def sar_products(filing: Filing) -> Lines:
    """Name the products."""
    yield ", ".join(sorted({kind for d in filing.dossiers if (kind := d.instrument.get("kind"))}))


def sar_addresses(filing: Filing) -> Lines:
    """List the addresses on the net that the accounts signed in from."""
    yield ", ".join(
        sorted({row.get("ip") or "" for row in known.rows(filing, "logins")} - {""})[:99]
    )
