"""What a row is worth, reckoned exactly: SQL for prices times sizes, and for money of one currency
in another.

A price and a size may have eighteen places each, and no type of the engine holds their product, so
they are multiplied in halves. Where few places say all, whole numbers of 1e-8 are multiplied
instead, which is five times as fast and gives the same. What is worth something is positive: a
spread that is sold at -5 counts for as much as one that is bought at 5.
"""

from surveillance.activity.catalogue import VALUE

PEGGED = ("BUSD", "DAI", "FDUSD", "GUSD", "PYUSD", "TUSD", "USDC", "USDP", "USDT")
"""Coins that promise a dollar. Engineering default: worth one where no market says otherwise."""
_PLAIN = ("USDT", "USDC", "FDUSD", "USD", "EUR", "GBP", "JPY", "CHF", "AUD", "BRL", "TRY", "KRW",
          "BTC", "XBT", "ETH", "BNB", "SOL")  # fmt: skip
"""Currencies that a symbol may end with; the other coins of a dollar only after a mark, for in
BNBUSD it is BNB that is quoted in USD."""

_HALF = "1000000000000000000"
_EASY = 90_000_000
"""Below it a number of 1e-8 is whole in a double."""


def quote_in(instrument: str) -> str:
    """Return SQL for the currency in which a symbol such as BTC-USDT says that it is quoted."""
    after = "([-_](PERP|SWAP|SPOT|PERPETUAL))?$"
    patterns = (
        f"[-_/]({'|'.join((*PEGGED, *_PLAIN))}){after}",
        f"^.{{2,}}?({'|'.join(_PLAIN)}){after}",
    )
    found = (f"nullif(regexp_extract(upper({instrument}), '{each}', 1), '')" for each in patterns)
    return f"coalesce({', '.join(found)})"


def quote_of(instrument: str) -> str:
    """Return SQL for the currency of the prices of an instrument whose terms nobody says.

    Engineering default: as its symbol says, or USD where that says nothing.
    """
    return f"coalesce({quote_in(instrument)}, 'USD')"


def canonical(currency: str) -> str:
    """Return SQL for the name of a currency that goes by more than one."""
    return f"case upper({currency}) when 'XBT' then 'BTC' else upper({currency}) end"


def product(left: str, right: str, places: int = 6) -> str:
    """Return SQL for the product of two sizes, rounded half away from zero; NULL if too large.

    ``left`` and ``right`` are DECIMAL(38,18) and not negative; the result has ``places``.
    """
    a, b = f"cast(trunc({left}) as hugeint)", f"cast(trunc({right}) as hugeint)"
    c = f"cast(({left} - trunc({left})) * {_HALF} as hugeint)"
    d = f"cast(({right} - trunc({right})) * {_HALF} as hugeint)"
    rest, half = 10 ** (18 - places), 10 ** (18 - places) // 2
    tail = f"({c} * {d} + {int(_HALF) // 2 if places == 18 else 0}) // {_HALF}"
    low = f"({a} * {d} + {c} * {b} + {tail} + {half}) // {rest}"
    whole = f"try({a} * {b} * {10**places} + {low})"
    return (
        f"try_cast(try_cast({whole} as decimal(38, 0)) * {_unit(places)} as decimal(38, {places}))"
    )


def worth(price: str, size: str) -> str:
    """Return SQL for |price| x size in whole millionths; NULL if too large.

    Both are names of DECIMAL(38,18) columns; ``sized`` makes a size of quantity and contract.
    """
    price = f"abs({price})"
    fast = _rounded(f"{_eighths(price)} * {_eighths(size)}", 10)
    easy = f"{_is_easy(price)} and {_is_easy(size)}"
    return f"case when {easy} then {fast} else {product(price, size)} end"


def sized(quantity: str, contract: str) -> str:
    """Return SQL for quantity x contract, to eighteen places; both are DECIMAL(38,18) columns."""
    fast = f"cast({_eighths(quantity)} * {_eighths(contract)} as decimal(38, 0)) * {_unit(16)}"
    return (
        f"case when {contract} = 1 then {quantity} "
        f"when {_is_easy(quantity)} and {_is_easy(contract)} then cast({fast} as decimal(38, 18)) "
        f"else {product(quantity, contract, 18)} end"
    )


def _eighths(number: str) -> str:
    """Return a number in whole 1e-8."""
    return f"cast(cast(round(cast({number} as double) * 1e8) as bigint) as hugeint)"


def _is_easy(number: str) -> str:
    """Return whether a number is whole in 1e-8 and small enough for a double to hold that."""
    return f"{number} < {_EASY} and {number} = {_eighths(number)} * {_unit(8)}"


def _rounded(whole: str, places: int) -> str:
    """Return a whole number without its last places, as millionths."""
    millionths = f"({whole} + {10**places // 2}) // {10**places}"
    return f"cast(try_cast({millionths} as decimal(32, 0)) * {_unit(6)} as {VALUE})"


def _unit(places: int) -> str:
    return f"cast(0.{'0' * (places - 1)}1 as decimal({places}, {places}))"
