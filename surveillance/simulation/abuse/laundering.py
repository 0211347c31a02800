"""Money that hides where it comes from: structuring, pass-through, fan-in, a sanctioned address."""

import numpy as np

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.people import Person
from surveillance.simulation.venue.money import Till, address
from surveillance.times import DAY, HOUR

SANCTIONED = (address("sanctioned", 0), address("sanctioned", 1))


class Launderer:
    """The verbs of those who hide where money comes from."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.till = stage.till
        self.blame = stage.blame
        self.chance = stage.chance
        self.severity = stage.severity
        self.days = stage.days

    def structure(self, trader: int, shared: bool) -> None:
        """Pay in just under ten thousand, several times a day; two linked accounts take turns."""
        self.blame.account("structuring", trader)
        count = 2 if shared else 3 + round(2 * self.severity)
        small = masking.count(self.stage, 1)
        for day in range(self.days):
            if self.stage.disguise is Disguise.LATE and day % 2:
                continue
            if shared or self.chance.random() < 0.35 + 0.4 * self.severity or day == 0:
                for moment in np.sort(self.chance.uniform(8, 19, count * small)):
                    usd = round(self.chance.uniform(8_350, 9_960) / small, -1)
                    ts = day * DAY + int(moment * HOUR)
                    self._blame("structuring", trader, self.till.bank(trader, ts, "in", usd))

    def pass_through(self, trader: int) -> None:
        """Receive a sum and send nearly all of it on within hours."""
        self.blame.account("pass_through", trader)
        for number in range(1 + round(2 * self.severity)):
            usd = round(self.chance.uniform(14_000, 55_000), 2)
            ts = self._moment(self.days * (number + self.chance.random()) / 3.2)
            payer = f"BA8{int(self.chance.integers(0, 99_999)):05d}"
            self._blame("pass_through", trader, self.till.bank(trader, ts, "in", usd, payer))
            small, sender = masking.count(self.stage, 1), masking.middle(self.stage, (trader,))[-1]
            for part in (0.55, 0.41) * small:
                ts += int(self.chance.uniform(1.5, 7) * HOUR) // small
                ts += masking.wait(self.stage, 8 * 3600, 20 * 3600)
                target = address("onward", trader, number, part)
                sent = round(usd * part / small * self.chance.uniform(0.98, 1.0), 2)
                self._send_on((trader, sender), ts, sent, target)

    def _send_on(self, way: tuple[int, int], ts: int, usd: float, target: str) -> None:
        """Send a sum on, by another account of the venue where that is the disguise."""
        receiver, sender = way
        if sender != receiver:
            rows = self.till.internal(receiver, sender, ts, usd)
            for row, who in zip(rows, way, strict=True):
                self._blame("pass_through", who, row)
            ts += HOUR // 3
        self._blame("pass_through", sender, self.till.chain(sender, ts, "out", usd, target))

    def gather(self, trader: int) -> None:
        """Take small sums from many strangers, then send the heap to one address."""
        self.blame.account("fan_in", trader)
        total, count = 0.0, 16 + round(10 * self.severity)
        start = self.chance.uniform(0, 0.25) * self.days
        spread = min(2.6, self.days * 0.5) * (2 if self.stage.disguise is Disguise.LATE else 1)
        for number in range(count):
            usd = round(self.chance.uniform(620, 985) * masking.weight(self.stage), 2)
            sender = address("stranger", trader, number)
            ts = self._moment(start + spread * number / count)
            self._blame("fan_in", trader, self.till.chain(trader, ts, "in", usd, sender))
            total += usd
        for hours, part in ((5, 0.5), (19, 0.42)):
            ts = self._moment(start + spread + hours / 24)
            sink = address("sink", trader)
            sent = round(total * part, 2)
            self._blame("fan_in", trader, self.till.chain(trader, ts, "out", sent, sink))

    def expose(self, trader: int, rank: int) -> None:
        """Deal with a listed address, once or a few times, either way."""
        self.blame.account("sanctioned_address", trader)
        for _ in range(1 + rank):
            ts = self._moment(self.chance.uniform(0.1, 0.95) * self.days)
            usd = round(self.chance.uniform(900, 9_000), 2)
            way = "in" if rank == 1 else "out"
            row = self.till.chain(
                trader, ts, way, usd, SANCTIONED[rank % 2], ("ETH", "USDC")[rank % 2]
            )
            self._blame("sanctioned_address", trader, row)

    def shuffle(self, trader: int) -> None:
        """Move odd sums in and out all night over ever new institutions: strange, no more."""
        self.blame.account("anomalous_transfers", trader)
        for day in range(self.days):
            for number in range(9):
                ts = day * DAY + 2 * HOUR + number * 11 * HOUR // 60
                usd = 777.77 + 411.11 * number
                way = "in" if number % 2 == 0 else "out"
                row = self.till.chain(
                    trader, ts, way, usd if way == "in" else usd * 0.4,
                    address("odd", number % 4), ("BTC", "ETH", "USDC")[number % 3],
                    vasp=f"VASP-ODD-{number % 4}",
                )  # fmt: skip
                self._blame("anomalous_transfers", trader, row)

    def _moment(self, days: float) -> int:
        """Turn days since the start into a moment inside the span."""
        return min(int(days * DAY), self.till.market.end - 1)

    def _blame(self, typology: str, trader: int, row: int) -> None:
        self.blame.transfer(typology, row, trader)


def dust(till: Till, people: list[Person]) -> None:
    """Let a listed address send a few cents to a stranger: not the stranger's doing."""
    stranger = next(person for person in people if person.role == "momentum")
    ts = min(2 * DAY, till.market.end // 2) + 5 * HOUR // 3
    till.chain(stranger.number, ts, "in", 1.37, SANCTIONED[0])
