"""What can go wrong, as types: a caller decides by class, a person reads the message.

Every message says what was expected and what was found. Faults in a file a person wrote
carry the place, and are collected, so that one reading of a rulebook names them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class SurveillanceError(Exception):
    """Something this product knows how to explain; the command line prints it and exits 2."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in one file: 1-based line and column, and the key it stands under."""

    path: Path | str
    line: int
    column: int
    message: str
    key: str = ""

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}:{self.column}"
        return f"{where}: {self.key}: {self.message}" if self.key else f"{where}: {self.message}"


class FileError(SurveillanceError):
    """One or more faults in files that a person wrote."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class RuleError(FileError):
    """Faults in a rulebook: rules, segments, features or the lock."""


class VenueError(FileError):
    """Faults in a venue file."""


class SourceError(SurveillanceError):
    """This batch failed; the window stays open and the next tick tries again."""


class SourceAbort(SurveillanceError):
    """Credentials or schema are broken; trying again will not help."""


class CanaryMissed(SurveillanceError):
    """A rule did not find what was planted for it; it will not the next time either."""


class ReplayMismatch(SurveillanceError):
    """A replay did not give what the run recorded."""


class CaseError(SurveillanceError):
    """A verb that the state of the case, or the role of the officer, does not allow."""
