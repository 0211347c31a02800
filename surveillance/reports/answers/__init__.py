"""What a case answers to the fields of a form: one public function a source, named by the form.

Each returns lines of text, or none where the activity does not say: then the form's own reason
is printed beside NA. Nothing here guesses; what only the officer knows is given by the officer.
"""

from types import FunctionType

from surveillance.errors import SurveillanceError
from surveillance.reports.answers import acts, entity, persons, sar, suspicion
from surveillance.reports.filing import Filing

__all__ = ["answer"]

_SOURCES = {
    name: source
    for module in (entity, acts, suspicion, persons, sar)
    for name, source in vars(module).items()
    if isinstance(source, FunctionType)
    and source.__module__ == module.__name__
    and not name.startswith("_")
}


def answer(filing: Filing, name: str) -> tuple[str, ...]:
    """Return the lines that a case answers to the source of this name, each once.

    Raises:
        SurveillanceError: no source has this name.
    """
    source = _SOURCES.get(name)
    if source is None:
        raise SurveillanceError(f"expected a source in {__name__}, was {name!r}")
    return tuple(dict.fromkeys(line for line in source(filing) if line and line.strip()))
