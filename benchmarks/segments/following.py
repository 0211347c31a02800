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

import pyarrow as pa

from benchmarks.segments import followed
from benchmarks.segments.followed import Count, Tried
from benchmarks.stamp import stamp
from surveillance.activity.facts import prepare
from surveillance.activity.sources import synthetic
from surveillance.activity.venue import Venue
from surveillance.config import Settings
from surveillance.detection.detect import detect
from surveillance.errors import RuleError
from surveillance.governance import calibration
from surveillance.installation import Installation, open_installation
from surveillance.model import Outcome, Run, Window
from surveillance.rules.book import Entry, Rulebook, load_rule, read_rule
from surveillance.studies.measure.count import count_run
from surveillance.studies.measure.truth import ground_truth
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
class _Answers:
    """The answer sheet of a week: what is labelled, how the honest trade, and who looks alike."""

    labels: pa.Table
    kinds: dict[str, str]
    twins: tuple[synthetic.Twin, ...]

    @classmethod
    def of(cls, venue: Venue) -> "_Answers":
        """Read it; that takes a simulation."""
        table = synthetic.kinds(venue).to_pydict()
        kinds = dict(zip(table["trader_id"], table["kind"], strict=True))
        return cls(synthetic.labels(venue), kinds, synthetic.twins(venue))


@dataclass(frozen=True)
class _Judged:
    """An open week and how one rule is counted on it."""

    rules: Path
    work: Path
    seed: int

    def tried(self) -> list[Tried]:
        """Judge every pair as it is and by each quantile; a command that was ended goes on."""
        names = sorted({name for name, _ in PAIRS})
        entries = [fixed(load_rule(self.rules, name)) for name in names]
        if missing := [entry for entry in entries if not self._kept(entry).exists()]:
            self._judge(missing)
        rows = [row for entry in entries for row in json.loads(self._kept(entry).read_text())]
        return [Tried.of(row) for row in rows]

    def _kept(self, entry: Entry) -> Path:
        """Return where what a rule came to is kept, for as long as it judges as it does."""
        return self.work / f"tried-{self.seed}-{entry.rule.id}-{entry.digest[:12]}.json"

    def _judge(self, entries: Sequence[Entry]) -> None:
        home = self.work / f"week{self.seed}"
        home.mkdir(parents=True, exist_ok=True)
        place = open_installation(Settings(home=home, rules=self.rules, threads=1))
        try:
            self._judge_at(place, Week(self.seed, SEVERITY).venue(home), entries)
        finally:
            place.engine.dispose()

    def _judge_at(self, place: Installation, venue: Venue, entries: Sequence[Entry]) -> None:
        days = venue.settings(synthetic.Keys)
        first, last = days.day(0).start, days.day(days.days - 1).end
        window = Window(first, last + RIPENING)
        if place.lake.span() is None:
            place.lake.land(landed_whole(venue), last + _DAY)
        answers = _Answers.of(venue)
        for entry in entries:
            rows = [asdict(row) for row in self._of_rule(entry, place, answers, window)]
            self._kept(entry).write_text(json.dumps(rows))

    def _of_rule(
        self, plain: Entry, place: Installation, answers: _Answers, window: Window
    ) -> Iterator[Tried]:
        """Judge one rule on a view of its own; the facts of each day are kept beside the lake."""
        at, name = window.end + _DAY, plain.rule.id
        book = Rulebook({name: plain})
        with place.lake.view(window.back_to(plain.reach), at, None, 1, keeps=True) as view:
            models, _ = calibration.models(place, view, book, window, at)
            prepare(view.connection, [])
            peers = models.peers(view)
            truth = ground_truth(view, answers.labels, answers.kinds, answers.twins)

            def count(entry: Entry) -> Count:
                one = Rulebook({name: entry})
                verdicts = tuple(detect(one, view, window, peers, models.judge(peers)))
                if verdicts[0].outcome is Outcome.ERROR:
                    raise SystemExit(f"expected {name} to judge, was: {verdicts[0].reason}")
                run = Run("", window, at, {"completeness": {}}, verdicts, "")
                return Count.of(count_run(run, one, truth, _DAY, _DAY)["rules"][name])

            before = count(plain)
            for (_, parameter), feature in _of(name):
                for quantile in QUANTILES:
                    entry = following(plain, parameter, feature, quantile)
                    after = count(entry) if entry and before.wrong else None
                    yield Tried(name, parameter, feature, quantile, before, after)


def _of(rule: str) -> list[tuple[tuple[str, str], str]]:
    return [(pair, feature) for pair, feature in PAIRS.items() if pair[0] == rule]


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
