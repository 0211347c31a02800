"""Values that are not as they should be, each in a row that is good but for it.

What becomes of each is not written here; ``outcomes`` has the product say it.
"""

from dataclasses import dataclass

TRADES = """
venue: shop
source: files
files:
  t: {glob: 't.*'}
tables:
  trades: |
    select ts, seq, trade_id, instrument, price, quantity, buyer_id, seller_id, taker_side,
      is_block, buyer_fee, seller_fee from t
"""
TRADE = {
    "ts": "2026-03-02T10:00:00Z",
    "seq": "1",
    "trade_id": "T-{n}",
    "instrument": "BTC-EUR",
    "price": "50000.5",
    "quantity": "0.25",
    "buyer_id": "ann",
    "seller_id": "bob",
    "taker_side": "buy",
    "is_block": "false",
    "buyer_fee": "1.5",
    "seller_fee": "",
}
ORDERS = """
venue: shop
source: files
files:
  t: {glob: 't.*'}
tables:
  orders: |
    select ts, seq, order_id, instrument, trader_id, event, side, type, price, quantity from t
"""
ORDER = {
    "ts": "2026-03-02T10:00:00Z",
    "seq": "{n}",
    "order_id": "O-{n}",
    "instrument": "BTC-EUR",
    "trader_id": "ann",
    "event": "new",
    "side": "buy",
    "type": "limit",
    "price": "50000.5",
    "quantity": "0.25",
}


@dataclass(frozen=True)
class Values:
    """Rows that are good but for one value each: what is wrong, the column, and the value."""

    title: str
    venue: str
    row: dict[str, str]
    odd: tuple[tuple[str, str, str], ...]


