"""What else a rule or a command may name: each list printed from where it is decided."""

from pathlib import Path

from surveillance.detection import feature_file
from surveillance.detection.detectors import offered
from surveillance.detection.detectors.contract import module_of
from surveillance.detection.detectors.pyod import MODELS, REFUSED
from surveillance.language.units import WORDS
from surveillance.reference.functions import GROUPS
from surveillance.reference.markdown import code, page, prose, table
from surveillance.reports.pages import kinds

UNITS = {
    "money": "An amount of money in USD, or in the currency that stands beside it: what something "
    "is worth is of type DECIMAL(18,6)",
    "amount": "An amount of the asset or currency that stands beside it",
    "price": "A price, in the currency that the instrument is quoted in",
    "quantity": "Contracts or units of an asset",
    "count": "How many of something there are",
    "share": "A part of a whole, or how many times something is",
    "us": "Microseconds",
    "ms": "Milliseconds",
    "s": "Seconds",
    "m": "Minutes",
    "h": "Hours",
    "d": "Days",
}
"""Every unit that the language tells apart from others."""
_RENDERED = {
    "case": "surveillance report CASE --kind KIND --by OFFICER",
    "measure": "surveillance measure",
    "rulebook": "surveillance coverage --pdf",
    "run": "surveillance replay RUN --certificate",
    "stress": "surveillance stress RUN --pdf FILE",
    "period": "page Team",
    "backtest": "surveillance backtest FILE --pdf --by OFFICER",
    "tuning": "surveillance tune RULE --pdf --by OFFICER",
}
"""The command that renders a kind of report, or all of those about something."""


def units() -> str:
    """Return the units, and the words of a parameter's ``unit`` that mean them."""
    words = {unit: [word for word, meant in WORDS.items() if meant == unit] for unit in UNITS}
    words["share"] = ["share …", "ratio …", "times …", "0 to 1 …"]
    rows = [(code(unit), ", ".join(words[unit]), UNITS[unit]) for unit in UNITS]
    return table(("unit", "a parameter says", "meaning"), rows)


def functions(level: int) -> str:
    """Return the functions, by what they are for."""
    parts = []
    for title, group in GROUPS.items():
        rows = [(code(function.signature), function.meaning) for function in group]
        parts.append(page(level, title, table(("function", "gives"), rows)))
    return "\n\n".join(parts)


def features(rules: Path) -> str:
    """Return the features of a folder of rules."""
    known = feature_file.load(rules / "features.yml").features
    rows = [
        (
            code(name),
            feature.unit,
            code(feature.from_),
            code(feature.value.strip()),
            feature.meaning,
            feature.why,
        )
        for name, feature in known.items()
    ]
    heads = ("feature", "unit", "from", "formula", "meaning", "what it tells apart")
    return table(heads, rows)


def detectors() -> str:
    """Return the detectors that a rule may name, and those that it may not."""
    rows = [(code(name), _detector(name)) for name in offered()]
    refused = "; ".join(f"{code(name)} {why}" for name, why in REFUSED.items())
    return f"{table(('detector', 'what it is'), rows)}\n\nNot offered: {refused}."


def _detector(name: str) -> str:
    if name in MODELS:
        return f"PyOD's {MODELS[name]}, with its settings"
    return prose((module_of(name).__doc__ or name).splitlines()[0])


def reports(templates: Path) -> str:
    """Return the kinds of reports, and the command that renders each."""
    rows = [
        (
            kind.about,
            code(kind.name),
            kind.title,
            code(_RENDERED.get(kind.about) or _RENDERED[kind.name]),
        )
        for kind in kinds(templates / "reports")
    ]
    return table(("about", "kind", "title", "rendered by"), rows)
