"""What a measure found in a few sentences, and what it is of."""

from collections.abc import Sequence

from surveillance.reports.measure.figures import Told
from surveillance.reports.measure.words import family, many, rate


def summary(told: Told) -> list[str]:
    """Return what was found, in a few sentences."""
    measure = told.measure
    standing = [told.standing(name) for name in told.rules]
    met, unknown = standing.count("met"), standing.count("no label")
    missed = len(standing) - met - unknown
    said = [
        f"Of {many(len(standing), 'rule')}, {met} reach both aims and {missed} miss one or both."
    ]
    if unknown:
        said.append(f"{unknown} cannot be judged: no week of that severity has a label for them.")
    for risk, of in measure["clean"].items():
        every = of["all"]
        low, high = every["seeds"] or (None, None)
        said.append(
            f"{family(risk)}: {rate(every['per_1000'])} alerts per 1,000 clean owners a day "
            f"(by seed {rate(low)} to {rate(high)}){_held(told, risk)}."
        )
    if told.tuned:
        numbers = ", ".join(map(str, told.tuned))
        said.append(f"Rules were tuned on {numbers}: this shows that they work, not how well.")
    return said


def _held(told: Told, risk: str) -> str:
    """Say of the family that has an aim whether it is reached."""
    found, aim = told.measure["clean"][risk]["all"]["per_1000"], told.measure["aims"]["clean"]
    if risk != "manipulation" or found is None:
        return ""
    return f"; the aim, fewer than {aim:g}, is {'reached' if found < aim else 'missed'}"


def facts(told: Told) -> list[tuple[str, str]]:
    """Return what the measure is of, and what it depended on."""
    measure = told.measure
    wide = {name: _range(measure[name]) for name in ("orders", "trades", "clean_owners")}
    weeks = len(measure["seeds"]) * len(measure["severities"])
    size = f"{measure['days']} days and {measure['traders']} honest accounts"
    return [
        ("Seeds measured", ", ".join(map(str, measure["seeds"]))),
        ("Seeds tuned on", ", ".join(map(str, measure["seeds_tuned"]))),
        ("Severities", ", ".join(f"{one:g}" for one in measure["severities"])),
        ("Weeks", f"{weeks}, each of {size}"),
        ("In each", f"{wide['orders']} order messages, {wide['trades']} trades, "
                    f"{wide['clean_owners']} clean owners"),
        ("Made", measure["at"][:16].replace("T", " ") + " UTC"),
        ("Code", measure["code"]),
        ("Rulebook", measure["rulebook"]),
    ]  # fmt: skip


def _range(ends: Sequence[int]) -> str:
    low, high = ends
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
