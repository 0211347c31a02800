"""The frozen models of a run: what they judge, when, and how they come back from a manifest."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.canonical import digest
from surveillance.detection import anomaly, feature_file
from surveillance.detection.anomaly import Peers
from surveillance.detection.detect import detect
from surveillance.errors import SurveillanceError
from surveillance.installation import Installation
from surveillance.model import SHADOW_LINE, Outcome, Verdict, Window
from surveillance.records import artefacts
from surveillance.rules.book import Rulebook, read_rulebook
from surveillance.times import span
from tests.given.activities import BURSTS
from tests.given.installations import DAY, NEXT, Home, the_run
from tests.given.probe import RULE

HEAD, _, REST = RULE.partition("needs:")
STRANGE = (
    HEAD.replace("busy_payer", "strange_flow")
    + """needs: [orders]
lookback: 6h
every: 6h
detect:
  anomaly:
    detector: knn
    settings: {n_neighbors: 5}
    features: [orders_per_day, cancel_ratio]
    false_alerts: 200
    min_traders: 20
evidence:
  orders: order_life
"""
)


def book(**changes: str) -> Rulebook:
    """Return a rulebook of one anomaly rule, with other settings if any are given."""
    text = STRANGE
    for key, value in changes.items():
        [line] = [line for line in text.splitlines() if line.strip().startswith(f"{key}:")]
        text = text.replace(line, line[: line.index(":") + 2] + value)
    return read_rulebook({"strange_flow.yml": text})


LAX = book(false_alerts="490")


@pytest.fixture(scope="module")
def view(place: Installation) -> Iterator[View]:
    """The activity of the simulated day."""
    run = the_run(place)
    with place.lake.view(Window(DAY - timedelta(days=1), NEXT), run.as_of) as opened:
        prepare(opened.connection, [])
        yield opened


@pytest.fixture(scope="module")
def definitions(judged: Home) -> feature_file.Features:
    """The features as shipped."""
    return feature_file.load(judged.rules / "features.yml")


def models(rulebook: Rulebook, view: View, known: feature_file.Features) -> anomaly.Models:
    """Fit what a rulebook needs on the whole day."""
    return anomaly.Models(known, fitted=anomaly.fit(rulebook, view, NEXT, known, None))


def judged_by(rulebook: Rulebook, with_: anomaly.Models, view: View, window: Window) -> Verdict:
    [verdict] = detect(rulebook, view, window, with_.peers(view), with_.judge(with_.peers(view)))
    return verdict


@pytest.fixture(scope="module")
def lax(view: View, definitions: feature_file.Features) -> anomaly.Models:
    """The models of a rule that lets half of what it names be chance."""
    return models(LAX, view, definitions)


@pytest.fixture(scope="module")
def whole(view: View, lax: anomaly.Models) -> Verdict:
    """What it finds in the day."""
    return judged_by(LAX, lax, view, Window(DAY, NEXT))


def test_a_rule_is_judged_at_every_hop_that_ends_within_the_run(whole: Verdict) -> None:
    ends = {hit.at + timedelta(microseconds=1) for hit in whole.hits}

    assert whole.outcome in (Outcome.HIT, Outcome.NO_HIT)
    assert ends
    assert ends <= {DAY + n * timedelta(hours=6) for n in range(1, 5)}
    assert all(hit.score >= SHADOW_LINE for hit in whole.hits)


def test_how_a_run_is_cut_changes_nothing(view: View, lax: anomaly.Models, whole: Verdict) -> None:
    middle = DAY + timedelta(hours=8, minutes=20)
    cuts = (Window(DAY, middle), Window(middle, NEXT))
    parts = [judged_by(LAX, lax, view, cut) for cut in cuts]

    assert [hit for part in parts for hit in part.hits] == list(whole.hits)


def test_a_window_in_which_no_hop_ends_scores_nobody(view: View, lax: anomaly.Models) -> None:
    cut = Window(DAY + timedelta(hours=1), DAY + timedelta(hours=5))
    verdict = judged_by(LAX, lax, view, cut)

    assert (verdict.outcome, verdict.hits, dict(verdict.scores)) == (Outcome.NO_HIT, (), {})


def test_a_hit_says_why_against_whom_and_on_which_orders(whole: Verdict) -> None:
    hit = max(whole.hits, key=lambda hit: hit.score)

    assert hit.trader_id in whole.scores
    assert whole.scores[hit.trader_id or ""] == hit.score
    assert "peers have" in hit.reasons[0]
    assert hit.thresholds == {"false_alerts": 490, "quantile": hit.thresholds["quantile"]}
    assert 0 < len(hit.evidence["orders"]) <= 200
    assert hit.at - hit.started_at == span("6h") - timedelta(microseconds=1)


def test_too_few_traders_are_said_and_not_judged(
    view: View, definitions: feature_file.Features
) -> None:
    rulebook = book(min_traders="5000")
    fitted = models(rulebook, view, definitions)
    verdict = judged_by(rulebook, fitted, view, Window(DAY, NEXT))

    assert fitted.fitted == {}
    assert verdict.outcome is Outcome.INSUFFICIENT_DATA
    assert "of at least 5000 traders" in verdict.reason


def test_models_come_back_from_what_a_manifest_pins(place: Installation) -> None:
    run = the_run(place)
    with place.session() as session:
        loaded = anomaly.load(run.manifest, lambda name: artefacts.read(session, name))
        kinds = {digest(body): kind for kind, body in loaded.artefacts()}

    assert loaded.pins() == {
        key: run.manifest[key] for key in ("features", "segments", "detectors")
    }
    assert set(kinds.values()) >= {"features", "segments"}
    assert loaded.segments is not None
    assert kinds[loaded.segments.digest] == "segments"


def test_a_run_without_segments_pins_none(definitions: feature_file.Features) -> None:
    bare = anomaly.Models(definitions)
    bodies = {digest(body): body for _, body in bare.artefacts()}
    loaded = anomaly.load(bare.pins(), bodies.__getitem__)

    assert (loaded.segments, loaded.version, loaded.fitted) == (None, 0, {})
    assert loaded.definitions.digest == definitions.digest


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": "[orders_per_day, luck]"}, "strange_flow: expected features of .*; was luck"),
        ({"detector": "oracle"}, "strange_flow: expected a detector of .*; was 'oracle'"),
        ({"settings": "{n_neighbours: 5}"}, "strange_flow: expected settings of knn"),
    ],
)
def test_a_rule_that_cannot_be_fitted_is_named(
    definitions: feature_file.Features, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(SurveillanceError, match=message):
        anomaly.check(book(**changes), definitions)


def test_the_shipped_rules_can_be_fitted(definitions: feature_file.Features, judged: Home) -> None:
    texts = {path.name: path.read_text() for path in Path(judged.rules).glob("*/strange_*.yml")}

    assert texts
    anomaly.check(read_rulebook(texts), definitions)


def test_what_a_rule_says_of_a_division_holds_for_the_segments_in_it() -> None:
    rule = read_rulebook({"bursts.yml": BURSTS}).entries["bursts"].rule
    divisions = {"whale_busy": "whale", "whale_calm": "whale", "retail": "retail"}
    lines = Peers(divisions=divisions).lines(rule)
    assert lines == {"worth": {"": 150, "whale": 320, "whale_busy": 320, "whale_calm": 320}}
