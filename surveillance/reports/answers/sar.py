"""What a suspicious activity report asks beyond a STOR."""

from surveillance.reports import known
from surveillance.reports.filing import Filing
from surveillance.reports.fincen import activity
from surveillance.reports.known import Lines
from surveillance.reports.pages import plain, words


def sar_kind(filing: Filing) -> Lines:
    """Say whether it is the first report; one that corrects another has its number."""
    yield "Initial report"


def sar_prior(_filing: Filing) -> Lines:
    """Say nothing: the number of a prior report is with the officer."""
    return ()


def sar_amount(filing: Filing) -> Lines:
    """Give the amount in whole dollars, and how it was added up."""
    total = activity.amount(filing)
    if total:
        yield f"{plain(str(total))} USD: each finding by its alert of the most money"


def sar_dates(filing: Filing) -> Lines:
    """Say from which day to which."""
    first, last = filing.span
    yield f"{first:%Y-%m-%d} to {last:%Y-%m-%d} (UTC)"


def sar_activity(filing: Filing) -> Lines:
    """Name the kinds of suspicious activity by their codes."""
    yield ", ".join(activity.subtypes(filing))
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
