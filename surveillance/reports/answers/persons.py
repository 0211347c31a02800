"""What a form asks of those suspected, and of others about them."""

from surveillance.reports import known
from surveillance.reports.filing import Filing
from surveillance.reports.known import Lines
from surveillance.reports.pages import words


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
    yield known.named(
        "Addresses on chain", ", ".join(sorted(map(str, addresses))[: known.MOST_NAMED])
    )


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
        yield f"Account {trader} opened {known.day(opened)}" if opened else ""


def others(filing: Filing) -> Lines:
    """Name counterparties and linked accounts."""
    own = {account for dossier in filing.dossiers for account in dossier.accounts}
    own |= set(known.traders(filing))
    sides = ("buyer_id", "seller_id")
    met = {row.get(side) for row in known.rows(filing, "trades") for side in sides} - own - {None}
    yield known.named(
        "Counterparties of the transactions", ", ".join(sorted(map(str, met))[: known.MOST_NAMED])
    )
    acted = set(known.traders(filing))
    for dossier in filing.dossiers:
        linked = [account for account in dossier.accounts if account not in acted]
        yield known.named("Accounts under the same owner", ", ".join(linked))
