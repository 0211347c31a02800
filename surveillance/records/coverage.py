"""The form of what the rules cover, as its report, its screen and its JSON have it."""

from typing import TypedDict


class AnsweringRule(TypedDict):
    """A rule that answers a line, and where it stands in its life."""

    id: str
    version: int
    life: str


class CoverageLine(TypedDict):
    """A practice, red flag or offence, and what answers it; ``reason`` says why nothing does."""

    code: str
    group: str
    name: str
    meaning: str
    same_as: str
    status: str
    reason: str
    rules: list[AnsweringRule]
    products: list[str]


class CoverageSection(TypedDict):
    """The lines of one source of law, and how many have each status."""

    source: str
    title: str
    about: str
    counts: dict[str, int]
    lines: list[CoverageLine]


class CoveringRule(TypedDict):
    """A rule version: on which products it can judge, its reports, and who switched it off."""

    rule_id: str
    version: int
    title: str
    risk: str
    life: str
    products: tuple[str, ...]
    report: tuple[str, ...]
    off: str


class CoverageRecord(TypedDict):
    """What the rules answer by section, which judge each product, and which answer nothing."""

    format: str
    sections: list[CoverageSection]
    products: dict[str, list[str]]
    elsewhere: list[str]
    rules: list[CoveringRule]
