"""What an account holds of an instrument, and what that cost it, at average cost."""

from dataclasses import dataclass


@dataclass(slots=True)
class Position:
    """Lots held, negative for a short position, and their cost in lots x ticks."""

    lots: int = 0
    cost: int = 0

    def trade(self, lots: int, price: int) -> None:
        """Add lots bought at a price, or take away those sold; what is left costs what it did."""
        before = self.lots
        after = self.lots = before + lots
        if before * lots >= 0:
            self.cost += lots * price
        elif before * after > 0:
            self.cost = self.cost * after // before
        else:
            self.cost = after * price
