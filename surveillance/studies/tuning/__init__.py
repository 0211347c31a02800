"""Tuning: how many alerts a rule would raise if one of its numbers were another.

Every tried value is judged in the same setting. Where the number stands only in what a rule says of
its candidates (the gate, the score), candidates are found once and judged for every value, which
gives the same hits as judging each variant whole; else each is judged whole, over shared facts.

What is above the line today is compared with what officers decided or labels say; of what is below
a sample is drawn for an officer to label (``sample``), and the labels give the productive alerts
that the line misses. The supervisors' guidance asks that thresholds be documented, tested and
justified by risk (23 NYCRR 504.3; SR 26-2, formerly SR 11-7); which values to try, the sample and
the intervals are our choices. Tuning never files an alert and never changes a rule.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from pathlib import Path
from typing import TypeAlias

from surveillance.activity.venue import Venue
from surveillance.canonical import digest
from surveillance.detection import candidates
from surveillance.errors import SurveillanceError
from surveillance.installation import Installation
from surveillance.model import ALERT_LINE, Verdict, Window
from surveillance.records.answers import ParameterRecord, Tuning, ValueOutcome
from surveillance.records.tables import Study, StudyKind
from surveillance.rules.book import Entry
from surveillance.rules.logic import Strange
from surveillance.rules.variant import Dial, variant
from surveillance.studies import setting, store
from surveillance.studies.backtest.wording import stands
from surveillance.studies.outcomes import Outcomes, outcomes
from surveillance.studies.setting import Setting, alerts
from surveillance.studies.tuning import sheet
from surveillance.studies.tuning.sample import Entered, drawn, estimated

_STEPS = 5
"""How many values are tried on either side of today's."""
_CANDIDATES = "tuned_candidates"
"""The table of candidates that values share."""

Value: TypeAlias = int | float
Progress: TypeAlias = Callable[[str], None]


def around(dial: Dial, share: str) -> list[Value]:
    """Return eleven values from ``share`` below today's to as much above, such as ``50%``.

    A number that the rule writes whole is tried at whole numbers, and so at fewer where there are
    not as many.

    Raises:
        SurveillanceError: the share is none, or today's value is 0 and has no surroundings.
    """
    part = _number(share.strip().lstrip("±").removesuffix("%")) / 100
    if not 0 < part < 1:
        raise SurveillanceError(
            f"expected --around such as 50%, between 0% and 100%, was {share!r}"
        )
    if not dial.value:
        raise SurveillanceError(
            f"expected --values for {dial.name}, which is 0, was --around {share}"
        )
    middle = Decimal(str(dial.value))
    tried = [middle * (1 + part * step / _STEPS) for step in range(-_STEPS, _STEPS + 1)]
    if isinstance(dial.value, int):
        return sorted({dial.value, *(_whole(value, middle) for value in tried)})
    return sorted(float(value) for value in tried)


def listed_values(dial: Dial, text: str) -> list[Value]:
    """Return the values of a list such as ``3,5,8``, and today's among them."""
    numbers = [_number(part) for part in text.split(",") if part.strip()]
    values = (int(n) if n == n.to_integral_value() else float(n) for n in numbers)
    return sorted({dial.value, *values})


def tune(
    place: Installation,
    entry: Entry,
    dial: Dial,
    values: Sequence[Value],
    window: Window,
    as_of: datetime,
    venue: Venue | None = None,
    size: int | None = None,
    *,
    by: str,
    at: datetime,
    progress: Progress = lambda text: None,
) -> Study:
    """Judge a window with every value, and store the answer.

    Raises:
        RuleError: the rule refuses a value.
        SurveillanceError: the window cannot be judged, or labels cannot be read.
    """
    variants = {value: variant(entry, dial, value) for value in values}
    progress("opening the activity")
    with setting.opened(place, window, as_of, entry) as opened:
        verdicts = judged(opened, entry, variants, lambda value: progress(f"{dial.name} {value:g}"))
        setting.expect_judged(entry, verdicts[dial.value])
        with place.session() as session:
            known = outcomes(session, opened, entry.rule, venue)
        answer = _answer(opened, entry, dial, verdicts, known, size)
    with place.session() as session:
        return store.save(session, StudyKind.TUNING, answer, by, at)


def judged(
    opened: Setting,
    entry: Entry,
    variants: Mapping[Value, Entry],
    progress: Callable[[Value], None] = lambda value: None,
) -> dict[Value, Verdict]:
    """Judge every variant of a rule, finding candidates once for those that share them."""
    opened.verdict(entry)
    shares = not isinstance(entry.rule.detect, Strange)
    if shares:
        candidates.store(entry, opened.view, opened.window, _CANDIDATES)
    verdicts = {}
    for value, other in variants.items():
        progress(value)
        shares_them = shares and candidates.alike(other) == candidates.alike(entry)
        verdicts[value] = opened.verdict(
            candidates.over(other, _CANDIDATES) if shares_them else other
        )
    return verdicts


