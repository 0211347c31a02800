"""A sample of what stays below the line, for an officer to label, and what its labels say.

The population is every hit that is no alert today: those that some tried value of the parameter
would raise, and those that the rule keeps near its line whatever the value. It is divided by
segment and by the value at which a hit enters: the tried one nearest to today's that raises it.
Bands of the score would mix hits that a small move adds with those that only a large one does,
while it is the move that is decided on. The shares of the strata are those of the population, at
least one of each; within a stratum the order is that of a digest over the study's inputs and the
hit, so the same study draws the same sample.

That one samples below the line and labels what was drawn is practice in transaction monitoring;
the strata, the size (Cochran, ten points of margin) and the interval are our choices. The interval
is Clopper and Pearson's at the effective size of Kish (Survey Sampling, 1965), n = (Σw)²/Σw²,
which leaves aside what strata and a finite population gain, and so is never too narrow by design.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from surveillance.canonical import digest
from surveillance.model import Hit
from surveillance.records.answers import (
    Estimate,
    LabelledStratum,
    Missed,
    Move,
    Sample,
    SampledHit,
    Stratum,
)
from surveillance.studies.intervals import clopper_pearson, enough
from surveillance.times import format_time

Entered = tuple[Hit, float | int | None]
"""A hit below the line, and the tried value at which it would be an alert, or None."""


def drawn(population: Sequence[Entered], seed: str, size: int | None = None) -> Sample:
    """Return the strata of a population, with how many were drawn of each, and the sample.

    ``size`` says how many to draw; by default enough for ten points of margin.
    """
    strata: dict[tuple[str, str], list[Entered]] = {}
    for hit, value in sorted(population, key=lambda pair: digest([seed, pair[0].id])):
        strata.setdefault((hit.segment, _band(value)), []).append((hit, value))
    names = sorted(strata)
    asked = enough(len(population)) if size is None else size
    shares = allocated([len(strata[name]) for name in names], asked)
    chosen = [
        _sampled(number, *entered)
        for number, (name, share) in enumerate(zip(names, shares, strict=True))
        for entered in strata[name][:share]
    ]
    return {
        "population": len(population),
        "asked": asked,
        "seed": seed,
        "strata": [
            {
                "segment": name[0],
                "enters_at": strata[name][0][1],
                "population": len(strata[name]),
                "drawn": share,
            }
            for name, share in zip(names, shares, strict=True)
        ],
        "sample": chosen,
    }


def allocated(sizes: Sequence[int], wanted: int) -> list[int]:
    """Divide a sample among strata by their sizes, largest remainders first, one at least."""
    whole = sum(sizes)
    wanted = min(whole, max(wanted, len(sizes)))
    quotas = [wanted * size / whole for size in sizes]
    shares = [min(size, max(1, int(quota))) for size, quota in zip(sizes, quotas, strict=True)]
    while sum(shares) != wanted:
        missing = wanted - sum(shares)
        step = 1 if missing > 0 else -1
        free = [
            n for n, share in enumerate(shares) if (share < sizes[n] if step > 0 else share > 1)
        ]
        best = max(free, key=lambda n: (step * (quotas[n] - shares[n]), -n))
        shares[best] += step
    return shares


def estimated(below: Sample, labels: Mapping[str, bool], current: float) -> Estimate:
    """Return how many productive alerts lie below the line, by what was labelled of the sample.

    ``labels`` maps a hit of the sample to whether it is productive. Strata of which nothing is
    labelled are left out of the estimate and counted.
    """
    counts = [Counter[bool]() for _ in below["strata"]]
    for row in below["sample"]:
        if row["hit_id"] in labels:
            counts[row["stratum"]][labels[row["hit_id"]]] += 1
    strata: list[LabelledStratum] = [
        {**stratum, "labelled": count.total(), "productive": count[True]}
        for stratum, count in zip(below["strata"], counts, strict=True)
    ]
    values = {value for stratum in strata if (value := stratum["enters_at"]) is not None}
    moves: list[Move] = [
        {"value": value, **_missed([s for s in strata if _is_within(s, current, value)])}
        for value in sorted(values)
    ]
    return {
        "labelled": len(labels),
        "productive": sum(labels.values()),
        "all": _missed(strata),
        "moves": moves,
        "strata": strata,
    }


def _is_within(stratum: Stratum, current: float, value: float) -> bool:
    """Say whether a move of the line from ``current`` to ``value`` takes the stratum in."""
    enters = stratum["enters_at"]
    return enters is not None and min(current, value) <= enters <= max(current, value)


def _missed(strata: Sequence[LabelledStratum]) -> Missed:
    """Estimate over strata: the share that is productive, and how many that makes."""
    seen = [stratum for stratum in strata if stratum["labelled"]]
    people = sum(stratum["population"] for stratum in seen)
    labelled = sum(stratum["labelled"] for stratum in seen)
    productive = sum(stratum["productive"] for stratum in seen)
    population = sum(stratum["population"] for stratum in strata)
    missed: Missed = {
        "population": population,
        "labelled": labelled,
        "productive_seen": productive,
        "not_covered": population - people,
        "rate": None,
        "interval": None,
        "missed": None,
        "missed_interval": None,
    }
    if not seen:
        return missed
    share = sum(s["population"] * s["productive"] / s["labelled"] for s in seen) / people
    weights = sum(s["population"] ** 2 / s["labelled"] for s in seen)
    effective = people * people / weights
    low, high = clopper_pearson(share * effective, effective) or (0.0, 1.0)
    # What was seen is known: at least those, and at most all that were not seen to be nothing.
    least = max(productive, low * people)
    most = min(people - (labelled - productive), high * people)
    missed["rate"] = round(share, 4)
    missed["interval"] = (round(least / people, 4), round(most / people, 4))
    missed["missed"] = round(share * people, 1)
    missed["missed_interval"] = (round(least, 1), round(most, 1))
    return missed


def _band(value: float | int | None) -> str:
    return "~" if value is None else f"{value:024.9f}"


def _sampled(stratum: int, hit: Hit, value: float | int | None) -> SampledHit:
    return {
        "stratum": stratum,
        "hit_id": hit.id,
        "trader_id": hit.trader_id,
        "owner_id": hit.owner_id,
        "instrument": hit.instrument,
        "at": format_time(hit.at),
        "segment": hit.segment,
        "enters_at": value,
        "score": hit.score,
        "measures": dict(hit.measures),
        "evidence": {table: list(ids) for table, ids in hit.evidence.items()},
    }
