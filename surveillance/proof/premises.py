"""Premises: what a run rests on besides activity, brought back from where it is kept.

Every text and every model that the manifest pins is found by its digest. What is gone or changed
is named, all of it at once, and then nothing is judged: a verdict on other premises proves nothing.
A manifest can come from a stranger's file, so its shape is checked before anything is done with it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from surveillance.detection import anomaly
from surveillance.errors import SurveillanceError
from surveillance.proof import rulebooks
from surveillance.rules.book import Rulebook

_MALFORMED = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)
"""What reading a model raises that nobody here has written."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that came out otherwise: ``gained``, ``lost``, ``changed`` or ``verdict``.

    ``record`` is what is kept of the run, and ``activity`` what it read, where that is not what
    its own digests say.
    """

    kind: str
    rule_id: str
    subject: str = ""
    measure: str = ""
    before: str = ""
    after: str = ""


class MissingPremises(SurveillanceError):
    """A run cannot be judged again, because what it rests on is not there as it was."""

    def __init__(self, differences: Sequence[Difference]) -> None:
        self.differences = tuple(differences)
        super().__init__("; ".join(f"{each.measure}: {each.after}" for each in differences))


class _Rule(BaseModel):
    version: int
    text: str


class _Segments(BaseModel):
    version: int
    digest: str


class _Manifest(BaseModel):
    """What a replay takes from a manifest."""

    lake: dict[str, int]
    activity: dict[str, str]
    rules: dict[str, _Rule]
    facts: dict[str, int]
    features: str
    segments: _Segments | None
    detectors: dict[str, str]
    libraries: dict[str, str]
    code: str
    completeness: dict[str, dict[str, Any]]


def pinned(manifest: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """List what a manifest pins by digest: rule id or nothing, what it is, digest.

    Raises:
        MissingPremises: it is no manifest.
    """
    try:
        read = _Manifest.model_validate(manifest, strict=True)
    except ValidationError as wrong:
        faults = [_lost("", "manifest", "a whole one", message) for message in _messages(wrong)]
        raise MissingPremises(faults) from None
    models = [("", "features", read.features)]
    models += [("", "segment model", read.segments.digest)] if read.segments else []
    texts = [(rule, f"text of version {pin.version}", pin.text) for rule, pin in read.rules.items()]
    fitted = [(rule, "fitted detector", digest) for rule, digest in read.detectors.items()]
    return [*texts, *models, *fitted]


def premises(
    manifest: Mapping[str, Any], artefact: Callable[[str], bytes]
) -> tuple[Rulebook, anomaly.Models]:
    """Return the rulebook and the models of a run, given how to find an artefact by its digest.

    Raises:
        MissingPremises: one of them is gone, changed, or cannot be made to work again.
    """
    artefacts: dict[str, bytes] = {}
    lost = []
    for rule_id, what, name in pinned(manifest):
        try:
            artefacts[name] = artefact(name)
        except SurveillanceError as wrong:
            lost.append(_lost(rule_id, what, f"sha256 {name}", str(wrong)))
    if lost:
        raise MissingPremises(lost)
    try:
        book = rulebooks.read_book(manifest, artefacts.__getitem__)
        return book, anomaly.load(manifest, artefacts.__getitem__)
    except (SurveillanceError, *_MALFORMED) as wrong:
        raise MissingPremises([_lost("", "rules and models", "as they were", str(wrong))]) from None


def records(altered: Sequence[tuple[str, str]]) -> list[Difference]:
    """Say as differences what ``runs.altered`` says."""
    return [_lost(rule_id, "", "as it was kept", message) for rule_id, message in altered]


def is_whole(manifest: Mapping[str, Any]) -> bool:
    """Return whether a manifest has all that a replay takes from one."""
    try:
        pinned(manifest)
    except MissingPremises:
        return False
    return True


def _lost(rule_id: str, what: str, before: str, after: str) -> Difference:
    return Difference("record", rule_id, "", what, before, after)


def _messages(wrong: ValidationError) -> Iterator[str]:
    for fault in wrong.errors():
        yield f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