def labelled(
    place: Installation, path: Path, rule_id: str, name: str | None, by: str, at: datetime
) -> Study:
    """Take the labels of a sheet to the study that it was drawn for, and store what they say.

    Raises:
        SurveillanceError: the sheet is of no study that is stored, of another rule or parameter, or
            labels what was not drawn.
    """
    study_id, labels = sheet.read(path)
    with place.session() as session:
        drawn_for = store.tuning_of(store.load(session, study_id))
    if drawn_for["rule"]["id"] != rule_id:
        raise SurveillanceError(
            f"expected a sheet of a tuning of {rule_id}, was of {drawn_for['rule']['id']}"
        )
    if name not in (None, drawn_for["parameter"]["name"]):
        was = drawn_for["parameter"]["name"]
        raise SurveillanceError(f"expected a sheet of parameter {name}, was of {was}")
    return label(place, study_id, labels, by, at)


def label(
    place: Installation, study_id: str, labels: Mapping[str, bool], by: str, at: datetime
) -> Study:
    """Store what labels, by hit, say of the hits that a tuning drew: which are productive.

    Raises:
        SurveillanceError: no such tuning is stored, nothing is labelled, or what was not drawn.
    """
    if not labels:
        raise SurveillanceError("expected a label on one hit of the sample at least, was none")
    with place.session() as session:
        drawn_for = store.tuning_of(store.load(session, study_id))
    strangers = labels.keys() - {row["hit_id"] for row in drawn_for["below"]["sample"]}
    if strangers:
        raise SurveillanceError(f"expected hits of the sample, was {', '.join(sorted(strangers))}")
    estimate = estimated(drawn_for["below"], labels, drawn_for["parameter"]["value"])
    answer: Tuning = {
        **drawn_for,
        "drawn_in": study_id,
        "labelled": {**estimate, "labels": dict(labels)},
    }
    with place.session() as session:
        return store.save(session, StudyKind.TUNING, answer, by, at)


def _answer(
    opened: Setting,
    entry: Entry,
    dial: Dial,
    verdicts: Mapping[Value, Verdict],
    known: Outcomes,
    size: int | None,
) -> Tuning:
    today = verdicts[dial.value]
    above = {hit.id for hit in alerts(today)}
    record = opened.record()
    parameter: ParameterRecord = {
        "name": dial.name,
        "value": dial.value,
        "unit": dial.unit,
        "source": dial.source,
        "stands": stands(entry.rule, dial.name.partition(".")[0]),
    }
    inputs = record["window"], record["as_of"], record["lake"]
    seed = digest([entry.digest, parameter, sorted(verdicts), *inputs])
    population = below(dial.value, verdicts)
    return {
        "format": "surveillance-tuning/1",
        "rule": setting.rule_summary(opened, entry),
        "parameter": parameter,
        **record,
        "days": max(1, round((opened.window.end - opened.window.start).total_seconds() / 86_400)),
        "values": [
            _value_outcome(value, verdict, above, known) for value, verdict in verdicts.items()
        ],
        "alerting_segments": sorted(
            {hit.segment for verdict in verdicts.values() for hit in alerts(verdict)}
        ),
        "below": drawn(population, seed, size),
        "drawn_in": None,
        "labelled": None,
    }


def below(current: Value, verdicts: Mapping[Value, Verdict]) -> list[Entered]:
    """Return every hit that is no alert today, with the value nearest to today's that raises it."""
    above = {hit.id for hit in alerts(verdicts[current])}
    entered: dict[str, Entered] = {}
    for value in sorted(verdicts, key=lambda value: (abs(value - current), value)):
        for hit in alerts(verdicts[value]):
            if hit.id not in above:
                entered.setdefault(hit.id, (hit, value))
    for hit in verdicts[current].hits:
        if hit.score < ALERT_LINE:
            entered.setdefault(hit.id, (hit, None))
    return list(entered.values())


def _value_outcome(
    value: Value, verdict: Verdict, above: set[str], known: Outcomes
) -> ValueOutcome:
    """Return what one value would raise, beside what is raised today."""
    raised = alerts(verdict)
    ids = {hit.id for hit in raised}
    return {
        "value": value,
        "alerts": len(raised),
        "subjects": len({hit.subject for hit in raised}),
        "below": len(verdict.hits) - len(raised),
        "added": len(ids - above),
        "dropped": len(above - ids),
        "by_segment": dict(sorted(Counter(hit.segment for hit in raised).items())),
        "labels": known.labels(raised) or None,
        "dispositions": known.rate(raised),
        "dropped_productive": sum(known.is_productive(name) for name in above - ids),
    }


def _whole(value: Decimal, middle: Decimal) -> int:
    """Round towards today's value, so that the range asked for is never left."""
    return int(value.to_integral_value(ROUND_CEILING if value < middle else ROUND_FLOOR))


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise SurveillanceError(f"expected a number, was {text!r}")
    return number
