"""What a replay certificate states: what a run recorded, and what the replay found."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from surveillance.canonical import canonical
from surveillance.errors import SurveillanceError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleLine(_Strict):
    """One rule version of the run: the digest of its behaviour, its outcome, its hits."""

    rule_id: str
    version: int
    digest: str
    outcome: str
    hits: int
    agrees: bool


class DetectorLine(_Strict):
    """One fitted detector of the run."""

    rule_id: str
    version: int
    digest: str


class Difference(_Strict):
    """One thing that came out otherwise; ``subject`` and ``measure`` are empty for a whole rule."""

    rule_id: str
    subject: str = ""
    measure: str = ""
    recorded: str
    replayed: str


class Certificate(_Strict):
    """A replay: everything the run depended on, both digests, and where they differ.

    ``replayed_digest`` is empty where the run could not be judged again.
    """

    run_id: str
    start: datetime
    end: datetime
    as_of: datetime
    recorded_digest: str
    replayed_digest: str
    lake: dict[str, int]
    rules: tuple[RuleLine, ...]
    segments: str = ""
    detectors: tuple[DetectorLine, ...] = ()
    code: str
    libraries: dict[str, str]
    notes: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Say whether the replay gave what the run recorded, and all of it is as it was stored.

        A manifest that was rewritten leaves both digests equal and is a difference still.
        """
        return self.recorded_digest == self.replayed_digest and not self.differences

    @property
    def is_judged(self) -> bool:
        """Say whether it could be judged at all: what it rests on was there as it was."""
        return bool(self.replayed_digest)

    @property
    def evidence(self) -> bytes:
        """Return the certificate as canonical JSON."""
        return canonical({"format": "surveillance-replay/1"} | self.model_dump()).encode()


def certificate(replay: Mapping[str, Any]) -> Certificate:
    """Check what a replay states of itself; an incomplete one is refused."""
    try:
        return Certificate.model_validate(replay)
    except ValidationError as invalid:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in invalid.errors()
        )
        raise SurveillanceError(f"expected a whole replay certificate, was: {faults}") from None
