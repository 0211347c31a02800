"""One simulated span, made whole and kept: a day of it does not depend on who asked for which."""

from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from surveillance.activity.sources.synthetic import reference
from surveillance.activity.sources.synthetic.abuse import cast_of, plan_abuse, prepare
from surveillance.activity.sources.synthetic.blame import Blame
from surveillance.activity.sources.synthetic.exchange import Exchange
from surveillance.activity.sources.synthetic.laundering import dust, plan_laundering
from surveillance.activity.sources.synthetic.ledger import Ledger, Tables
from surveillance.activity.sources.synthetic.makers import plan_makers
from surveillance.activity.sources.synthetic.market import Market
from surveillance.activity.sources.synthetic.money import Till, logins_of, plan_money
from surveillance.activity.sources.synthetic.observer import Observer
from surveillance.activity.sources.synthetic.people import roster
from surveillance.activity.sources.synthetic.settings import Settings
from surveillance.activity.sources.synthetic.takers import Crowd, plan_takers


@dataclass(frozen=True, slots=True)
class Simulation:
    """What is known before, what happened, and the answer sheet."""

    before: Tables
    during: Tables
    labels: pa.Table


@lru_cache(maxsize=2)
def simulate(settings: Settings) -> Simulation:
    """Make the whole span; equal settings give equal bytes."""
    market, people = Market(settings), roster(settings)
    cast = cast_of(settings, people)
    prepare(people, cast, settings.abuse)
    exchange = Exchange(market, [person.group for person in people])
    crowd = Crowd(exchange, settings.chance("crowd"))
    observer, till = Observer(exchange), Till(market, people)
    plan_makers(exchange, market, people, settings.chance("makers"))
    plan_takers(crowd, market, people, settings.chance("takers"))
    plan_money(till, settings.chance("money"))
    dust(till, people)
    blame = Blame()
    if settings.abuse:
        blame = plan_abuse(settings, crowd, people, cast)
        plan_laundering(settings, till, cast, blame)
    exchange.run()
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
        **ledger.observed(observer),
        "transfers": ledger.transfers(till),
        "logins": ledger.logins(logins_of(market, people, settings.chance("logins"))),
        "events": reference.events(ledger, market),
    }
    return Simulation(before, during, ledger.labels(blame, till))
