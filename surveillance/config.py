"""Where everything of one installation is: one home folder, overridden by TOML or environment.

``SURVEILLANCE_HOME`` or ``--home`` names the folder; ``config.toml`` inside it and variables such
as ``SURVEILLANCE_DATABASE`` override single settings, the environment winning. Secrets (the
database password, the session key) are read from there and never written to a log.
"""

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from surveillance.errors import SurveillanceError

DEFAULT_HOME = Path(".surveillance")
_SHIPPED = Path(__file__).with_name("shipped")
RULES = (_SHIPPED / "rules").resolve()
TEMPLATES = (_SHIPPED / "templates").resolve()
VENUES = _SHIPPED / "venues"
"""What comes with the package; in a checkout rules and templates are links to its top level."""


HOME_NOTE = ".home"
"""File of a home that says where it is."""
KEYED = ".keyed"
"""File of a lake that says that its rows have keys; lakes of 0.1 lack it."""


def expect_keyed(lake: Path) -> None:
    """Refuse a lake of 0.1.

    Raises:
        SurveillanceError: says what to do.
    """
    if any(lake.glob("*/_delta_log")) and not (lake / KEYED).exists():
        raise SurveillanceError(
            f"expected a home of this version, was one of 0.1, whose lake {lake} knows orders and "
            "trades by their ids alone: choose another home and pull again"
        )


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


class Settings(BaseSettings):
    """The settings of one installation."""

    model_config = SettingsConfigDict(
        env_prefix="SURVEILLANCE_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    home: Path = DEFAULT_HOME
    """Folder of the installation."""
    lake: Path = Field(default_factory=lambda data: data["home"] / "lake")
    """Where activity is kept; default: ``lake`` in the home."""
    database: str = Field(
        default_factory=lambda data: f"sqlite:///{data['home'] / 'surveillance.db'}", repr=False
    )
    """Address of the database; default: SQLite in the home. ``postgresql://…`` in production."""
    rules: Path = RULES
    """Folder in which rules are written; default: those of the package."""
    templates: Path = TEMPLATES
    """Folder of report and page templates; default: those of the package."""
    reports: Path = Field(default_factory=lambda data: data["home"] / "reports")
    """Where reports are written; default: ``reports`` in the home."""
    venues: list[Path] = []
    """Venue files that a tick pulls."""
    settle_minutes: int = Field(default=5, ge=0)
    """How long after its end a window is judged, so that late rows are in it."""
    tick_minutes: int = Field(default=15, ge=1)
    """How often a scheduler pulls venues and ticks."""
    schedule: Schedule = Schedule()
    """When a scheduler does what it does less often."""
    threads: int | None = Field(default=None, ge=1)
    """Threads of the engine, by default all cores; results do not depend on it."""
    backtest_days: int = Field(default=5, ge=0)
    """How many days of stored activity a rule is backtested on before it may go active."""
    shadow_hours: int = Field(default=24, ge=0)
    """How long a rule runs in shadow, and how much activity it judges there, before that."""
    rule_seconds: float = Field(default=300, gt=0)
    """How long one rule may take before its verdict is an error."""
    memory_mb: int = Field(default=2048, ge=64)
    """How much memory one rule may use before its verdict is an error."""
    retention_years: int = Field(default=5, ge=5)
    """How long activity is kept; MAR and the AMLR ask for five years."""
    web: Web = Web()
    """Who may reach the pages beyond this machine; nobody by default."""
    webhooks: list[Webhook] = []
    """Who is told what happened, without names: alerts, cases, reports and runs by their ids."""
    anchoring: Anchoring = Anchoring()
    """Where the head of the journal is anchored outside; nowhere by default."""
    signing_key: Path | None = None
    """PKCS#12 file of the key that reports are signed with; without one they are not signed."""
    signing_secret: SecretStr = SecretStr("")
    """What opens that file; give it by the environment, ``SURVEILLANCE_SIGNING_SECRET``."""
    second_look: list[Literal["low", "medium", "high", "critical"]] = ["critical"]
    """Severities of cases that no one officer closes alone, whatever they turned out to be."""
    review_percent: int = Field(default=10, ge=0, le=100)
    """How many closed cases in a hundred are drawn for a supervisor to review."""
    institution: Institution = Institution()
    """What section 1 of a STOR says of you."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what the caller gives, then the environment, then ``config.toml`` in the home."""
        home = Path(init_settings().get("home") or env_settings().get("home") or DEFAULT_HOME)
        toml = TomlConfigSettingsSource(settings_cls, home / "config.toml")
        return init_settings, env_settings, toml


def load_settings(home: Path | None = None, **overrides: Any) -> Settings:
    """Read the settings of the installation in ``home``.

    Raises:
        SurveillanceError: a setting is unknown or wrong; the message names it.
    """
    values = {**overrides, **({} if home is None else {"home": home})}
    try:
        return Settings(**values)
    except ValidationError as invalid:
        faults = "; ".join(
            f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in invalid.errors()
        )
        raise SurveillanceError(f"expected valid settings, was: {faults}") from None
    except ValueError as wrong:
        raise SurveillanceError(f"expected a readable config.toml, was: {wrong}") from None


def expect_own_places(settings: Settings) -> None:
    """Refuse a copied home whose settings still name places of the home that it was copied from.

    Raises:
        SurveillanceError: names the settings, and says what to do.
    """
    note, here = settings.home / HOME_NOTE, str(settings.home.resolve())
    before = note.read_text() if note.exists() else here
    elsewhere = [name for name, inside in _places(settings).items() if not inside]
    if before != here and elsewhere:
        raise SurveillanceError(
            f"expected a home that writes into itself, was a copy of {before} whose settings name "
            f"{' and '.join(elsewhere)} elsewhere: give it places of its own in config.toml; if "
            f"the home was moved and not copied, delete {note}"
        )
    if before != here or not note.exists():
        # One that is half written would name another home.
        beside = note.with_name(f"{HOME_NOTE}-{os.getpid()}")
        beside.write_text(here)
        beside.replace(note)


def _places(settings: Settings) -> dict[str, bool]:
    """Return whether each place that is written to lies in the home."""
    kind, _, path = settings.database.partition(":///")
    home = settings.home.resolve()
    is_file = kind.startswith("sqlite") and bool(path)
    return {
        "a lake": settings.lake.resolve().is_relative_to(home),
        "a database": is_file and Path(path).resolve().is_relative_to(home),
        "reports": settings.reports.resolve().is_relative_to(home),
    }
