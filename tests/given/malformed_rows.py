"""Rows that contradict each other, rows that take others back, and terms that say too little.

What becomes of each is not written here; ``outcomes`` has the product say it.
"""

from dataclasses import dataclass

from tests.given.malformed_files import ONE, Whole, line_of, lines_of
from tests.given.malformed_values import ORDER, ORDERS, TRADE, TRADES

_NAMES = ",".join(ORDER)


def _orders(*lines: str) -> dict[str, bytes | None]:
    return {"t.csv": "".join(f"{line}\n" for line in (_NAMES, *lines)).encode()}


def _message(seq: int, **odd: str) -> str:
    return ",".join({**ORDER, "order_id": "O", **odd}.values()).format(n=seq)


_WITHDRAWALS = TRADES.replace("seller_fee from", "withdrawn from").replace("is_block, ", "")
_TAKEN = {key: value for key, value in TRADE.items() if key not in ("is_block", "seller_fee")}


def _taken(*rows: dict[str, str]) -> dict[str, bytes | None]:
    names = ",".join([*_TAKEN, "withdrawn"])
    lines = [",".join({**_TAKEN, "withdrawn": "", **row}.values()).format(n=1) for row in rows]
    return {"t.csv": "".join(f"{line}\n" for line in (names, *lines)).encode()}


_ALONE = dict.fromkeys(("price", "quantity", "buyer_id", "seller_id", "taker_side"), "")
_BACK = {**_ALONE, "withdrawn": "true"}
SEVERAL = (
    Whole("the same trade twice", {"t.csv": lines_of(ONE, ONE)}, written="the line again"),
    Whole(
        "the same trade again with another price", {"t.csv": lines_of(ONE, line_of(1, price="7"))}
    ),
    Whole(
        "the same trade again with another buyer",
        {"t.csv": lines_of(ONE, line_of(1, buyer_id="x"))},
    ),
    Whole(
        "the same id on another instrument",
        {"t.csv": lines_of(ONE, line_of(1, instrument="ETH-EUR"))},
    ),
    Whole(
        "the same, and `identity: {trades: venue}`",
        {"t.csv": lines_of(ONE, line_of(1, instrument="ETH-EUR"))},
        TRADES.replace("source:", "identity: {trades: venue}\nsource:"),
    ),
    Whole(
        "an order that enters a second time",
        _orders(_message(1), _message(2, ts="2026-03-02T11:00:00Z")),
        ORDERS,
    ),
    Whole(
        "another trader cancels it",
        _orders(_message(1), _message(2, event="cancel", trader_id="bob")),
        ORDERS,
    ),
    Whole(
        "it is filled on the other side",
        _orders(_message(1), _message(2, event="fill", side="sell")),
        ORDERS,
    ),
    Whole("a cancel of an order that never was", _orders(_message(1, event="cancel")), ORDERS),
    Whole("a trade that is taken back in its own file", _taken({}, _BACK), _WITHDRAWALS),
    Whole("a trade is taken back that never was", _taken(_BACK), _WITHDRAWALS),
    Whole("a trade is taken back twice", _taken({}, _BACK, _BACK), _WITHDRAWALS),
    Whole(
        "a trade is taken back, and put in force again",
        _taken({}, _BACK, {"withdrawn": "false"}),
        _WITHDRAWALS,
    ),
    Whole(
        "an instrument is not said of what is taken back",
        _taken({}, {**_BACK, "instrument": ""}),
        _WITHDRAWALS,
    ),
)


@dataclass(frozen=True)
class Contract:
    """What is told of an instrument, and the price of a trade of three contracts."""

    what: str
    terms: str
    price: str

    @property
    def name(self) -> str:
        """Return a symbol that says nothing by itself."""
        return "".join(word[0] for word in self.what.split()).upper() + "X"


INSTRUMENTS = (
    Contract("an instrument that nobody tells of", "", "100"),
    Contract("a perpetual in USD that may be inverse", "kind: perpetual, quote: USD", "100"),
    Contract("the same in USDT", "kind: perpetual, quote: USDT", "100"),
    Contract("inverse by name", "kind: perpetual, quote: USD, settlement: inverse", "100"),
    Contract("with a negative multiplier", "kind: perpetual, quote: USD, multiplier: -10", "100"),
    Contract("quoted in a coin without a rate", "kind: spot, quote: ZZZ", "100"),
    Contract("a spread below zero", "kind: other, quote: USDT", "-2.5"),
    Contract("of no size", "kind: other, quote: USDT, contract_value: 0", "100"),
    Contract("settled by a word unknown", "kind: spot, quote: USDT, settlement: magic", "100"),
    Contract("due at no time", "kind: future, quote: USDT, expires_at: soon", "100"),
)
_TOLD = ("kind", "quote", "settlement", "multiplier", "contract_value", "expires_at")


def _told(each: Contract) -> str:
    terms = dict(pair.split(": ") for pair in each.terms.split(", "))
    return ",".join(("2026-01-01", each.name, *(terms.get(name, "") for name in _TOLD)))


TERMS = Whole(
    "instruments of which little, or what is strange, is told",
    {
        "i.csv": lines_of(
            *(_told(each) for each in INSTRUMENTS if each.terms),
            names=",".join(("ts", "instrument", *_TOLD)),
        ),
        "t.csv": lines_of(
            *(f"2026-03-02T10:00:00Z,1,{each.name},{each.price}" for each in INSTRUMENTS),
            names="ts,trade_id,instrument,price",
        ),
    },
    """
venue: shop
source: files
files:
  i: {glob: i.csv}
  t: {glob: t.csv}
tables:
  instruments: |
    select ts, instrument, kind, quote, settlement, multiplier, contract_value, expires_at from i
  trades: |
    select ts, _line as seq, trade_id, instrument, price, '3' as quantity from t
""",
)
