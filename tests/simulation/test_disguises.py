"""Abuse in disguise: how it is done another way, what the answer sheet notes, and honest twins."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest

from surveillance.simulation import Simulation, simulate, twins
from surveillance.simulation.abuse import masking, typologies
from surveillance.simulation.abuse.blame import Blame
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.people import roster
from surveillance.simulation.settings import SimulationSettings
from surveillance.simulation.traders.crowd import Crowd
from surveillance.simulation.traders.desk import Desk
from surveillance.simulation.venue.chain import Chain
from surveillance.simulation.venue.exchange import Exchange, Order
from surveillance.simulation.venue.margin import Margin
from surveillance.simulation.venue.market import Market
from surveillance.simulation.venue.money import Till
from surveillance.times import DAY, HOUR, MINUTE

ABUSES = ("spoofing", "wash_trading", "front_running", "structuring")
SETTINGS = SimulationSettings(days=2, traders=120, disguises=True, abuses=ABUSES)
MARKET = Market(SETTINGS)
MODULES = [
    import_module(f"{typologies.__name__}.{module.name}")
    for module in iter_modules(typologies.__path__)
]


@pytest.fixture(scope="module")
def day() -> Simulation:
    """A day of some abuse in disguise, among honest twins."""
    return simulate(SETTINGS.model_copy(update={"days": 1}))


def staged(disguise: Disguise) -> Stage:
    """An empty venue with one act in a disguise."""
    people = roster(SETTINGS)
    exchange = Exchange(MARKET)
    exchange.groups, exchange.latency = list(range(200)), [1_000] * 200
    crowd = Crowd(exchange, SETTINGS.chance("crowd"))
    return Stage(
        SETTINGS, exchange, crowd, Till(MARKET, people),
        Desk(crowd, people, SETTINGS.chance("desk")), Margin(exchange, people), Chain(MARKET),
        people, Blame(disguise), SETTINGS.chance("abuse"), SETTINGS.chance("disguises"),
    )  # fmt: skip


def bait(stage: Stage) -> Order:
    """A large order that rests some way from the market."""
    price = round(stage.exchange.reference(0)) - 100
    return stage.exchange.submit(1, 0, 1, price, 400)


def events(stage: Stage, order: Order) -> list[tuple[str, int, int | None]]:
    """What became of an order after it was entered: event, what remained, price."""
    return [
        (message.event, message.remaining, message.price)
        for message in stage.exchange.messages
        if message.order == order.number
    ][1:]


# --- Vocabulary ---


def test_every_abuse_says_which_disguises_it_takes_and_every_disguise_is_taken() -> None:
    takes = {module.TYPOLOGY: module.TAKES for module in MODULES}

    assert {disguise for of in takes.values() for disguise in of} == set(Disguise) - {
        Disguise.PLAIN
    }
    assert all(len(set(of)) == len(of) for of in takes.values())
    assert all(disguise.sentence.endswith(".") for disguise in Disguise)


def test_every_twin_resembles_an_abuse_and_says_how_it_differs(day: Simulation) -> None:
    names = {module.TYPOLOGY for module in MODULES}

    assert {twin.resembles for twin in day.twins} <= names
    assert all(twin.differs for twin in day.twins)
    assert len({twin.kind for twin in day.twins}) == len(list(iter_modules(twins.__path__)))


# --- The answer sheet ---


def test_the_answer_sheet_notes_disguises_and_the_activity_does_not(day: Simulation) -> None:
    worn = set(day.labels["disguise"].to_pylist())

    assert len(worn) > 3
    assert worn <= {disguise.value for disguise in Disguise}
    assert not any("disguise" in table.column_names for table in day.during.values())


def test_twins_are_honest_and_known_by_their_kind(day: Simulation) -> None:
    kinds = {row["trader_id"]: row["kind"] for row in day.kinds.to_pylist()}

    assert {twin.kind for twin in day.twins} <= set(kinds.values())
    assert not set(day.labels["trader_id"].to_pylist()) & kinds.keys()


def test_an_act_is_plain_or_in_one_of_the_disguises_that_its_abuse_takes() -> None:
    stage = staged(Disguise.PLAIN).of("spoofing", (Disguise.LATE, Disguise.THIN))

    assert {stage.act().disguise for _ in range(40)} == {
        Disguise.PLAIN, Disguise.LATE, Disguise.THIN,
    }  # fmt: skip


def test_what_is_done_in_disguise_stands_on_the_same_sheet() -> None:
    sheet = Blame()
    sheet.under(Disguise.LATE).account("spoofing", 1)

    assert [(row.trader, row.disguise) for row in sheet.rows] == [(1, Disguise.LATE)]


# --- How orders go away ---


@pytest.mark.parametrize(
    ("disguise", "ways"),
    [
        (Disguise.PLAIN, ["cancel"]),
        (Disguise.EXPIRED, ["expire"]),
        (Disguise.IN_PARTS, ["replace", "replace", "replace", "cancel"]),
        (Disguise.REPLACED, ["replace", "cancel"]),
    ],
)
def test_an_order_is_taken_away_as_the_disguise_says(disguise: Disguise, ways: list[str]) -> None:
    stage = staged(disguise)
    order = bait(stage)
    masking.withdraw(stage, order)
    stage.exchange.run()

    assert [event for event, _, _ in events(stage, order)] == ways
    assert not order.resting


def test_in_parts_each_step_leaves_less() -> None:
    stage = staged(Disguise.IN_PARTS)
    order = bait(stage)
    masking.withdraw(stage, order)
    stage.exchange.run()

    assert [left for _, left, _ in events(stage, order)] == [300, 200, 100, 0]


def test_an_order_that_is_replaced_stands_where_nobody_trades() -> None:
    stage = staged(Disguise.REPLACED)
    order = bait(stage)
    before = order.price
    masking.withdraw(stage, order)

    assert order.resting
    assert order.price < 0.98 * before


# --- When, where and by whom ---


def test_what_goes_on_over_midnight_begins_shortly_before_it() -> None:
    begin = masking.moment(staged(Disguise.MIDNIGHT), 15 * HOUR)

    assert DAY - 12 * MINUTE <= begin < DAY
    assert masking.moment(staged(Disguise.PLAIN), 15 * HOUR) == 15 * HOUR
    assert masking.moment(staged(Disguise.OPENING), 15 * HOUR) < 10 * MINUTE


def test_another_product_is_one_of_the_same_underlying() -> None:
    stage = staged(Disguise.OTHER_PRODUCT)
    for number in (0, 1, 2, 4, 8):
        other = MARKET.instruments[masking.beside(stage, number)]
        assert other.number != number
        assert other.underlying == MARKET.instruments[number].underlying


def test_as_many_coins_are_as_many_in_lots_of_another_size() -> None:
    perpetual, spot = MARKET.perpetual("BTC"), MARKET.spot("BTC")

    assert masking.same(staged(Disguise.PLAIN), 7, perpetual, spot) == 70


def test_a_linked_account_is_tied_to_the_first_by_something_in_the_activity() -> None:
    stage = staged(Disguise.LINKED)
    others = [masking.helper(stage, 1) for _ in range(12)]
    first, tied = stage.people[1], [stage.people[other] for other in others]

    assert all(person.hand == first.hand and person.is_cast for person in tied)
    assert {person.device == first.device for person in tied} == {True, False}
    paid = {row.trader: row.address for row in stage.till.rows}
    assert all(paid[p.number] == paid[1] for p in tied if p.device != first.device)


def test_nobody_is_cast_for_a_disguise_that_is_not_worn() -> None:
    stage = staged(Disguise.PLAIN)

    assert masking.helper(stage, 1) == 1
    assert masking.middle(stage, (1, 2)) == (1, 2)
    assert masking.middle(staged(Disguise.INTERMEDIARY), (1, 2))[::2] == (1, 2)


# --- Positions ---


@pytest.mark.parametrize(("disguise", "span"), [(Disguise.PLAIN, (1, 2)), (Disguise.KEPT, None)])
def test_a_position_is_left_as_planned_or_never(disguise: Disguise, span: Any) -> None:
    assert masking.closing(staged(disguise), 1, 2) == span


def test_a_position_that_is_closed_late_is_left_hours_later() -> None:
    span = masking.closing(staged(Disguise.CLOSED_LATE), 1, 2)

    assert span is not None
    assert span[0] >= 3 * HOUR


def test_who_means_to_lose_waits_while_the_position_gains() -> None:
    stage = staged(Disguise.AT_A_LOSS)
    price = round(stage.exchange.reference(0))
    stage.exchange.submit(2, 0, -1, price, 10)
    stage.exchange.submit(1, 0, 1, price, 10)
    stage.exchange.submit(3, 0, 1, price + 5, 10)

    assert masking.waits_for_a_loss(stage, 1, 0, 9)
    assert not masking.waits_for_a_loss(stage, 2, 0, 9)
    assert not masking.waits_for_a_loss(stage, 1, 0, 0)
