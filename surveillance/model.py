"""The nouns that everything else speaks in: frozen values that know little but themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeAlias

from surveillance.canonical import LATER, digest
from surveillance.errors import SurveillanceError
from surveillance.playback import Playback
from surveillance.surroundings import Surroundings
from surveillance.times import format_time

Scalar: TypeAlias = str | int | float | bool | None

ALERT_LINE = 50.0
"""What a candidate that fires scores at the least: an officer's; below it stand near misses."""
SHADOW_LINE = 40.0
"""Scores from here up are kept at all."""
CANARY = "canary:"
"""What the id of everybody and everything in a planted act begins with, and no other id may."""


class Risk(StrEnum):
    """The three families of risk; also the folders of the rulebook."""

    MANIPULATION = "manipulation"
    FRONT_RUNNING = "front_running"
    KYC_AML = "kyc_aml"


class Severity(StrEnum):
    """How bad it is if it is true."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class SubjectKind(StrEnum):
    """Whom or what a rule judges."""

    OWNER = "owner"
    TRADER = "trader"
    INSTRUMENT = "instrument"


class Outcome(StrEnum):
    """What a rule said of a window; silence is not among them."""

    HIT = "hit"
    NO_HIT = "no_hit"
    INSUFFICIENT_DATA = "insufficient_data"
    ERROR = "error"


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A half-open span of time ``[start, end)``, both aware and in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for moment in (self.start, self.end):
            if moment.utcoffset() != timedelta(0):
                raise SurveillanceError(f"expected a time in UTC, was {moment.isoformat()}")
        if self.start >= self.end:
            raise SurveillanceError(
                f"expected a window that ends after it starts, was {format_time(self.start)} "
                f"to {format_time(self.end)}"
            )

    def back_to(self, lookback: timedelta) -> "Window":
        """Return this window begun earlier by ``lookback``."""
        return Window(self.start - lookback, self.end)


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule came true of one subject: who, where, when, how far beyond, and on what evidence.

    ``measures`` are what the rule computed and ``thresholds`` what it compared them with, both
    as exact text or numbers; ``evidence`` maps a catalogue table to ids of its rows; ``reasons``
    say of each condition what was measured and where the line is; ``sentence`` says what happened,
    if the rule has words for it. ``score`` is 0-100, two decimals.
    """

    rule_id: str
    version: int
    risk: Risk
    typology: str
    severity: Severity
    score: float
    at: datetime
    started_at: datetime
    trader_id: str | None = None
    owner_id: str | None = None
    instrument: str | None = None
    segment: str = ""
    measures: Mapping[str, Scalar] = field(default_factory=dict)
    thresholds: Mapping[str, Scalar] = field(default_factory=dict)
    evidence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    sentence: str = ""

    @property
    def subject(self) -> str:
        """Return the owner if the rule judges owners, else the trader, else the instrument."""
        return self.owner_id or self.trader_id or self.instrument or ""

    @property
    def words(self) -> tuple[str, ...]:
        """Return what happened in one sentence, or else what was measured."""
        return (self.sentence,) if self.sentence else self.reasons

    @property
    def subject_kind(self) -> SubjectKind:
        """Return what the subject is."""
        if self.owner_id:
            return SubjectKind.OWNER
        return SubjectKind.TRADER if self.trader_id else SubjectKind.INSTRUMENT

    @property
    def id(self) -> str:
        """Name the hit by rule, subject, instrument and moment, so that filing is idempotent.

        The rule's version is left out on purpose: a second version that sees the same conduct
        must not open a second alert.
        """
        return _hit_id(self.rule_id, self.subject, self.instrument, self.at)


@lru_cache(maxsize=4096)
def _hit_id(rule: str, subject: str, instrument: str | None, at: datetime) -> str:
    """Name a hit; kept, because filing asks for each a dozen times."""
    return digest([rule, subject, instrument, format_time(at)])[:20]


