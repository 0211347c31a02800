"""A regulator's form as data: sections and numbered fields, each with where its value comes from.

A form lies beside its template as YAML. Every field is a value, or ``NA`` with the reason: the
header note of both STOR templates asks for that, so a form that could print a blank is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from surveillance import yamlfile
from surveillance.errors import SurveillanceError

Text: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Source: TypeAlias = Callable[[str], tuple[str, ...]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class FormField(_Strict):
    """One field: its number and label, the name of its source, and the reason if there is none.

    What a file beside the form says too (``in_batch``) comes from the record in both: an answer of
    an officer to it would stand in one of them alone.
    """

    number: Text
    label: Text
    source: Text = Field(alias="from")
    missing: Text
    in_batch: bool = False


class FormSection(_Strict):
    """A headed group of fields."""

    title: Text
    fields: tuple[FormField, ...] = Field(min_length=1)


class Deadline(_Strict):
    """Until when a law wants a report, since suspicion was formed; without ``days``, at once."""

    law: Text
    text: Text
    days: int | None = Field(default=None, ge=1)

    def due(self, formed_at: datetime) -> datetime:
        """Return the last moment at which it is in time."""
        return formed_at + timedelta(days=self.days or 0)


class Form(_Strict):
    """A whole form: its name, the law that prescribes it, until when, its sections."""

    variant: Text
    law: Text
    deadline: Deadline
    secrecy: Text
    sections: tuple[FormSection, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """A field filled in: lines of text, or none and a reason; never both, never neither.

    An officer may answer one that ``is_open``.
    """

    number: str
    label: str
    lines: tuple[str, ...]
    reason: str
    is_open: bool = True

    def __post_init__(self) -> None:
        if bool(self.lines) == bool(self.reason.strip()) or not all(map(str.strip, self.lines)):
            raise SurveillanceError(
                f"expected field {self.number} to have a value, or NA and its reason, "
                f"was {self.lines!r} and {self.reason!r}"
            )

    @property
    def value(self) -> str:
        """Return the lines as one text, or ``NA``."""
        return "\n".join(self.lines) or "NA"


@dataclass(frozen=True, slots=True)
class FilledSection:
    """A section filled in."""

    title: str
    answers: tuple[Answer, ...]


def load(path: Path) -> Form:
    """Read a form; faults in it are raised together, each with its place."""
    return yamlfile.load(path).validate(Form)


def fill(
    form: Form, source: Source, answered: Mapping[str, str], *, has_batch: bool = False
) -> tuple[FilledSection, ...]:
    """Fill a form: what an officer answered to a field number goes before what its source says.

    Raises:
        SurveillanceError: no field has such a number, or the batch beside the form says it too.
    """
    fields = {field.number: field for section in form.sections for field in section.fields}
    if strangers := sorted(set(answered) - set(fields)):
        raise SurveillanceError(f"expected answers to fields of {form.variant}, was {strangers}")
    given = [number for number, text in sorted(answered.items()) if text.strip()]
    if shut := [number for number in given if has_batch and fields[number].in_batch]:
        raise SurveillanceError(
            "expected no answer to what the batch beside the report says from the record, was one "
            f"to {', '.join(shut)}; mend the record, or say it in the narrative"
        )
    return tuple(
        FilledSection(
            section.title,
            tuple(_answer(field, source, answered, has_batch) for field in section.fields),
        )
        for section in form.sections
    )


def _answer(
    field: FormField, source: Source, answered: Mapping[str, str], has_batch: bool
) -> Answer:
    own = answered.get(field.number, "").strip()
    text = own.splitlines() if own else source(field.source)
    lines = tuple(line for line in text if line.strip())
    is_open = not (has_batch and field.in_batch)
    return Answer(field.number, field.label, lines, "" if lines else field.missing, is_open)
