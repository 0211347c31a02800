"""What a form asks of the reporting entity and of who files."""

from surveillance.reports import known
from surveillance.reports.filing import Filing
from surveillance.reports.known import Lines
from surveillance.reports.pages import words


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
        since = f", since {known.day(opened)}" if opened else ""
        kind = f" ({words(subject['kind'] or '')})" if subject.get("kind") else ""
        yield f"Contractual: holder of trading account {trader}{kind}{since}"


def contact(filing: Filing) -> Lines:
    """Name whom to ask for more."""
    entity, officer = filing.institution, filing.officer
    if entity.contact_name or entity.contact_email:
        yield known.joined((entity.contact_name, entity.contact_position, entity.contact_email))
    else:
        yield known.joined((officer.name, officer.position, officer.email))
