"""Where everything of one installation is: one home folder, overridden by TOML or environment.

``SURVEILLANCE_HOME`` or ``--home`` names the folder; ``config.toml`` inside it and variables such
as ``SURVEILLANCE_DATABASE`` override single settings, the environment winning. Secrets (the
database password, the session key) are read from there and never written to a log.
"""

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from surveillance.config.sections import Anchoring, Institution, Schedule, Web, Webhook
from surveillance.errors import SurveillanceError

DEFAULT_HOME = Path(".surveillance")
_SHIPPED = Path(__file__).parents[1] / "shipped"
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
