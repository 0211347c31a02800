"""The page of what the detectors find that no rule describes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.odd.measured import Week
from surveillance.simulation.oddities import CAST, HELD_BACK, ODDITIES, TUNED, UNSEEN, money

_DRAWS = 2_000
_OF_MONEY = "strange_transfers"
_SETS = {"tuned": TUNED, "unseen": UNSEEN, "held back": HELD_BACK}


def page(command: str, kinds: Sequence[str], traders: int, weeks: Sequence[Week]) -> str:
    """Return the page as Markdown."""
    rules = sorted({week.rule for week in weeks})
    last = [week for week in weeks if week.is_odd]
    sets = {name: _only(last, of) for name, of in _SETS.items() if set(of) & set(kinds)}
    parts = [
        "# What nobody described",
        f"Written by `{command}`: simulated venues of {traders} honest accounts without abuse. "
        "Each week is judged by detectors fitted on the weeks before it; in the last week of each "
        f"venue {CAST * len(kinds)} accounts do what no rule knows ({' and '.join(sets)} kinds, "
        f"{CAST} accounts each).",
        "Aims: the upper bounds at most .055 and .0125, false alerts within the budget, an average "
        "precision of .5 and two of five odd accounts alerted, over thirty weeks.",
        "## Whether p-values are too small\n",
        "The share of ordinary traders and weeks at or below a p-value, with the upper 95 % bound "
        "of a bootstrap by trader, and false alerts against the budget. Weeks in which the rule "
        "says that it can find nobody are counted apart: nobody is judged then.\n",
        "| rule | weeks | without power | p ≤ .05 | bound | p ≤ .01 | bound | false alerts | bound "
        "| budget |\n|---|---|---|---|---|---|---|---|---|---|",
        *(_clean(rule, [week for week in weeks if week.rule == rule]) for rule in rules),
        "## What is found\n",
        "In the last weeks, ranked by p-value. Of a rule the accounts count that are odd in what "
        "it looks at, and those odd otherwise are left out; together an account has the smaller of "
        "its p-values, and all count.\n",
        "| kinds | rule | average precision | alerts of odd accounts | beyond quantile |\n"
        "|---|---|---|---|---|",
        *(line for name, of in sets.items() for line in _rows(name, rules, of)),
        "\n| rule | kind | p-values |\n|---|---|---|",
        *(line for rule in rules for line in _kinds(rule, last)),
    ]
    return _joined(parts)


def _joined(parts: Sequence[str]) -> str:
    text = ""
    for part in parts:
        is_row = part.startswith("|") and text.rstrip("\n").rsplit("\n", 1)[-1].startswith("|")
        text += ("\n" if is_row else "\n\n" if text and not text.endswith("\n") else "\n") + part
    return text.lstrip("\n") + "\n"


def _clean(rule: str, weeks: Sequence[Week]) -> str:
    """Return the row of a rule: traders of different venues are different traders."""
    with_power = [week for week in weeks if not week.shortfall]
    rows: dict[tuple[int, str], list[float]] = {}
    for week in with_power:
        for trader, p_value in week.ordinary.items():
            rows.setdefault((week.seed, trader), []).append(p_value)
    shares = [_share(rows, line) for line in (0.05, 0.01)]
    figures = [f"{share:.3f} | {bound:.3f}" for share, bound in shares]
    judged = sum(map(len, rows.values()))
    line = weeks[0].line
    alerted, bound = _share(rows, line)
    count = f"{len(with_power)} ({judged:,} judged) | {len(weeks) - len(with_power)}"
    alerts = f"{alerted * judged:.0f} | {bound * judged:.1f} | {line * judged:.1f}"
    return f"| {rule} | {count} | {' | '.join(figures)} | {alerts} |"


def _share(rows: Mapping[tuple[int, str], Sequence[float]], line: float) -> tuple[float, float]:
    below = np.array([sum(p <= line for p in each) for each in rows.values()])
    counts = np.array([len(each) for each in rows.values()])
    if not len(counts):
        return 0.0, 0.0
    chance = np.random.default_rng(0)
    drawn = chance.integers(0, len(counts), (_DRAWS, len(counts)))
    shares = below[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    return float(below.sum() / counts.sum()), float(np.quantile(shares, 0.95))


def _only(weeks: Sequence[Week], kinds: Collection[str]) -> list[Week]:
    """Leave out who is odd in another way."""
    return [
        replace(week, odd={trader: did for trader, did in week.odd.items() if did[0] in kinds})
        for week in weeks
    ]


def _rows(name: str, rules: Sequence[str], weeks: Sequence[Week]) -> list[str]:
    rows = [_found(rule, [week for week in weeks if week.rule == rule]) for rule in rules]
    return [f"| {name} {row}" for row in (*rows, _together(weeks))]


def _found(rule: str, weeks: Sequence[Week]) -> str:
    precisions, alerts, odd = [], 0, 0
    for week in weeks:
        own = [p for kind, p in week.odd.values() if _is_own(rule, kind)]
        precisions.append(_precision(own, list(week.ordinary.values())))
        alerts, odd = alerts + sum(map(week.is_alert, own)), odd + len(own)
    beyond = "; ".join(week.shortfall or f"{max(week.quantiles.values()):.6f}" for week in weeks)
    return f"| {rule} | {np.mean(precisions):.2f} | {alerts} of {odd} | {beyond} |"


def _together(weeks: Sequence[Week]) -> str:
    """Return the row of all rules together: whoever any of them alerts on is alerted on."""
    precisions, alerts, odd = [], 0, 0
    for seed in sorted({week.seed for week in weeks}):
        ordinary: dict[str, float] = {}
        strange: dict[str, float] = {}
        alerted = set[str]()
        for week in weeks:
            if week.seed == seed:
                for trader, p in week.ordinary.items():
                    ordinary[trader] = min(p, ordinary.get(trader, 1.0))
                for trader, (_, p) in week.odd.items():
                    strange[trader] = min(p, strange.get(trader, 1.0))
                alerted |= {t for t, (_, p) in week.odd.items() if week.is_alert(p)}
        precisions.append(_precision(list(strange.values()), list(ordinary.values())))
        alerts, odd = alerts + len(alerted), odd + len(strange)
    return f"| together | {np.mean(precisions):.2f} | {alerts} of {odd} | |"


def _precision(odd: Sequence[float], ordinary: Sequence[float]) -> float:
    from sklearn.metrics import average_precision_score

    truth = [0] * len(ordinary) + [1] * len(odd)
    return float(average_precision_score(truth, [-p for p in (*ordinary, *odd)]))


def _is_own(rule: str, kind: str) -> bool:
    return (ODDITIES[kind].__module__ == money.__name__) == (rule == _OF_MONEY)


def _kinds(rule: str, weeks: Sequence[Week]) -> list[str]:
    kinds: dict[str, list[float]] = {}
    for week in weeks:
        for kind, p_value in week.odd.values() if week.rule == rule else ():
            kinds.setdefault(kind, []).append(p_value)
    return [
        f"| {rule} | {kind} | {', '.join(f'{p:.2g}' for p in sorted(found))} |"
        for kind, found in sorted(kinds.items())
    ]
