"""Coverage: which practice, red flag or offence each rule answers, on which products; and the gaps.

Rules are listed with the practice rather than as columns, so that it stays readable with sixty of
them. A rule answers what it names in ``practices``, and what it cites in ``law`` where a row asks
for that; what the law lists twice is answered twice. Only rules in force cover: a practice whose
rules are in shadow or drafts is a gap still, and says so. The reference gives each gap its reason.

A rule can judge the products that its needs bring, unless its author says otherwise under
``products``; see ``products``. What the venues here do not trade, by their own files, is no gap:
a rule on nothing else is switched off, and it is said by whom.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from surveillance.records.coverage import (
    CoverageLine,
    CoverageRecord,
    CoveringRule,
)
from surveillance.records.tables import Life
from surveillance.records.trading import EVERYTHING, Trading
from surveillance.rules.practices import Practice, Reference, Section
from surveillance.rules.schema import Reporting, Rule
from surveillance.studies.watch.products import PRODUCTS, products_of


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """A rule version and where it stands: only what is active covers.

    ``off`` says by whom it is switched off, because what it judges is not traded.
    """

    rule_id: str
    version: int
    title: str
    risk: str
    life: Life
    products: tuple[str, ...]
    report: tuple[str, ...]
    off: str = ""


@dataclass(frozen=True, slots=True)
class PracticeLine:
    """A row of the reference, and the rules that answer it, those in force first."""

    source: str
    code: str
    group: str
    name: str
    meaning: str
    same_as: str
    applies: bool
    gap: str
    rules: tuple[CoverageRow, ...]

    @property
    def status(self) -> str:
        """Return covered, shadow, draft, switched_off, gap or not_applicable: the best there is."""
        lives = {rule.life for rule in self.rules if not rule.off}
        if Life.ACTIVE in lives:
            return "covered"
        if not self.applies:
            return "not_applicable"
        gap = "switched_off" if any(rule.off for rule in self.rules) else "gap"
        return next((life.value for life in (Life.SHADOW, Life.DRAFT) if life in lives), gap)

    @property
    def reason(self) -> str:
        """Return why nothing in force answers it; empty if something does."""
        reasons = {
            "covered": "",
            "shadow": "Its rules are in shadow: they run and file nothing",
            "draft": "Its rules are drafts",
            "switched_off": next((rule.off for rule in self.rules if rule.off), ""),
        }
        return reasons.get(self.status, self.gap or "No rule is in force")

    @property
    def products(self) -> tuple[str, ...]:
        """Return the products on which rules in force answer it."""
        return _products(self.rules)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every section of the reference with its lines, and every rule."""

    sections: tuple[tuple[Section, tuple[PracticeLine, ...]], ...]
    rules: tuple[CoverageRow, ...]

    @property
    def lines(self) -> list[PracticeLine]:
        """Return every line."""
        return [line for _, lines in self.sections for line in lines]

    @property
    def elsewhere(self) -> list[CoverageRow]:
        """Return the rules that answer no row."""
        named = {(rule.rule_id, rule.version) for line in self.lines for rule in line.rules}
        return [rule for rule in self.rules if (rule.rule_id, rule.version) not in named]

    def of_product(self, product: str) -> list[CoverageRow]:
        """Return the rules in force that can judge a product."""
        return [rule for rule in self.rules if product in _products([rule])]


def coverage(
    reference: Reference, rules: Iterable[tuple[Rule, Life]], trading: Trading = EVERYTHING
) -> Coverage:
    """Hold rules against the reference, and against what is traded."""
    ordered = sorted(rules, key=lambda pair: (_ORDER.index(pair[1]), pair[0].id, pair[0].version))
    coverage_rows = {
        (rule.id, rule.version): _coverage_row(rule, life, trading) for rule, life in ordered
    }
    answers: dict[str, list[CoverageRow]] = {name: [] for name in reference.rows}
    for rule, _ in ordered:
        for name in _answered(reference, rule):
            answers[name].append(coverage_rows[rule.id, rule.version])
    sections = tuple(
        (section, tuple(_lines(reference, section, answers))) for section in reference.sections
    )
    return Coverage(sections, tuple(coverage_rows.values()))


_ORDER = (Life.ACTIVE, Life.SHADOW, Life.DRAFT)


def record(coverage: Coverage) -> CoverageRecord:
    """Return a coverage as its screen, its report and its JSON show it."""
    return {
        "format": "surveillance-coverage/1",
        "sections": [
            {
                "source": section.source,
                "title": section.title,
                "about": section.about,
                "counts": dict(sorted(Counter(line.status for line in lines).items())),
                "lines": [_line_record(line) for line in lines],
            }
            for section, lines in coverage.sections
        ],
        "products": {
            product: [rule.rule_id for rule in coverage.of_product(product)] for product in PRODUCTS
        },
        "elsewhere": [rule.rule_id for rule in coverage.elsewhere],
        "rules": [_rule_record(rule) for rule in coverage.rules],
    }


def _line_record(line: PracticeLine) -> CoverageLine:
    return {
        "code": line.code,
        "group": line.group,
        "name": line.name,
        "meaning": line.meaning,
        "same_as": line.same_as,
        "status": line.status,
        "reason": line.reason,
        "rules": [
            {"id": rule.rule_id, "version": rule.version, "life": rule.life.value}
            for rule in line.rules
        ],
        "products": list(line.products),
    }


def _rule_record(rule: CoverageRow) -> CoveringRule:
    return {
        "rule_id": rule.rule_id,
        "version": rule.version,
        "title": rule.title,
        "risk": rule.risk,
        "life": rule.life.value,
        "products": rule.products,
        "report": rule.report,
        "off": rule.off,
    }


def _coverage_row(rule: Rule, life: Life, trading: Trading) -> CoverageRow:
    products = products_of(rule)
    return CoverageRow(
        rule_id=rule.id,
        version=rule.version,
        title=rule.title,
        risk=rule.risk,
        life=life,
        products=products,
        report=tuple(_report(rule.report)),
        off=trading.without(products),
    )


def _report(report: Reporting) -> Iterator[str]:
    if report.stor:
        yield "STOR"
    yield from (f"SAR {subtype}" for subtype in report.sar)


def _answered(reference: Reference, rule: Rule) -> set[str]:
    """Return the original rows that a rule answers."""
    named = {name for practice in rule.practices if (name := reference.meant(practice))}
    cited = {name for name, row in reference.rows.items() if set(row.law) & set(rule.law)}
    return named | cited


def _lines(
    reference: Reference, section: Section, answers: dict[str, list[CoverageRow]]
) -> Iterator[PracticeLine]:
    for row in section.rows:
        name = reference.original(f"{section.source} {row.code}")
        yield _line(section.source, row, reference.rows[name], answers[name])


def _line(
    source: str, row: Practice, meant: Practice, rules: Sequence[CoverageRow]
) -> PracticeLine:
    return PracticeLine(
        source=source,
        code=row.code,
        group=row.group,
        name=meant.name,
        meaning=meant.meaning,
        same_as=row.same_as,
        applies=meant.applies,
        gap=meant.gap,
        rules=tuple(rules),
    )


def _products(rules: Iterable[CoverageRow]) -> tuple[str, ...]:
    judged = {
        product
        for rule in rules
        if rule.life is Life.ACTIVE and not rule.off
        for product in rule.products
    }
    return tuple(product for product in PRODUCTS if product in judged)
