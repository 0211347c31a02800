"""Surveillance for a crypto-derivatives venue: every alert can be proved again."""

__version__ = "0.1.0"
