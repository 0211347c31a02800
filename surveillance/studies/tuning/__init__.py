"""Tuning: how many alerts a rule would raise if one of its numbers were another.

Every tried value is judged on the same ground. Where the number stands only in what a rule says of
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
from typing import Any, TypeAlias

from surveillance.activity.venue import Venue
from surveillance.detection import candidates
from surveillance.errors import SurveillanceError
from surveillance.installation import Installation
from surveillance.model import QUEUE_LINE, Verdict, Window, digest
from surveillance.records.tables import Study, StudyKind
from surveillance.rules.book import Entry
from surveillance.rules.schema import Strange
from surveillance.rules.variant import Dial, variant
from surveillance.studies import kept, setting
from surveillance.studies.backtest.wording import stands
from surveillance.studies.outcomes import Outcomes, outcomes
from surveillance.studies.setting import Setting, alerts
from surveillance.studies.tuning import sheet
from surveillance.studies.tuning.sample import Entered, drawn, estimated

FORMAT = "surveillance-tuning/1"
_STEPS = 5
"""How many values are tried on either side of today's."""
_KEPT = "tuned_candidates"

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
    given = [_number(part) for part in text.split(",") if part.strip()]
    whole = (int(one) if one == one.to_integral_value() else float(one) for one in given)
    return sorted({dial.value, *whole})


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
    """Judge a window with every value, and keep the answer.

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
            valued = outcomes(session, opened, entry.rule, venue)
        body = _body(opened, entry, dial, verdicts, valued, size)
    with place.session() as session:
        return kept.keep(session, StudyKind.TUNING, body, by, at)


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
        candidates.store(entry, opened.view, opened.window, _KEPT)
    found = {}
    for value, other in variants.items():
        progress(value)
        shares_them = shares and candidates.alike(other) == candidates.alike(entry)
        found[value] = opened.verdict(candidates.over(other, _KEPT) if shares_them else other)
    return found


def labelled(
    place: Installation, path: Path, rule_id: str, name: str | None, by: str, at: datetime
) -> Study:
    """Take the labels of a sheet to the study that it was drawn for, and keep what they say.

    Raises:
        SurveillanceError: the sheet is of no study that is kept, of another rule or parameter, or
            labels what was not drawn.
    """
    study_id, labels = sheet.read(path)
    with place.session() as session:
        body = kept.answer(kept.load(session, study_id))
    if body.get("format") != FORMAT or body["rule"]["id"] != rule_id:
        raise SurveillanceError(
            f"expected a sheet of a tuning of {rule_id}, was of {body['rule']['id']}"
        )
    if name not in (None, body["parameter"]["name"]):
        was = body["parameter"]["name"]
        raise SurveillanceError(f"expected a sheet of parameter {name}, was of {was}")
    strangers = labels.keys() - {row["hit_id"] for row in body["below"]["sample"]}
    if strangers:
        raise SurveillanceError(f"expected hits of the sample, was {', '.join(sorted(strangers))}")
    told = estimated(body["below"], labels, body["parameter"]["value"])
    answer = {**body, "drawn_in": study_id, "labelled": told | {"labels": labels}}
    with place.session() as session:
        return kept.keep(session, StudyKind.TUNING, answer, by, at)


def _body(
    opened: Setting,
    entry: Entry,
    dial: Dial,
    verdicts: Mapping[Value, Verdict],
    valued: Outcomes,
    size: int | None,
) -> dict[str, Any]:
    today = verdicts[dial.value]
    above = {hit.id for hit in alerts(today)}
    told = opened.told()
    parameter = {
        "name": dial.name, "value": dial.value, "unit": dial.unit, "source": dial.source,
        "stands": stands(entry.rule, dial.name.partition(".")[0]),
    }  # fmt: skip
    seed = digest(
        [entry.digest, parameter, sorted(verdicts), told["window"], told["as_of"], told["lake"]]
    )
    population = below(dial.value, verdicts)
    return {
        "format": FORMAT,
        "rule": setting.rule_summary(opened, entry),
        "parameter": parameter,
        **told,
        "days": max(1, round((opened.window.end - opened.window.start).total_seconds() / 86_400)),
        "values": [_line(value, verdict, above, valued) for value, verdict in verdicts.items()],
        "alerting_segments": sorted(
            {hit.segment for one in verdicts.values() for hit in alerts(one)}
        ),
        "below": drawn(population, seed, size),
        "drawn_in": None,
        "labelled": None,
    }


def below(current: Value, verdicts: Mapping[Value, Verdict]) -> list[Entered]:
    """Return every hit that is no alert today, with the value nearest to today's that raises it."""
    above = {hit.id for hit in alerts(verdicts[current])}
    found: dict[str, Entered] = {}
    for value in sorted(verdicts, key=lambda value: (abs(value - current), value)):
        for hit in alerts(verdicts[value]):
            if hit.id not in above:
                found.setdefault(hit.id, (hit, value))
    for hit in verdicts[current].hits:
        if hit.score < QUEUE_LINE:
            found.setdefault(hit.id, (hit, None))
    return list(found.values())


def _line(value: Value, verdict: Verdict, above: set[str], valued: Outcomes) -> dict[str, Any]:
    """Return what one value would raise, beside what is raised today."""
    found = alerts(verdict)
    ids = {hit.id for hit in found}
    return {
        "value": value,
        "alerts": len(found),
        "subjects": len({hit.subject for hit in found}),
        "below": len(verdict.hits) - len(found),
        "added": len(ids - above),
        "dropped": len(above - ids),
        "by_segment": dict(sorted(Counter(hit.segment for hit in found).items())),
        "labels": valued.labels(found) or None,
        "dispositions": valued.rate(found),
        "dropped_productive": sum(valued.is_productive(name) for name in above - ids),
    }


def _whole(value: Decimal, middle: Decimal) -> int:
    """Round towards today's value, so that the range asked for is never left."""
    return int(value.to_integral_value(ROUND_CEILING if value < middle else ROUND_FLOOR))


def _number(text: str) -> Decimal:
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise SurveillanceError(f"expected a number, was {text!r}")
    return found
