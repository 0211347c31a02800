"""The page of thresholds that follow peers: what each came to, and which of them helps."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.stamp import Stamp
from surveillance.records.measures import RuleCount

DECIDED = (
    "**Used**: `index_constituent_manipulation` ships with `built` at the quantile 0.9 of",
    "`gross_delta`. It was decided when an earlier version accused two of the honest whom that",
    "spared. The present one accuses nobody whom it would spare; it is kept because it loses no",
    "act at seeds 7, 21 and 22.",
    "",
    "**No longer used**: `cross_product_manipulation` had the same. Since what it looks at is told",
    "otherwise nobody is wrong without it, and with it 16 acts are 9, and 9 at seed 22 are 4.",
    "",
    "**Not used**: `unlike_profile` by `amount_in` at 0.5. It files six alerts fewer in two weeks",
    "and none at seed 22; none of the six is on the honest (they launder in other ways), and two",
    "acts a week are too few to say that none would be lost.",
)
"""What became of what helps: read this with the table, at these seeds and one more (22)."""


@dataclass(frozen=True, slots=True)
class Count:
    """Of one rule's alerts: the acts it saw, all alerts, and those that accuse the honest."""

    acts: int
    alerts: int
    honest: int
    wrong: int

    @classmethod
    def of(cls, count: RuleCount) -> "Count":
        """Take what is asked for from what a week counts; wrong are those on no act it sees."""
        wrong = count["alerts"] - count["right"] - count["related"]
        honest = sum(count["on_clean"].values())
        return cls(len(count["detected"]), count["alerts"], honest, wrong)

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.acts + other.acts,
            self.alerts + other.alerts,
            self.honest + other.honest,
            self.wrong + other.wrong,
        )


@dataclass(frozen=True, slots=True)
class Tried:
    """A threshold as it is and by a quantile of peers.

    Nothing is judged after where the rule cannot follow, its candidates being decided before a
    segment is known.
    """

    rule: str
    parameter: str
    feature: str
    quantile: float
    before: Count
    after: Count | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Tried":
        """Read what was written of one."""
        counts = {key: Count(**row[key]) if row[key] else None for key in ("before", "after")}
        return cls(**{**row, **counts})

    @property
    def helps(self) -> bool:
        """Tell whether as many acts are seen and fewer alerts are wrong."""
        after = self.after
        return (
            after is not None and after.acts == self.before.acts and after.wrong < self.before.wrong
        )


def together(rows: Sequence[Tried]) -> list[Tried]:
    """Add up the weeks."""
    weeks: dict[tuple[str, str, str, float], list[Tried]] = defaultdict(list)
    for row in rows:
        weeks[(row.rule, row.parameter, row.feature, row.quantile)].append(row)
    return [Tried(*key, *_summed(of)) for key, of in weeks.items()]


def _summed(rows: Sequence[Tried]) -> tuple[Count, Count | None]:
    nothing = Count(0, 0, 0, 0)
    before = sum((row.before for row in rows), nothing)
    if not any(row.after for row in rows):
        return before, None
    return before, sum((row.after or row.before for row in rows), nothing)


def page(seeds: Sequence[int], severity: float, rows: Sequence[Tried], made: Stamp) -> str:
    """Return the page."""
    return "\n".join(_lines(seeds, severity, together(rows), made)) + "\n"


def _lines(
    seeds: Sequence[int], severity: float, rows: Sequence[Tried], made: Stamp
) -> Iterator[str]:
    named = ",".join(map(str, seeds))
    yield from (
        "# Thresholds that follow peers",
        "",
        f"Written by `python -m benchmarks.segments.following WORK --seeds {named}`",
        f"at {made['at']}, code {made['code'][:14]}, rules {made['rules'][:12]}.",
        f"**Simulated**: one week of 200 customers at severity {severity} for each seed; these are",
        "seeds that rules may be tuned on.",
        "",
        "Each threshold is replaced by a quantile of a feature among the peers of a trader's",
        "segment, its present value the floor. It can only rise: so it helps where as many acts",
        "are seen and fewer alerts are wrong: on the honest, on other abuse, and on",
        "what abusers did besides. Where nothing is wrong there is nothing to win. A threshold",
        "that decides before a segment is known cannot follow.",
        "",
    )
    helping = [row for row in rows if row.helps]
    names = ", ".join(sorted({f"`{row.rule}`" for row in helping}))
    yield f"It helps {names}." if helping else "**It helps no rule.**"
    yield from ("", *DECIDED, "")
    yield from (
        "| rule | parameter | follows | quantile | acts seen | alerts | wrong | on the honest | "
        "helps |",
        "|---|---|---|---|---|---|---|---|---|",
    )
    yield from map(_row, rows)


def _row(row: Tried) -> str:
    head = f"| `{row.rule}` | {row.parameter} | {row.feature} | {row.quantile} |"
    was, now = row.before, row.after
    if now is None:
        return f"{head} {was.acts} | {was.alerts} | {was.wrong} | {was.honest} | cannot follow |"
    pairs = [(was.acts, now.acts), (was.alerts, now.alerts), (was.wrong, now.wrong)]
    cells = [str(a) if a == b else f"{a} → {b}" for a, b in [*pairs, (was.honest, now.honest)]]
    helps = "yes" if row.helps else "" if was.wrong else "nothing to win"
    return f"{head} {' | '.join(cells)} | {helps} |"
