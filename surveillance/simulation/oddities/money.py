"""Odd ways to move money: each is one day of it."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import address
from surveillance.times import DAY, HOUR


def mirrored_deposits(stage: Stage, trader: int, day: int) -> None:
    """Pay in every eight hours, and out again as much three hours later."""
    for hour in (1, 9, 17):
        usd = round(float(stage.chance.uniform(400, 900)), 2)
        moment = day * DAY + hour * HOUR
        stage.till.bank(trader, moment, "in", usd)
        stage.till.bank(trader, moment + 3 * HOUR, "out", usd)


def rotating_addresses(stage: Stage, trader: int, day: int) -> None:
    """Send the same sum to three addresses a day that nobody used before."""
    for number in range(3):
        moment = day * DAY + (10 + 4 * number) * HOUR
        target = address("fresh", trader, day, number)
        stage.till.chain(trader, moment, "out", 250.0, target)


def coin_carousel(stage: Stage, trader: int, day: int) -> None:
    """Receive a small sum every two hours, of another coin from another institution by turns."""
    for number in range(12):
        turn = 12 * day + number
        usd, coin = float(stage.chance.uniform(90, 400)), ("BTC", "ETH", "USDC")[turn % 3]
        source, house = address("carousel", trader, turn % 7), f"VASP-TURN-{turn % 5}"
        stage.till.chain(trader, day * DAY + 2 * number * HOUR, "in", usd, source, coin, house)


def sliced_return(stage: Stage, trader: int, day: int) -> None:
    """Pay in one sum in the morning, and take it out in nine like pieces by the evening."""
    moment, piece = day * DAY + 8 * HOUR, round(float(stage.chance.uniform(60, 120)), 2)
    stage.till.bank(trader, moment, "in", 9 * piece)
    for number in range(9):
        stage.till.bank(trader, moment + (number + 1) * HOUR, "out", piece)


def growing_payments(stage: Stage, trader: int, day: int) -> None:
    """Send an institution a little more each time, four times a day."""
    for number in range(4):
        usd, target = 40.0 + 7.0 * (4 * (day % 7) + number), address("growing", trader)
        moment = day * DAY + (7 + 5 * number) * HOUR
        stage.till.chain(trader, moment, "out", usd, target, vasp="VASP-NORTH")
