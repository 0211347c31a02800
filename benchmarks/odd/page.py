"""The page of what the detectors find that no rule describes."""

from collections.abc import Sequence

import numpy as np

from benchmarks.odd.measured import Week

_DRAWS = 2_000


def page(command: str, kinds: str, traders: int, weeks: Sequence[Week]) -> str:
    """Return the page as Markdown."""
    rules = sorted({week.rule for week in weeks})
    parts = [
        "# What nobody described",
        f"Written by `{command}`: simulated venues of {traders} honest accounts without abuse. "
        "Each week is judged by detectors fitted on the weeks before it; in the last week of each "
        f"venue ten accounts do what no rule knows ({kinds} kinds, two accounts each).",
        "Aims: the upper bounds at most .055 and .0125, false alerts within the budget, an average "
        "precision of .5 and two of five odd accounts alerted, over thirty weeks. A few weeks of "
        "one venue, of which the first are fitted on one or two, say little; what they miss, they "
        "miss.",
        "## Whether p-values are too small\n",
        "The share of ordinary traders and weeks at or below a p-value, with the upper 95 % bound "
        "of a bootstrap by trader, and false alerts against the budget.\n",
        "| rule | weeks | p ≤ .05 | bound | p ≤ .01 | bound | false alerts | budget |\n"
        "|---|---|---|---|---|---|---|---|",
        *(_clean(rule, [week for week in weeks if week.rule == rule]) for rule in rules),
        "## What is found\n",
        "Precision is over all traders of a week, ranked by p-value.\n",
        "| rule | average precision | alerts of odd accounts | beyond quantile |\n"
        "|---|---|---|---|",
        *(_found(rule, [w for w in weeks if w.rule == rule and w.is_odd]) for rule in rules),
        "\n| rule | kind | p-values |\n|---|---|---|",
        *(line for rule in rules for line in _kinds(rule, weeks)),
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
    rows: dict[tuple[int, str], list[float]] = {}
    venue = 0
    for week in weeks:
        for trader, p_value in week.ordinary.items():
            rows.setdefault((venue, trader), []).append(p_value)
        venue += week.is_odd
    figures = [
        f"{share:.3f} | {bound:.3f}" for share, bound in (_share(rows, x) for x in (0.05, 0.01))
    ]
    judged = sum(len(week.ordinary) for week in weeks)
    alerts = sum(p <= week.line for week in weeks for p in week.ordinary.values())
    budget = sum(week.line * len(week.ordinary) for week in weeks)
    count = f"{len(weeks)} ({judged:,} judged)"
    return f"| {rule} | {count} | {' | '.join(figures)} | {alerts} | {budget:.1f} |"


def _share(rows: dict[tuple[int, str], list[float]], line: float) -> tuple[float, float]:
    below = np.array([sum(p <= line for p in each) for each in rows.values()])
    counts = np.array([len(each) for each in rows.values()])
    chance = np.random.default_rng(0)
    drawn = chance.integers(0, len(counts), (_DRAWS, len(counts)))
    shares = below[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    return float(below.sum() / counts.sum()), float(np.quantile(shares, 0.95))


def _found(rule: str, weeks: Sequence[Week]) -> str:
    from sklearn.metrics import average_precision_score

    precisions, alerts, odd = [], 0, 0
    for week in weeks:
        p_values = [p for _, p in week.odd.values()]
        truth = [0] * len(week.ordinary) + [1] * len(p_values)
        ranked = [-p for p in (*week.ordinary.values(), *p_values)]
        precisions.append(float(average_precision_score(truth, ranked)))
        alerts, odd = alerts + sum(p <= week.line for p in p_values), odd + len(p_values)
    beyond = "; ".join(week.shortfall or f"{max(week.quantiles.values()):.6f}" for week in weeks)
    return f"| {rule} | {np.mean(precisions):.2f} | {alerts} of {odd} | {beyond} |"


def _kinds(rule: str, weeks: Sequence[Week]) -> list[str]:
    kinds: dict[str, list[float]] = {}
    for week in weeks:
        for kind, p_value in week.odd.values() if week.rule == rule else ():
            kinds.setdefault(kind, []).append(p_value)
    return [
        f"| {rule} | {kind} | {', '.join(f'{p:.2g}' for p in sorted(found))} |"
        for kind, found in sorted(kinds.items())
    ]
