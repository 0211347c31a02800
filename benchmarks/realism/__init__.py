"""How like a market the simulated venue is: its flow beside two recordings of real ones.

``python -m benchmarks.realism --bitstamp DIR --binance DIR`` reads orders of one exchange and the
public feed of another, neither of which is shipped, and writes the page.
"""
