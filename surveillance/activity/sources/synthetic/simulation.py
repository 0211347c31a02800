"""One simulated span, made whole and kept: a day of it does not depend on who asked for which."""

from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from surveillance.activity.sources.synthetic import published, reference
from surveillance.activity.sources.synthetic.abuses import plan_abuse
from surveillance.activity.sources.synthetic.blame import Blame
from surveillance.activity.sources.synthetic.chain import Chain, plan_swaps
from surveillance.activity.sources.synthetic.crowd import Crowd
from surveillance.activity.sources.synthetic.desk import Desk, plan_requests
from surveillance.activity.sources.synthetic.exchange import Exchange
from surveillance.activity.sources.synthetic.hedging import plan_hedging
from surveillance.activity.sources.synthetic.laundering import dust
from surveillance.activity.sources.synthetic.ledger import Ledger, Tables
from surveillance.activity.sources.synthetic.makers import plan_makers
from surveillance.activity.sources.synthetic.margin import Margin
from surveillance.activity.sources.synthetic.market import Market
from surveillance.activity.sources.synthetic.money import Till, logins_of, plan_money
from surveillance.activity.sources.synthetic.observer import Observer
from surveillance.activity.sources.synthetic.people import roster
from surveillance.activity.sources.synthetic.robots import plan_robots
from surveillance.activity.sources.synthetic.settings import Settings
from surveillance.activity.sources.synthetic.signals import plan_signals
from surveillance.activity.sources.synthetic.stage import Stage
from surveillance.activity.sources.synthetic.takers import plan_takers


@dataclass(frozen=True, slots=True)
class Simulation:
    """What is known before, what happened, and the answer sheet."""

    before: Tables
    during: Tables
    labels: pa.Table
    kinds: pa.Table


@lru_cache(maxsize=2)
def simulate(settings: Settings) -> Simulation:
    """Make the whole span; equal settings give equal bytes."""
    market, people = Market(settings), roster(settings)
    honest = list(people)
    exchange = Exchange(market)
    crowd = Crowd(exchange, settings.chance("crowd"))
    till, chain, margin = Till(market, people), Chain(market), Margin(exchange, people)
    desk = Desk(crowd, people, settings.chance("desk"))
    plan_swaps(chain, honest, settings.chance("swaps"))
    blame = Blame()
    if settings.abuse:
        stage = Stage(
            settings, exchange, crowd, till, desk, margin, chain, people, blame,
            settings.chance("abuse"),
        )  # fmt: skip
        plan_abuse(stage, settings.abuses)
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
        "logins": ledger.logins(logins_of(market, people, settings.chance("logins"))),
        "events": reference.events(ledger, market),
    }
    return Simulation(before, during, ledger.labels(blame, till), ledger.kinds(people))
