"""The one data contract: every table of activity, its columns, exact types, units and meaning.

Column docs name the field of RTS (EU) 2025/416 where the law has one, so that a regulator can
read an export. Prices, quantities and amounts are stored as the venue says them: DECIMAL(38,18)
holds the tick of 1e-12 and the 10^19 pieces of a coin that is worth nothing, and is compared and
summed as fast as a narrow one. To multiply or to rescale it is dear, so what something is worth
is reckoned once, by facts (``valued_trades``, ``valued_orders``, ``valued_transfers``).

Ids are unique for an instrument at most, and texts of any length; joins go by keys of 16 bytes
that stand beside them, made of the id and of what it is unique within (``identity``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PRICE = QUANTITY = AMOUNT = "DECIMAL(38,18)"
MONEY = "DECIMAL(18,6)"
"""What a fact says that something is worth: whole millionths of a currency."""
VALUE = "DECIMAL(38,6)"
"""The same in a currency of which a dollar is many thousands."""
KEY = "UUID"
"""An id together with what it is unique within, in 16 bytes."""
TIME = "TIMESTAMP"
TEXT = "VARCHAR"
WHOLE = "BIGINT"
FLAG = "BOOLEAN"

BILLION = 1_000_000_000
"""Moves of prices are counted in whole billionths, so that their sums are exact."""

_UNITS = {
    **dict.fromkeys(
        ("price", "entry_price", "liquidation_price", "bankruptcy_price", "strike", "tick", "bid",
         "ask", "mid"),
        "price",
    ),
    **dict.fromkeys(
        ("quantity", "signed_quantity", "displayed", "remaining", "filled", "depth", "lot",
         "position_limit", "daily_volume", "usual", "opposed"),
        "quantity",
    ),
    **dict.fromkeys(
        ("usd", "income", "expected_volume", "margin", "unrealised", "fund_change", "gas_usd"),
        "money",
    ),
    **dict.fromkeys(("amount", "amount_in", "amount_out", "buyer_fee", "seller_fee"), "amount"),
    "entry_gap": "us",
}  # fmt: skip
"""What a column of a name counts in, in every table that has it; MONEY is money by its type."""

ARRIVED = "arrived_at"
"""When a row became known here; every table has it, and ``as_of`` is compared with it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, DuckDB type, meaning with its unit, and what it must be.

    ``keys`` names the column whose id a key stands for; a source never fills a key.
    """

    name: str
    type: str
    meaning: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    positive: bool = False
    keys: str = ""


class Schema(dict[str, str]):
    """Column name to DuckDB type, in order; ``words`` are those of columns that hold no other."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__((column.name, column.type) for column in columns)
        self.words = {column.name: column.allowed for column in columns if column.allowed}


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its key, the column that says when (or none), and its columns.

    ``id`` is the column by which evidence names a row, ``fixed`` are those that no revision may
    change.
    """

    name: str
    meaning: str
    key: tuple[str, ...]
    time: str
    columns: tuple[Column, ...]
    fact: bool = False
    id: str = ""
    fixed: tuple[str, ...] = ()

    @property
    def schema(self) -> "Schema":
        """Return column name to DuckDB type, in order."""
        return Schema(self.columns)

    @property
    def names(self) -> str:
        """Return the column by which evidence names a row."""
        return self.id or self.key[0]

    @property
    def source_key(self) -> tuple[str, ...]:
        """Return the key in the columns that a source fills."""
        of = {column.name: column.keys or column.name for column in self.columns}
        return tuple(of[name] for name in self.key)

    @property
    def sourced(self) -> dict[str, str]:
        """Return the columns that a source may fill, name to DuckDB type, in order."""
        return {column.name: column.type for column in self.columns if not column.keys}


def units(schema: Mapping[str, str]) -> dict[str, str]:
    """Return column name to what it counts in, where it is one of the units that differ."""
    known = {name: "money" if kind == MONEY else _UNITS.get(name) for name, kind in schema.items()}
    return {name: unit for name, unit in known.items() if unit}


def _required(name: str, kind: str, meaning: str, *allowed: str, positive: bool = False) -> Column:
    return Column(name, kind, meaning, required=True, allowed=allowed, positive=positive)


def _optional(name: str, kind: str, meaning: str, *allowed: str, positive: bool = False) -> Column:
    return Column(name, kind, meaning, allowed=allowed, positive=positive)


def _key(name: str, of: str) -> Column:
    return Column(name, KEY, f"{of} and what it is unique within, for joins", keys=of)


_TS = _required("ts", TIME, "When it happened, UTC microseconds (field 8)")
_SEQ = _required(
    "seq",
    WHOLE,
    "Venue sequence number; breaks ties of ts (field 14); the last 18 digits of a longer one",
)
_WITHDRAWN = _optional(
    "withdrawn", FLAG, "The venue takes the row back, or with false puts it in force again"
)
_INSTRUMENT = _required("instrument", TEXT, "Instrument symbol")
_TRADER = _required("trader_id", TEXT, "The account that acts (field 3)")

ENDED_BY = ("trader", "self_trade_prevention", "venue", "expiry", "disconnect")
"""Who takes an order away: only what its trader did says what the trader meant."""
CAUSES = ("liquidation", "adl", "insurance_fund", "delivery", "settlement")
"""Trades that the venue makes: at liquidation, deleveraging, by its fund, at delivery."""

_TABLES = (
    Table(
        "accounts",
        "Trading accounts and the owner behind each; a later row replaces an earlier one",
        ("trader_id", "ts"),
        "ts",
        (
            _required("ts", TIME, "When this state of the account took effect"),
            _TRADER,
            _optional("owner_id", TEXT, "Beneficial owner as the venue knows it"),
            _optional(
                "kind",
                TEXT,
                "What the account is for",
                "client",
                "house",
                "staff",
                "market_maker",
                "omnibus",
            ),
            _optional("opened_at", TIME, "When the account was opened"),
            _optional("last_active_at", TIME, "When it last did anything, if the venue says"),
            _optional("country", TEXT, "Residence, ISO 3166 alpha-2 (field 50)"),
            _optional("linked_to", TEXT, "Another account that the venue knows to be linked"),
            _optional("copies", TEXT, "The trader it follows by the venue's own copy trading"),
            _optional("status", TEXT, "State of the account", "open", "frozen", "closed"),
        ),
    ),
    Table(
        "kyc",
        "Identity of an account's holder, effective-dated",
        ("trader_id", "ts"),
        "ts",
        (
            _required("ts", TIME, "When this record took effect"),
            _TRADER,
            _optional("name", TEXT, "Full name"),
            _optional("entity", TEXT, "Natural or legal person", "natural", "legal"),
            _optional("birth_date", TEXT, "yyyy-mm-dd"),
            _optional("national_id", TEXT, "National identification number"),
            _optional("lei", TEXT, "Legal entity identifier, ISO 17442"),
            _optional("nationality", TEXT, "ISO 3166 alpha-2"),
            _optional("residence", TEXT, "ISO 3166 alpha-2"),
            _optional("address", TEXT, "Postal address"),
            _optional("occupation", TEXT, "Occupation or business"),
            _optional("employer", TEXT, "Place of employment"),
            _optional("income", AMOUNT, "Declared income a year, USD"),
            _optional("expected_volume", AMOUNT, "Declared trading volume a month, USD"),
            _optional("tier", TEXT, "Verification tier"),
            _optional("status", TEXT, "Verification state", "pending", "verified", "rejected"),
            _optional("document_expires_at", TIME, "When the identity document expires"),
            _optional("risk_rating", TEXT, "Customer risk", "low", "medium", "high"),
        ),
    ),
    Table(
        "kyc_credentials",
        "Verifiable credentials that an account relies on; never the private attributes",
        ("credential_id", "ts"),
        "ts",
        (
            _required("ts", TIME, "When this state was checked"),
            _TRADER,
            _required("credential_id", TEXT, "Digest of the proof"),
            _optional("issuer", TEXT, "Issuer of the credential"),
            _optional("kind", TEXT, "What it proves"),
            _optional("valid_until", TIME, "When it expires"),
            _optional(
                "status",
                TEXT,
                "At the last check",
                "valid",
                "expired",
                "revoked",
                "suspended",
                "unverifiable",
                "stale",
                "reused",
            ),
            _optional("nullifier", TEXT, "Uniqueness tag of the holder"),
        ),
    ),
    Table(
        "instruments",
        "What is traded; a later row replaces an earlier one",
        ("instrument", "ts"),
        "ts",
        (
            _required("ts", TIME, "When these terms took effect"),
            _INSTRUMENT,
            _optional(
                "kind", TEXT, "Product type", "spot", "perpetual", "future", "option", "other"
            ),
            _optional("underlying", TEXT, "Underlying asset"),
            _optional("quote", TEXT, "Currency of the price"),
            _optional("isin", TEXT, "ISIN or other identifier"),
            _optional("expires_at", TIME, "Expiry, UTC"),
            _optional("strike", PRICE, "Strike price", positive=True),
            _optional("option_kind", TEXT, "Right of an option", "call", "put"),
            _optional(
                "settlement",
                TEXT,
                "linear: worth price x size in the quote currency; inverse: worth its size in it, "
                "whatever the price; quanto: worth price x size in another currency",
                "linear",
                "inverse",
                "quanto",
            ),
            _optional("settlement_currency", TEXT, "Currency in which it settles"),
            _optional(
                "contract_value", QUANTITY, "Size of a contract in value_currency", positive=True
            ),
            _optional("value_currency", TEXT, "What contract_value counts: coin, or money"),
            _optional(
                "multiplier",
                QUANTITY,
                "Contract values a contract, by default 1; negative means inverse",
            ),
            _optional("tick", PRICE, "Smallest price step", positive=True),
            _optional("lot", QUANTITY, "Smallest quantity step", positive=True),
            _optional("position_limit", QUANTITY, "Largest position of one owner", positive=True),
            _optional("daily_volume", QUANTITY, "Usual volume a day", positive=True),
        ),
    ),
    Table(
        "orders",
        "Every message about an order: one row an event",
        ("order_key", "event", "ts", "seq"),
        "ts",
        (
            _TS,
            _SEQ,
            _INSTRUMENT,
            _optional("trader_id", TEXT, "The account that acts (field 3)"),
            _required("order_id", TEXT, "Order identification (field 19)"),
            _key("order_key", "order_id"),
            _required(
                "event",
                TEXT,
                "What happened (field 20: NEWO, REME/REMA, CAME, PARF/FILL, EXPI, REMO, TRIG)",
                "new",
                "replace",
                "cancel",
                "fill",
                "expire",
                "reject",
                "trigger",
            ),
            _required("side", TEXT, "Side of the order", "buy", "sell"),
            _optional(
                "type",
                TEXT,
                "Order type (field 21)",
                "limit",
                "market",
                "stop",
                "iceberg",
                "peg",
                "quote",
            ),
            _optional("price", PRICE, "Limit price (field 22), in the quote currency"),
            _optional(
                "quantity",
                QUANTITY,
                "Contracts: ordered (new, replace), filled (fill), withdrawn (cancel)",
                positive=True,
            ),
            _optional("displayed", QUANTITY, "Quantity shown in the book; an iceberg shows a part"),
            _optional(
                "remaining", QUANTITY, "Quantity open after the event; above 0 a cancel is partial"
            ),
            _optional("trade_id", TEXT, "Trade of a fill (field 46)"),
            _key("trade_key", "trade_id"),
            _optional("reason", TEXT, "Why it ended, in the venue's words"),
            _optional(
                "ended_by",
                TEXT,
                "Who took it away; where the venue does not say, read from event and reason",
                *ENDED_BY,
            ),
            _optional("parent_id", TEXT, "Parent order of a sliced order"),
            _optional("client_ts", TIME, "Time stamped by the client"),
            _optional("level", WHOLE, "Price levels from the best at entry; 0 at the touch"),
            _optional("depth", QUANTITY, "Visible depth of the same side at entry, top ten levels"),
            _optional("combo_id", TEXT, "Combination of instruments that it is a leg of"),
            _WITHDRAWN,
        ),
        id="order_id",
        fixed=("instrument", "trader_id", "side"),
    ),
    Table(
        "trades",
        "Every trade, one row with both sides",
        ("trade_key",),
        "ts",
        (
            _TS,
            _SEQ,
            _required("trade_id", TEXT, "Trade identification (field 46)"),
            _key("trade_key", "trade_id"),
            _INSTRUMENT,
            _required("price", PRICE, "Price in the quote currency; that of a spread may be < 0"),
            _required("quantity", QUANTITY, "Contracts traded", positive=True),
            _optional("buyer_id", TEXT, "Trader who bought"),
            _optional("seller_id", TEXT, "Trader who sold"),
            _optional("buy_order_id", TEXT, "Order of the buyer"),
            _key("buy_order_key", "buy_order_id"),
            _optional("sell_order_id", TEXT, "Order of the seller"),
            _key("sell_order_key", "sell_order_id"),
            _optional("taker_side", TEXT, "Side that took liquidity", "buy", "sell"),
            _optional("is_block", FLAG, "Agreed off the book"),
            _optional("is_liquidation", FLAG, "One side was being liquidated"),
            _optional(
                "cause",
                TEXT,
                "Why it traded where no trader chose to",
                *CAUSES,
            ),
            _optional("combo_id", TEXT, "Combination whose trade it is a leg of"),
            _optional("buyer_fee", AMOUNT, "Fee of the buyer; negative is a rebate"),
            _optional("buyer_fee_currency", TEXT, "Its currency, by default USD"),
            _optional("seller_fee", AMOUNT, "Fee of the seller; negative is a rebate"),
            _optional("seller_fee_currency", TEXT, "Its currency, by default USD"),
            _WITHDRAWN,
        ),
        id="trade_id",
        fixed=("instrument", "buyer_id", "seller_id"),
    ),
    Table(
        "book",
        "Book levels, or the best bid and ask at level 0",
        ("instrument", "ts", "seq", "side", "level", "price"),
        "ts",
        (
            _TS,
            _SEQ,
            _INSTRUMENT,
            _required("side", TEXT, "Side of the book", "buy", "sell"),
            _optional("level", WHOLE, "0 is the best price; empty for a depth update"),
            _required("price", PRICE, "Price of the level"),
            _required("quantity", QUANTITY, "Quantity shown; 0 removes the level"),
        ),
    ),
    Table(
        "marks",
        "Mark, index, its constituents, and funding",
        ("instrument", "ts", "kind", "constituent"),
        "ts",
        (
            _TS,
            _INSTRUMENT,
            _required("kind", TEXT, "What is quoted", "mark", "index", "constituent", "funding"),
            _required("constituent", TEXT, "Outside venue of a constituent, else empty"),
            _required("value", PRICE, "Price, or the funding rate as a fraction"),
            _optional("weight", PRICE, "Weight of a constituent in the index"),
        ),
    ),
    Table(
        "positions",
        "Open positions as the venue reports them",
        ("trader_id", "instrument", "ts"),
        "ts",
        (
            _TS,
            _TRADER,
            _INSTRUMENT,
            _required("quantity", QUANTITY, "Contracts; negative is short"),
            _optional("entry_price", PRICE, "Average entry price"),
            _optional("margin", AMOUNT, "Margin held, USD"),
            _optional("unrealised", AMOUNT, "Unrealised profit, USD"),
            _optional("liquidation_price", PRICE, "Price at which it is liquidated"),
            _optional("delta", QUANTITY, "Delta in the underlying"),
        ),
    ),
    Table(
        "liquidations",
        "Positions closed by the venue",
        ("liquidation_id",),
        "ts",
        (
            _TS,
            _SEQ,
            _required("liquidation_id", TEXT, "Liquidation identification"),
            _TRADER,
            _INSTRUMENT,
            _required("quantity", QUANTITY, "Contracts closed"),
            _optional("price", PRICE, "Price achieved"),
            _optional("bankruptcy_price", PRICE, "Price at which margin was gone"),
            _optional("fund_change", AMOUNT, "Change of the insurance fund, USD"),
        ),
    ),
    Table(
        "rfqs",
        "Requests for quote and the blocks they led to",
        ("rfq_id",),
        "ts",
        (
            _TS,
            _required("rfq_id", TEXT, "Request identification"),
            _TRADER,
            _INSTRUMENT,
            _required("side", TEXT, "Side that the client wants", "buy", "sell"),
            _required("quantity", QUANTITY, "Contracts asked for", positive=True),
            _optional("dealers", TEXT, "Traders asked, joined by a space"),
            _optional("winner_id", TEXT, "Dealer who won"),
            _optional("price", PRICE, "Price agreed"),
            _optional("executed_at", TIME, "When the block was agreed"),
            _optional("published_at", TIME, "When it became public"),
        ),
    ),
    Table(
        "transfers",
        "Deposits, withdrawals and internal payments, one row a side",
        ("transfer_id",),
        "ts",
        (
            _TS,
            _required("seq", WHOLE, "Breaks ties of ts"),
            _required("transfer_id", TEXT, "Transfer identification"),
            _TRADER,
            _required("direction", TEXT, "Into or out of the account", "in", "out"),
            _required("asset", TEXT, "Asset moved"),
            _required("amount", QUANTITY, "Amount of the asset", positive=True),
            _optional("usd", AMOUNT, "Value in USD at that time"),
            _optional(
                "kind",
                TEXT,
                "How it moved; a sweep is the venue's own, between its wallets",
                "chain",
                "bank",
                "internal",
                "sweep",
            ),
            _optional(
                "address", TEXT, "Counterparty address on chain; rules see its canonical form"
            ),
            _optional("counterparty_id", TEXT, "Counterparty account, bank account or trader"),
            _optional("counterparty_name", TEXT, "Originator or beneficiary, as they are named"),
            _optional("counterparty_vasp", TEXT, "Counterparty institution"),
            _optional("country", TEXT, "Country of the counterparty, ISO 3166 alpha-2"),
            _optional("tx_hash", TEXT, "Transaction on chain"),
            _optional("self_hosted", FLAG, "Address held by a person, not an institution"),
            _optional("travel_rule", FLAG, "Originator and beneficiary data complete"),
            _WITHDRAWN,
        ),
        fixed=("trader_id", "direction", "asset"),
    ),
    Table(
        "travel_rule_messages",
        "What institutions said of who pays and who is paid (IVMS101), as it was checked",
        ("transfer_id", "ts"),
        "ts",
        (
            _required("ts", TIME, "When it was sent or came"),
            _required("transfer_id", TEXT, "Transfer that it is about"),
            _TRADER,
            _required("is_valid", FLAG, "It has the form of IVMS101"),
            _optional("missing", TEXT, "What it lacks, joined by a comma"),
            _optional("originator_name", TEXT, "Who pays, as it says"),
            _optional("beneficiary_name", TEXT, "Who is paid, as it says"),
        ),
    ),
    Table(
        "swaps",
        "Swaps on chain, by pool, in the order in which their block executed them",
        ("tx_hash", "position", "log_index"),
        "ts",
        (
            _required("ts", TIME, "When the block was made"),
            _required("block", WHOLE, "Number of the block"),
            _required("position", WHOLE, "Place of the transaction in its block"),
            _required("log_index", WHOLE, "Place of the swap in its transaction"),
            _required("tx_hash", TEXT, "Transaction on chain"),
            _TRADER,
            _required("pool", TEXT, "Pool that was traded with"),
            _required("asset_in", TEXT, "Asset given"),
            _required("asset_out", TEXT, "Asset received"),
            _required("amount_in", QUANTITY, "Amount given", positive=True),
            _required("amount_out", QUANTITY, "Amount received", positive=True),
            _optional("contract", TEXT, "Contract through which it was sent"),
            _optional("gas_usd", AMOUNT, "Cost of the transaction, USD"),
        ),
    ),
    Table(
        "logins",
        "Sessions and changes of credentials",
        ("trader_id", "ts", "seq"),
        "ts",
        (
            _TS,
            _SEQ,
            _TRADER,
            _optional(
                "kind",
                TEXT,
                "What happened",
                "login",
                "failure",
                "password",
                "second_factor",
                "contact",
                "device",
                "address",
            ),
            _optional("ip", TEXT, "Network address"),
            _optional("network", TEXT, "Autonomous system"),
            _optional("country", TEXT, "Country of the address, ISO 3166 alpha-2"),
            _optional("device_id", TEXT, "Device fingerprint"),
            _optional("cookie_id", TEXT, "Browser cookie"),
            _optional("is_anonymised", FLAG, "VPN, Tor or proxy"),
        ),
    ),
    Table(
        "events",
        "Public and venue events: news, listings, margin changes, settlement and funding times",
        ("event_id",),
        "ts",
        (
            _required("ts", TIME, "When it became public or took effect"),
            _required("event_id", TEXT, "Event identification"),
            _required(
                "kind",
                TEXT,
                "What it was",
                "settlement",
                "funding",
                "fixing",
                "listing",
                "delisting",
                "margin_change",
                "news",
                "social",
                "hack",
                "maintenance",
            ),
            _optional("instrument", TEXT, "Instrument concerned, if one"),
            _optional("asset", TEXT, "Asset concerned, if one"),
            _optional("known_at", TIME, "When insiders first knew"),
            _optional("text", TEXT, "In words"),
        ),
    ),
    Table(
        "address_labels",
        "What is known of an address, with the time it was known to hold",
        ("address", "category", "source", "ts"),
        "ts",
        (
            _required("ts", TIME, "When the label took effect"),
            _required("address", TEXT, "Address on chain; rules see its canonical form"),
            _required("category", TEXT, "Such as sanctioned, mixer, exchange"),
            _required("source", TEXT, "List that says so"),
            _optional("asset", TEXT, "Asset or chain"),
            _optional("entity", TEXT, "Who holds it"),
            _optional("valid_until", TIME, "When the label ended"),
            _optional("confidence", PRICE, "0 to 1"),
            _optional("is_whole", FLAG, "The source says at each date all labels that it has"),
        ),
    ),
    Table(
        "watchlist",
        "Names of sanctioned or exposed persons, one row a name",
        ("list", "entry_id", "name_id", "ts"),
        "ts",
        (
            _required("ts", TIME, "When the entry took effect"),
            _required("list", TEXT, "List, such as OFAC SDN"),
            _required("entry_id", TEXT, "Entry in the list"),
            _required("name_id", TEXT, "Name within the entry; empty for the main one"),
            _required("name", TEXT, "Name as listed"),
            _optional("entity", TEXT, "Kind of entry", "natural", "legal", "vessel", "aircraft"),
            _optional("birth_date", TEXT, "As listed; several joined by a semicolon"),
            _optional("country", TEXT, "Country as listed; several joined by a semicolon"),
            _optional("programme", TEXT, "Sanctions programme"),
            _optional("remarks", TEXT, "Remarks as listed"),
            _optional("quality", TEXT, "How surely the name is theirs", "strong", "weak"),
        ),
    ),
    Table(
        "screening_decisions",
        "What an officer decided of a name on a list; it holds for exactly what was compared",
        ("pair", "trader_id", "ts"),
        "ts",
        (
            _required("ts", TIME, "When it was decided"),
            _TRADER,
            _required("pair", TEXT, "Digest of what was compared, as the alert gives it"),
            _required("decision", TEXT, "Whether they are the same", "false_hit", "same_person"),
            _optional("officer", TEXT, "Who decided"),
            _optional("reason", TEXT, "Why"),
            _optional("list", TEXT, "The list"),
            _optional("entry_id", TEXT, "Entry in the list"),
            _optional("algorithm", WHOLE, "Version of how names were compared"),
        ),
    ),
    Table(
        "staff",
        "Employees of the venue, their access and the accounts they declared",
        ("employee_id", "trader_id", "ts"),
        "ts",
        (
            _required("ts", TIME, "When this state took effect"),
            _required("employee_id", TEXT, "Employee"),
            _TRADER,
            _optional("role", TEXT, "Role"),
            _optional("access", TEXT, "Data the employee can see, joined by a space"),
        ),
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _TABLES}
"""Every table that a source may fill, by name."""
