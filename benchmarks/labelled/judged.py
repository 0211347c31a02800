"""A labelled set judged by the whole rulebook, and what each rule says of its scenarios.

A scenario is what the labels call one act: it is found where an alert of a rule of its typology
names one of its ids. An alert is false where it names none of its typology, nor of one that its
rule says it sees as well.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from surveillance.activity import sources
from surveillance.activity.venue import Venue
from surveillance.activity.venue.labels import GroundTruth, TypologyTruth
from surveillance.config import Settings
from surveillance.detection.detect import detect
from surveillance.installation import Installation, open_installation
from surveillance.model import Hit, Verdict
from surveillance.rules.book import Rulebook
from surveillance.studies import setting
from surveillance.studies.evaluate import (
    Ids,
    Related,
    accounts_of,
    excused,
    known,
    related_of,
    score,
)
from surveillance.studies.setting import Setting, alerts

RULES = Path(__file__).parents[2] / "rules"
_NOW = datetime(2099, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Counted:
    """What alerts of one typology come to: single ids, scenarios missed, and false alerts."""

    typology: str
    precision: float | None
    recall: float | None
    scenarios: int
    missed: tuple[str, ...]
    false: int


@dataclass(frozen=True)
class Labelled:
    """A set that is open, with what is true of it."""

    opened: Setting
    book: Rulebook
    truth: GroundTruth
    owned: Mapping[str, set[str]]
    scenarios: Mapping[str, str]
    related: Related

    def counted(self, truth: TypologyTruth, verdicts: Iterable[Verdict]) -> Counted:
        """Count what verdicts say of one typology."""
        fired = [hit for v in verdicts for hit in alerts(v) if hit.typology in truth.rules]
        named = {name for hit in fired for name in hit.evidence.get(truth.table, ())}
        acts = self._acts(truth)
        missed = sorted(act for act, ids in acts.items() if not ids & named)
        of = score(truth, fired, self.owned, self._excused(truth))
        false = sum(self._is_false(truth, hit) for hit in fired)
        return Counted(
            truth.typology, of["precision"], of["recall"], len(acts), tuple(missed), false
        )

    def on_clean(self, verdicts: Iterable[Verdict]) -> dict[str, int]:
        """Count alerts of any rule on traders who did nothing, by rule."""
        counts: dict[str, int] = {}
        for verdict in verdicts:
            named = (accounts_of(hit, self.owned) for hit in alerts(verdict))
            if wrong := sum(bool(names) and names <= self.truth.clean for names in named):
                counts[verdict.rule_id] = wrong
        return counts

    def _acts(self, truth: TypologyTruth) -> dict[str, set[str]]:
        acts: dict[str, set[str]] = defaultdict(set)
        for name in truth.positives & truth.universe:
            acts[self.scenarios.get(name, name)].add(name)
        return acts

    def _excused(self, truth: TypologyTruth) -> dict[str, Ids]:
        return excused(self.truth, truth, self.related)

    def _is_false(self, truth: TypologyTruth, hit: Hit) -> bool:
        meant = truth.positives | self._excused(truth).get(hit.rule_id, Ids())
        return meant.isdisjoint(hit.evidence.get(truth.table, ()))


@contextmanager
def labelled(home: Path, venue_file: Path, folder: Path) -> Iterator[Labelled]:
    """Land a set in a home of its own, once, and open all of it."""
    place = open_installation(Settings(home=home, rules=RULES))
    venue = sources.load(venue_file, folder)
    try:
        if place.lake.span() is None:
            for batch in sources.pull(venue):
                place.lake.land(batch, datetime.now(UTC))
        yield from _opened(place, venue, folder)
    finally:
        place.engine.dispose()


def _opened(place: Installation, venue: Venue, folder: Path) -> Iterator[Labelled]:
    book = place.rulebook()
    window = setting.window_of(place, None, None)
    with setting.opened(place, window, _NOW, *book.entries.values()) as opened:
        truth, owned = known(opened.view, venue)
        yield Labelled(opened, book, truth, owned, _scenarios(folder), related_of(book))


def everything(of: Labelled) -> dict[str, Verdict]:
    """Judge a set by every rule."""
    judge = of.opened.models.judge(of.opened.peers)
    verdicts = detect(of.book, of.opened.view, of.opened.window, of.opened.peers, judge)
    return {verdict.rule_id: verdict for verdict in verdicts}


def _scenarios(folder: Path) -> dict[str, str]:
    """Return the scenario of each labelled id, where labels tell scenarios."""
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["scenario"] for row in csv.DictReader(file) if row.get("scenario")}
