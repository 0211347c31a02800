"""``python -m benchmarks.segments.following WORK --seeds 7,21``: thresholds that follow peers.

A quantile of a feature among the peers of a segment takes the place of a rule's threshold, whose
present value stays the floor; so it can only rise, and what is asked is whether fewer of the honest
are accused while no act is lost. Weeks are simulated, of seeds that rules may be tuned on: the
table says which rules to change, and nothing of how good they are.
"""

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks.segments import followed
from benchmarks.segments.followed import Count, Tried
from benchmarks.stamp import stamp
from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.activity.sources import synthetic
from surveillance.activity.venue import Venue
from surveillance.config import Settings
from surveillance.detection.detect import detect
from surveillance.errors import RuleError
from surveillance.governance import calibration
from surveillance.installation import Installation, open_installation
from surveillance.model import Outcome, Run, Verdict, Window
from surveillance.rules.book import Entry, Rulebook, load_rule, read_rule
from surveillance.studies.measure.count import count_run
from surveillance.studies.measure.truth import GroundTruth, ground_truth
from surveillance.studies.measure.week import Week, landed_whole
from surveillance.times import RIPENING

PAGE = Path(__file__).parent / "following.md"
QUANTILES = (0.5, 0.9, 0.99)
SEVERITY = 0.5
PAIRS: dict[tuple[str, str], str] = {
    ("convert_and_leave", "floor"): "in_size",
    ("cross_product_manipulation", "built"): "gross_delta",
    ("cross_product_manipulation", "pushed"): "order_size",
    ("dormant_activation", "floor"): "in_size",
    ("excessive_spread", "min_notional"): "order_size",
    ("expiry_pinning", "exposure"): "gross_delta",
    ("fan_in", "floor"): "in_size",
    ("fan_in", "payers"): "in_degree",
    ("fan_out", "floor"): "out_size",
    ("fan_out", "recipients"): "out_degree",
    ("funding_manipulation", "held"): "gross_delta",
    ("gather_scatter", "parties"): "in_degree",
    ("index_constituent_manipulation", "built"): "gross_delta",
    ("insider_event", "min_pulled"): "order_size",
    ("liquidation_hunting", "pushed"): "order_size",
    ("marking_the_close", "min_notional"): "order_size",
    ("momentum_ignition", "min_notional"): "order_size",
    ("order_to_trade", "least"): "orders_per_day",
    ("order_to_trade", "per_trade"): "order_to_trade",
    ("pass_through", "floor"): "in_size",
    ("quote_stuffing", "order_to_trade"): "order_to_trade",
    ("ramping", "min_notional"): "order_size",
    ("strange_access", "countries"): "login_countries",
    ("structuring", "day"): "transfers",
    ("unlike_profile", "floor"): "amount_in",
    ("volume_share", "least"): "daily_notional",
}
"""Rule and parameter, and the feature of the same unit that says what is usual among peers."""
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Trial:
    """A rule as it is, and with each threshold by each quantile, if it can follow peers."""

    plain: Entry
    variants: tuple[tuple[str, str, float, Entry | None], ...]

    @classmethod
    def of(cls, plain: Entry) -> "Trial":
        """Write the variants of a rule."""
        pairs = [
            (name, feature) for (rule, name), feature in PAIRS.items() if rule == plain.rule.id
        ]
        return cls(
            plain,
            tuple(
                (name, feature, quantile, following(plain, name, feature, quantile))
                for name, feature in pairs
                for quantile in QUANTILES
            ),
        )

    @property
    def entries(self) -> list[Entry]:
        """Return what is judged: the rule as it is, and those variants that there are."""
        return [self.plain, *(entry for *_, entry in self.variants if entry)]

    def tried(self, counts: Sequence[Count]) -> Iterator[Tried]:
        """Say what each came to, of counts in the order of ``entries``."""
        before, *others = counts
        following_on = iter(others)
        for parameter, feature, quantile, entry in self.variants:
            after = next(following_on) if entry else None
            yield Tried(self.plain.rule.id, parameter, feature, quantile, before, after)