@dataclass(frozen=True, slots=True)
class Sighting:
    """A hit to be filed: of which run, whose it is, when its rows were and what they are worth.

    ``started_at`` and ``ended_at`` are the times of the first and the last evidence row;
    ``amounts`` maps evidence rows, trades and transfers, to USD as exact text. What follows within
    ``apart`` is one alert with it; None: it is one by itself.
    """

    hit: Hit
    run_id: str
    owner_id: str | None
    accounts: tuple[str, ...]
    started_at: datetime
    ended_at: datetime
    amounts: Mapping[str, str] = field(default_factory=dict)
    apart: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Rows of a window that a rule would have read and could not judge, and why not.

    What it does not count among how many has no ``of``; what ``is_excused`` would be a hit but for
    what the rule excuses.
    """

    table: str
    reason: str
    rows: int
    of: int
    is_excused: bool = False

    def __str__(self) -> str:
        if not self.of:
            return f"{self.rows:,} {self.table} not judged, {self.reason}"
        return f"{self.rows:,} of {self.of:,} {self.table} of the window not judged, {self.reason}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule version said of one window, and ``not_judged``, what it could say nothing of.

    ``digest`` names the behaviour of the rule version. ``hits`` includes those below the alert
    line, in order of ``(at, subject, instrument)``. ``scores`` maps a trader to 0-100 where the
    rule ranks everybody (anomaly rules), else it is empty.
    """

    rule_id: str
    version: int
    digest: str
    outcome: Outcome
    reason: str = ""
    not_judged: tuple[Unjudged, ...] = ()
    hits: tuple[Hit, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A judgement of one window, with everything that it depended on, and one digest over it."""

    id: str
    window: Window
    as_of: datetime
    manifest: Mapping[str, Any]
    verdicts: tuple[Verdict, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order as the picture of a scene draws it; prices and quantities are exact text."""

    order_id: str
    trader_id: str
    side: str
    price: str | None
    quantity: str
    filled: str
    entered_at: datetime
    ended_at: datetime | None
    end_reason: str
    is_evidence: bool


@dataclass(frozen=True, slots=True)
class FillDot:
    """One fill of the subject as the picture of a scene draws it."""

    trade_id: str
    trader_id: str
    side: str
    price: str
    quantity: str
    ts: datetime
    is_evidence: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """What the market and the subject did around a hit; ``prices`` are trade prices in time.

    ``around`` is what the rule weighed besides, where it did.
    """

    window: Window
    instrument: str | None = None
    prices: tuple[tuple[datetime, str], ...] = ()
    orders: tuple[OrderLine, ...] = ()
    fills: tuple[FillDot, ...] = ()
    around: Surroundings = field(default=Surroundings(), metadata=LATER)


@dataclass(frozen=True, slots=True)
class Others:
    """What others came to in a measure: each one's figure that goes furthest towards the line.

    ``count`` is how many there were; ``high`` is where 95 of 100 of them stay below, or above where
    little is what the rule looks for; ``rank`` is the subject's among all, 1 for the furthest. Of
    nobody there is no figure.
    """

    count: int
    rank: int
    median: float | None = None
    high: float | None = None
    furthest: float | None = None


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything the case wing needs of one hit, gathered once when it is filed.

    ``rows`` maps a catalogue table to evidence rows (column to exact text, capped, with the full
    count in ``row_counts``); ``subject`` is the KYC and account record as it was known;
    ``rule`` is the parsed rule file and ``rule_text`` the bytes it came from; ``not_judged`` is
    what the rule could not judge of the window. ``others`` says, by measure, what others came to
    whom the rule weighed in the run's window; what is not known of them is not there.
    """

    hit: Hit
    run_id: str
    run_digest: str
    window: Window
    as_of: datetime
    rule: Mapping[str, Any]
    rule_text: str
    rule_digest: str
    scene: Scene
    rows: Mapping[str, tuple[Mapping[str, str | None], ...]]
    row_counts: Mapping[str, int]
    subject: Mapping[str, str | None]
    accounts: tuple[str, ...]
    instrument: Mapping[str, str | None]
    peers: Mapping[str, Scalar] = field(default_factory=dict)
    others: Mapping[str, Others] = field(default_factory=dict)
    not_judged: tuple[Unjudged, ...] = ()
    playback: Playback = field(default_factory=Playback)