NUMBERS = Values(
    "Numbers",
    TRADES,
    TRADE,
    (
        ("not a number", "price", "nan"),
        ("infinity", "price", "inf"),
        ("a power beyond every size", "price", "1e400"),
        ("a power that is a plain number", "price", "5.00005e4"),
        ("hexadecimal", "price", "0xC350"),
        ("thousands with commas", "price", "50,000.5"),
        ("thousands with points, decimals with a comma", "price", "50.000,5"),
        ("thousands with blanks", "price", "50 000.5"),
        ("a decimal comma", "price", "50000,5"),
        ("more decimals than are kept", "price", "0.1234567890123456789"),
        ("zeros beyond the decimals that are kept", "price", "0.50000000000000000000000"),
        ("21 digits before the point", "price", "123456789012345678901"),
        ("20 digits before the point", "price", "12345678901234567890"),
        ("a sign before it", "price", "+50000.5"),
        ("negative, as the price of a spread", "price", "-3.5"),
        ("the minus sign of typesetters", "price", "−3.5"),
        ("the minus behind it", "price", "3.5-"),
        ("negative in brackets, as accountants write", "price", "(3.5)"),
        ("digits of another script", "price", "٥٠٠٠٠"),
        ("digits of full width", "price", "５００００"),
        ("blanks around it", "price", "  50000.5 "),
        ("a currency with it", "price", "€50000.5"),
        ("empty", "price", ""),
        ("a word for nothing", "price", "NULL"),
        ("zero where something was traded", "quantity", "0"),
        ("negative where something was traded", "quantity", "-0.25"),
        ("a fraction of a sequence number", "seq", "1.5"),
        ("a sequence number of 38 digits", "seq", "9" * 38),
        ("a sequence number of 39 digits", "seq", "9" * 39),
        ("a fee that is no number", "buyer_fee", "free"),
        ("a fee of 19 decimals", "seller_fee", "0.0000000000000000001"),
    ),
)
TIMES = Values(
    "Times",
    TRADES,
    TRADE,
    (
        ("seconds since 1970, and nobody says so", "ts", "1772445600"),
        ("milliseconds since 1970, and nobody says so", "ts", "1772445600000"),
        ("the year 1", "ts", "0001-01-01T00:00:00Z"),
        ("the beginning of 1970", "ts", "1970-01-01T00:00:00Z"),
        ("the year 9999", "ts", "9999-12-31T23:59:59Z"),
        ("the year 12026", "ts", "12026-03-02T10:00:00Z"),
        ("twenty hours after it arrived", "ts", "2026-03-04T02:00:00Z"),
        ("a day and a second after it arrived", "ts", "2026-03-04T06:00:01Z"),
        ("no zone", "ts", "2026-03-02 10:00:00"),
        ("another offset", "ts", "2026-03-02T19:00:00+09:00"),
        ("an offset that no clock has", "ts", "2026-03-02T10:00:00+25:00"),
        ("a date alone", "ts", "2026-03-02"),
        ("a leap second", "ts", "2016-12-31T23:59:60Z"),
        ("hour 24", "ts", "2026-03-02T24:00:00Z"),
        ("month 13", "ts", "2026-13-02T10:00:00Z"),
        ("the 30th of February", "ts", "2026-02-30T10:00:00Z"),
        ("day before month", "ts", "02.03.2026 10:00:00"),
        ("nanoseconds", "ts", "2026-03-02T10:00:00.123456789Z"),
        ("a comma before the fraction", "ts", "2026-03-02T10:00:00,5Z"),
        ("empty", "ts", ""),
        ("words", "ts", "yesterday"),
    ),
)
LOCAL_TIMES = Values(
    "Times of a venue with `time_zone: Europe/Berlin`",
    TRADES.replace("source:", "time_zone: Europe/Berlin\nsource:"),
    TRADE,
    (
        ("an hour that the clock skips", "ts", "2025-03-30 02:30:00"),
        ("an hour that the clock shows twice", "ts", "2025-10-26 02:30:00"),
        ("the same with its offset", "ts", "2025-10-26 02:30:00+02:00"),
        ("an offset that no clock has", "ts", "2025-10-26 02:30:00+25:00"),
        ("a plain local time", "ts", "2026-03-02 11:00:00"),
    ),
)
IDS = Values(
    "Ids",
    TRADES,
    TRADE,
    (
        ("like what is planted here", "trade_id", "canary:1"),
        ("a trader like what is planted here", "buyer_id", "canary:ann"),
        ("a character of zero width", "trade_id", "T\u200b5"),
        ("a mark that turns the direction", "buyer_id", "ann\u202ebob"),
        ("a blank that does not break", "buyer_id", "ann\u00a0b"),
        ("a tab", "trade_id", "T\t5"),
        ("blanks around it", "buyer_id", "  ann "),
        ("a blank within", "buyer_id", "ann b"),
        ("another script", "buyer_id", "алиса"),
        ("5,000 characters", "trade_id", "x" * 5000),
        ("40 digits", "trade_id", "4" * 40),
        ("empty", "trade_id", ""),
        ("blanks alone", "trade_id", "   "),
        ("an instrument that is empty", "instrument", ""),
        ("a trader who is empty", "buyer_id", ""),
    ),
)
WORDS = Values(
    "Words that a column knows few of",
    ORDERS,
    ORDER,
    (
        ("another case", "event", "NEW"),
        ("blanks around it", "side", " Buy "),
        ("a word that is not mapped, where one is needed", "event", "PENDING_NEW"),
        ("a letter instead", "side", "B"),
        ("empty where one is needed", "side", ""),
        ("a word that is not mapped, where none is needed", "type", "LIMIT_MAKER"),
    ),
)
MAPPED_WORDS = Values(
    "Words of a venue with `words: {orders.type: {LMT: limit, else: null}, orders.side: {B: buy}}`",
    ORDERS.replace(
        "source:",
        "words: {orders.type: {LMT: limit, else: null}, orders.side: {B: buy}}\nsource:",
    ),
    ORDER,
    (
        ("a word that is mapped", "side", "B"),
        ("one in another case", "type", "lmt"),
        ("one for which `else` stands", "type", "TWAP"),
        ("one that is not mapped, without `else`", "side", "S"),
    ),
)
VALUES = (NUMBERS, TIMES, LOCAL_TIMES, IDS, WORDS, MAPPED_WORDS)
