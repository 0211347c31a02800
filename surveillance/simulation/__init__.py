"""One simulated span, made whole and kept: a day of it does not depend on who asked for which."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from surveillance.simulation import published, reference
from surveillance.simulation.abuse.blame import Blame
from surveillance.simulation.abuse.laundering import dust
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.abuse.typologies import plan_abuse
from surveillance.simulation.ledger import Ledger, Tables
from surveillance.simulation.messages import travel_rule_messages
from surveillance.simulation.oddities import plan_oddities
from surveillance.simulation.people import roster
from surveillance.simulation.settings import SimulationSettings
from surveillance.simulation.traders.crowd import Crowd
from surveillance.simulation.traders.desk import Desk, plan_requests
from surveillance.simulation.traders.hedging import plan_hedging
from surveillance.simulation.traders.makers import plan_makers
from surveillance.simulation.traders.robots import plan_robots
from surveillance.simulation.traders.signals import plan_signals
from surveillance.simulation.traders.takers import plan_takers
from surveillance.simulation.twins import Twin, plan_twins
from surveillance.simulation.venue.chain import Chain, plan_swaps
from surveillance.simulation.venue.exchange import Exchange
from surveillance.simulation.venue.margin import Margin
from surveillance.simulation.venue.market import Market
from surveillance.simulation.venue.money import Till, logins_of, plan_money
from surveillance.simulation.venue.observer import Observer


@dataclass(frozen=True, slots=True)
class Simulation:
    """What is known before, what happened, and the answer sheet."""

    before: Tables
    during: Tables
    labels: pa.Table
    kinds: pa.Table
    twins: tuple[Twin, ...]
    """The kinds of honest people who look like abuse, if there are any."""
    hands: pa.Table
    """Who holds each account in truth: trader_id and hand, the account of theirs that came first.

    Accomplices whom nothing in the activity ties are hands of their own."""


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no garbage meanwhile: a million rows that stay would be gone through in vain."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@lru_cache(maxsize=2)
@_uncollected()
def simulate(settings: SimulationSettings) -> Simulation:
    """Make the whole span; equal settings give equal bytes."""
    market, people = Market(settings), roster(settings)
    honest = list(people)
    exchange = Exchange(market)
    crowd = Crowd(exchange, settings.chance("crowd"))
    till, chain, margin = Till(market, people), Chain(market), Margin(exchange, people)
    desk = Desk(crowd, people, settings.chance("desk"))
    plan_swaps(chain, honest, settings.chance("swaps"))
    blame = Blame()
    stage = Stage(
        settings, exchange, crowd, till, desk, margin, chain, people, blame,
        settings.chance("abuse"), settings.chance("disguises"),
    )  # fmt: skip
    twins = plan_twins(stage) if settings.disguises else []
    if settings.abuse:
        plan_abuse(stage, settings.abuses)
    plan_oddities(stage, settings.oddities)
    exchange.groups = [person.group for person in people]
    exchange.latency = [person.latency for person in people]
    for part, some in (("", honest), (" of the cast", people[len(honest) :])):
        plan_makers(exchange, market, some, settings.chance(f"makers{part}"))
        plan_takers(crowd, market, some, settings.chance(f"takers{part}"))
        plan_robots(exchange, market, some, settings.chance(f"robots{part}"))
        plan_hedging(crowd, market, some, settings.chance(f"hedging{part}"))
        plan_signals(crowd, market, some, settings.chance(f"signals{part}"))
        plan_money(till, some, settings.chance(f"money{part}"))
    plan_requests(desk, honest, settings.chance("requests"))
    dust(till, people)
    margin.open()
    observer = Observer(exchange, margin)
    exchange.run()
    keepers = [person.number for person in honest if person.role == "swapper"][:2]
    done = chain.run(keepers, settings.chance("keepers"))
    ledger = Ledger(market, people)
    before = {
        "accounts": reference.accounts(ledger, people),
        "kyc": reference.kyc(ledger, people, settings.chance("kyc")),
        "instruments": reference.instruments(ledger, market),
        "staff": reference.staff(ledger, people),
        "address_labels": reference.address_labels(ledger, people),
        "watchlist": reference.watchlist(ledger, market),
    }
    during = {
        "orders": ledger.orders(exchange),
        "trades": ledger.trades(exchange),
        "book": published.book(ledger, exchange),
        "marks": published.marks(ledger, margin),
        "positions": published.positions(ledger, observer),
        "liquidations": published.liquidations(ledger, margin),
        "rfqs": published.rfqs(ledger, desk),
        "swaps": published.swaps(ledger, done),
        "transfers": ledger.transfers(till),
        "logins": ledger.logins(logins_of(till, people, settings.chance("logins"))),
        "events": reference.events(ledger, market),
        "kyc_credentials": reference.credentials(ledger, till),
        "travel_rule_messages": travel_rule_messages(ledger, till),
    }
    labels, kinds, hands = ledger.labels(blame, till), ledger.kinds(people), ledger.hands(people)
    return Simulation(before, during, labels, kinds, tuple(twins), hands)
