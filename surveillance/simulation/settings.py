"""What a simulated venue is made from: a seed, a span and how much abuse is hidden in it."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
from pydantic import Field

from surveillance.canonical import digest
from surveillance.model import Window
from surveillance.yamlfile import Part

EDITION = 7
"""Raised whenever the simulation changes, so that its batches are not taken for earlier ones."""


class SimulationSettings(Part):
    """Everything that the simulated activity depends on; equal settings give equal bytes.

    ``severity`` from 0 to 1 scales how often, how much and how openly abuse is done;
    ``abuse: false`` leaves the honest venue alone, ``abuses`` plans only some typologies.
    """

    seed: int = Field(7, ge=0)
    """Another seed is another week."""
    start: date = Field(date(2026, 3, 2), strict=False)
    """First day, UTC."""
    days: int = Field(7, ge=1, le=92)
    """How many days."""
    traders: int = Field(200, ge=120, le=5000)
    """How many honest accounts."""
    severity: float = Field(0.7, ge=0, le=1)
    """From 0 to 1: how often, how much and how openly abuse is done."""
    abuse: bool = True
    """Whether there is any abuse."""
    abuses: tuple[str, ...] | None = Field(None, strict=False)
    """Only these typologies; default: all."""
    oddities: tuple[str, ...] = Field((), strict=False)
    """Kinds of odd conduct that no rule knows, done in the last week; see ``oddities``."""
    disguises: bool = False
    """Whether abuse is disguised, and honest people trade who look like it."""

    @property
    def opens(self) -> datetime:
        """Return the first moment, UTC."""
        return datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC)

    @property
    def digest(self) -> str:
        """Name these settings, for the ids of batches."""
        without = set() if self.oddities else {"oddities"}
        return digest([EDITION, self.model_dump_json(exclude=without)])[:12]

    def day(self, number: int) -> Window:
        """Return the window of one day, counted from 0."""
        opens = self.opens + timedelta(days=number)
        return Window(opens, opens + timedelta(days=1))

    def chance(self, part: str) -> np.random.Generator:
        """Return the random numbers of one part, so that no part disturbs another."""
        return np.random.default_rng([self.seed, int(digest(part)[:8], 16)])
