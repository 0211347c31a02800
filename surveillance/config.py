"""Where everything of one installation is: one home folder, overridden by TOML or environment.

``SURVEILLANCE_HOME`` or ``--home`` names the folder; ``config.toml`` inside it and variables such
as ``SURVEILLANCE_DATABASE`` override single settings, the environment winning. Secrets (the
database password, the session key) are read from there and never written to a log.
"""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from surveillance.errors import SurveillanceError

_CHECKOUT = Path(__file__).resolve().parent.parent
DEFAULT_HOME = Path(".surveillance")


class Institution(BaseModel):
    """Who submits reports: section 1 of a STOR. What is not set is ``NA`` with a reason."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str | None = None
    legal_form: str | None = None
    lei: str | None = None
    address: str | None = None
    country: str | None = None
    acting_capacity: str | None = None
    trading_activity: str | None = None
    market: str | None = None
    mic: str | None = None
    contact_name: str | None = None
    contact_position: str | None = None
    contact_email: str | None = None


class Settings(BaseSettings):
    """The settings of one installation."""

    model_config = SettingsConfigDict(
        env_prefix="SURVEILLANCE_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    home: Path = DEFAULT_HOME
    lake: Path = Field(default_factory=lambda data: data["home"] / "lake")
    database: str = Field(
        default_factory=lambda data: f"sqlite:///{data['home'] / 'surveillance.db'}", repr=False
    )
    rules: Path = _CHECKOUT / "rules"
    templates: Path = _CHECKOUT / "templates"
    reports: Path = Field(default_factory=lambda data: data["home"] / "reports")
    venues: list[Path] = []
    settle_minutes: int = Field(default=5, ge=0)
    tick_minutes: int = Field(default=15, ge=1)
    threads: int | None = Field(default=None, ge=1)
    backtest_days: int = Field(default=5, ge=0)
    """How many days of stored activity a rule is backtested on before it may go active."""
    shadow_hours: int = Field(default=24, ge=0)
    """How long a rule runs in shadow, and how much activity it judges there, before that."""
    rule_seconds: float = Field(default=300, gt=0)
    memory_mb: int = Field(default=2048, ge=64)
    institution: Institution = Institution()

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
