"""On which products a rule can judge: those that all it needs is told of.

Orders and trades are told of any product that is traded on the book; positions, marks and
liquidations, of which rules ask what a leveraged position gains, not of spot; an expiry of dated
ones alone. What is known of customers, their access and their payments are the transfers, and
requests for quotes the blocks.
"""

from typing import get_args

from surveillance.activity.facts import sources_of
from surveillance.rules.schema import Product, Rule

PRODUCTS: tuple[str, ...] = get_args(Product)
_TRADED = frozenset(("spot", "perpetual", "future", "option"))
_LEVERAGED = _TRADED - {"spot"}
_TOLD = {
    **dict.fromkeys(("orders", "trades", "book"), _TRADED),
    **dict.fromkeys(("marks", "positions", "liquidations"), _LEVERAGED),
    "trades.is_liquidation": _LEVERAGED,
    "instruments.expires_at": frozenset(("future", "option")),
}
_BROUGHT = {
    **dict.fromkeys(("transfers", "kyc", "kyc_credentials", "logins", "watchlist"), "transfer"),
    "rfqs": "block",
}


def products_of(rule: Rule) -> tuple[str, ...]:
    """Return the products that a rule can judge, as it says or as its needs suggest."""
    told = [_TOLD[need] for need in rule.needs if need in _TOLD]
    brought = set()
    for table in sources_of(need.partition(".")[0] for need in rule.needs):
        told += [_TOLD[table]] if table in _TOLD else []
        brought |= {_BROUGHT[table]} if table in _BROUGHT else set()
    traded = frozenset.intersection(*told) if told else frozenset[str]()
    products = set(rule.products) or traded | brought
    return tuple(product for product in PRODUCTS if product in products)
