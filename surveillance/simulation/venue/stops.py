"""Stop orders that wait, unseen, until the last price reaches them: nearest first."""

import heapq
from collections.abc import Iterator

from surveillance.simulation.venue.book import BUY, SELL, Order


class Stops:
    """The waiting stop orders of one instrument."""

    __slots__ = ("_heaps",)

    def __init__(self) -> None:
        self._heaps: dict[int, list[tuple[int, int, Order]]] = {BUY: [], SELL: []}

    def add(self, order: Order) -> None:
        """Let an order wait for the price it bears."""
        order.waiting = True
        key = (order.side * order.price, order.number, order)
        heapq.heappush(self._heaps[order.side], key)

    def reached(self, last: int) -> Iterator[Order]:
        """Yield, and forget, the orders that wait for a price no further than the last."""
        for side, heap in self._heaps.items():
            while heap and heap[0][0] <= side * last:
                order = heapq.heappop(heap)[2]
                if order.waiting:
                    order.waiting = False
                    yield order

    def waiting(self) -> list[Order]:
        """Return the orders that wait still, those to buy first."""
        return [order for heap in self._heaps.values() for _, _, order in sorted(heap)
                if order.waiting]  # fmt: skip