@dataclass(frozen=True)
class _Judged:
    """An open week and how rules are counted on it."""

    rules: Path
    work: Path
    seed: int

    def tried(self) -> list[Tried]:
        """Judge every pair as it is and by each quantile; what was judged before is read."""
        names = sorted({name for name, _ in PAIRS})
        entries = [fixed(load_rule(self.rules, name)) for name in names]
        if missing := [entry for entry in entries if not self._kept(entry).exists()]:
            self._judge([Trial.of(entry) for entry in missing])
        rows = [row for entry in entries for row in json.loads(self._kept(entry).read_text())]
        return [Tried.of(row) for row in rows]

    def _kept(self, entry: Entry) -> Path:
        """Return where what a rule came to is kept, for as long as it judges as it does."""
        return self.work / f"tried-{self.seed}-{entry.rule.id}-{entry.digest[:12]}.json"

    def _judge(self, trials: Sequence[Trial]) -> None:
        home = self.work / f"week{self.seed}"
        home.mkdir(parents=True, exist_ok=True)
        place = open_installation(Settings(home=home, rules=self.rules, threads=1))
        try:
            self._judge_at(place, Week(self.seed, SEVERITY).venue(home), trials)
        finally:
            place.engine.dispose()

    def _judge_at(self, place: Installation, venue: Venue, trials: Sequence[Trial]) -> None:
        """Judge all in one run: facts are made once, and a rule's variants share its candidates."""
        days = venue.settings(synthetic.Keys)
        first, last = days.day(0).start, days.day(days.days - 1).end
        window, at = Window(first, last + RIPENING), last + RIPENING + _DAY
        if place.lake.span() is None:
            place.lake.land(landed_whole(venue), last + _DAY)
        book = Rulebook(
            {f"{t.plain.rule.id} {n:02}": e for t in trials for n, e in enumerate(t.entries)}
        )
        with place.lake.view(window.back_to(book.reach), at, None, 1) as view:
            models, _ = calibration.models(place, view, book, window, at)
            prepare(view.connection, [])
            peers = models.peers(view)
            verdicts = iter(detect(book, view, window, peers, models.judge(peers)))
            truth = _truth(view, venue)
        for trial in trials:
            counts = [_counted(entry, next(verdicts), window, truth) for entry in trial.entries]
            rows = [asdict(row) for row in trial.tried(counts)]
            self._kept(trial.plain).write_text(json.dumps(rows))


def _truth(view: View, venue: Venue) -> GroundTruth:
    """Return what is true of a week; that takes a simulation."""
    table = synthetic.kinds(venue).to_pydict()
    kinds = dict(zip(table["trader_id"], table["kind"], strict=True))
    return ground_truth(view, synthetic.labels(venue), kinds, synthetic.twins(venue))


def _counted(entry: Entry, verdict: Verdict, window: Window, truth: GroundTruth) -> Count:
    """Count one rule's verdict; one that could not judge ends the trial."""
    name = entry.rule.id
    if verdict.rule_id != name or verdict.outcome is Outcome.ERROR:
        raise SystemExit(f"expected {name} to judge, was {verdict.rule_id}: {verdict.reason}")
    run = Run("", window, window.end, {"completeness": {}}, (verdict,), "")
    return Count.of(count_run(run, Rulebook({name: entry}), truth, _DAY, _DAY)["rules"][name])


def following(entry: Entry, parameter: str, feature: str, quantile: float) -> Entry | None:
    """Return a rule one of whose thresholds follows peers, or nothing where it cannot."""
    written = re.compile(rf"^(  {parameter}:\s*\{{?\s*)value: ([\d.]+)", re.MULTILINE)
    match = written.search(entry.text)
    if match is None:
        raise SystemExit(f"expected a number as {parameter} of {entry.rule.id}, was none")
    gap = ", " if match[1].rstrip().endswith("{") else "\n    "
    new = gap.join([f"peer_quantile: {quantile}", f"of: {feature}", f"floor: {match[2]}"])
    text = entry.text[: match.end(1)] + new + entry.text[match.end() :]
    try:
        return read_rule(text, entry.rule.id)
    except RuleError:
        return None


def fixed(entry: Entry) -> Entry:
    """Return a rule whose thresholds that follow peers stand at their floor."""
    followed_by = re.compile(r"peer_quantile: [\d.]+, of: \w+, floor: ([\d.]+)")
    return read_rule(followed_by.sub(r"value: \1", entry.text), entry.rule.id)


def main() -> None:
    """Judge the weeks that are asked for, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.segments.following")
    parser.add_argument("work", type=Path)
    parser.add_argument("--seeds", default="7,21")
    asked = parser.parse_args()
    seeds = [int(seed) for seed in asked.seeds.split(",")]
    rows = [row for seed in seeds for row in _Judged(Settings().rules, asked.work, seed).tried()]
    PAGE.write_text(followed.page(seeds, SEVERITY, rows, stamp()), encoding="utf-8")


if __name__ == "__main__":
    main()
