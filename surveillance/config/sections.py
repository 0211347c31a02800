"""The sections of settings: whom reports come from, who reaches the pages, what is anchored."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator


class Fincen(BaseModel):
    """What FinCEN knows a filer by: without it a SAR is a PDF only, and no XML."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    transmitter_control_code: str
    """The code that FinCEN gave the transmitter, such as ``PBSA8180``."""
    tin: str
    """The employer identification number, nine digits."""
    street: str
    """Street and number."""
    city: str
    """City."""
    postal_code: str
    """ZIP code, digits alone."""
    state: str = ""
    """State, where the country has them."""
    country: str = "US"
    """Country, ISO 3166 alpha-2."""
    phone: str
    """Telephone of the contact office, digits alone."""
    contact_office: str
    """The office that answers questions."""
    regulator: int = 9
    """Primary federal regulator; 9 is the CFTC."""
    organization: int = 5
    """Type of institution; 5 is securities and futures."""
    organization_subtype: int | None = None
    """Its subtype, such as 508, a futures commission merchant."""


class Institution(BaseModel):
    """Who submits reports: section 1 of a STOR. What is not set is ``NA`` with a reason."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str | None = None
    """Name of the person or firm that submits."""
    legal_form: str | None = None
    """Its legal form."""
    lei: str | None = None
    """Its legal entity identifier, ISO 17442."""
    address: str | None = None
    """Its address."""
    country: str | None = None
    """Its country, ISO 3166 alpha-2."""
    acting_capacity: str | None = None
    """In what capacity it acts towards the orders."""
    trading_activity: str | None = None
    """Its kind of trading activity."""
    market: str | None = None
    """The market that it operates."""
    mic: str | None = None
    """The market identifier code, ISO 10383."""
    contact_name: str | None = None
    """Who answers questions, if not the officer who files."""
    contact_position: str | None = None
    """Their position."""
    contact_email: str | None = None
    """Their professional e-mail."""
    fincen: Fincen | None = None
    """What FinCEN knows it by, for SARs."""


class Anchoring(BaseModel):
    """Where the head of the journal is written down outside, so that who owns the database cannot.

    A folder should be one that nobody can change files in (WORM), and on another machine.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path | None = None
    """Folder that anchors are written to, a file each."""
    authority: str | None = None
    """Address of a time-stamp authority (RFC 3161), whose tokens are put beside the anchors."""
    certificates: Path | None = None
    """PEM file of the root certificates of the authority."""
    mail_to: str | None = None
    """Address that anchors are mailed to."""
    mail_from: str = "surveillance@localhost"
    """Address that they are mailed from."""
    mail_server: str = "localhost:25"
    """Server that takes mail: HOST:PORT."""
    oldest_hours: int = Field(default=26, ge=1)
    """How old the newest anchor may become before that is a warning."""

    @model_validator(mode="after")
    def _has_a_place(self) -> "Anchoring":
        if self.authority is not None and (self.folder is None or self.certificates is None):
            raise ValueError("expected a folder and certificates beside an authority, was none")
        return self


class Webhook(BaseModel):
    """An address that is told what happened, and the secret that it knows us by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(pattern=r"^(https://|http://(localhost|127\.0\.0\.1)[:/])")
    """Where events are sent; unencrypted only on this machine."""
    secret: SecretStr = Field(min_length=24)
    """What events are signed with."""


class SignOn(BaseModel):
    """A provider of OpenID Connect by which officers sign in, beside their passwords."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(pattern=r"^(https://|http://(localhost|127\.0\.0\.1)[:/])")
    """Who the provider is, as it says itself."""
    client_id: str
    """What it knows us as."""
    client_secret: SecretStr
    """And by what secret."""
    claim: str = Field(default="email", pattern="^(email|preferred_username|sub)$")
    """What of its answer names the officer: the e-mail, or one that is the id."""


class Web(BaseModel):
    """Who may reach the pages, by which names, and who encrypts on the way."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: list[str] = []
    """Names that browsers call this server by, beside those of this machine itself."""
    proxies: list[str] = []
    """Addresses of proxies that do TLS, whose word on who asks is taken."""
    sign_on: SignOn | None = None
    """By which provider officers sign in; none by default."""
    certificate: Path | None = None
    """PEM file with the certificate of the server, to do TLS without a proxy."""
    key: Path | None = None
    """PEM file with its key."""

    @property
    def is_encrypted(self) -> bool:
        """Tell whether what goes over the network is encrypted."""
        return bool(self.proxies) or (self.certificate is not None and self.key is not None)


class Schedule(BaseModel):
    """When what is done that is not done at every tick: times of crontab(5), in UTC."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lists: str = "10 2 * * *"
    """Lists of sanctions and countries are read again."""
    canaries: str = "30 2 * * *"
    """Every rule in force is asked for what is planted for it."""
    anchors: str = "20 * * * *"
    """The head of the journal is anchored outside."""
    calibration: str = "0 3 1 * *"
    """Traders are divided into segments anew, for a second officer to approve."""
    drift: str = "0 4 * * 1"
    """How far traders are from their segments is measured; too far, and a model is proposed."""
    stress: str = "0 5 * * *"
    """What is held is stressed: what would be lost, and the margin that it takes."""
    retention: str = "30 3 * * *"
    """What may not be kept any longer is erased."""

    @field_validator("*")
    @classmethod
    def _crontab(cls, times: str) -> str:
        from apscheduler.triggers.cron import CronTrigger

        try:
            CronTrigger.from_crontab(times)
        except ValueError as wrong:
            raise ValueError(
                f"expected five fields of crontab(5), was {times!r}: {wrong}"
            ) from None
        return times
